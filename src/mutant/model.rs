//! A mutant as data: what is replaced by what, and how it is built into a text beside others.

use std::ops::Range;

use serde::{Deserialize, Serialize};

/// What kind of change a mutant is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operator {
    /// The body of a function is replaced by a value of its return type.
    FunctionBody,
    /// A binary operator is replaced by another one; assigning ones too.
    #[serde(rename = "binary_operator")]
    Binary,
    /// A unary operator is deleted.
    #[serde(rename = "unary_operator")]
    Unary,
    /// An arm of a `match` with a wildcard is deleted.
    MatchArm,
    /// The guard of an arm is replaced by `true` or `false`.
    MatchGuard,
    /// A field before `..base` is deleted.
    StructField,
}

impl Operator {
    /// All operators.
    pub const ALL: [Self; 6] = [
        Self::FunctionBody,
        Self::Binary,
        Self::Unary,
        Self::MatchArm,
        Self::MatchGuard,
        Self::StructField,
    ];

    /// Returns its name, as in `rustchain.toml` and in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::FunctionBody => "function_body",
            Self::Binary => "binary_operator",
            Self::Unary => "unary_operator",
            Self::MatchArm => "match_arm",
            Self::MatchGuard => "match_guard",
            Self::StructField => "struct_field",
        }
    }
}

/// How a mutant becomes part of a text that holds many, each of which can be switched on.
///
/// Bytes are those of the text that the mutants were found in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Graft {
    /// At this byte, the start of a body, the function returns the replacement.
    Body(usize),
    /// These bytes, an expression around the mutant, get the mutated expression as an alternative.
    Choice(Range<usize>),
    /// At this byte, behind a pattern without a guard, the arm gets one that is false.
    Arm(usize),
    /// These bytes, a guard, become true or false.
    Guard(Range<usize>),
    /// It has to be built alone, for this reason.
    Alone(&'static str),
    /// It is no valid Rust, for this reason.
    Never(&'static str),
}

/// A mutant: the text with some bytes replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mutant {
    /// The kind of change.
    pub operator: Operator,
    /// The path of the function within the file, as in [`crate::source::FunctionItem::path`]; empty
    /// outside of functions.
    pub function: String,
    /// A hash of the tokens of that function: it changes when the function does.
    pub function_hash: String,
    /// Whether the function is `const`, so that the compiler itself may run it.
    pub in_const_fn: bool,
    /// The line of the change, from 1.
    pub line: u32,
    /// Its first character in the line, from 1.
    pub column: u32,
    /// The bytes that are replaced.
    pub bytes: Range<usize>,
    /// What is put in their place.
    pub replacement: String,
    /// What the change is, in words: ``replace `+` with `-` ``.
    pub change: String,
    /// How it is built in.
    pub graft: Graft,
}

impl Mutant {
    /// Returns the text with the mutant in it; `None` if the text is not the one it was found in.
    pub fn apply(&self, text: &str) -> Option<String> {
        let (before, after) = (text.get(..self.bytes.start)?, text.get(self.bytes.end..)?);
        Some([before, &self.replacement, after].concat())
    }

    /// Returns the last line of what is replaced, in the text it was found in.
    pub fn last_line(&self, text: &str) -> u32 {
        let replaced = text.get(self.bytes.clone()).unwrap_or_default();
        let breaks = replaced.bytes().filter(|byte| *byte == b'\n').count();
        self.line.saturating_add(u32::try_from(breaks).unwrap_or(u32::MAX))
    }

    /// Returns where and what it is, for a person: ``replace `+` with `-` in `f` ``.
    pub fn title(&self) -> String {
        match self.function.as_str() {
            "" => self.change.clone(),
            function => format!("{} in `{function}`", self.change),
        }
    }
}
