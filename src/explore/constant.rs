//! Constant numbers: what arithmetic of literals and named constants comes to.

use std::collections::BTreeMap;

use syn::visit::{self, Visit};
use syn::{BinOp, Expr, Lit, UnOp};

/// Passes over a file in which constants that name other constants are resolved.
const PASSES: usize = 4;

/// The numeric constants of one file, by name; of two with one name, the last.
#[derive(Debug, Clone, Default)]
pub(super) struct Constants(BTreeMap<String, i128>);

impl Constants {
    /// Returns the constants of a file, those within functions and types too.
    pub(super) fn of(file: &syn::File) -> Self {
        let mut found = Self::default();
        for _ in 0..PASSES {
            let before = found.0.len();
            found.visit_file(file);
            if found.0.len() == before {
                break;
            }
        }
        found
    }

    /// Returns the number that an expression is, if only literals and known constants make it.
    pub(super) fn value(&self, expression: &Expr) -> Option<i128> {
        match expression {
            Expr::Lit(literal) => match &literal.lit {
                Lit::Int(number) => number.base10_parse().ok(),
                Lit::Byte(byte) => Some(i128::from(byte.value())),
                _ => None,
            },
            Expr::Path(path) => {
                let name = path.path.segments.last()?.ident.to_string();
                self.0.get(&name).copied()
            }
            Expr::Paren(inner) => self.value(&inner.expr),
            Expr::Group(inner) => self.value(&inner.expr),
            Expr::Cast(inner) => self.value(&inner.expr),
            Expr::Unary(inner) if matches!(inner.op, UnOp::Neg(_)) => {
                self.value(&inner.expr)?.checked_neg()
            }
            Expr::Binary(binary) => {
                compute(&binary.op, self.value(&binary.left)?, self.value(&binary.right)?)
            }
            _ => None,
        }
    }
}

impl<'ast> Visit<'ast> for Constants {
    fn visit_item_const(&mut self, item: &'ast syn::ItemConst) {
        if let Some(value) = self.value(&item.expr) {
            self.0.insert(item.ident.to_string(), value);
        }
        visit::visit_item_const(self, item);
    }

    fn visit_impl_item_const(&mut self, item: &'ast syn::ImplItemConst) {
        if let Some(value) = self.value(&item.expr) {
            self.0.insert(item.ident.to_string(), value);
        }
    }
}

/// Does the arithmetic of one operator.
fn compute(op: &BinOp, left: i128, right: i128) -> Option<i128> {
    let places = || u32::try_from(right).ok().filter(|places| *places < 127);
    match op {
        BinOp::Add(_) => left.checked_add(right),
        BinOp::Sub(_) => left.checked_sub(right),
        BinOp::Mul(_) => left.checked_mul(right),
        BinOp::Div(_) => left.checked_div(right),
        BinOp::Rem(_) => left.checked_rem(right),
        BinOp::Shl(_) => left.checked_mul(1_i128.checked_shl(places()?)?),
        BinOp::Shr(_) => left.checked_shr(places()?),
        BinOp::BitOr(_) => Some(left | right),
        BinOp::BitAnd(_) => Some(left & right),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_are_computed_whatever_their_order() {
        let file = "const C: usize = A * 4; const A: usize = (1 << 4) + B; const B: usize = 2;
            const D: i8 = -3 as i8; const E: usize = size(); const F: u32 = 1 / 0;
            fn f() { const G: u32 = 7 % 4; }";
        let constants = Constants::of(&syn::parse_file(file).expect("it parses"));
        let known: Vec<_> =
            constants.0.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        assert_eq!(known, [("A", 18), ("B", 2), ("C", 72), ("D", -3), ("G", 3)]);
    }
}
