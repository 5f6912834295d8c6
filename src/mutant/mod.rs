//! Mutants: copies of the code with one deliberate fault each, to see which of them tests notice.
//!
//! [`find`] lists the mutants of a file. The operators, and the values put in place of function
//! bodies, are those of cargo-mutants, whose list is the measure. A [`Lab`] builds all of them
//! together into one text (schemata), so that the crate is compiled once; which of them is on is
//! decided when a test runs. A [`Rig`] traces which tests reach which mutants, and only those are
//! run, each in a fork of a test binary that is started once. [`study`] does all of it in a row;
//! the few mutants that cannot share a build are built alone there.

mod alone;
mod bench;
mod files;
mod find;
mod judge;
mod lab;
mod matrix;
mod model;
mod notes;
mod operators;
mod rival;
mod runtime;
mod schema;
mod serve;
mod study;
mod values;
mod verdict;
mod waiver;
mod walk;

#[cfg(test)]
mod tests;

pub use bench::{Rig, Surety, Traced};
pub use files::{FileMutants, list};
pub use find::find;
pub use lab::{Fate, Lab, of_lane};
pub use matrix::{Kills, matrix};
pub use model::{Graft, Mutant, Operator};
pub use notes::Notes;
pub use rival::{AGREEMENT_MIN, Pair, agreement, ask};
pub use study::{Findings, Order, study};
pub use verdict::{Judgement, Tally, Verdict};
pub use waiver::{DIGITS, Waived, Waiver, waived};
