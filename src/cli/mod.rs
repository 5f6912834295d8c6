//! The command line: arguments in, output and exit code out.
//!
//! [`main`] reads the environment once, parses the arguments and hands over to
//! one file per command. Data goes to stdout, talk to stderr, both through [`Output`]; an error
//! becomes a message with its causes and advice, and the exit code of its kind.

mod args;
mod config;
mod context;
mod entry;
mod init;
mod output;

pub use args::{Colour, Global};
pub use config::{Environment, Settings};
pub use context::Context;
pub use entry::main;
pub use output::{Output, Talk};
