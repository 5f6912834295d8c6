//! Lines of a file that are no production code, or count apart.

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, Meta};

use crate::error::Result;

use super::cfg::{CfgSet, Condition, World, each_meta};
use super::mark::{Extent, absent, find};
use super::syntax::{Syntax, parse};

/// How many lines at the start of a file may say that it is generated.
const GENERATED_LINES_MAX: usize = 20;

/// The lines of a file that are absent when `test` is off.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TestCode {
    /// Whether it is all of the file.
    pub whole_file: bool,
    /// Ranges of lines, first and last included, in order and apart from each other.
    pub lines: Vec<(u32, u32)>,
}

impl TestCode {
    /// Returns whether the line is test code.
    pub fn contains(&self, line: u32) -> bool {
        self.whole_file || self.lines.iter().any(|(first, last)| (*first..=*last).contains(&line))
    }
}

/// Returns the test code of a file on its own: whatever is absent when `test` is off and `cfg` is
/// set, among it functions with `#[test]` or `#[bench]`.
///
/// # Errors
///
/// Returns a usage error with line and column for text that is not Rust.
pub fn test_code(text: &str, cfg: &CfgSet) -> Result<TestCode> {
    parse(text, |syntax| test_code_of(syntax, cfg))
}

/// Returns the lines of a file that are surely absent when `test` is off, whatever else is set.
///
/// # Errors
///
/// Returns a usage error with line and column for text that is not Rust.
pub fn test_only_code(text: &str) -> Result<TestCode> {
    parse(text, |syntax| {
        let marked = absent(&syntax.file, World::AnyProduction);
        TestCode { whole_file: marked.whole_file, lines: joined(lines_of(marked.parts)) }
    })
}

/// The test code of a parsed file.
pub(super) fn test_code_of(syntax: &Syntax, cfg: &CfgSet) -> TestCode {
    let marked = absent(&syntax.file, World::Production(cfg));
    TestCode { whole_file: marked.whole_file, lines: joined(lines_of(marked.parts)) }
}

/// Returns the lines of what carries `#[coverage(off)]`, under whatever condition; of a file that
/// carries it as a whole, all lines.
///
/// # Errors
///
/// Returns a usage error with line and column for text that is not Rust.
pub fn coverage_off_lines(text: &str) -> Result<Vec<(u32, u32)>> {
    parse(text, |syntax| {
        let marked = find(&syntax.file, &turns_coverage_off, None);
        if marked.whole_file { vec![(1, u32::MAX)] } else { joined(lines_of(marked.parts)) }
    })
}

/// Whether an attribute says `coverage(off)`.
fn turns_coverage_off(attribute: &Attribute) -> bool {
    let mut off = false;
    each_meta(&attribute.meta, Condition::Constant(Some(true)), &mut |_, meta| {
        if let Meta::List(list) = meta {
            off |= list.path.is_ident("coverage") && list.tokens.to_string() == "off";
        }
    });
    off
}

/// The lines of the doc comments of a parsed file.
pub(super) fn doc_lines(syntax: &Syntax) -> Vec<(u32, u32)> {
    let mut found = Vec::new();
    let mut pending: Vec<TokenStream> = vec![syntax.tokens.clone()];
    while let Some(tokens) = pending.pop() {
        for token in tokens {
            match token {
                TokenTree::Group(group) => pending.push(group.stream()),
                // A doc comment is an attribute whose `#` lies where the comment begins.
                TokenTree::Punct(punct) if punct.as_char() == '#' => {
                    let extent = Extent::between(punct.span(), punct.span());
                    let text = syntax.text.get(extent.bytes.clone()).unwrap_or_default();
                    found.extend(text.starts_with('/').then_some(extent));
                }
                _ => (),
            }
        }
    }
    joined(lines_of(found))
}

/// The lines of the functions in a parsed file that write for [`Display`](std::fmt::Display) and
/// its like: `fmt` methods of trait implementations, and what is given a `Formatter`.
pub(super) fn fmt_lines(syntax: &Syntax) -> Vec<(u32, u32)> {
    let mut functions = Formatting(Vec::new());
    functions.visit_file(&syntax.file);
    joined(lines_of(functions.0))
}

/// Collects the functions that write for `Display` and its like.
struct Formatting(Vec<Extent>);

impl Formatting {
    /// Takes a function that is given a `Formatter`.
    fn take(&mut self, signature: &syn::Signature, function: &dyn quote::ToTokens) {
        let is_formatter = |argument: &syn::FnArg| match argument {
            syn::FnArg::Typed(typed) => match &*typed.ty {
                syn::Type::Reference(to) => ends_with_formatter(&to.elem),
                other => ends_with_formatter(other),
            },
            syn::FnArg::Receiver(_) => false,
        };
        if signature.inputs.iter().any(is_formatter) {
            self.0.extend(Extent::of(function.to_token_stream()));
        }
    }
}

/// Whether a type is a path to a `Formatter`.
fn ends_with_formatter(kind: &syn::Type) -> bool {
    let syn::Type::Path(path) = kind else { return false };
    path.path.segments.last().is_some_and(|last| last.ident == "Formatter")
}

impl<'a> Visit<'a> for Formatting {
    fn visit_item_impl(&mut self, item: &'a syn::ItemImpl) {
        for part in &item.items {
            if let (Some(_), syn::ImplItem::Fn(method)) = (&item.trait_, part)
                && method.sig.ident == "fmt"
            {
                self.0.extend(Extent::of(quote::ToTokens::to_token_stream(method)));
            }
        }
        visit::visit_item_impl(self, item);
    }

    fn visit_impl_item_fn(&mut self, method: &'a syn::ImplItemFn) {
        self.take(&method.sig, method);
        visit::visit_impl_item_fn(self, method);
    }

    fn visit_item_fn(&mut self, function: &'a syn::ItemFn) {
        self.take(&function.sig, function);
        visit::visit_item_fn(self, function);
    }
}

/// Returns whether the comments in the first lines say that the file is generated: `@generated`,
/// `automatically generated`, `DO NOT EDIT`, or in small letters what is generated and not to be
/// edited.
pub fn is_generated(text: &str) -> bool {
    let lines = text.trim_start_matches('\u{feff}').lines().take(GENERATED_LINES_MAX);
    let comments = lines
        .map(str::trim_start)
        .filter(|line| ["//", "/*", "* "].iter().any(|start| line.starts_with(start)));
    let comments = comments.collect::<Vec<_>>().join("\n");
    let small = comments.to_lowercase();
    let says = ["@generated", "automatically generated"];
    says.iter().any(|words| small.contains(words))
        || comments.contains("DO NOT EDIT")
        || (small.contains("do not edit") && small.contains("generated"))
}

/// The lines of some extents.
fn lines_of(extents: Vec<Extent>) -> Vec<(u32, u32)> {
    extents.into_iter().map(|extent| extent.lines).collect()
}

/// Sorts ranges and joins those that meet.
fn joined(mut ranges: Vec<(u32, u32)>) -> Vec<(u32, u32)> {
    ranges.sort_unstable();
    let mut joined: Vec<(u32, u32)> = Vec::new();
    for (first, last) in ranges {
        match joined.last_mut() {
            Some(known) if first <= known.1.saturating_add(1) => known.1 = known.1.max(last),
            _ => joined.push((first, last)),
        }
    }
    joined
}
