//! The integration tests: one binary, one file per subject.

mod cli;
mod harness;
mod init;
mod sandbox;
mod tidy;
