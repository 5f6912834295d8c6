//! The command line: arguments in, exit code out.

use std::process::ExitCode;

use crate::sandbox;

/// Runs the program and returns its exit code.
pub fn main() -> ExitCode {
    // Before anything else: box mode must not have a second thread, or an opened file.
    if let Some(code) = sandbox::enter(std::env::args_os().skip(1)) {
        return code;
    }
    ExitCode::SUCCESS
}
