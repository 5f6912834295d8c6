//! What a test must not do, as far as its text shows.

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::ext::IdentExt as _;
use syn::visit::{self, Visit};
use syn::{Attribute, Item, ItemFn};

use super::syntax::parse;
use crate::error::{Error, Result};

/// What the text of a test shows to be wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TestFault {
    /// It can reach beyond itself or depends on what changes from run to run; in words.
    Unclean(String),
    /// It asserts what holds whatever the code does.
    Hollow,
}

/// Attributes that a test may have; others can change how it or its neighbours are compiled or run.
const ATTRIBUTES: &[&str] = &["test", "should_panic"];

/// Functions that change what all tests of the process share: the module they live in, their name.
const SHARED: &[(&str, &str)] = &[
    ("env", "set_var"),
    ("env", "remove_var"),
    ("env", "set_current_dir"),
    ("panic", "set_hook"),
    ("panic", "take_hook"),
    ("process", "exit"),
    ("process", "abort"),
];

/// Types whose `now` tells the time.
const CLOCKS: &[&str] = &["SystemTime", "Instant", "Utc", "Local", "OffsetDateTime", "Zoned"];

/// Methods and functions that give an address.
const ADDRESSES: &[&str] = &["as_ptr", "as_mut_ptr", "addr_of", "addr_of_mut", "from_ref"];

/// Macros that assert.
const ASSERTS: &[&str] =
    &["assert", "assert_eq", "assert_ne", "debug_assert", "debug_assert_eq", "debug_assert_ne"];

/// Returns what is wrong with each test of a text that holds nothing but tests, one list for each.
///
/// # Errors
///
/// Returns a usage error for text that is not Rust, an internal one if it holds anything else.
pub fn test_faults(tests: &str) -> Result<Vec<Vec<TestFault>>> {
    parse(tests, |syntax| {
        let items = syntax.file.items.iter();
        let tests: Option<Vec<&ItemFn>> =
            items.map(|item| if let Item::Fn(test) = item { Some(test) } else { None }).collect();
        tests.map(|tests| tests.into_iter().map(faults).collect())
    })?
    .ok_or_else(|| Error::internal("tests are functions"))
}

/// What is wrong with one test.
fn faults(test: &ItemFn) -> Vec<TestFault> {
    let mut look = Look::default();
    look.visit_item_fn(test);
    let body = quote::ToTokens::to_token_stream(&test.block);
    look.tokens(&body);
    let panics = test.attrs.iter().any(|attribute| attribute.path().is_ident("should_panic"));
    let mut asserts = Vec::new();
    assertions(&body, &mut asserts);
    let volatile = volatile_names(&test.block);
    if asserts.iter().any(|tokens| is_volatile(tokens, &volatile)) {
        look.note("an assertion depends on the clock or on an address");
    }
    let mut faults: Vec<TestFault> = look.found.into_iter().map(TestFault::Unclean).collect();
    if !panics && !asserts.is_empty() && asserts.iter().all(is_constant) {
        faults.push(TestFault::Hollow);
    }
    faults
}

/// Collects what is unclean.
#[derive(Default)]
struct Look {
    found: BTreeSet<String>,
}

impl Look {
    fn note(&mut self, words: impl Into<String>) {
        self.found.insert(words.into());
    }

    /// Looks at tokens, those of macros too.
    fn tokens(&mut self, tokens: &TokenStream) {
        let tokens: Vec<TokenTree> = tokens.clone().into_iter().collect();
        for (index, token) in tokens.iter().enumerate() {
            match token {
                TokenTree::Group(group) => self.tokens(&group.stream()),
                TokenTree::Ident(word) if *word == "unsafe" => self.note("it has unsafe code"),
                TokenTree::Ident(word) => {
                    let known = SHARED.iter().find(|(module, name)| {
                        *word == name && before(&tokens, index).is_some_and(|of| of == *module)
                    });
                    if let Some((module, name)) = known {
                        self.note(format!("it calls `{module}::{name}`, which other tests notice"));
                    }
                }
                _ => (),
            }
        }
    }
}

impl<'a> Visit<'a> for Look {
    fn visit_attribute(&mut self, attribute: &'a Attribute) {
        let name = attribute.path().get_ident().map(ToString::to_string).unwrap_or_default();
        if !ATTRIBUTES.contains(&&*name) {
            let path = quote::ToTokens::to_token_stream(attribute.path()).to_string();
            self.note(format!("it has the attribute `{}`", path.replace(' ', "")));
        }
        visit::visit_attribute(self, attribute);
    }
}

/// The name before `::` before a token.
fn before(tokens: &[TokenTree], index: usize) -> Option<String> {
    let sign = |back: usize| match tokens.get(index.checked_sub(back)?) {
        Some(TokenTree::Punct(sign)) => Some(sign.as_char()),
        _ => None,
    };
    if (sign(1), sign(2)) != (Some(':'), Some(':')) {
        return None;
    }
    match tokens.get(index.checked_sub(3)?) {
        Some(TokenTree::Ident(name)) => Some(name.unraw().to_string()),
        _ => None,
    }
}

/// Collects what stands between the brackets of the macros that assert.
fn assertions(tokens: &TokenStream, found: &mut Vec<TokenStream>) {
    let tokens: Vec<TokenTree> = tokens.clone().into_iter().collect();
    for (index, token) in tokens.iter().enumerate() {
        let TokenTree::Group(group) = token else { continue };
        let back = |count: usize| index.checked_sub(count).and_then(|at| tokens.get(at));
        let called = matches!(back(1), Some(TokenTree::Punct(sign)) if sign.as_char() == '!');
        match back(2) {
            Some(TokenTree::Ident(name)) if called && ASSERTS.iter().any(|known| name == known) => {
                found.push(group.stream());
            }
            _ => assertions(&group.stream(), found),
        }
    }
}

/// The names that hold a time or an address.
fn volatile_names(block: &syn::Block) -> BTreeSet<String> {
    let none = BTreeSet::new();
    let locals = block.stmts.iter().filter_map(|statement| {
        let syn::Stmt::Local(local) = statement else { return None };
        let value = local.init.as_ref()?;
        let tokens = quote::ToTokens::to_token_stream(&value.expr);
        // What a function makes of the time need not depend on it.
        let direct = !matches!(&*value.expr, syn::Expr::Call(call) if !call.args.is_empty());
        let syn::Pat::Ident(name) = &local.pat else { return None };
        (direct && is_volatile(&tokens, &none)).then(|| name.ident.unraw().to_string())
    });
    locals.collect()
}

/// Whether tokens ask for the time or an address, or have one of these names.
fn is_volatile(tokens: &TokenStream, names: &BTreeSet<String>) -> bool {
    let tokens: Vec<TokenTree> = tokens.clone().into_iter().collect();
    tokens.iter().enumerate().any(|(index, token)| match token {
        TokenTree::Group(group) => is_volatile(&group.stream(), names),
        TokenTree::Literal(literal) => {
            let text = literal.to_string();
            text.contains(":p}") || text.contains(":#p}")
        }
        TokenTree::Ident(word) => {
            let word = word.unraw().to_string();
            let clock = word == "now"
                && before(&tokens, index).is_some_and(|of| CLOCKS.contains(&of.as_str()));
            let called = matches!(
                tokens.get(index + 1),
                Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis
            );
            let address = called && ADDRESSES.contains(&word.as_str());
            let next = tokens.get(index + 1);
            let star = |next: &TokenTree| matches!(next, TokenTree::Punct(p) if p.as_char() == '*');
            let pointer = word == "as" && next.is_some_and(star);
            let elapsed = called && word == "elapsed";
            clock || address || pointer || elapsed || names.contains(&word)
        }
        TokenTree::Punct(_) => false,
    })
}

/// Whether tokens have no name but `true` and `false`: what they say holds always or never.
fn is_constant(tokens: &TokenStream) -> bool {
    tokens.clone().into_iter().all(|token| match token {
        TokenTree::Group(group) => is_constant(&group.stream()),
        TokenTree::Ident(word) => word == "true" || word == "false",
        TokenTree::Literal(_) | TokenTree::Punct(_) => true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(body: &str, expected: &[&str]) {
        let text = format!("#[test]\nfn first() {{\n    {body}\n}}\n");
        let faults = test_faults(&text).expect("Rust");
        let words = faults[0].iter().map(|fault| match fault {
            TestFault::Unclean(words) => words.as_str(),
            TestFault::Hollow => "hollow",
        });
        assert_eq!(words.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn an_honest_test_has_no_fault() {
        check("let r = pick(1); assert_eq!(r, 3);", &[]);
        check("let t = Instant::now(); let r = fresh(t); assert!(r.is_ok());", &[]);
        check("assert_eq!(store.set_var(1), env(2));", &[]);
        check("let _ = pick(1);", &[]);
    }

    #[test]
    fn what_reaches_beyond_the_test_is_found() {
        check("unsafe { pick(1) };", &["it has unsafe code"]);
        check("assert_eq!(unsafe { pick(1) }, 2);", &["it has unsafe code"]);
        let shared = "it calls `env::set_var`, which other tests notice";
        check("::std::env::set_var(\"A\", \"b\");", &[shared]);
        check("#[allow(unused)] let x = pick(1);", &["it has the attribute `allow`"]);
        let text = "#[test]\n#[ignore]\nfn a() {}\n#[test]\n#[should_panic]\nfn b() { c() }\n";
        let faults = test_faults(text).expect("Rust");
        assert_eq!(faults[0], [TestFault::Unclean("it has the attribute `ignore`".to_owned())]);
        assert_eq!(faults[1], []);
    }

    #[test]
    fn what_changes_from_run_to_run_is_not_asserted() {
        let words = "an assertion depends on the clock or on an address";
        check("assert!(std::time::SystemTime::now() > old);", &[words]);
        check("let t = Instant::now(); pick(1); assert!(t.is_late());", &[words]);
        check("assert_eq!(format!(\"{:p}\", x), y);", &[words]);
        check("let a = &x as *const u8; assert_eq!(a, b);", &[words]);
        check("assert_eq!(x.as_ptr(), y);", &[words]);
    }

    #[test]
    fn a_test_that_cannot_fail_is_hollow() {
        check("pick(1); assert!(true);", &["hollow"]);
        check("pick(1); assert_eq!(1 + 1, 2);", &["hollow"]);
        check("assert!(true); assert_eq!(pick(1), 2);", &[]);
    }
}
