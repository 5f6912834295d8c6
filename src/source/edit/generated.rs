//! Finding inserted tests again, and taking them out.

use std::ops::Range;

use proc_macro2::{TokenStream, TokenTree};
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;
use syn::{Item, ItemFn};

use super::insert::MARKER;
use super::place::is_test_module;
use crate::source::syntax::{Syntax, parse};

/// Tests that an earlier run inserted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GeneratedBlock {
    /// What the marker comment says.
    pub origin: String,
    /// The paths of the tests relative to the file's module, as in `tests::parses_nothing`.
    pub tests: Vec<String>,
    /// The first and last line, counted from 1: the marker and the end of the last test.
    pub lines: (u32, u32),
}

/// What is left of a text without inserted pieces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removal {
    /// The text without those pieces that are in it.
    pub text: String,
    /// The indexes of the pieces that are not, because somebody edited or removed them.
    pub missing: Vec<usize>,
}

/// Takes inserted pieces out of a text, each once, the last one first: it may stand within an
/// earlier one.
///
/// A piece that the text holds several times is taken out at the last place: what is inserted later
/// stands further down.
pub fn remove(text: &str, blocks: &[String]) -> Removal {
    let mut removal = Removal { text: text.to_owned(), missing: Vec::new() };
    for (index, block) in blocks.iter().enumerate().rev() {
        match removal.text.rfind(block.as_str()) {
            Some(at) => removal.text.replace_range(at..at + block.len(), ""),
            None => removal.missing.push(index),
        }
    }
    removal.missing.reverse();
    removal
}

/// Returns the tests in `text` that earlier runs inserted, block by block; none if the text is not
/// Rust.
///
/// A block reaches from its marker over imports and tests to the next marker, to any other item or
/// to the end of the module. Tests that a person adds right after a block count as part of it.
pub fn generated_tests(text: &str) -> Vec<GeneratedBlock> {
    if !text.contains(MARKER.trim_end()) {
        return Vec::new();
    }
    let blocks = parse(text, |syntax| {
        let markers = markers(syntax);
        let mut blocks: Vec<Option<GeneratedBlock>> = vec![None; markers.len()];
        let everything = 0..syntax.text.len() + 1;
        collect(&syntax.file.items, "", &everything, &markers, &mut blocks);
        blocks.into_iter().flatten().collect()
    });
    blocks.unwrap_or_default()
}

/// A marker comment.
struct Marker {
    /// Where it begins.
    at: usize,
    line: u32,
    origin: String,
}

/// Finds the marker comments: lines that are nothing else, outside of literals and comments.
fn markers(syntax: &Syntax) -> Vec<Marker> {
    let mut taken = Vec::new();
    token_bytes(&syntax.tokens, &mut taken);
    taken.push(syntax.text.len()..syntax.text.len());
    let (mut markers, mut end) = (Vec::new(), 0);
    for token in taken {
        let gap = syntax.text.get(end..token.start).unwrap_or_default();
        for at in line_comments(gap) {
            let (before, comment) = syntax.text.split_at(end + at);
            let alone = before.rsplit('\n').next().is_some_and(|start| start.trim().is_empty());
            let comment = comment.lines().next().unwrap_or_default();
            let Some(origin) = comment.strip_prefix(MARKER.trim_end()).filter(|_| alone) else {
                continue;
            };
            let line = u32::try_from(before.matches('\n').count() + 1).unwrap_or(u32::MAX);
            markers.push(Marker { at: before.len(), line, origin: origin.trim().to_owned() });
        }
        end = token.end.max(end);
    }
    markers
}

/// The bytes of every token, brackets apart from what is in them.
fn token_bytes(tokens: &TokenStream, taken: &mut Vec<Range<usize>>) {
    for token in tokens.clone() {
        if let TokenTree::Group(group) = token {
            taken.push(group.span_open().byte_range());
            token_bytes(&group.stream(), taken);
            taken.push(group.span_close().byte_range());
        } else {
            taken.push(token.span().byte_range());
        }
    }
}

/// Where line comments begin in a text that is nothing but blanks and comments.
fn line_comments(gap: &str) -> Vec<usize> {
    let (mut found, mut at, mut depth) = (Vec::new(), 0, 0_usize);
    while let Some(rest) = gap.get(at..).filter(|rest| !rest.is_empty()) {
        at += if rest.starts_with("/*") {
            depth += 1;
            2
        } else if 0 < depth && rest.starts_with("*/") {
            depth -= 1;
            2
        } else if depth == 0 && rest.starts_with("//") {
            found.push(at);
            rest.find('\n').unwrap_or(rest.len())
        } else {
            rest.chars().next().map_or(1, char::len_utf8)
        };
    }
    found
}

/// Collects the blocks of the markers that stand among `items`, which fill `within`.
fn collect(
    items: &[Item],
    module: &str,
    within: &Range<usize>,
    markers: &[Marker],
    blocks: &mut [Option<GeneratedBlock>],
) {
    let mut open: Option<usize> = None;
    let mut from = within.start;
    for item in items {
        let bytes = item.span().byte_range();
        let between = |marker: &Marker| from <= marker.at && marker.at < bytes.start;
        let marker = markers.iter().rposition(between);
        open = marker.or(open);
        from = bytes.end;
        let last = u32::try_from(item.span().end().line).unwrap_or(u32::MAX);
        let found = match item {
            Item::Mod(inner) => {
                let path = format!("{module}{}::", inner.ident.unraw());
                let content = inner.content.as_ref();
                let content = content.map(|(_, items)| items.as_slice()).unwrap_or_default();
                collect(content, &path, &bytes, markers, blocks);
                let whole = marker.is_some() && is_test_module(&inner.attrs);
                let unmarked = content.iter().take_while(|item| {
                    let start = item.span().byte_range().start;
                    !markers.iter().any(|marker| bytes.contains(&marker.at) && marker.at < start)
                });
                let tests = unmarked.filter_map(|item| test_name(item, &path)).collect();
                whole.then_some(tests)
            }
            Item::Use(_) | Item::ExternCrate(_) => Some(Vec::new()),
            _ => test_name(item, module).map(|test| vec![test]),
        };
        let Some((marker, tests)) = open.zip(found) else {
            open = None;
            continue;
        };
        if let Some(Marker { line, origin, .. }) = markers.get(marker)
            && let Some(block) = blocks.get_mut(marker)
        {
            let block = block.get_or_insert_with(|| GeneratedBlock {
                origin: origin.clone(),
                tests: Vec::new(),
                lines: (*line, last),
            });
            block.tests.extend(tests);
            block.lines.1 = last;
        }
        if matches!(item, Item::Mod(_)) {
            open = None;
        }
    }
}

/// The path of a test in `module`, if the item is one.
fn test_name(item: &Item, module: &str) -> Option<String> {
    let Item::Fn(ItemFn { attrs, sig, .. }) = item else { return None };
    let last = |attribute: &syn::Attribute| {
        attribute.path().segments.last().is_some_and(|last| last.ident == "test")
    };
    attrs.iter().any(last).then(|| format!("{module}{}", sig.ident.unraw()))
}
