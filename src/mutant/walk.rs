//! The walk over a syntax tree that meets every mutant.

use std::ops::Range;

use proc_macro2::Span;
use quote::ToTokens as _;
use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};
use syn::{Attribute, BinOp, Block, Expr, Pat, Signature};

use super::model::{Graft, Mutant, Operator};
use super::operators::{replacements, tightness};
use super::values::{is_opaque, values};
use crate::sys::id;

/// Calls whose arguments only decide how much room is set aside.
const CAPACITY: &str = "with_capacity";

/// Most characters of code that the words for a change quote.
const QUOTE_MAX: usize = 60;

/// When code is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum When {
    /// When the program runs.
    Run,
    /// Perhaps when it is compiled: the body of a `const fn`.
    Either,
    /// When it is compiled.
    Compile,
}

/// A function around the present place.
#[derive(Debug, Clone, Default)]
struct Around {
    path: String,
    hash: String,
}

/// A binary expression around the present place, with nothing but others between.
#[derive(Debug, Clone)]
struct Link {
    bytes: Range<usize>,
    tightness: u8,
    has_let: bool,
}

/// The walk.
pub(super) struct Walk<'t> {
    text: &'t str,
    /// How many bytes of the text the parser did not see.
    offset: usize,
    path: Vec<String>,
    around: Around,
    when: When,
    /// Whether this is an implementation of `Default`.
    of_default: bool,
    /// The chain of binary expressions, outermost first.
    chain: Vec<Link>,
    /// What was found, in the order of the walk.
    pub(super) found: Vec<Mutant>,
}

impl<'t> Walk<'t> {
    /// Begins a walk over the tree of `text`, of which the parser did not see the first bytes.
    pub(super) fn new(text: &'t str, offset: usize) -> Self {
        let around = Around::default();
        let (path, chain, found) = (Vec::new(), Vec::new(), Vec::new());
        Self { text, offset, path, around, when: When::Run, of_default: false, chain, found }
    }

    /// The bytes of a span.
    fn bytes(&self, span: Span) -> Range<usize> {
        let bytes = span.byte_range();
        bytes.start + self.offset..bytes.end + self.offset
    }

    /// The text of some bytes, on one line and short.
    fn quote(&self, bytes: Range<usize>) -> String {
        let text = self.text.get(bytes).unwrap_or_default();
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let cut = words.char_indices().nth(QUOTE_MAX).and_then(|(at, _)| words.get(..at));
        cut.map_or(words.clone(), |cut| format!("{cut}…"))
    }

    /// Adds a mutant that replaces some bytes; it stands where `at` begins.
    fn add(
        &mut self,
        operator: Operator,
        at: Span,
        (bytes, replacement): (Range<usize>, &str),
        (change, graft): (String, Graft),
    ) {
        let start = at.start();
        let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let graft = match self.when {
            When::Compile if !matches!(graft, Graft::Never(_)) => {
                Graft::Alone("it is evaluated by the compiler")
            }
            _ => graft,
        };
        self.found.push(Mutant {
            operator,
            function: self.around.path.clone(),
            function_hash: self.around.hash.clone(),
            in_const_fn: self.when == When::Either,
            line: number(start.line),
            column: number(start.column + 1),
            bytes,
            replacement: replacement.to_owned(),
            change,
            graft,
        });
    }

    /// Walks the inside of something that has a name, unless its attributes forbid mutants.
    fn inside(&mut self, name: String, attributes: &[Attribute], walk: impl FnOnce(&mut Self)) {
        if attributes.iter().any(forbids) {
            return;
        }
        self.path.push(name);
        walk(self);
        self.path.pop();
    }

    /// Walks code that is run at another time than what is around it.
    fn at(&mut self, when: When, walk: impl FnOnce(&mut Self)) {
        let (outer, chain) = (self.when, std::mem::take(&mut self.chain));
        self.when = when;
        walk(self);
        (self.when, self.chain) = (outer, chain);
    }

    /// Walks a function; `node` is all of it, `whole` whether its value may be replaced.
    fn function(
        &mut self,
        (attributes, signature, block): (&[Attribute], &Signature, &Block),
        node: &dyn quote::ToTokens,
        whole: bool,
    ) {
        if matches!(signature.safety, syn::Safety::Unsafe(_)) {
            return;
        }
        self.inside(signature.ident.to_string(), attributes, |walk| {
            let is_const = signature.constness.is_some();
            let hash = id::hash(node.to_token_stream().to_string().as_bytes());
            let own = Around { path: walk.path.join("::"), hash };
            let outer = std::mem::replace(&mut walk.around, own);
            walk.at(if is_const { When::Either } else { When::Run }, |walk| {
                if whole {
                    walk.body(attributes, signature, block);
                }
                visit::visit_block(walk, block);
            });
            walk.around = outer;
        });
    }

    /// Adds the mutants that replace a body by a value.
    fn body(&mut self, attributes: &[Attribute], signature: &Signature, block: &Block) {
        let (Some(first), Some(last)) = (block.stmts.first(), block.stmts.last()) else { return };
        let bytes = self.bytes(first.span()).start..self.bytes(last.span()).end;
        let inner = attributes.iter().filter(|one| matches!(one.style, syn::AttrStyle::Inner(_)));
        let brace = self.bytes(block.brace_token.span.open()).end;
        let start = inner.map(|one| self.bytes(one.span()).end).max().unwrap_or(brace);
        let graft = if is_opaque(&signature.output) {
            Graft::Alone("its return type hides another one")
        } else {
            Graft::Body(start.max(brace))
        };
        let squeezed = |text: &str| text.split_whitespace().collect::<String>();
        let present = squeezed(self.text.get(bytes.clone()).unwrap_or_default());
        for value in values(&signature.output) {
            if squeezed(&value) != present {
                let change = format!("replace the body with `{value}`");
                let replaced = (bytes.clone(), value.as_str());
                self.add(Operator::FunctionBody, first.span(), replaced, (change, graft.clone()));
            }
        }
    }

    /// Adds the mutants of a binary operator, which is the last link of the chain.
    fn binary(&mut self, operator: &BinOp) {
        let bytes = self.bytes(operator.span());
        let present = self.quote(bytes.clone());
        for replacement in replacements(operator) {
            // The text with the other operator is read anew: within all that binds as tightly.
            let least = tightness(&present).min(tightness(replacement));
            let alike = tightness(&present) == tightness(replacement);
            let mut outer = self.chain.iter().rev();
            let Some(mut link) = outer.next() else { return };
            for next in outer.take_while(|next| !alike && least <= next.tightness) {
                link = next;
            }
            let graft = if link.has_let {
                Graft::Never("`let` cannot stand beside `||`")
            } else {
                Graft::Choice(link.bytes.clone())
            };
            let change = format!("replace `{present}` with `{replacement}`");
            let replaced = (bytes.clone(), *replacement);
            self.add(Operator::Binary, operator.span(), replaced, (change, graft));
        }
    }

    /// Adds the mutant that deletes an arm, and those that decide its guard.
    fn arm(&mut self, arm: &syn::Arm, has_wildcard: bool) {
        if let Pat::Guard(pattern) = &arm.pat {
            let bytes = self.bytes(pattern.guard.span());
            let text = self.quote(bytes.clone());
            let graft = if has_let(&pattern.guard) {
                Graft::Alone("its guard has a `let`")
            } else {
                Graft::Guard(bytes.clone())
            };
            for value in ["true", "false"] {
                let change = format!("replace the guard `{text}` with `{value}`");
                let replaced = (bytes.clone(), value);
                let how = (change, graft.clone());
                self.add(Operator::MatchGuard, pattern.guard.span(), replaced, how);
            }
        } else if has_wildcard && !matches!(arm.pat, Pat::Wild(_)) {
            let end = self.bytes(arm.pat.span()).end;
            let change = format!("delete the arm `{}`", self.quote(self.bytes(arm.pat.span())));
            let replaced = (self.bytes(arm.span()), "");
            self.add(Operator::MatchArm, arm.pat.span(), replaced, (change, Graft::Arm(end)));
        }
    }
}

/// Whether an attribute says that nothing below it is to be mutated.
fn forbids(attribute: &Attribute) -> bool {
    let words = attribute.meta.to_token_stream().to_string().replace(' ', "");
    words == "mutants::skip" || words.starts_with("cfg_attr(test,") && words.contains("mutants::")
}

/// Whether an expression is a condition with a `let` in it.
fn has_let(expression: &Expr) -> bool {
    match expression {
        Expr::Let(_) => true,
        Expr::Binary(binary) => has_let(&binary.left) || has_let(&binary.right),
        _ => false,
    }
}

/// The last name of a type's path, as in [`crate::source::FunctionItem::path`].
fn type_name(kind: &syn::Type) -> String {
    match kind {
        syn::Type::Path(path) => {
            path.path.segments.last().map(|last| last.ident.to_string()).unwrap_or_default()
        }
        syn::Type::Reference(reference) => type_name(&reference.elem),
        other => other.to_token_stream().to_string().replace(' ', ""),
    }
}

impl<'a> Visit<'a> for Walk<'_> {
    fn visit_item_mod(&mut self, item: &'a syn::ItemMod) {
        self.inside(item.ident.to_string(), &item.attrs, |walk| visit::visit_item_mod(walk, item));
    }

    fn visit_item_impl(&mut self, item: &'a syn::ItemImpl) {
        let name = type_name(&item.self_ty);
        let last = item.trait_.as_ref().and_then(|(path, _)| path.segments.last());
        let of_default = last.is_some_and(|last| last.ident == "Default");
        let outer = std::mem::replace(&mut self.of_default, of_default);
        self.inside(name, &item.attrs, |walk| visit::visit_item_impl(walk, item));
        self.of_default = outer;
    }

    fn visit_item_trait(&mut self, item: &'a syn::ItemTrait) {
        let name = item.ident.to_string();
        self.inside(name, &item.attrs, |walk| visit::visit_item_trait(walk, item));
    }

    fn visit_item_fn(&mut self, item: &'a syn::ItemFn) {
        self.function((&item.attrs, &item.sig, &item.block), item, true);
    }

    fn visit_impl_item_fn(&mut self, item: &'a syn::ImplItemFn) {
        // A constructor usually is what `Default` calls, and the other way round.
        let whole = item.sig.ident != "new" && !self.of_default;
        self.function((&item.attrs, &item.sig, &item.block), item, whole);
    }

    fn visit_trait_item_fn(&mut self, item: &'a syn::TraitItemFn) {
        if let Some(block) = &item.default {
            let whole = item.sig.ident != "new";
            self.function((&item.attrs, &item.sig, block), item, whole);
        }
    }

    fn visit_item_const(&mut self, item: &'a syn::ItemConst) {
        self.at(When::Compile, |walk| visit::visit_item_const(walk, item));
    }

    fn visit_impl_item_const(&mut self, item: &'a syn::ImplItemConst) {
        self.at(When::Compile, |walk| visit::visit_impl_item_const(walk, item));
    }

    fn visit_trait_item_const(&mut self, item: &'a syn::TraitItemConst) {
        self.at(When::Compile, |walk| visit::visit_trait_item_const(walk, item));
    }

    fn visit_item_static(&mut self, item: &'a syn::ItemStatic) {
        self.at(When::Compile, |walk| visit::visit_item_static(walk, item));
    }

    fn visit_variant(&mut self, variant: &'a syn::Variant) {
        self.at(When::Compile, |walk| visit::visit_variant(walk, variant));
    }

    fn visit_type(&mut self, kind: &'a syn::Type) {
        self.at(When::Compile, |walk| visit::visit_type(walk, kind));
    }

    fn visit_generic_argument(&mut self, argument: &'a syn::GenericArgument) {
        self.at(When::Compile, |walk| visit::visit_generic_argument(walk, argument));
    }

    fn visit_pat(&mut self, pattern: &'a Pat) {
        match pattern {
            Pat::Guard(pattern) => {
                self.visit_pat(&pattern.pat);
                self.visit_expr(&pattern.guard);
            }
            pattern => self.at(When::Compile, |walk| visit::visit_pat(walk, pattern)),
        }
    }

    fn visit_expr_const(&mut self, expression: &'a syn::ExprConst) {
        self.at(When::Compile, |walk| visit::visit_expr_const(walk, expression));
    }

    fn visit_expr_repeat(&mut self, expression: &'a syn::ExprRepeat) {
        self.visit_expr(&expression.expr);
        self.at(When::Compile, |walk| walk.visit_expr(&expression.len));
    }

    fn visit_expr_closure(&mut self, expression: &'a syn::ExprClosure) {
        let outer = if self.when == When::Compile { When::Run } else { self.when };
        self.at(outer, |walk| visit::visit_expr_closure(walk, expression));
    }

    fn visit_expr(&mut self, expression: &'a Expr) {
        if matches!(expression, Expr::Binary(_)) {
            return visit::visit_expr(self, expression);
        }
        let chain = std::mem::take(&mut self.chain);
        visit::visit_expr(self, expression);
        self.chain = chain;
    }

    fn visit_expr_binary(&mut self, expression: &'a syn::ExprBinary) {
        let operator = self.quote(self.bytes(expression.op.span()));
        self.chain.push(Link {
            bytes: self.bytes(expression.span()),
            tightness: tightness(&operator),
            has_let: has_let(&expression.left) || has_let(&expression.right),
        });
        self.binary(&expression.op);
        self.visit_expr(&expression.left);
        self.visit_expr(&expression.right);
        self.chain.pop();
    }

    fn visit_expr_unary(&mut self, expression: &'a syn::ExprUnary) {
        if matches!(expression.op, syn::UnOp::Not(_) | syn::UnOp::Neg(_)) {
            let bytes = self.bytes(expression.op.span());
            let change = format!("delete `{}`", self.quote(bytes.clone()));
            let graft = Graft::Choice(self.bytes(expression.span()));
            let (at, replaced) = (expression.op.span(), (bytes, ""));
            self.add(Operator::Unary, at, replaced, (change, graft));
        }
        visit::visit_expr_unary(self, expression);
    }

    fn visit_expr_match(&mut self, expression: &'a syn::ExprMatch) {
        let has_wildcard = expression.arms.iter().any(|arm| matches!(arm.pat, Pat::Wild(_)));
        for arm in &expression.arms {
            self.arm(arm, has_wildcard);
        }
        visit::visit_expr_match(self, expression);
    }

    fn visit_expr_struct(&mut self, expression: &'a syn::ExprStruct) {
        let whole = self.bytes(expression.span());
        for pair in expression.fields.pairs().filter(|_| expression.rest.is_some()) {
            let change = format!("delete the field `{}`", pair.value().member.to_token_stream());
            let replaced = (self.bytes(pair.span()), "");
            let graft = Graft::Choice(whole.clone());
            self.add(Operator::StructField, pair.value().span(), replaced, (change, graft));
        }
        visit::visit_expr_struct(self, expression);
    }

    fn visit_expr_call(&mut self, call: &'a syn::ExprCall) {
        let last = match &*call.func {
            Expr::Path(path) => path.path.segments.last().map(|last| last.ident == CAPACITY),
            _ => None,
        };
        if last == Some(true) {
            return self.visit_expr(&call.func);
        }
        visit::visit_expr_call(self, call);
    }

    fn visit_expr_method_call(&mut self, call: &'a syn::ExprMethodCall) {
        if call.method == CAPACITY {
            return self.visit_expr(&call.receiver);
        }
        visit::visit_expr_method_call(self, call);
    }
}
