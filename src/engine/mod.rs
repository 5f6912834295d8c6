//! The engine: runs one mission, step by step, and knows no kind of step.
//!
//! A caller hands over a [`Run`] (the mission, what it may see, who watches, who can stop it) and a
//! [`StepRunner`]. The engine decides what runs when (`fate`), for how long and how often
//! (`attempt`), and what came of it all ([`Outcome`]); the runner does the work. [`plan`] is the
//! same without the work.

mod attempt;
mod execute;
mod fate;
mod load;
mod plan;
mod report;
mod runner;

#[cfg(test)]
mod tests;

pub use execute::{check, run};
pub use load::load;
pub use plan::{PlannedStep, plan};
pub use report::{MissionReport, Outcome, Status, StepRecord};
pub use runner::{Context, Observer, ResolvedStep, Run, Silent, StepReport, StepRunner, Verdict};
