//! Finding the parts of a file that carry certain attributes, whatever part of Rust they are.

use std::ops::Range;

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::visit::{self, Visit};
use syn::{Attribute, Macro};

use super::cfg::{World, conditions};
use super::outline::{Branch, branches};

/// A part of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Extent {
    /// Its bytes in the parsed text.
    pub(super) bytes: Range<usize>,
    /// Its first and last line.
    pub(super) lines: (u32, u32),
}

impl Extent {
    /// The extent from one span to another.
    pub(super) fn between(first: Span, last: Span) -> Self {
        let line = |line: usize| u32::try_from(line).unwrap_or(u32::MAX);
        Self {
            bytes: first.byte_range().start..last.byte_range().end,
            lines: (line(first.start().line), line(last.end().line)),
        }
    }

    /// The extent of some tokens.
    pub(super) fn of(tokens: TokenStream) -> Option<Self> {
        let mut spans = tokens.into_iter().map(|token| token.span());
        let first = spans.next()?;
        Some(Self::between(first, spans.last().unwrap_or(first)))
    }
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Marked {
    /// Whether it is the whole file.
    pub(super) whole_file: bool,
    /// The outermost parts.
    pub(super) parts: Vec<Extent>,
}

/// Finds the parts that are absent in `world`.
pub(super) fn absent(file: &syn::File, world: World<'_>) -> Marked {
    let gone = |attribute: &Attribute| {
        conditions(attribute).iter().any(|condition| condition.holds(world) == Some(false))
    };
    // What a macro makes of its tokens is not known, so nothing in them is surely absent when
    // nothing is known; else the usual is assumed: that it passes them on.
    let macros = match world {
        World::Production(_) | World::Testing(_) => Some(world),
        World::AnyProduction | World::Anything => None,
    };
    find(file, &gone, macros)
}

/// Finds the parts with an attribute that `wanted` accepts; looks into macros if `macros` says how
/// to judge their conditions.
pub(super) fn find(
    file: &syn::File,
    wanted: &dyn Fn(&Attribute) -> bool,
    macros: Option<World<'_>>,
) -> Marked {
    let mut finder = Finder { wanted, macros, owners: Vec::new(), marked: Marked::default() };
    finder.visit_file(file);
    finder.marked
}

/// A part of Rust that attributes can be written on.
#[derive(Clone, Copy)]
struct Owner<'a> {
    node: &'a dyn ToTokens,
    /// Whether it is an expression or a statement: an attribute before `a = b;` belongs to all of
    /// it, though the parser hands it to `a`.
    expression: bool,
}

/// Walks a file and keeps what encloses the current place.
struct Finder<'a, 'w> {
    wanted: &'w dyn Fn(&Attribute) -> bool,
    macros: Option<World<'w>>,
    owners: Vec<Owner<'a>>,
    marked: Marked,
}

impl<'a> Finder<'a, '_> {
    /// Walks a part with `walk`, as the owner of the attributes that come first in it.
    fn within(&mut self, node: &'a dyn ToTokens, walk: impl FnOnce(&mut Self)) {
        self.owners.push(Owner { node, expression: false });
        walk(self);
        self.owners.pop();
    }

    /// Walks an expression or statement.
    fn within_expression(&mut self, node: &'a dyn ToTokens, walk: impl FnOnce(&mut Self)) {
        self.owners.push(Owner { node, expression: true });
        walk(self);
        self.owners.pop();
    }

    /// Marks the part that the attribute just met belongs to.
    fn mark(&mut self) {
        let Some(owner) = self.owners.last() else {
            self.marked.whole_file = true;
            return;
        };
        let Some(mut extent) = Extent::of(owner.node.to_token_stream()) else { return };
        if owner.expression {
            for outer in self.owners.iter().rev().skip(1).take_while(|outer| outer.expression) {
                match Extent::of(outer.node.to_token_stream()) {
                    Some(wider) if wider.bytes.start == extent.bytes.start => extent = wider,
                    _ => break,
                }
            }
        }
        self.marked.parts.push(extent);
    }

    /// Marks the branches of a macro that chooses by condition, such as `cfg_if!`.
    fn leave_out(&mut self, invocation: &Macro) {
        let Some(world) = self.macros else { return };
        let gone = |branch: &Branch| branch.condition.holds(world) == Some(false);
        let gone = branches(invocation).into_iter().filter(gone);
        self.marked.parts.extend(gone.filter_map(|branch| Extent::of(branch.tokens)));
    }

    /// Looks into a macro that passes items on.
    fn look_into(&mut self, invocation: &Macro) {
        let Some(world) = self.macros else { return };
        self.leave_out(invocation);
        let there = |branch: &Branch| branch.condition.holds(world) != Some(false);
        for branch in branches(invocation).into_iter().filter(there) {
            if let Ok(file) = syn::parse2::<syn::File>(branch.tokens) {
                let inner = find(&file, self.wanted, self.macros);
                self.marked.parts.extend(inner.parts);
            }
        }
    }
}

/// Overrides the walk into one kind of part, so that the part is known as an owner.
macro_rules! owners {
    ($($within:ident $name:ident $type:ident),* $(,)?) => {
        $(fn $name(&mut self, node: &'a syn::$type) {
            self.$within(node, |finder| visit::$name(finder, node));
        })*
    };
}

impl<'a> Visit<'a> for Finder<'a, '_> {
    owners! {
        within visit_item Item,
        within visit_impl_item ImplItem,
        within visit_trait_item TraitItem,
        within visit_foreign_item ForeignItem,
        within visit_arm Arm,
        within visit_field Field,
        within visit_variant Variant,
        within visit_field_value FieldValue,
        within visit_field_pat FieldPat,
        within visit_fn_arg FnArg,
        within visit_generic_param GenericParam,
        within_expression visit_stmt Stmt,
        within_expression visit_expr Expr,
    }

    fn visit_attribute(&mut self, attribute: &'a Attribute) {
        if (self.wanted)(attribute) {
            self.mark();
        }
    }

    fn visit_stmt_macro(&mut self, statement: &'a syn::StmtMacro) {
        visit::visit_stmt_macro(self, statement);
        self.leave_out(&statement.mac);
    }

    fn visit_expr_macro(&mut self, expression: &'a syn::ExprMacro) {
        visit::visit_expr_macro(self, expression);
        self.leave_out(&expression.mac);
    }

    fn visit_item_macro(&mut self, item: &'a syn::ItemMacro) {
        visit::visit_item_macro(self, item);
        self.look_into(&item.mac);
    }
}
