//! Missions as files: the model, the parser, the checks, the references and the conditions.
//!
//! A file goes through four stages. `tree` reads YAML or JSON into values that know their place;
//! `grammar`, driven by the tables in `fields` and `kinds`, checks each map and resolves aliases;
//! `model` gives the result its types; `check` holds the parts against each other. Each stage
//! reports everything it finds, so that a person sees all problems of a file at once.
//!
//! A `{{ reference }}` in a parameter is replaced by `resolve` when its step runs.

mod bind;
mod check;
mod fields;
mod grammar;
mod graph;
mod kinds;
mod load;
mod model;
mod path;
mod problem;
mod reference;
mod resolve;
mod result;
mod tree;
mod when;

#[cfg(test)]
mod tests;

pub use bind::bind;
pub use grammar::{Field, Record, Shape};
pub use graph::order;
pub use kinds::{Group, Kind, find as kind, names as kind_names};
pub use load::{BYTES_MAX, Loaded, VERSION, parse};
pub use model::{
    Backoff, Campaign, Cause, Config, Document, Entry, GateMode, Metric, Mission, Parameter,
    ParameterKind, Priority, Retry, Step, Target,
};
pub use path::inside;
pub use problem::{Problem, Problems, Severity, Span};
pub use reference::{Piece, Reference, Root, any as has_reference, pieces};
pub use resolve::Scope;
pub use result::without_result;
pub use when::{Condition, Fault, Operator};
