//! What came of an execution.

use crate::choice::Choice;

/// How an execution ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    Returned,
    Panicked {
        message: String,
        file: String,
        line: u32,
    },
    Hang,
    /// The process ended: by a signal, or with an exit code.
    Died {
        signal: i32,
        code: i32,
        word: String,
    },
}

/// What was seen of one value.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    pub slot: u32,
    pub debug: Option<String>,
    pub display: Option<String>,
    pub truncated: bool,
}

/// An execution worth keeping.
#[derive(Clone, Debug)]
pub struct Record {
    pub execution: u64,
    pub choices: Vec<Choice>,
    pub outcome: Outcome,
    pub shape: String,
    pub seen: Vec<Seen>,
    pub regions: Vec<u32>,
}
