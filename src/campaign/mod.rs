//! Many missions: writing them from what is covered, and running them.
//!
//! [`plan`] decides, from a coverage table and the missions that exist, which files to write; it
//! is a pure function, so that the same table gives the same bytes. [`folder`] reads what exists
//! and carries a plan out.

pub mod folder;
mod name;
mod plan;
mod render;

#[cfg(test)]
mod tests;

pub use plan::{Existing, File, Kept, MASTER, Plan, Request, plan};
pub use render::{Facts, Templates};
