//! Results as JSON, one object per line.

use std::fmt::Write as _;

use crate::choice::Choice;
use crate::outcome::{Outcome, Seen};

/// Builds one JSON object.
pub struct Object(String);

impl Object {
    /// Begins an object whose `kind` is this.
    pub fn new(kind: &str) -> Self {
        let mut object = Self("{".to_owned());
        object.text("kind", kind);
        object
    }

    /// Ends the object.
    pub fn end(mut self) -> String {
        self.0.push_str("}\n");
        self.0
    }

    /// Adds a text.
    pub fn text(&mut self, name: &str, value: &str) {
        self.raw(name, &quoted(value));
    }

    /// Adds a number or a truth value.
    pub fn plain(&mut self, name: &str, value: impl std::fmt::Display) {
        self.raw(name, &value.to_string());
    }

    /// Adds numbers.
    pub fn numbers(&mut self, name: &str, values: &[u32]) {
        self.raw(name, &list(values.iter().map(u32::to_string)));
    }

    /// Adds choices in their written form.
    pub fn choices(&mut self, choices: &[Choice]) {
        self.raw("choices", &list(choices.iter().map(|choice| format!("\"{choice}\""))));
    }

    /// Adds how an execution ended.
    pub fn outcome(&mut self, outcome: &Outcome) {
        let value = match outcome {
            Outcome::Returned => "{\"how\":\"returned\"}".to_owned(),
            Outcome::Panicked { message, file, line } => format!(
                "{{\"how\":\"panicked\",\"message\":{},\"file\":{},\"line\":{line}}}",
                quoted(message),
                quoted(file)
            ),
            Outcome::Hang => "{\"how\":\"hang\"}".to_owned(),
            Outcome::Died { signal, code, word } => format!(
                "{{\"how\":\"died\",\"signal\":{signal},\"code\":{code},\"word\":{}}}",
                quoted(word)
            ),
        };
        self.raw("outcome", &value);
    }

    /// Adds what was seen; `steady` says which of it was always the same.
    pub fn seen(&mut self, seen: &[Seen], steady: &[bool]) {
        let maybe = |text: &Option<String>| match text {
            Some(text) => quoted(text),
            None => "null".to_owned(),
        };
        let one = |(index, seen): (usize, &Seen)| {
            format!(
                "{{\"slot\":{},\"debug\":{},\"display\":{},\"truncated\":{},\"steady\":{}}}",
                seen.slot,
                maybe(&seen.debug),
                maybe(&seen.display),
                seen.truncated,
                steady.get(index).copied().unwrap_or(false)
            )
        };
        self.raw("seen", &list(seen.iter().enumerate().map(one)));
    }

    fn raw(&mut self, name: &str, value: &str) {
        if 1 < self.0.len() {
            self.0.push(',');
        }
        let _ = write!(self.0, "\"{name}\":{value}");
    }
}

fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(","))
}

fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\0'..='\u{1f}' => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(c));
            }
            _ => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
