//! Tests of the reading of Rust text, at its interface.

mod text;
mod tree;

use super::CfgSet;

/// What is set on a Linux machine with the features `std` and `fast`.
fn linux() -> CfgSet {
    let printed = "debug_assertions\npanic=\"unwind\"\ntarget_os=\"linux\"\nunix\n";
    CfgSet::new(printed, ["std", "fast"])
}
