//! The gates: what a candidate test must show before it is kept.
//!
//! In order, cheapest first: its text shows that it keeps to itself and could fail, it compiles
//! without a new warning, it is really run, it passes in the box and covers something of the target
//! file that nothing covered before it, and it passes again and again, alone and together with the
//! others, in any order. A planted test that must fail shows that failures are seen. Every
//! rejection has a reason; a project or a mission may turn some of the gates off, or let them warn
//! ([`Gates`](crate::policy::Gates)).

mod canary;
mod compile;
mod flake;
mod items;
mod lines;
mod lint;
mod prove;
mod receipt;
mod worth;

pub use lines::LineMap;
pub use prove::{Compose, Composition, Passed, Rejection, Stage, Trial, Verdict, prove};
pub use receipt::Receipt;
