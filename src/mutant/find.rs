//! All mutants of a file.

use proc_macro2::TokenStream;
use syn::visit::Visit as _;

use super::model::{Graft, Mutant};
use super::walk::Walk;
use crate::error::Result;
use crate::source;

/// Returns the mutants of a file's production code, in order of their place.
///
/// Code that is surely absent when `test` is off has none, nor have unsafe functions, those marked
/// `#[mutants::skip]`, and the arguments of `with_capacity`.
///
/// # Errors
///
/// Returns a usage error with line and column for text that is not Rust.
pub fn find(text: &str) -> Result<Vec<Mutant>> {
    let test_code = source::test_only_code(text)?;
    let mut found = source::with_syntax(text, |file, offset| {
        let mut walk = Walk::new(text, offset);
        walk.visit_file(file);
        let mut found = walk.found;
        found.retain(|mutant| !test_code.contains(mutant.line));
        for mutant in &mut found {
            check(mutant, text);
        }
        found
    })?;
    found.sort_by_key(|mutant| (mutant.bytes.start, mutant.bytes.end));
    Ok(found)
}

/// Finds out whether an alternative expression is Rust, and can be written on one line.
fn check(mutant: &mut Mutant, text: &str) {
    let Graft::Choice(bytes) = &mutant.graft else { return };
    if text.get(bytes.clone()).is_none_or(|code| code.starts_with('#')) {
        mutant.graft = Graft::Alone("the expression has an attribute");
        return;
    }
    mutant.graft = match alternative(mutant, text) {
        Some(code) if syn::parse_str::<syn::Expr>(&code).is_err() => {
            Graft::Never("the result is not an expression")
        }
        Some(code) if code.contains('\n') => Graft::Alone("a literal spans several lines"),
        Some(_) => return,
        None => Graft::Never("the result is not Rust"),
    };
}

/// Returns the expression of a [`Graft::Choice`] with the mutant in it, without comments; `None` if
/// the result cannot be read.
pub(super) fn alternative(mutant: &Mutant, text: &str) -> Option<String> {
    let Graft::Choice(bytes) = &mutant.graft else { return None };
    let before = text.get(bytes.start..mutant.bytes.start)?;
    let after = text.get(mutant.bytes.end..bytes.end)?;
    let code = [before, &mutant.replacement, after].concat();
    Some(code.parse::<TokenStream>().ok()?.to_string())
}
