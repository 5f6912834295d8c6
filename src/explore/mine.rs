//! Mining: literals of the source that make good values, nearest first.

use std::collections::BTreeSet;

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::visit::{self, Visit};

use super::constant::Constants;

/// Longest text that is mined, in bytes.
const TEXT_MAX: usize = 200;

/// Literals found in a piece of source.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Literals {
    /// Strings, of code and of documentation.
    pub texts: BTreeSet<String>,
    /// Byte strings.
    pub bytes: BTreeSet<Vec<u8>>,
    /// Characters and byte characters.
    pub chars: BTreeSet<char>,
    /// Integers.
    pub ints: BTreeSet<i128>,
}

impl Literals {
    /// Adds everything of `other`.
    pub fn extend(&mut self, other: &Self) {
        self.texts.extend(other.texts.iter().cloned());
        self.bytes.extend(other.bytes.iter().cloned());
        self.chars.extend(other.chars.iter().copied());
        self.ints.extend(other.ints.iter().copied());
    }

    /// Adds the parts of its texts between separators, at most `limit`.
    pub fn split_texts(&mut self, limit: usize) {
        let separator = |c: char| c.is_whitespace() || ",;:.-_/=+".contains(c);
        let long = self.texts.iter().filter(|text| (4..60).contains(&text.len()));
        let parts: BTreeSet<String> = long
            .flat_map(|text| text.split(separator))
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .take(limit)
            .collect();
        self.texts.extend(parts);
    }
}

/// The literals of one file.
#[derive(Debug, Clone, Default)]
pub struct Mined {
    /// Each function with its first and last line.
    pub functions: Vec<(u32, u32, Literals)>,
    /// The whole file.
    pub file: Literals,
}

impl Mined {
    /// Returns the literals of the innermost function around a line.
    pub fn at(&self, line: u32) -> Option<&Literals> {
        let around =
            self.functions.iter().filter(|(first, last, _)| (*first..=*last).contains(&line));
        around.min_by_key(|(first, last, _)| last - first).map(|(.., literals)| literals)
    }
}

/// Returns the literals of a source file; nothing if it cannot be parsed.
///
/// Test modules count too: what a person tested with is a good value.
pub fn mine(text: &str) -> Mined {
    let Ok(file) = syn::parse_file(text) else { return Mined::default() };
    let mut miner = Miner { constants: Constants::of(&file), ..Miner::default() };
    miner.visit_file(&file);
    Mined { functions: miner.functions, file: miner.literals }
}

/// Returns the strings in a text that is no Rust: in quotes and in backticks.
pub fn mine_prose(text: &str) -> Literals {
    let mut literals = Literals::default();
    for quote in ['`', '"'] {
        for piece in text.lines().flat_map(|line| line.split(quote).skip(1).step_by(2)) {
            if !piece.is_empty() && piece.len() <= 60 {
                literals.texts.insert(piece.to_owned());
            }
        }
    }
    literals
}

/// Visits a file.
#[derive(Default)]
struct Miner {
    functions: Vec<(u32, u32, Literals)>,
    literals: Literals,
    constants: Constants,
}

impl Miner {
    /// Visits a function: its literals count for itself and for the file.
    fn function(&mut self, span: Span, walk: impl FnOnce(&mut Self)) {
        let outer = std::mem::take(&mut self.literals);
        walk(self);
        let own = std::mem::replace(&mut self.literals, outer);
        self.literals.extend(&own);
        let line = |line: usize| u32::try_from(line).unwrap_or(u32::MAX);
        self.functions.push((line(span.start().line), line(span.end().line), own));
    }

    /// Adds the literals of a macro call, whose tokens are not parsed.
    fn tokens(&mut self, tokens: TokenStream) {
        for tree in tokens {
            match tree {
                TokenTree::Group(group) => self.tokens(group.stream()),
                TokenTree::Literal(literal) => self.visit_lit(&syn::Lit::new(literal)),
                _ => (),
            }
        }
    }

    /// Adds a string, and what it quotes if it is documentation.
    fn text(&mut self, text: String) {
        if text.len() <= TEXT_MAX {
            self.literals.texts.insert(text);
        }
    }
}

impl<'ast> Visit<'ast> for Miner {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.function(syn::spanned::Spanned::span(item), |miner| visit::visit_item_fn(miner, item));
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.function(syn::spanned::Spanned::span(item), |miner| {
            visit::visit_impl_item_fn(miner, item);
        });
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        self.function(syn::spanned::Spanned::span(item), |miner| {
            visit::visit_trait_item_fn(miner, item);
        });
    }

    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        let value = match &attribute.meta {
            syn::Meta::NameValue(pair) if pair.path.is_ident("doc") => &pair.value,
            _ => return,
        };
        if let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) = value {
            self.literals.extend(&mine_prose(&text.value()));
        }
    }

    fn visit_macro(&mut self, item: &'ast syn::Macro) {
        self.tokens(item.tokens.clone());
    }

    fn visit_expr(&mut self, expression: &'ast syn::Expr) {
        // A literal is visited as such.
        if !matches!(expression, syn::Expr::Lit(_)) {
            self.literals.ints.extend(self.constants.value(expression));
        }
        visit::visit_expr(self, expression);
    }

    fn visit_lit(&mut self, literal: &'ast syn::Lit) {
        match literal {
            syn::Lit::Str(text) => self.text(text.value()),
            syn::Lit::ByteStr(bytes) if bytes.value().len() <= TEXT_MAX => {
                if let Ok(text) = String::from_utf8(bytes.value()) {
                    self.text(text);
                }
                self.literals.bytes.insert(bytes.value());
            }
            syn::Lit::Byte(byte) => {
                self.literals.chars.insert(char::from(byte.value()));
                self.literals.ints.insert(i128::from(byte.value()));
            }
            syn::Lit::Char(c) => {
                self.literals.chars.insert(c.value());
            }
            syn::Lit::Int(number) => {
                if let Ok(value) = number.base10_parse::<i128>() {
                    self.literals.ints.insert(value);
                }
            }
            _ => (),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_belong_to_their_function_and_to_the_file() {
        let source = "/// Takes `1h 30m`.\nfn a() { b(\"x=1\", 7 * N); }\nconst N: u8 = 9;\n\
                      fn c() { d!('q', b\"raw\", 0x10); }\n";
        let mined = mine(source);
        let first = mined.at(2).expect("a function is there");
        assert!(first.texts.contains("x=1") && first.texts.contains("1h 30m"));
        assert!(first.ints.contains(&7) && !first.ints.contains(&16));
        assert!(first.ints.contains(&9) && first.ints.contains(&63));
        let second = mined.at(4).expect("a function is there");
        assert!(second.chars.contains(&'q') && second.bytes.contains(b"raw".as_slice()));
        assert!(mined.file.ints.contains(&7) && mined.file.ints.contains(&16));
    }
}
