//! The tokens of production code, to prove that it has not changed.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::error::Result;

use super::cfg::World;
use super::mark::{Extent, absent};
use super::syntax::{Syntax, parse};

/// The tokens of everything in a file that some build without `test` may contain.
///
/// Two of them are equal if the production code of both files is the same, token by token: doc
/// comments and attributes included, other comments, blanks and line ends not.
#[derive(Debug, Clone)]
pub struct ProductionTokens {
    tokens: Vec<(String, u32)>,
}

impl ProductionTokens {
    /// Returns the line of the first token that `other` does not have at its place, if there is
    /// one; the line is one of this file, or its last if `other` goes on.
    pub fn first_difference(&self, other: &Self) -> Option<u32> {
        let mut pairs = self.tokens.iter().zip(&other.tokens);
        if let Some((mine, _)) = pairs.find(|(mine, theirs)| mine.0 != theirs.0) {
            return Some(mine.1);
        }
        if self.tokens.len() == other.tokens.len() {
            return None;
        }
        let next = self.tokens.get(other.tokens.len()).or(self.tokens.last());
        Some(next.map_or(1, |(_, line)| *line))
    }

    /// Returns whether there are none: all of the file is test code.
    pub fn is_empty(&self) -> bool {
        self.tokens.is_empty()
    }
}

impl PartialEq for ProductionTokens {
    fn eq(&self, other: &Self) -> bool {
        self.first_difference(other).is_none()
    }
}

impl Eq for ProductionTokens {}

/// Returns the tokens of the production code in `text`.
///
/// Left out is only what no build without `test` can contain, whatever else is set: what stands
/// under `#[cfg(test)]`, `#[cfg(all(test, ..))]` or `#[test]`, but not under
/// `#[cfg(any(test, ..))]`, and nothing within the tokens of a macro.
///
/// # Errors
///
/// Returns a usage error with line and column for text that is not Rust.
pub fn production_tokens(text: &str) -> Result<ProductionTokens> {
    parse(text, tokens_of)
}

/// The tokens of a parsed file.
fn tokens_of(syntax: &Syntax) -> ProductionTokens {
    let marked = absent(&syntax.file, World::AnyProduction);
    let mut tokens = Vec::new();
    if !marked.whole_file {
        let left_out = outermost(marked.parts);
        flatten(&syntax.tokens, &left_out, &mut tokens);
    }
    let mut written: Vec<(String, u32)> = Vec::with_capacity(tokens.len());
    for (index, (token, extent)) in tokens.iter().enumerate() {
        let next = tokens.get(index + 1);
        // Whether two signs stand together makes a difference: `a && b` is not `a & & b`.
        let joined = next.is_some_and(|(next, at)| {
            is_sign(token) && is_sign(next) && at.bytes.start == extent.bytes.end
        });
        let mark = if joined { "+" } else { "" };
        written.push((format!("{token}{mark}"), extent.lines.0));
    }
    ProductionTokens { tokens: written }
}

/// The parts that lie within no other, in order.
fn outermost(mut parts: Vec<Extent>) -> Vec<Extent> {
    parts.sort_by_key(|part| (part.bytes.start, std::cmp::Reverse(part.bytes.end)));
    let mut outer: Vec<Extent> = Vec::new();
    for part in parts {
        if outer.last().is_none_or(|last| last.bytes.end < part.bytes.end) {
            outer.push(part);
        }
    }
    outer
}

/// Whether a token is a single sign; brackets are marked apart.
fn is_sign(token: &str) -> bool {
    let mut chars = token.chars();
    let sign = chars.next().is_some_and(|sign| sign.is_ascii_punctuation());
    sign && chars.next().is_none()
}

/// Writes the tokens one after the other, brackets as tokens, without those in `left_out`.
fn flatten(tokens: &TokenStream, left_out: &[Extent], written: &mut Vec<(String, Extent)>) {
    for token in tokens.clone() {
        let extent = Extent::between(token.span(), token.span());
        // The parts lie apart: the last one that begins at or before the token may hold it.
        let before = left_out.partition_point(|part| part.bytes.start <= extent.bytes.start);
        let last = before.checked_sub(1).and_then(|last| left_out.get(last));
        if last.is_some_and(|part| extent.bytes.end <= part.bytes.end) {
            continue;
        }
        let TokenTree::Group(group) = token else {
            written.push((token.to_string(), extent));
            continue;
        };
        let (open, close) = match group.delimiter() {
            Delimiter::Parenthesis => ("<(", ")>"),
            Delimiter::Brace => ("<{", "}>"),
            Delimiter::Bracket => ("<[", "]>"),
            Delimiter::None => ("<", ">"),
        };
        let (first, last) = (group.span_open(), group.span_close());
        written.push((open.to_owned(), Extent::between(first, first)));
        flatten(&group.stream(), left_out, written);
        written.push((close.to_owned(), Extent::between(last, last)));
    }
}
