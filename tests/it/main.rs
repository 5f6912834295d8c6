//! The integration tests: one binary, one file per subject.

mod acceptance;
mod bad_input;
mod boxes;
mod cli;
mod doctor;
mod engine;
mod escape;
mod explore_harness;
mod faults;
mod gates;
mod generate;
mod harness;
mod improve;
mod improve_missions;
mod init;
mod limits;
mod measure;
mod mutate;
mod names;
mod run;
mod sandbox;
mod shipped;
mod suite;
mod tidy;
mod trust;
mod undo;
