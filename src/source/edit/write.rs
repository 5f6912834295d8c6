//! Laying out inserted text as the file around it is laid out.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{TokenStream, TokenTree};
use syn::Item;
use syn::ext::IdentExt as _;

use super::place::Hole;
use crate::error::{Error, Result};
use crate::source::syntax::{Syntax, parse};

/// The functions to insert, and what their layout depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Body {
    /// Their text, with a blank line between two of them.
    text: String,
    /// The indexes of the lines that begin within a literal.
    fixed: BTreeSet<usize>,
    /// Their names.
    pub(super) names: Vec<String>,
    /// How they use words.
    words: BTreeSet<(String, Usage)>,
}

/// How a word is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Usage {
    /// On its own or at the beginning of a path.
    Plain,
    /// As a macro.
    Macro,
    /// As a method or field.
    Method,
    /// Further on in a path.
    PathEnd,
}

impl Body {
    /// Reads the functions.
    pub(super) fn read(functions: &[String]) -> Result<Self> {
        let functions: Vec<&str> = functions.iter().map(|text| text.trim()).collect();
        let text = functions.join("\n\n").replace("\r\n", "\n");
        let read = parse(&text, |syntax| {
            let names = names(syntax)?;
            let (mut fixed, mut words) = (BTreeSet::new(), BTreeSet::new());
            fixed_lines(&syntax.tokens, &mut fixed);
            collect_words(&syntax.tokens, &mut words);
            Some((names, fixed, words))
        });
        match read.map_err(|error| error.context("the tests are not Rust"))? {
            Some((names, fixed, words)) if names.len() == functions.len() && !names.is_empty() => {
                Ok(Self { text, fixed, names, words })
            }
            _ => Err(Error::internal("each test to insert must be one function")),
        }
    }

    /// Returns whether the functions use a word in this way.
    pub(super) fn uses(&self, word: &str, usage: Usage) -> bool {
        self.words.contains(&(word.to_owned(), usage))
    }

    /// Returns the lines, indented by `indent`, with `unit` for each level of their own.
    pub(super) fn lines(&self, indent: &str, unit: &str) -> Vec<String> {
        let own = self.own_unit();
        let lines = self.text.split('\n').enumerate().map(|(index, line)| {
            if self.fixed.contains(&index) || line.trim().is_empty() {
                return line.to_owned();
            }
            let mut rest = line;
            let mut level = 0;
            while let Some(inner) = rest.strip_prefix(own) {
                (rest, level) = (inner, level + 1);
            }
            format!("{indent}{}{rest}", unit.repeat(level))
        });
        lines.collect()
    }

    /// What the functions are indented with themselves.
    fn own_unit(&self) -> &str {
        let lines = self.text.split('\n').enumerate();
        let code = lines.filter(|(index, _)| !self.fixed.contains(index)).map(|(_, line)| line);
        let widths = code.filter_map(|line| {
            let rest = line.trim_start_matches(' ');
            if rest.starts_with('\t') {
                return Some("\t");
            }
            line.get(..line.len() - rest.len())
                .filter(|blanks| !blanks.is_empty() && *blanks != line)
        });
        // A closing comment line such as ` */` is indented by one blank only.
        widths.filter(|blanks| *blanks != " ").min_by_key(|blanks| blanks.len()).unwrap_or("    ")
    }
}

/// The names of the functions in a text that holds nothing else.
fn names(syntax: &Syntax) -> Option<Vec<String>> {
    let names = syntax.file.items.iter().map(|item| match item {
        Item::Fn(item) => Some(item.sig.ident.unraw().to_string()),
        _ => None,
    });
    names.collect::<Option<_>>().filter(|_| syntax.file.attrs.is_empty())
}

/// Finds the lines that begin within a literal.
fn fixed_lines(tokens: &TokenStream, fixed: &mut BTreeSet<usize>) {
    for token in tokens.clone() {
        match token {
            TokenTree::Group(group) => fixed_lines(&group.stream(), fixed),
            TokenTree::Literal(literal) => {
                let span = literal.span();
                fixed.extend(span.start().line..span.end().line);
            }
            _ => {}
        }
    }
}

/// Finds how the words are used.
fn collect_words(tokens: &TokenStream, words: &mut BTreeSet<(String, Usage)>) {
    let tokens: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let sign = |index: Option<usize>| match index.and_then(|index| tokens.get(index)) {
        Some(TokenTree::Punct(sign)) => Some(sign.as_char()),
        _ => None,
    };
    for (index, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Group(group) => collect_words(&group.stream(), words),
            TokenTree::Ident(word) => {
                let before = sign(index.checked_sub(1));
                let braced = matches!(tokens.get(index + 2), Some(TokenTree::Group(_)));
                let usage = if before == Some('.') {
                    Usage::Method
                } else if before == Some(':') && sign(index.checked_sub(2)) == Some(':') {
                    Usage::PathEnd
                } else if sign(Some(index + 1)) == Some('!') && braced {
                    Usage::Macro
                } else {
                    Usage::Plain
                };
                words.insert((word.to_string(), usage));
            }
            _ => {}
        }
    }
}

/// Returns what one level of indentation is in a text: a tab or some blanks.
pub(super) fn unit(text: &str) -> String {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    let mut opened: Option<&str> = None;
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let rest = line.trim_start_matches([' ', '\t']);
        let blanks = line.strip_suffix(rest).unwrap_or_default();
        let step = opened.and_then(|outer| blanks.strip_prefix(outer));
        if let Some(step) = step.filter(|step| !step.is_empty()) {
            *seen.entry(step).or_default() += 1;
        }
        opened = line.trim_end().ends_with('{').then_some(blanks);
    }
    let usual =
        seen.into_iter().filter(|(step, _)| *step == "\t" || step.trim_matches(' ').is_empty());
    usual
        .max_by_key(|(_, times)| *times)
        .map_or_else(|| "    ".to_owned(), |(step, _)| step.to_owned())
}

/// Returns how lines end in a text.
pub(super) fn line_end(text: &str) -> &'static str {
    let (all, windows) = (text.matches('\n').count(), text.matches("\r\n").count());
    if all < 2 * windows { "\r\n" } else { "\n" }
}

/// A text with something inserted.
pub(super) struct Spliced {
    /// The whole text.
    pub(super) text: String,
    /// The inserted piece.
    pub(super) block: String,
    /// The first and last line that is new.
    pub(super) lines: (u32, u32),
}

/// Inserts whole lines into a text, apart from what comes before by one blank line.
pub(super) fn splice(text: &str, hole: &Hole, lines: &[String]) -> Result<Spliced> {
    let (Some(before), Some(after)) = (text.get(..hole.at), text.get(hole.at..)) else {
        return Err(Error::internal("the place for the tests is not between two characters"));
    };
    let end = line_end(text);
    let begun = before.trim_start_matches('\u{feff}');
    let at_line_start = begun.is_empty() || begun.ends_with('\n');
    let mut block = String::new();
    if !at_line_start {
        block.push_str(end);
    }
    let above = begun.strip_suffix('\n').unwrap_or(begun).rsplit('\n').next().unwrap_or_default();
    let apart = hole.first || (at_line_start && above.trim().is_empty());
    if !apart {
        block.push_str(end);
    }
    block.push_str(&lines.join(end));
    match &hole.brace {
        Some(indent) => block.extend([end, indent]),
        None if at_line_start => block.push_str(end),
        None => {}
    }
    let number = |text: &str| u32::try_from(text.matches('\n').count()).unwrap_or(u32::MAX);
    let first = number(before) + if at_line_start { 1 } else { 2 };
    let lines = (first, first + number(&block) - 1);
    Ok(Spliced { text: [before, &block, after].concat(), block, lines })
}
