//! Cargo as data: the workspace, the toolchain, builds in a lane and runs of test binaries.

mod discover;
mod manifest;
mod prepare;
mod references;
mod toolchain;
mod workspace;

pub use discover::{discover, sources};
pub use prepare::prepare;
pub use toolchain::Toolchain;
pub use workspace::{Package, Selection, Target, TargetKind, Workspace};
