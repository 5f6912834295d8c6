//! The words of a test: its name, its locals, and what must never be frozen into it.

use super::draft::Finding;
use crate::explore::harness::{Choice, Outcome};
use crate::explore::model::{Crate, Function, TraitRef, Type};
use crate::explore::target::{ERROR_SLOT, Operand, RESULT_SLOT, ResultKind};
use crate::text::snake;

/// Longest test name.
const NAME_MAX: usize = 60;

/// Words that cannot be names.
const KEYWORDS: &[&str] = &[
    "as", "async", "await", "box", "break", "const", "continue", "crate", "do", "dyn", "else",
    "enum", "extern", "false", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "match",
    "mod", "move", "mut", "priv", "pub", "ref", "return", "self", "static", "struct", "super",
    "trait", "true", "try", "type", "unsafe", "use", "where", "while", "yield",
];

/// Returns the name of a test: the function, and what comes of it.
pub fn test_name(krate: &Crate, finding: &Finding<'_>) -> String {
    let function = &krate.functions[finding.candidate.function];
    let subject = subject(krate, function);
    let outcome = outcome(finding);
    let input = input(finding.choices);
    let words = [subject.as_str(), outcome.as_str(), input];
    // A test must not be called like a function that it or another one calls.
    let bare = outcome.is_empty() && input.is_empty();
    let tail = if bare { " gives a known result" } else { "" };
    let name = snake(&(words.join(" ") + tail));
    name.chars().take(NAME_MAX).collect::<String>().trim_end_matches('_').to_owned()
}

/// What is tested: a function, or a type and what is done with it.
fn subject(krate: &Crate, function: &Function) -> String {
    let owner = function.owner.and_then(|index| krate.impls.get(index));
    let Some(owner) = owner else { return function.name.clone() };
    let ty = match &owner.for_type {
        Type::Named(named) => named.name().to_owned(),
        _ => String::new(),
    };
    let trait_name = owner.trait_ref.as_ref().map_or("", TraitRef::name);
    match (trait_name, function.name.as_str()) {
        ("Display", "fmt") => format!("{ty} display"),
        ("Debug", "fmt") => format!("{ty} debug"),
        (name, "fmt") => format!("{ty} {name}"),
        ("FromStr", _) => format!("{ty} parse"),
        ("From" | "TryFrom", _) => format!("{ty} {}", function.name),
        ("PartialEq", _) => format!("{ty} equality"),
        (_, name) => format!("{ty} {name}"),
    }
}

/// What came of the call, in a word or two.
fn outcome(finding: &Finding<'_>) -> String {
    if let Outcome::Panicked { .. } = finding.outcome {
        return "panics".to_owned();
    }
    let debug = |slot: u32| {
        let seen = finding.seen.iter().find(|seen| seen.slot == slot);
        seen.and_then(|seen| seen.debug.as_deref())
    };
    match finding.candidate.result {
        ResultKind::Fallible if debug(ERROR_SLOT).is_some() => {
            let word = first_word(debug(ERROR_SLOT).unwrap_or_default());
            if word.is_empty() { "fails".to_owned() } else { format!("fails with {word}") }
        }
        ResultKind::Fallible => "succeeds".to_owned(),
        ResultKind::Unit => "changes its state".to_owned(),
        ResultKind::Iterator => "yields its items".to_owned(),
        ResultKind::Plain => match debug(RESULT_SLOT) {
            Some(text @ ("true" | "false")) => format!("is {text}"),
            Some("None") => "is none".to_owned(),
            Some("\"\"" | "[]") => "is empty".to_owned(),
            Some(text) if text.starts_with("Some(") => "is some".to_owned(),
            Some(text) if text.len() <= 12 && text.chars().all(char::is_alphanumeric) => {
                format!("is {text}")
            }
            _ => String::new(),
        },
    }
}

/// What is special about the input, if anything is.
fn input(choices: &[Choice]) -> &'static str {
    let texts: Vec<&str> = choices
        .iter()
        .filter_map(|choice| match choice {
            Choice::Text(text) => Some(text.as_str()),
            _ => None,
        })
        .collect();
    match texts.as_slice() {
        [""] => "for empty text",
        [text] if !text.is_ascii() => "for unicode",
        _ => "",
    }
}

/// The first word of a debug text, if it is the name of a variant.
fn first_word(text: &str) -> String {
    let word: String = text.chars().take_while(|c| c.is_alphanumeric()).collect();
    if word.starts_with(char::is_uppercase) { word } else { String::new() }
}

/// Returns the name of a local for an operand, unlike those in use.
pub fn local(operand: &Operand, used: &[(String, bool)]) -> String {
    let base = match (operand.name.as_str(), &operand.ty) {
        ("self", Type::Named(named)) => snake(named.name()),
        ("self" | "_" | "", _) => "value".to_owned(),
        (name, _) => snake(name),
    };
    let base = if KEYWORDS.contains(&base.as_str()) { format!("{base}_value") } else { base };
    let mut name = base.clone();
    let mut number = 2;
    while used.iter().any(|(other, _)| *other == name) {
        name = format!("{base}{number}");
        number += 1;
    }
    name
}

/// Returns the opposite of a condition.
pub fn negated(expression: &str) -> String {
    let simple = !expression.contains(" == ")
        && !expression.contains(" != ")
        && !expression.contains(" < ")
        && !expression.contains(" && ");
    if simple { format!("!{expression}") } else { format!("!({expression})") }
}

/// Returns an expression as it stands before a dot.
pub fn receiver(expression: &str) -> String {
    let bare = expression.strip_prefix('&').unwrap_or(expression);
    let simple = bare.starts_with('"')
        || bare.starts_with("b\"")
        || bare.starts_with('\'')
        || bare.starts_with('[')
        || bare.starts_with('(')
        || bare.ends_with([')', ']'])
        || bare.chars().all(|c| c.is_alphanumeric() || "_:.".contains(c));
    let prefixed =
        bare.starts_with(['-', '!', '*', '|']) || bare.contains(" + ") || bare.contains("..");
    if simple && !prefixed { bare.to_owned() } else { format!("({bare})") }
}

/// Returns whether a text holds something that another machine or run would not show: an address
/// in memory, a path of this machine, a thread.
pub fn is_volatile(text: &str) -> bool {
    let address = text.match_indices("0x").any(|(at, _)| {
        let digits = text.get(at + 2..).unwrap_or_default();
        6 <= digits.chars().take_while(char::is_ascii_hexdigit).count()
    });
    let place = ["/home/", "/root/", "/tmp/", "ThreadId(", "Instant {"];
    // What the kernel of another machine, or outside of the box, would not say.
    let system = ["(os error", "PermissionDenied", "Permission denied"];
    address || place.iter().chain(&system).any(|word| text.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_snake_case() {
        assert_eq!(
            snake("Shelf insert fails with ShelfFull"),
            "shelf_insert_fails_with_shelf_full"
        );
        assert_eq!(snake("2 words"), "case_2_words");
    }

    #[test]
    fn addresses_and_paths_are_volatile() {
        assert!(is_volatile("Foo(0x7ffe12345678)"));
        assert!(is_volatile("cannot open /tmp/x"));
        assert!(is_volatile("Permission denied (os error 13)"));
        assert!(!is_volatile("0x1f and 7/8"));
    }
}
