//! The explorer: candidate tests found by searching, and the residue it leaves.

pub mod harness;
pub mod model;
pub mod produce;
pub mod reason;
pub mod recipe;
