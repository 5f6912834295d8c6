//! The coverage steps: analyze, generate, integrate, verify, archive.
//!
//! A [`Desk`] serves all missions of a run: work copies, measurements and searches are shared by
//! the missions of one workspace. Each mission has a runner of its own, which hands what one step
//! found to the next. Nothing but integrate and archive writes into the checkout; what a mission
//! that fails wrote is taken back when it ends.

mod analyze;
mod archive;
mod beside;
mod boxed;
mod compose;
mod desk;
mod generate;
mod integrate;
mod mission;
mod receipt;
mod settle;
mod suite;
mod validate;
mod verify;

pub use boxed::Boxes;
pub use desk::{Covered, Desk, Settings, Shop, Validator};
pub use mission::Runner;
