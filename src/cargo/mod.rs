//! Cargo as data: the workspace, the toolchain, builds in a lane and runs of test binaries.
//!
//! A [`Workshop`] holds what all of them need. Cargo itself always runs in the lane, offline and
//! locked, and starts this program in the place of compiler, rustdoc and runner ([`enter`]).

mod boxed;
mod build;
mod diagnostic;
mod discover;
mod document;
mod hook;
mod libtest;
mod manifest;
mod message;
mod prepare;
mod references;
mod run;
mod toolchain;
mod workshop;
mod workspace;

pub use build::{BuildOutput, Goal, Request, Targets, TestBinary, build};
pub use diagnostic::{Diagnostic, Expansion, Level, Span};
pub use discover::{discover, sources};
pub use document::document;
pub use hook::{Extra, Plan, enter};
pub use prepare::prepare;
pub use run::{Launch, Options, Outcome, Run, Which, Wrap, list, run, start};
pub use toolchain::Toolchain;
pub use workshop::{Surroundings, Workshop};
pub use workspace::{Package, Selection, Target, TargetKind, Workspace};
