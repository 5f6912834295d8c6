//! Rust text: what is production code in it, which files belong together, which functions it has.
//!
//! Everything here works on text alone. Files are parsed with `syn` in a thread of their own (see
//! `syntax`), and what comes out is plain data: lines, names and tokens. [`CfgSet`] holds the
//! compiler's answer to `#[cfg(..)]`; [`module_tree`] follows `mod x;` from the root of a crate as
//! the compiler does; [`test_code`] finds what is absent when `test` is off; [`ProductionTokens`]
//! compares the rest, token by token; [`test_faults`] says what a test must not do. [`edit`] writes
//! tests into a file.

mod cfg;
pub mod edit;
mod failure;
mod function;
mod lines;
mod lint;
mod mark;
mod outline;
mod syntax;
#[cfg(test)]
mod tests;
mod tokens;
mod tree;

pub use cfg::CfgSet;
pub use failure::{FailureKind, FailureSite, failure_sites};
pub use function::{FunctionItem, Visibility, functions};
pub use lines::{TestCode, coverage_off_lines, is_generated, test_code, test_only_code};
pub use lint::{TestFault, test_faults};
pub use syntax::with_syntax;
pub use tokens::{ProductionTokens, production_tokens};
pub use tree::{ModuleFile, ModuleTree, Role, module_subtree, module_tree, plain_path};
