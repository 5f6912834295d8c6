//! The command line: arguments in, output and exit code out.
//!
//! [`main`] reads the environment once, parses the arguments and hands over to
//! one file per command. Data goes to stdout, talk to stderr, both through one output; an error
//! becomes a message with its causes and advice, and the exit code of its kind.

mod args;
mod config;
mod context;
mod desk;
mod doctor;
mod entry;
mod generate;
mod improve;
mod init;
mod logs;
mod measure;
mod mutate;
mod output;
mod progress;
mod receipts;
mod registry;
mod run;
mod table;
mod undo;
mod validate;

pub use entry::main;
