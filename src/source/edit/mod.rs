//! Writing tests into a Rust file: what is inserted is exactly known, every other byte stays.
//!
//! [`Host::visible`] tells which names the tests can use where they will stand, and which are
//! taken; [`insert`] (or [`insert_at`], where the place is known already) decides where they go
//! (into the test module that is there, into a new one, or into a file beside) and returns the
//! whole new text with the inserted pieces; [`remove`] takes these pieces out again;
//! [`generated_tests`] finds what earlier runs inserted, by the marker comment.

mod generated;
mod insert;
mod names;
mod place;
mod uses;
mod write;

#[cfg(test)]
mod tests;

pub use generated::{GeneratedBlock, Removal, generated_tests, remove};
pub use insert::{Conflict, Edit, FileEdit, Placement, SiblingEdit, Tests, insert, insert_at};
pub use names::{Name, Visible};
pub use place::{Host, Place, child_folder};
