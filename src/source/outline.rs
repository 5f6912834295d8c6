//! The outline of a file: the modules it declares, as plain data.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::ext::IdentExt as _;
use syn::{Attribute, Expr, Item, Lit, Macro, Meta};

use super::cfg::{Condition, conditions, each_meta};

/// Something in a file that leads to other files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// The conditions under which it exists.
    pub(super) conditions: Vec<Condition>,
    pub(super) kind: EntryKind,
}

/// What leads to other files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum EntryKind {
    /// `mod name;` or `mod name { .. }`.
    Module {
        name: String,
        /// Its `#[path]` attributes, each with the condition under which it counts.
        paths: Vec<(Condition, String)>,
        /// What is between its braces, if it has any.
        content: Option<Vec<Entry>>,
        line: u32,
    },
    /// `include!("path")`.
    Include(String),
    /// A macro that passes items on.
    Group(Vec<Entry>),
}

/// The tokens of one branch of a macro that chooses by condition.
pub(super) struct Branch {
    pub(super) condition: Condition,
    pub(super) tokens: TokenStream,
}

/// Returns what leads to other files, in order.
pub(super) fn outline(file: &syn::File) -> Vec<Entry> {
    let conditions = file.attrs.iter().flat_map(conditions).collect();
    vec![Entry { conditions, kind: EntryKind::Group(entries(&file.items)) }]
}

/// The entries of some items.
fn entries(items: &[Item]) -> Vec<Entry> {
    items.iter().filter_map(entry).collect()
}

/// The entry of an item, if it can lead to other files.
fn entry(item: &Item) -> Option<Entry> {
    let (attributes, kind) = match item {
        Item::Mod(module) => {
            let content = module.content.as_ref().map(|(_, items)| entries(items));
            let name = module.ident.unraw().to_string();
            let paths = paths(&module.attrs);
            let line = u32::try_from(module.ident.span().start().line).unwrap_or(u32::MAX);
            (&module.attrs, EntryKind::Module { name, paths, content, line })
        }
        Item::Macro(item) => (&item.attrs, macro_entry(&item.mac)?),
        _ => return None,
    };
    Some(Entry { conditions: attributes.iter().flat_map(conditions).collect(), kind })
}

/// The `#[path]` attributes.
fn paths(attributes: &[Attribute]) -> Vec<(Condition, String)> {
    let mut found = Vec::new();
    for attribute in attributes {
        each_meta(&attribute.meta, Condition::Constant(Some(true)), &mut |when, meta| {
            let Meta::NameValue(pair) = meta else { return };
            let Expr::Lit(value) = &pair.value else { return };
            if let (true, Lit::Str(path)) = (pair.path.is_ident("path"), &value.lit) {
                found.push((when, path.value()));
            }
        });
    }
    found
}

/// The entry of a macro that passes items on or includes a file.
fn macro_entry(invocation: &Macro) -> Option<EntryKind> {
    if invocation.path.is_ident("include") {
        let path = invocation.parse_body::<syn::LitStr>().ok()?;
        return Some(EntryKind::Include(path.value()));
    }
    let branches = branches(invocation).into_iter().filter_map(|branch| {
        let file = syn::parse2::<syn::File>(branch.tokens).ok()?;
        let kind = EntryKind::Group(entries(&file.items));
        Some(Entry { conditions: vec![branch.condition], kind })
    });
    Some(EntryKind::Group(branches.collect()))
}

/// The branches of `cfg_if!` and `cfg_select!`; of any other macro all its tokens as the only one.
pub(super) fn branches(invocation: &Macro) -> Vec<Branch> {
    let name = invocation.path.segments.last().map(|last| last.ident.to_string());
    let tokens = invocation.tokens.clone();
    match name.as_deref() {
        Some("cfg_if") => cfg_if(tokens),
        Some("cfg_select") => cfg_select(tokens),
        Some("macro_rules") => Vec::new(),
        _ => vec![Branch { condition: Condition::Constant(Some(true)), tokens }],
    }
}

/// The branches of `if #[cfg(a)] { .. } else if #[cfg(b)] { .. } else { .. }`.
fn cfg_if(tokens: TokenStream) -> Vec<Branch> {
    let mut found = Vec::new();
    let mut earlier = Vec::new();
    let mut asked = None;
    for token in tokens {
        let TokenTree::Group(group) = token else { continue };
        match group.delimiter() {
            Delimiter::Bracket => {
                let inner = group.stream().into_iter().find_map(|token| match token {
                    TokenTree::Group(group) => Some(group.stream()),
                    _ => None,
                });
                asked = inner.map(Condition::read);
            }
            Delimiter::Brace => push(&mut found, &mut earlier, asked.take(), group.stream()),
            Delimiter::Parenthesis | Delimiter::None => (),
        }
    }
    found
}

/// The branches of `a => { .. } b => { .. } _ => { .. }`.
fn cfg_select(tokens: TokenStream) -> Vec<Branch> {
    let mut found = Vec::new();
    let mut earlier = Vec::new();
    let mut asked = TokenStream::new();
    let mut arrow = false;
    for token in tokens {
        match token {
            TokenTree::Group(group) if arrow && group.delimiter() == Delimiter::Brace => {
                let asked = std::mem::take(&mut asked);
                let any = asked.to_string() == "_";
                let condition = (!any).then(|| Condition::read(asked));
                push(&mut found, &mut earlier, condition, group.stream());
                arrow = false;
            }
            TokenTree::Punct(punct) if punct.as_char() == '>' => arrow = true,
            TokenTree::Punct(punct) if matches!(punct.as_char(), '=' | ',') => {
                // The `=` of a name with a value belongs to the condition.
                if punct.as_char() == '=' && punct.spacing() == proc_macro2::Spacing::Alone {
                    asked.extend([TokenTree::Punct(punct)]);
                }
            }
            token => asked.extend([token]),
        }
    }
    found
}

/// Adds a branch that counts if its condition holds and none of the earlier ones did.
fn push(
    found: &mut Vec<Branch>,
    earlier: &mut Vec<Condition>,
    asked: Option<Condition>,
    tokens: TokenStream,
) {
    let mut all: Vec<Condition> = earlier.iter().cloned().map(Condition::negated).collect();
    all.extend(asked.clone());
    found.push(Branch { condition: Condition::All(all), tokens });
    earlier.extend(asked);
}
