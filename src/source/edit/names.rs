//! The names that are in scope in a test module.

use std::collections::{BTreeMap, BTreeSet};

use syn::Item;
use syn::ext::IdentExt as _;

use super::uses::{Use, uses_of};

/// What is in scope in the module that tests are written into.
///
/// Conditions are not looked at: a name that only some builds have counts as visible.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Visible {
    /// The path of the test module relative to the file's module, if it exists already.
    pub module: Option<String>,
    /// The simple names: what the host defines or imports, and what the test module does.
    pub names: BTreeMap<String, Name>,
    /// The full paths of what is imported without a name, as in `use std::io::Read as _`.
    pub unnamed: BTreeSet<String>,
    /// The paths of modules whose names are in scope by a glob, except `super`; which names these
    /// are is not known.
    pub globs: BTreeSet<String>,
    /// The names of the functions that the test module has.
    pub functions: BTreeSet<String>,
}

/// A name in scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// The full path, as in `crate::money::Money` or `std::fmt::Display`: that of the definition,
    /// or the one that the import gives.
    pub path: String,
    /// Whether the test module itself defines or imports it; else it comes by `use super::*`.
    pub own: bool,
}

impl Visible {
    /// Returns whether a test cannot have this name: it is in use, or would hide what is.
    pub fn takes(&self, function: &str) -> bool {
        self.functions.contains(function) || self.names.contains_key(function)
    }
}

/// Returns what is in scope in the test module called `name` of the host at `path`, which holds the
/// items `own`.
pub(super) fn visible(path: &[String], host: &[Item], name: Option<&str>, own: &[Item]) -> Visible {
    let mut visible = Visible::default();
    let mut inner = path.to_vec();
    inner.extend(name.map(str::to_owned));
    collect(host, path, false, &mut visible);
    collect(own, &inner, true, &mut visible);
    visible.functions = own.iter().filter_map(function).collect();
    visible
}

/// The name of a function.
fn function(item: &Item) -> Option<String> {
    if let Item::Fn(item) = item { Some(item.sig.ident.unraw().to_string()) } else { None }
}

/// Adds the names that some items of the module at `module` define or import.
fn collect(items: &[Item], module: &[String], own: bool, visible: &mut Visible) {
    let here = |name: &str| {
        let path = ["crate"].into_iter().chain(module.iter().map(String::as_str));
        path.chain([name]).collect::<Vec<_>>().join("::")
    };
    for name in items.iter().filter_map(defined) {
        let path = here(&name);
        visible.names.insert(name, Name { path, own });
    }
    for item in items {
        let Item::ExternCrate(item) = item else { continue };
        let path = item.ident.unraw().to_string();
        let name = item.rename.as_ref().map_or_else(|| path.clone(), |(_, name)| name.to_string());
        visible.names.insert(name, Name { path, own });
    }
    let uses: Vec<Use> = items.iter().filter_map(imported).flatten().collect();
    // An import may begin with a name that a later one brings in: twice is enough for real code.
    for _ in 0..2 {
        for used in &uses {
            let path = full_path(used, module, visible);
            match &used.name {
                Some(name) => {
                    visible.names.insert(name.clone(), Name { path, own });
                }
                None if used.glob && !(own && used.path == ["super"]) => {
                    visible.globs.insert(path);
                }
                None if used.glob => {}
                None => {
                    visible.unnamed.insert(path);
                }
            }
        }
    }
}

/// What a `use` item imports.
fn imported(item: &Item) -> Option<Vec<Use>> {
    if let Item::Use(item) = item { Some(uses_of(item)) } else { None }
}

/// The name that an item defines; imports apart.
pub(super) fn defined(item: &Item) -> Option<String> {
    let name = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        Item::Mod(item) => &item.ident,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::TraitAlias(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        _ => return None,
    };
    let name = name.unraw().to_string();
    (name != "_").then_some(name)
}

/// Returns the full path of an import that stands in the module at `module`.
pub(super) fn full_path(used: &Use, module: &[String], visible: &Visible) -> String {
    let written = used.path.join("::");
    let Some(first) = used.path.first().filter(|_| !used.rooted) else { return written };
    let mut rest = used.path.iter().peekable();
    let mut base = match &**first {
        "crate" => return written,
        "self" | "super" => module.to_vec(),
        name => match visible.names.get(name) {
            // A crate of this name can hold something of this name: `use rand::{self, rand}`.
            Some(known) if known.path.split("::").next() != Some(name) => {
                let rest = used.path.iter().skip(1).map(String::as_str);
                let path = [&*known.path].into_iter().chain(rest);
                return path.collect::<Vec<_>>().join("::");
            }
            _ => return written,
        },
    };
    while let Some(step) = rest.next_if(|step| matches!(&***step, "self" | "super")) {
        if step == "super" {
            base.pop();
        }
    }
    let path = ["crate".to_owned()].into_iter().chain(base).chain(rest.cloned());
    path.collect::<Vec<_>>().join("::")
}
