//! Pure decisions: which gates hold, and what so many clean runs of a test prove.

mod flake;
mod gates;

pub use flake::{bound_percent, bound_words};
pub use gates::{Gates, Mode};
