//! The search as the host sees it: the runtime is compiled, a plan goes in, results come out.
//!
//! The runtime (`templates/harness/`) is linked into the test binary of the crate under test. A
//! [`Plan`] tells it what to search or to shrink; [`Harness::run`] runs the binary with it and
//! returns the [`Results`]. Whatever happens is fixed by the plan: executions are counted, never
//! seconds.

mod choice;
mod parse;
mod plan;
mod results;
mod run;
mod runtime;
mod write;

#[cfg(test)]
mod tests;

pub use choice::Choice;
pub use plan::{Candidate, Limits, Plan, Pool, Region, Request, Work};
pub use results::{Dropped, Ending, Finding, Outcome, Progress, Results, Seen, Shrunk, Sighting};
pub use run::{Harness, TEST_NAME};
pub use runtime::Runtime;
