//! The integration tests: one binary, one file per subject.

mod acceptance;
mod cli;
mod doctor;
mod explore_harness;
mod faults;
mod generate;
mod harness;
mod init;
mod measure;
mod run;
mod sandbox;
mod shipped;
mod tidy;
mod undo;
