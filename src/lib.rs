//! `rustchain` raises the test coverage of Rust crates by running mission files.
//!
//! The map of the modules, their layers and the words they use are in `ARCHITECTURE.md`.

pub mod campaign;
pub mod cargo;
pub mod cli;
pub mod coverage;
pub mod engine;
pub mod error;
pub mod explore;
pub mod gate;
pub mod git;
pub mod journal;
pub mod lane;
pub mod measure;
pub mod mission;
pub mod mutant;
pub mod policy;
pub mod registry;
pub mod report;
pub mod sandbox;
pub mod source;
pub mod step;
pub mod sys;
pub mod text;
