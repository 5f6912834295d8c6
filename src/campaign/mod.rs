//! Many missions: writing them from what is covered, and running them.
//!
//! [`plan`] decides, from a coverage table and the missions that exist, which files to write; it
//! is a pure function, so that the same table gives the same bytes. [`folder`] reads what exists
//! and carries a plan out.
//!
//! [`list`] resolves missions and campaigns into the missions of a run, and [`run`] runs them: a
//! [`Session`] gives each of them its runner and knows what is covered, the journal learns what
//! happens, and one report says what came of it. [`plan_undo`] says what takes a run back,
//! and [`repair`] takes back what a run left that was cut off.

mod archive;
mod baseline;
pub mod folder;
mod list;
mod name;
mod plan;
mod receipts;
mod render;
mod row;
mod run;
mod session;
mod shared;
mod undo;
mod why;

#[cfg(test)]
mod tests;

pub use list::{Item, List, list, unwritten};
pub use plan::{Existing, File, Kept, MASTER, Plan, Request, plan};
pub use receipts::receipts;
pub use render::{Facts, Templates};
pub use run::{Finished, Options, dry_run, run};
pub use session::Session;
pub use shared::Shared;
pub use undo::{Undo, apply_undo, plan_undo, repair};
pub use why::{Objection, Why, why};
