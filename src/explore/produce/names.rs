//! Types as text, with every lifetime `'static`.

use crate::explore::model::{Bound, Crate, ItemId, Named, Type};

/// Types of the standard library that have one lifetime.
const WITH_LIFETIME: &[&str] = &[
    "Cow",
    "Chars",
    "CharIndices",
    "Bytes",
    "Iter",
    "IterMut",
    "Ref",
    "RefMut",
    "MutexGuard",
    "Drain",
    "Split",
    "Lines",
    "SplitWhitespace",
    "Arguments",
    "Keys",
    "Values",
    "Entry",
    "Context",
    "Component",
    "Components",
    "Display",
    "Formatter",
    "Windows",
    "Chunks",
    "ChunksExact",
];

/// Writes types for code that stands in one module.
#[derive(Debug, Clone, Copy)]
pub struct Names<'a> {
    /// The crate.
    pub krate: &'a Crate,
    /// The module in which the code stands.
    pub module: ItemId,
}

impl Names<'_> {
    /// Returns a type as text; `None` if it cannot be named.
    pub fn ty(&self, ty: &Type) -> Option<String> {
        Some(match ty {
            Type::Primitive(name) | Type::Value(name) => name.clone(),
            Type::Named(named) => self.named(named, "<", true)?,
            Type::Reference { mutable, target } => {
                let word = if *mutable { "mut " } else { "" };
                format!("&'static {word}{}", self.ty(target)?)
            }
            Type::Tuple(items) if items.len() == 1 => format!("({},)", self.all(items)?),
            Type::Tuple(items) => format!("({})", self.all(items)?),
            Type::Slice(item) => format!("[{}]", self.ty(item)?),
            Type::Array(item, length) => format!("[{}; {length}]", self.ty(item)?),
            Type::Function(inputs, output) => {
                format!("fn({}) -> {}", self.all(inputs)?, self.ty(output)?)
            }
            Type::Object(bounds) => format!("dyn {}", self.bounds(bounds)?),
            Type::Iterator(item) => format!("::std::vec::IntoIter<{}>", self.ty(item)?),
            _ => return None,
        })
    }

    /// Returns several types separated by commas.
    pub fn all(&self, types: &[Type]) -> Option<String> {
        let texts: Option<Vec<String>> = types.iter().map(|ty| self.ty(ty)).collect();
        texts.map(|texts| texts.join(", "))
    }

    /// Returns a named type; `open` begins its arguments (`<` in types, `::<` in expressions).
    pub fn named(&self, named: &Named, open: &str, lifetimes: bool) -> Option<String> {
        let (path, count) = match named.local {
            Some(id) => {
                let adt = self.krate.adts.get(&id)?;
                (self.krate.path_from(id, self.module)?.to_owned(), adt.generics.lifetimes)
            }
            None => (outside(&named.path), usize::from(WITH_LIFETIME.contains(&named.name()))),
        };
        let mut args = vec!["'static".to_owned(); if lifetimes { count } else { 0 }];
        for arg in &named.args {
            args.push(self.ty(arg)?);
        }
        Some(if args.is_empty() { path } else { format!("{path}{open}{}>", args.join(", ")) })
    }

    /// Returns a trait path by its id or path.
    pub fn trait_path(&self, path: &str, local: Option<ItemId>) -> Option<String> {
        match local {
            Some(id) => self.krate.path_from(id, self.module).map(str::to_owned),
            None => Some(outside(path)),
        }
    }

    /// Returns bounds joined by `+`.
    fn bounds(&self, bounds: &[Bound]) -> Option<String> {
        let one = |bound: &Bound| {
            let path = self.trait_path(&bound.trait_ref.path, bound.trait_ref.local)?;
            if let Some((inputs, output)) = &bound.signature {
                let output = self.ty(output)?;
                return Some(format!("{path}({}) -> {output}", self.all(inputs)?));
            }
            let mut args = Vec::new();
            for arg in &bound.trait_ref.args {
                args.push(self.ty(arg)?);
            }
            for (name, ty) in &bound.associated {
                args.push(format!("{name} = {}", self.ty(ty)?));
            }
            Some(if args.is_empty() { path } else { format!("{path}<{}>", args.join(", ")) })
        };
        let texts: Option<Vec<String>> = bounds.iter().map(one).collect();
        texts.map(|texts| texts.join(" + "))
    }
}

/// The path of something outside the crate, from the root of all crates.
fn outside(path: &str) -> String {
    if path.starts_with("std::") { format!("::{path}") } else { path.to_owned() }
}
