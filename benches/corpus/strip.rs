//! Rust text without its tests: what is absent when `test` is false is cut out, and nothing else.

use std::ops::Range;

use quote::ToTokens;
use rustchain::error::{Error, Result};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};
use syn::{Attribute, Expr, ExprLit, File, ImplItem, Item, Lit, Meta, Stmt, Token, TraitItem};

/// A Rust file without its tests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stripped {
    /// What is left, byte for byte.
    pub text: String,
    /// The files that were declared by what was cut.
    pub modules: Vec<TestModule>,
}

/// A module in a file of its own that only tests have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestModule {
    /// The names of the inline modules around its declaration, outermost first.
    pub inside: Vec<String>,
    /// Its name.
    pub name: String,
    /// What its `#[path]` says.
    pub path: Option<String>,
}

/// Cuts items, members, fields, arms and statements that only exist for tests.
///
/// Text that is not Rust is a usage error.
pub fn strip(text: &str) -> Result<Stripped> {
    let file = parse(text)?;
    if only_for_tests(&file.attrs) {
        return Ok(Stripped { text: String::new(), modules: Vec::new() });
    }
    // Positions are counted from behind a byte order mark.
    let start = text.len() - text.trim_start_matches('\u{feff}').len();
    let mut finder = Finder { text, start, cuts: Vec::new(), modules: Vec::new(), inside: vec![] };
    finder.visit_file(&file);
    Ok(Stripped { text: without(text, finder.cuts), modules: finder.modules })
}

/// Returns whether `text` is nothing but code that only exists for tests.
pub fn is_only_tests(text: &str) -> bool {
    parse(text).is_ok_and(|file| {
        !file.items.is_empty() && file.items.iter().all(|item| only_for_tests(item_attrs(item)))
    })
}

/// Returns the modules in files of their own that `text` declares for tests.
pub fn test_modules(text: &str) -> Vec<TestModule> {
    strip(text).map(|stripped| stripped.modules).unwrap_or_default()
}

/// Reads Rust text.
fn parse(text: &str) -> Result<File> {
    syn::parse_file(text).map_err(|error| Error::usage("this is not Rust").because(error))
}

/// Looks for what only tests have.
struct Finder<'t> {
    text: &'t str,
    start: usize,
    cuts: Vec<Range<usize>>,
    modules: Vec<TestModule>,
    inside: Vec<String>,
}

impl Finder<'_> {
    /// Marks `node` for cutting if it is only there for tests, and says whether it did.
    fn cut(&mut self, attributes: &[Attribute], node: &impl ToTokens) -> bool {
        let only = only_for_tests(attributes);
        if only {
            let span = node.span().byte_range();
            self.cuts.push(whole_lines(self.text, self.start + span.start..self.start + span.end));
        }
        only
    }
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        let cut = self.cut(item_attrs(item), item);
        match item {
            Item::Mod(module) if cut && module.content.is_none() => {
                self.modules.push(TestModule {
                    inside: self.inside.clone(),
                    name: module.ident.to_string(),
                    path: module.attrs.iter().find_map(path_of),
                });
            }
            Item::Mod(module) if !cut => {
                self.inside.push(module.ident.to_string());
                visit::visit_item(self, item);
                self.inside.pop();
            }
            _ if !cut => visit::visit_item(self, item),
            _ => (),
        }
    }

    fn visit_impl_item(&mut self, item: &'ast ImplItem) {
        let attributes = match item {
            ImplItem::Const(item) => &item.attrs,
            ImplItem::Fn(item) => &item.attrs,
            ImplItem::Type(item) => &item.attrs,
            ImplItem::Macro(item) => &item.attrs,
            _ => return,
        };
        if !self.cut(attributes, item) {
            visit::visit_impl_item(self, item);
        }
    }

    fn visit_trait_item(&mut self, item: &'ast TraitItem) {
        let attributes = match item {
            TraitItem::Const(item) => &item.attrs,
            TraitItem::Fn(item) => &item.attrs,
            TraitItem::Type(item) => &item.attrs,
            TraitItem::Macro(item) => &item.attrs,
            _ => return,
        };
        if !self.cut(attributes, item) {
            visit::visit_trait_item(self, item);
        }
    }

    fn visit_stmt(&mut self, statement: &'ast Stmt) {
        let cut = match statement {
            Stmt::Local(local) => self.cut(&local.attrs, local),
            Stmt::Macro(call) => self.cut(&call.attrs, call),
            Stmt::Item(_) | Stmt::Expr(..) => false,
        };
        if !cut {
            visit::visit_stmt(self, statement);
        }
    }

    fn visit_field(&mut self, field: &'ast syn::Field) {
        if !self.cut(&field.attrs, field) {
            visit::visit_field(self, field);
        }
    }

    fn visit_field_value(&mut self, field: &'ast syn::FieldValue) {
        if !self.cut(&field.attrs, field) {
            visit::visit_field_value(self, field);
        }
    }

    fn visit_variant(&mut self, variant: &'ast syn::Variant) {
        if !self.cut(&variant.attrs, variant) {
            visit::visit_variant(self, variant);
        }
    }

    fn visit_arm(&mut self, arm: &'ast syn::Arm) {
        if !self.cut(&arm.attrs, arm) {
            visit::visit_arm(self, arm);
        }
    }
}

/// The attributes of an item; none of what `syn` does not know.
fn item_attrs(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::ExternCrate(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::ForeignMod(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::TraitAlias(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// Whether something with these attributes is a test, a benchmark, or absent without `test`.
fn only_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let last = attribute.path().segments.last().map(|segment| segment.ident.to_string());
        match last.as_deref() {
            Some("test" | "bench") => true,
            Some("cfg") => attribute
                .parse_args::<Meta>()
                .is_ok_and(|condition| holds_without_test(&condition) == Some(false)),
            _ => false,
        }
    })
}

/// Whether a condition holds when `test` is false; `None` if that depends on something else.
fn holds_without_test(condition: &Meta) -> Option<bool> {
    if condition.path().is_ident("test") {
        return Some(false);
    }
    let list = condition.require_list().ok()?;
    let parts = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated).ok()?;
    let parts: Vec<Option<bool>> = parts.iter().map(holds_without_test).collect();
    if list.path.is_ident("not") {
        parts.first().copied().flatten().map(|holds| !holds)
    } else if list.path.is_ident("all") {
        let certain = parts.iter().all(|part| *part == Some(true)).then_some(true);
        if parts.contains(&Some(false)) { Some(false) } else { certain }
    } else if list.path.is_ident("any") {
        let certain = parts.iter().all(|part| *part == Some(false)).then_some(false);
        if parts.contains(&Some(true)) { Some(true) } else { certain }
    } else {
        None
    }
}

/// The text of a `#[path = "…"]`.
fn path_of(attribute: &Attribute) -> Option<String> {
    if !attribute.path().is_ident("path") {
        return None;
    }
    match &attribute.meta.require_name_value().ok()?.value {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
        _ => None,
    }
}

/// Widens a range by a comma that follows, and to whole lines if nothing else is on them.
fn whole_lines(text: &str, range: Range<usize>) -> Range<usize> {
    let before = text.get(..range.start).unwrap_or_default();
    let after = text.get(range.end..).unwrap_or_default();
    let (end, after) = match after.strip_prefix(',') {
        Some(rest) => (range.end + 1, rest),
        None => (range.end, after),
    };
    let indent = before.len() - before.trim_end_matches([' ', '\t']).len();
    let rest = after.split('\n').next().unwrap_or_default();
    let alone = (before.trim_end_matches([' ', '\t']).ends_with('\n') || indent == before.len())
        && rest.trim().is_empty();
    if !alone {
        return range.start..end;
    }
    let newline = usize::from(rest.len() < after.len());
    range.start - indent..end + rest.len() + newline
}

/// The text without the ranges, and without empty lines at its end if something was cut there.
fn without(text: &str, mut cuts: Vec<Range<usize>>) -> String {
    cuts.sort_by_key(|cut| cut.start);
    let mut left = String::with_capacity(text.len());
    let mut at = 0;
    for cut in &cuts {
        left.push_str(text.get(at..cut.start.max(at)).unwrap_or_default());
        at = at.max(cut.end);
    }
    let rest = text.get(at..).unwrap_or_default();
    if !cuts.is_empty() && rest.is_empty() {
        left.truncate(left.trim_end().len());
        left.push('\n');
    }
    left + rest
}
