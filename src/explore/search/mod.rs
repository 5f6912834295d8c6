//! The search: candidates are compiled, run in the box with the runtime, selected and shrunk.

mod goals;
mod install;
mod judge;
mod pools;
mod propose;
mod residue;
mod select;
mod session;

pub use goals::{Goals, Location};
pub use propose::{Discovery, Proposal};
pub use residue::Residue;
pub use select::{Selected, select};
pub use session::{Boxing, Effort, Hooks, Session, Settings, Stage};
