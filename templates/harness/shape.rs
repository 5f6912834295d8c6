//! The shape of an outcome: the same for results that differ in values only.

use crate::outcome::{Outcome, Seen};

/// Most words of a debug text that count.
const WORDS_MAX: usize = 4;

/// Returns the shape: `Ok`, `Err.ParseError.Empty`, `text`, `panic at src/lib.rs:7`.
pub fn shape(outcome: &Outcome, seen: &[Seen]) -> String {
    match outcome {
        Outcome::Returned => match seen.first() {
            Some(Seen { debug: Some(text), .. }) => of_text(text),
            Some(Seen { display: Some(text), .. }) => {
                if text.is_empty() {
                    "empty".to_owned()
                } else {
                    "shown".to_owned()
                }
            }
            _ => "done".to_owned(),
        },
        Outcome::Panicked { file, line, .. } => format!("panic at {file}:{line}"),
        Outcome::Hang => "hang".to_owned(),
        Outcome::Died { .. } => "died".to_owned(),
    }
}

fn of_text(text: &str) -> String {
    let rest = text.get(1..).unwrap_or_default();
    match text.chars().next() {
        None => "empty".to_owned(),
        Some('"') if rest == "\"" => "empty text".to_owned(),
        Some('"') => "text".to_owned(),
        Some('\'') => "char".to_owned(),
        Some('[') if rest == "]" => "empty list".to_owned(),
        Some('[') => "list".to_owned(),
        Some('{') if rest == "}" => "empty set".to_owned(),
        Some('{') => "set".to_owned(),
        Some('-') => "negative".to_owned(),
        Some(c) if c.is_ascii_digit() => {
            let zero = text.chars().all(|c| matches!(c, '0' | '.'));
            if zero { "zero".to_owned() } else { "positive".to_owned() }
        }
        Some(_) => words(text).join("."),
    }
}

/// The names of variants and types, and `true` and `false`, outside of quotes.
fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    for (index, piece) in text.split('"').enumerate() {
        if index % 2 == 1 {
            continue;
        }
        let names = piece.split(|c: char| !c.is_alphanumeric() && c != '_');
        let telling =
            |word: &&str| matches!(*word, "true" | "false") || word.starts_with(char::is_uppercase);
        words.extend(names.filter(telling));
        if WORDS_MAX <= words.len() {
            break;
        }
    }
    words.truncate(WORDS_MAX);
    words
}
