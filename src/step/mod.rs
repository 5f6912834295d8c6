//! The kinds of step, one file each, and the runner that knows them all.
//!
//! [`Kinds`] makes one [`Runner`] for each mission that runs. The runner does the general steps
//! itself; the coverage steps of a mission share what they found, so they have a runner of their
//! own, which a caller gives to [`Kinds::new`]. Every other known kind fails as unsupported.

mod command;
pub mod coverage;
mod create_file;
mod edit_file;
mod mission;
mod noop;
mod place;
mod read_file;
mod runner;
mod unsupported;
mod words;

#[cfg(test)]
mod tests;

pub use runner::{Kinds, Runner};
