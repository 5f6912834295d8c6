//! Tests of the generator's decisions and of runs over a scripted session.

mod plan;
mod run;
mod undo;
