//! Parsing Rust text, safely for texts that nest deeply.

use std::thread;

use proc_macro2::{TokenStream, TokenTree};

use crate::error::{Error, Result};

/// The stack of the parsing thread: the parser recurses for each level of nesting.
const STACK_BYTES: usize = 256 << 20;

/// Most levels of brackets a text may nest; the compiler itself gives up not far above.
const NESTING_MAX: usize = 1000;

/// A parsed file.
pub(super) struct Syntax {
    /// The text, without byte order mark and `#!` line, that byte positions refer to.
    pub(super) text: String,
    pub(super) tokens: TokenStream,
    pub(super) file: syn::File,
}

/// Parses `text` and returns what `look` finds in it.
///
/// This happens in a thread of its own: it has a large stack, and the position table, which
/// `proc-macro2` keeps for each thread and never empties, ends with it.
///
/// # Errors
///
/// Returns a usage error with line and column for text that is not Rust.
pub(super) fn parse<T: Send>(text: &str, look: impl FnOnce(&Syntax) -> T + Send) -> Result<T> {
    thread::scope(|scope| {
        let builder = thread::Builder::new().name("parse".to_owned()).stack_size(STACK_BYTES);
        let parser = builder
            .spawn_scoped(scope, || syntax(text).map(|syntax| look(&syntax)))
            .map_err(|error| Error::environment("cannot start a thread").because(error))?;
        parser.join().unwrap_or_else(|_| Err(Error::internal("the Rust parser failed")))
    })
}

/// Parses `text` and returns what `look` finds in its tree; `look` is also told how many bytes of
/// `text` come before those that positions in the tree count from.
///
/// # Errors
///
/// Returns a usage error with line and column for text that is not Rust.
pub fn with_syntax<T: Send>(
    text: &str,
    look: impl FnOnce(&syn::File, usize) -> T + Send,
) -> Result<T> {
    parse(text, |syntax| look(&syntax.file, text.len() - syntax.text.len()))
}

/// Parses `text` in this thread.
fn syntax(text: &str) -> Result<Syntax> {
    let text = without_preamble(text);
    let tokens: TokenStream =
        text.parse().map_err(|error: proc_macro2::LexError| not_rust(error.span(), &error))?;
    if NESTING_MAX < nesting(&tokens) {
        return Err(Error::usage("not parsed: the text nests too deeply"));
    }
    let file = syn::parse2(tokens.clone()).map_err(|error| not_rust(error.span(), &error))?;
    Ok(Syntax { text: text.to_owned(), tokens, file })
}

/// The text after a byte order mark and a `#!` line; the end of that line stays.
fn without_preamble(text: &str) -> &str {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let script = text.strip_prefix("#!").is_some_and(|rest| !rest.trim_start().starts_with('['));
    if !script {
        return text;
    }
    text.find('\n').and_then(|end| text.get(end..)).unwrap_or_default()
}

/// How many levels of brackets nest in the tokens.
fn nesting(tokens: &TokenStream) -> usize {
    let mut deepest = 0;
    let mut pending = vec![(tokens.clone(), 1)];
    while let Some((tokens, depth)) = pending.pop() {
        deepest = deepest.max(depth);
        for token in tokens {
            if let TokenTree::Group(group) = token {
                pending.push((group.stream(), depth + 1));
            }
        }
    }
    deepest
}

/// The error for text that is not Rust.
fn not_rust(span: proc_macro2::Span, why: &dyn std::fmt::Display) -> Error {
    let at = span.start();
    Error::usage(format!("not Rust at line {}, column {}: {why}", at.line, at.column + 1))
}
