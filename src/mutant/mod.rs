//! Mutants: copies of the code with one deliberate fault each, to see which of them tests notice.
//!
//! [`find`] lists the mutants of a file. The operators, and the values put in place of function
//! bodies, are those of cargo-mutants, whose list is the measure.

mod files;
mod find;
mod model;
mod operators;
mod values;
mod walk;

#[cfg(test)]
mod tests;

pub use files::{FileMutants, list};
pub use find::find;
pub use model::{Graft, Mutant, Operator};
