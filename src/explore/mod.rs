//! The explorer: candidate tests found by searching, and the residue it leaves.

pub mod code;
pub mod mine;
pub mod model;
pub mod produce;
pub mod reason;
pub mod recipe;
pub mod target;
