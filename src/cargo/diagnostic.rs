//! What the compiler says, as data.

use camino::{Utf8Path, Utf8PathBuf};
use serde::Deserialize;

/// How bad a diagnostic is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// The compiler is broken.
    #[serde(rename = "error: internal compiler error")]
    Crash,
    /// It does not compile.
    Error,
    /// It compiles.
    Warning,
    /// More about another one.
    Note,
    /// Advice on another one.
    Help,
    /// A remark of another kind, such as a summary.
    #[serde(other)]
    Other,
}

/// One message of the compiler.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Diagnostic {
    /// How bad it is.
    pub level: Level,
    /// The code of the error, such as `E0277`, or the name of the lint.
    #[serde(default, deserialize_with = "code")]
    pub code: Option<String>,
    /// The message.
    pub message: String,
    /// The places it is about.
    #[serde(default)]
    pub spans: Vec<Span>,
    /// Notes and advice that belong to it.
    #[serde(default)]
    pub children: Vec<Diagnostic>,
    /// The whole as the compiler would show it to a person.
    #[serde(default, deserialize_with = "rendered")]
    pub rendered: String,
}

/// A place in a source file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Span {
    /// The file, relative to the workspace root if it lies below.
    #[serde(rename = "file_name")]
    pub file: Utf8PathBuf,
    /// The first byte.
    pub byte_start: u32,
    /// The byte after the last.
    pub byte_end: u32,
    /// The first line, from 1.
    pub line_start: u32,
    /// The last line.
    pub line_end: u32,
    /// The first character in its line, from 1.
    pub column_start: u32,
    /// The one after the last character.
    pub column_end: u32,
    /// Whether the message is about this place, or this place explains it.
    #[serde(rename = "is_primary")]
    pub primary: bool,
    /// What is said about it.
    #[serde(default)]
    pub label: Option<String>,
    /// What the compiler would put here.
    #[serde(default, rename = "suggested_replacement")]
    pub replacement: Option<String>,
    /// The macro call that this place came from.
    #[serde(default)]
    pub expansion: Option<Box<Expansion>>,
}

/// The call of a macro.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Expansion {
    /// The place of the call.
    pub span: Span,
    /// The macro, such as `assert_eq!`.
    #[serde(rename = "macro_decl_name", default)]
    pub macro_name: String,
}

impl Diagnostic {
    /// Returns whether it keeps the code from compiling.
    pub fn is_error(&self) -> bool {
        matches!(self.level, Level::Error | Level::Crash)
    }

    /// Returns the places in `file` that it is about: primary ones, or the calls of the macros they
    /// came from. If no primary place leads there, the others that do.
    pub fn spans_in(&self, file: &Utf8Path) -> Vec<&Span> {
        let lead = |primary: bool| -> Vec<&Span> {
            let spans = self.spans.iter().filter(|span| span.primary == primary);
            spans.filter_map(|span| span.calls().find(|span| span.file == file)).collect()
        };
        let primary = lead(true);
        if primary.is_empty() { lead(false) } else { primary }
    }
}

impl Span {
    /// Returns this place, then the call of the macro it came from, and so on outwards.
    pub fn calls(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |span| Some(&span.expansion.as_ref()?.span))
    }
}

/// Reads `{"code": "E0277", ..}`, or null.
fn code<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    #[derive(Deserialize)]
    struct Code {
        code: String,
    }
    Ok(Option::<Code>::deserialize(deserializer)?.map(|code| code.code))
}

/// Reads a text that may be null.
fn rendered<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.unwrap_or_default())
}
