//! Targets: which functions are called, how, and what is looked at afterwards.

mod candidate;
mod forms;
mod looks;
mod plan;

pub use candidate::{
    Access, Call, Candidate, ERROR_SLOT, FIRST_LOOK, Host, Look, LookAt, Operand, RESULT_SLOT,
    ResultKind, STEP_SLOT, STEPS_MAX, Step,
};
pub use looks::is_plain;
pub use plan::{Targets, plan};
