//! Places in production code where a failure is not handled: it panics there, or is dropped.

use proc_macro2::Span;
use serde::Serialize;
use syn::parse::Parser as _;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};
use syn::{Block, Expr, Token};

use crate::error::Result;

use super::syntax::parse;

/// How a failure is not handled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// `.unwrap()` panics.
    Unwrap,
    /// `.expect("..")` panics.
    Expect,
    /// `a[i]` panics.
    Index,
    /// `.ok()` drops the error.
    Ok,
    /// `let _ = ..;` drops the result.
    LetUnderscore,
}

impl FailureKind {
    /// Returns what stands in the source, in short.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unwrap => "unwrap",
            Self::Expect => "expect",
            Self::Index => "index",
            Self::Ok => "ok",
            Self::LetUnderscore => "let _",
        }
    }
}

/// A place where a failure is not handled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct FailureSite {
    /// The line, from 1.
    pub line: u32,
    /// The column in bytes, from 1.
    pub column: u32,
    /// How the failure is not handled.
    pub kind: FailureKind,
}

/// Returns the places of a file, tests included, where a failure is not handled, in order.
///
/// The arguments of macros are looked at where they are expressions or statements; what a macro
/// makes of them is not known. A constant fails when it is compiled, so it is left out.
///
/// # Errors
///
/// Returns a usage error with line and column for text that is not Rust.
pub fn failure_sites(text: &str) -> Result<Vec<FailureSite>> {
    parse(text, |syntax| {
        let mut sites = Sites(Vec::new());
        sites.visit_file(&syntax.file);
        let site = |(span, kind): (Span, FailureKind)| FailureSite {
            line: u32::try_from(span.start().line).unwrap_or(u32::MAX),
            column: column(&syntax.text, span.byte_range().start),
            kind,
        };
        let mut sites: Vec<FailureSite> = sites.0.into_iter().map(site).collect();
        sites.sort_unstable();
        sites
    })
}

/// The column of a byte, from 1.
fn column(text: &str, at: usize) -> u32 {
    let before = text.get(..at).unwrap_or_default();
    let line = before.rfind('\n').map_or(0, |end| end + 1);
    u32::try_from(before.len() - line + 1).unwrap_or(u32::MAX)
}

/// Collects the places.
struct Sites(Vec<(Span, FailureKind)>);

impl<'a> Visit<'a> for Sites {
    fn visit_expr_method_call(&mut self, call: &'a syn::ExprMethodCall) {
        let kind = match (call.method.to_string().as_str(), call.args.len()) {
            ("unwrap", 0) => Some(FailureKind::Unwrap),
            ("expect", 1) => Some(FailureKind::Expect),
            ("ok", 0) => Some(FailureKind::Ok),
            _ => None,
        };
        self.0.extend(kind.map(|kind| (call.method.span(), kind)));
        visit::visit_expr_method_call(self, call);
    }

    fn visit_expr_index(&mut self, index: &'a syn::ExprIndex) {
        let everything = matches!(&*index.index, Expr::Range(range)
            if range.start.is_none() && range.end.is_none());
        if !everything {
            self.0.push((index.bracket_token.span.open(), FailureKind::Index));
        }
        visit::visit_expr_index(self, index);
    }

    fn visit_local(&mut self, local: &'a syn::Local) {
        if matches!(local.pat, syn::Pat::Wild(_)) && local.init.is_some() {
            self.0.push((local.pat.span(), FailureKind::LetUnderscore));
        }
        visit::visit_local(self, local);
    }

    fn visit_macro(&mut self, invocation: &'a syn::Macro) {
        if invocation.path.is_ident("macro_rules") {
            return;
        }
        let arguments = Punctuated::<Expr, Token![,]>::parse_terminated;
        if let Ok(arguments) = arguments.parse2(invocation.tokens.clone()) {
            for argument in &arguments {
                <Self as Visit<'_>>::visit_expr(self, argument);
            }
        } else if let Ok(statements) = Block::parse_within.parse2(invocation.tokens.clone()) {
            for statement in &statements {
                <Self as Visit<'_>>::visit_stmt(self, statement);
            }
        }
    }

    fn visit_item_const(&mut self, _: &'a syn::ItemConst) {}

    fn visit_impl_item_const(&mut self, _: &'a syn::ImplItemConst) {}

    fn visit_trait_item_const(&mut self, _: &'a syn::TraitItemConst) {}

    fn visit_item_static(&mut self, item: &'a syn::ItemStatic) {
        // What a lazy one computes runs later.
        if let Expr::Call(call) = &*item.expr {
            visit::visit_expr_call(self, call);
        }
    }

    fn visit_type(&mut self, _: &'a syn::Type) {}

    fn visit_attribute(&mut self, _: &'a syn::Attribute) {}
}
