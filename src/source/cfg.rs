//! Conditions of `#[cfg(..)]` and their truth.

use std::collections::BTreeSet;

use proc_macro2::{TokenStream, TokenTree};
use syn::{Attribute, Meta};

/// Attributes that turn a function into a test; the last name of the attribute's path counts.
const TEST_ATTRIBUTES: &[&str] = &[
    "test",
    "bench",
    "rstest",
    "test_case",
    "test_matrix",
    "quickcheck",
    "proptest",
    "property_test",
    "wasm_bindgen_test",
];

/// The names and values that are set when a crate is compiled, without `test`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CfgSet {
    set: BTreeSet<(String, Option<String>)>,
}

impl CfgSet {
    /// Creates the set from what `rustc --print cfg` prints and the names of the chosen features.
    #[expect(single_use_lifetimes, reason = "it cannot be left out inside `impl Trait`")]
    pub fn new<'a>(printed: &str, features: impl IntoIterator<Item = &'a str>) -> Self {
        let mut set = Self::default();
        for line in printed.lines().map(str::trim).filter(|line| !line.is_empty()) {
            match line.split_once('=') {
                Some((name, value)) => set.insert(name, Some(value.trim_matches('"'))),
                None => set.insert(line, None),
            }
        }
        for feature in features {
            set.insert("feature", Some(feature));
        }
        set
    }

    /// Adds a name, or a name with a value, as a build script does with `cargo::rustc-cfg`.
    pub fn insert(&mut self, name: &str, value: Option<&str>) {
        self.set.insert((name.to_owned(), value.map(str::to_owned)));
    }

    /// Returns whether the name, or the name with this value, is set.
    pub fn contains(&self, name: &str, value: Option<&str>) -> bool {
        self.set.contains(&(name.to_owned(), value.map(str::to_owned)))
    }
}

/// What is known when a condition is judged.
#[derive(Debug, Clone, Copy)]
pub(super) enum World<'a> {
    /// The crate as it is shipped: `test` is off.
    Production(&'a CfgSet),
    /// The crate under test: `test` is on.
    Testing(&'a CfgSet),
    /// The crate as it is shipped to anybody: `test` is off, and nothing else is known.
    AnyProduction,
    /// Nothing is known.
    Anything,
}

impl World<'_> {
    /// Whether a name is set, if that is known.
    fn knows(self, name: &str, value: Option<&str>) -> Option<bool> {
        let is_test = name == "test" && value.is_none();
        match self {
            Self::Production(_) | Self::AnyProduction if is_test => Some(false),
            Self::Testing(_) if is_test => Some(true),
            Self::Production(set) | Self::Testing(set) => Some(set.contains(name, value)),
            Self::AnyProduction | Self::Anything => None,
        }
    }
}

/// A condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Condition {
    /// A name, or a name with a value, is set.
    Is(String, Option<String>),
    /// All of them hold.
    All(Vec<Condition>),
    /// At least one of them holds.
    Any(Vec<Condition>),
    /// It does not hold.
    Not(Box<Condition>),
    /// It is known, or not known, whatever is set.
    Constant(Option<bool>),
}

impl Condition {
    /// Reads a condition from what stands between the brackets of `cfg(..)`.
    pub(super) fn read(tokens: TokenStream) -> Self {
        let mut tokens = tokens.into_iter();
        let Some(TokenTree::Ident(name)) = tokens.next() else { return Self::Constant(None) };
        let name = name.to_string();
        let parts = |group: &proc_macro2::Group| {
            split(group.stream()).into_iter().map(Self::read).collect::<Vec<_>>()
        };
        match (&*name, tokens.next()) {
            ("true", None) => Self::Constant(Some(true)),
            ("false", None) => Self::Constant(Some(false)),
            (_, None) => Self::Is(name, None),
            ("all", Some(TokenTree::Group(group))) => Self::All(parts(&group)),
            ("any", Some(TokenTree::Group(group))) => Self::Any(parts(&group)),
            ("not", Some(TokenTree::Group(group))) => {
                parts(&group).into_iter().next().map_or(Self::Constant(None), Self::negated)
            }
            (_, Some(TokenTree::Punct(_))) => {
                let value = tokens.next().and_then(|value| syn::parse2(value.into()).ok());
                let value = value.map(|value: syn::LitStr| value.value());
                value.map_or(Self::Constant(None), |value| Self::Is(name, Some(value)))
            }
            // What a newer compiler may know, such as `version(..)`.
            _ => Self::Constant(None),
        }
    }

    /// The opposite.
    pub(super) fn negated(self) -> Self {
        Self::Not(Box::new(self))
    }

    /// Whether it holds, if that can be told.
    pub(super) fn holds(&self, world: World<'_>) -> Option<bool> {
        match self {
            Self::Is(name, value) => world.knows(name, value.as_deref()),
            Self::Not(inner) => inner.holds(world).map(|holds| !holds),
            Self::Constant(known) => *known,
            Self::All(parts) => join(parts, world, false),
            Self::Any(parts) => join(parts, world, true),
        }
    }
}

/// Whether the parts joined hold: one that is `decisive` decides, an unknown one leaves it open.
fn join(parts: &[Condition], world: World<'_>, decisive: bool) -> Option<bool> {
    let mut open = false;
    for part in parts {
        match part.holds(world) {
            Some(holds) if holds == decisive => return Some(decisive),
            Some(_) => (),
            None => open = true,
        }
    }
    (!open).then_some(!decisive)
}

/// Returns the conditions under which what carries the attribute exists.
pub(super) fn conditions(attribute: &Attribute) -> Vec<Condition> {
    let mut found = Vec::new();
    each_meta(&attribute.meta, Condition::Constant(Some(true)), &mut |when, meta| {
        let name = meta.path().segments.last().map(|last| last.ident.to_string());
        let name = name.unwrap_or_default();
        let condition = match meta {
            Meta::List(list) if meta.path().is_ident("cfg") => {
                // A comma may follow the condition.
                let asked = split(list.tokens.clone()).into_iter().next();
                asked.map_or(Condition::Constant(None), Condition::read)
            }
            _ if TEST_ATTRIBUTES.contains(&&*name) => Condition::Is("test".to_owned(), None),
            _ => return,
        };
        // `cfg_attr(when, cfg(condition))` asks for the condition only when `when` holds.
        found.push(Condition::Any(vec![when.negated(), condition]));
    });
    found
}

/// Hands over each attribute within `meta`, with the condition under which `cfg_attr` applies it.
pub(super) fn each_meta(meta: &Meta, when: Condition, look: &mut dyn FnMut(Condition, &Meta)) {
    let Meta::List(list) = meta else { return look(when, meta) };
    if !meta.path().is_ident("cfg_attr") {
        return look(when, meta);
    }
    let mut parts = split(list.tokens.clone()).into_iter();
    let Some(condition) = parts.next().map(Condition::read) else { return };
    let when = Condition::All(vec![when, condition]);
    for part in parts {
        if let Ok(meta) = syn::parse2::<Meta>(part) {
            each_meta(&meta, when.clone(), look);
        }
    }
}

/// Splits tokens at their commas.
fn split(tokens: TokenStream) -> Vec<TokenStream> {
    let mut parts: Vec<TokenStream> = vec![TokenStream::new()];
    for token in tokens {
        match (&token, parts.last_mut()) {
            (TokenTree::Punct(punct), _) if punct.as_char() == ',' => {
                parts.push(TokenStream::new());
            }
            (_, Some(last)) => last.extend([token]),
            (_, None) => (),
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}
