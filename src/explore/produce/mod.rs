//! Producers: a recipe for every type that can be made, from where a test would stand.
//!
//! A type of the crate is made by literals, variants, constants and whatever functions return it;
//! types of the standard library by a table; parameters by types that satisfy their bounds.

mod bounds;
mod calls;
mod local;
mod names;
mod producer;
mod std_types;

pub use calls::{Instance, callee, instantiate};
pub use names::Names;
pub use producer::{Producer, all_end, prune};
