//! The functions of a file.

use proc_macro2::Span;
use quote::ToTokens as _;
use syn::visit::{self, Visit};
use syn::{Attribute, Expr, Lit, Meta, Signature};

use crate::error::Result;

use super::cfg::{World, conditions};
use super::mark::Extent;
use super::syntax::parse;

/// Who may call a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Visibility {
    /// Its own module.
    Private,
    /// Part of the crate, as in `pub(crate)` or `pub(super)`.
    Restricted,
    /// Anybody who can name it; functions of a trait and of its implementations too.
    Public,
}

/// A function with a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionItem {
    /// Its name.
    pub name: String,
    /// Its path within the file: inline modules, then the type or trait, or the function around it,
    /// then its name, as in `inner::Parser::parse`.
    pub path: String,
    /// The trait, if it belongs to the implementation of one.
    pub of_trait: Option<String>,
    /// The line of its signature.
    pub start_line: u32,
    /// The line of its closing brace.
    pub end_line: u32,
    /// Whether it is surely absent when `test` is off.
    pub is_test: bool,
    /// Who may call it.
    pub visibility: Visibility,
    /// Whether its documentation has a section `# Panics`.
    pub panics_documented: bool,
}

/// Returns the functions of a file in order of their place, those within functions too.
///
/// # Errors
///
/// Returns a usage error with line and column for text that is not Rust.
pub fn functions(text: &str) -> Result<Vec<FunctionItem>> {
    parse(text, |syntax| {
        let of_trait = None;
        let in_test = syntax.file.attrs.iter().any(is_test_only);
        let mut walk = Walk { path: Vec::new(), of_trait, in_test, found: Vec::new() };
        walk.visit_file(&syntax.file);
        walk.found
    })
}

/// Whether what carries the attribute is surely absent when `test` is off.
fn is_test_only(attribute: &Attribute) -> bool {
    let conditions = conditions(attribute);
    conditions.iter().any(|condition| condition.holds(World::AnyProduction) == Some(false))
}

/// Whether the documentation among the attributes has a section `# Panics`.
fn documents_panics(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let Meta::NameValue(pair) = &attribute.meta else { return false };
        let Expr::Lit(value) = &pair.value else { return false };
        let Lit::Str(text) = &value.lit else { return false };
        let heading = |line: &str| {
            let line = line.trim().trim_start_matches('*').trim_start();
            line.starts_with('#') && line.trim_start_matches('#').trim() == "Panics"
        };
        pair.path.is_ident("doc") && text.value().lines().any(heading)
    })
}

/// The walk over a file.
struct Walk {
    path: Vec<String>,
    of_trait: Option<String>,
    in_test: bool,
    found: Vec<FunctionItem>,
}

impl Walk {
    /// Walks the inside of something that has a name and attributes.
    fn inside(&mut self, name: String, attributes: &[Attribute], walk: impl FnOnce(&mut Self)) {
        let outer = self.in_test;
        self.in_test |= attributes.iter().any(is_test_only);
        self.path.push(name);
        walk(self);
        self.path.pop();
        self.in_test = outer;
    }

    /// Adds a function and walks its body.
    fn function(
        &mut self,
        (attributes, visibility): (&[Attribute], Visibility),
        signature: &Signature,
        block: &syn::Block,
    ) {
        let name = signature.ident.to_string();
        let first = Extent::of(signature.to_token_stream()).map(|extent| extent.lines.0);
        let last = Extent::between(Span::call_site(), block.brace_token.span.close()).lines.1;
        let of_trait = self.of_trait.take();
        self.inside(name.clone(), attributes, |walk| {
            walk.found.push(FunctionItem {
                name,
                path: walk.path.join("::"),
                of_trait: of_trait.clone(),
                start_line: first.unwrap_or(1),
                end_line: last,
                is_test: walk.in_test,
                visibility,
                panics_documented: documents_panics(attributes),
            });
            visit::visit_block(walk, block);
        });
        self.of_trait = of_trait;
    }
}

/// Who may use something with this visibility.
fn visibility(visibility: &syn::Visibility) -> Visibility {
    match visibility {
        syn::Visibility::Public(_) => Visibility::Public,
        syn::Visibility::Restricted(_) => Visibility::Restricted,
        syn::Visibility::Inherited => Visibility::Private,
    }
}

/// The last name of a type's path, without references and generics.
fn type_name(kind: &syn::Type) -> String {
    match kind {
        syn::Type::Path(path) => {
            path.path.segments.last().map(|last| last.ident.to_string()).unwrap_or_default()
        }
        syn::Type::Reference(reference) => type_name(&reference.elem),
        other => other.to_token_stream().to_string().replace(' ', ""),
    }
}

impl<'a> Visit<'a> for Walk {
    fn visit_item_mod(&mut self, item: &'a syn::ItemMod) {
        let name = item.ident.to_string();
        self.inside(name, &item.attrs, |walk| visit::visit_item_mod(walk, item));
    }

    fn visit_item_impl(&mut self, item: &'a syn::ItemImpl) {
        let last = item.trait_.as_ref().and_then(|(path, _)| path.segments.last());
        let outer = std::mem::replace(&mut self.of_trait, last.map(|last| last.ident.to_string()));
        let name = type_name(&item.self_ty);
        self.inside(name, &item.attrs, |walk| visit::visit_item_impl(walk, item));
        self.of_trait = outer;
    }

    fn visit_item_trait(&mut self, item: &'a syn::ItemTrait) {
        let outer = self.of_trait.take();
        let name = item.ident.to_string();
        self.inside(name, &item.attrs, |walk| visit::visit_item_trait(walk, item));
        self.of_trait = outer;
    }

    fn visit_item_fn(&mut self, item: &'a syn::ItemFn) {
        let outer = self.of_trait.take();
        self.function((&item.attrs, visibility(&item.vis)), &item.sig, &item.block);
        self.of_trait = outer;
    }

    fn visit_impl_item_fn(&mut self, item: &'a syn::ImplItemFn) {
        let of_trait = self.of_trait.is_some();
        let visibility = if of_trait { Visibility::Public } else { visibility(&item.vis) };
        self.function((&item.attrs, visibility), &item.sig, &item.block);
    }

    fn visit_trait_item_fn(&mut self, item: &'a syn::TraitItemFn) {
        if let Some(block) = &item.default {
            self.function((&item.attrs, Visibility::Public), &item.sig, block);
        }
    }
}
