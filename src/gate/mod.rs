//! The gates: what a candidate test must show before it is kept.
//!
//! In order, cheapest first: it compiles without a new warning, it is really run, it passes in the
//! box and covers something of the target file that nothing covered before it, and it passes again
//! and again, alone and together with the others, in any order. Every rejection has a reason.

mod compile;
mod flake;
mod items;
mod lines;
mod prove;
mod worth;

pub use lines::LineMap;
pub use prove::{Compose, Composition, Receipt, Rejection, Stage, Trial, Verdict, prove};
