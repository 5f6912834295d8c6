//! `rustchain mutate`: shows which small changes of the code no test notices.
//!
//! `choose` finds the mutants that are asked for, `run` has them judged, `show` prints what came of
//! it.

mod choose;
mod run;
mod show;

pub use run::run;
