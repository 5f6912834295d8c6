//! What a `use` item imports, one name after the other.

use syn::ext::IdentExt as _;
use syn::{ItemUse, UseTree};

/// One import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Use {
    /// Whether the path begins with `::`.
    pub(super) rooted: bool,
    /// The path as it is written; of a glob the path before the star.
    pub(super) path: Vec<String>,
    /// The name that the import has in its module; nothing for `as _` and for a glob.
    pub(super) name: Option<String>,
    /// Whether it is a glob.
    pub(super) glob: bool,
}

/// Returns what a `use` item imports.
pub(super) fn uses_of(item: &ItemUse) -> Vec<Use> {
    let mut found = Vec::new();
    walk(&item.tree, &mut Vec::new(), &mut found);
    for used in &mut found {
        used.rooted = item.leading_colon.is_some();
    }
    found
}

/// Returns what the text of a `use` item (without `use` and the semicolon) imports.
pub(super) fn uses_in(text: &str) -> syn::Result<Vec<Use>> {
    syn::parse_str::<ItemUse>(&format!("use {text};")).map(|item| uses_of(&item))
}

/// Walks a tree of imports; `path` is what comes before it.
fn walk(tree: &UseTree, path: &mut Vec<String>, found: &mut Vec<Use>) {
    match tree {
        UseTree::Path(step) => {
            path.push(step.ident.unraw().to_string());
            walk(&step.tree, path, found);
            path.pop();
        }
        UseTree::Name(last) => {
            let name = last.ident.unraw().to_string();
            add(path, &name, Some(&name), found);
        }
        UseTree::Rename(last) => {
            let name = last.rename.unraw().to_string();
            let name = (name != "_").then_some(name);
            add(path, &last.ident.unraw().to_string(), name.as_deref(), found);
        }
        UseTree::Glob(_) => {
            found.push(Use { rooted: false, path: path.clone(), name: None, glob: true });
        }
        UseTree::Group(group) => {
            for tree in &group.items {
                walk(tree, path, found);
            }
        }
    }
}

/// Adds one import; `self` as its last part stands for the path before.
fn add(path: &[String], last: &str, name: Option<&str>, found: &mut Vec<Use>) {
    let mut path = path.to_vec();
    let mut name = name.map(str::to_owned);
    if last != "self" || path.is_empty() {
        path.push(last.to_owned());
    } else if name.as_deref() == Some("self") {
        name = path.last().cloned();
    }
    found.push(Use { rooted: false, path, name, glob: false });
}
