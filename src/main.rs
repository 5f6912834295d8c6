//! The `rustchain` program: hands its arguments to the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    rustchain::cli::main()
}
