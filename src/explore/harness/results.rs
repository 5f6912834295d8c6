//! What a search or a shrinking found.

use super::Choice;

/// Everything that came of a plan.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Results {
    /// Executions worth keeping, in the order in which they were found.
    pub sightings: Vec<Sighting>,
    /// Panics by place, hangs and deaths by candidate; of each the simplest that was seen.
    pub findings: Vec<Finding>,
    /// Candidates that were dropped.
    pub dropped: Vec<Dropped>,
    /// Answers to the requests, in their order.
    pub shrunk: Vec<Shrunk>,
    /// How the work ended.
    pub ending: Ending,
}

/// How the work ended.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ending {
    /// Why: `budget`, `patience` or `done`.
    pub reason: String,
    /// Executions made.
    pub executions: u64,
    /// Rounds made.
    pub rounds: u64,
    /// Goals covered.
    pub regions: u64,
}

/// How far the work is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// Executions made.
    pub executions: u64,
    /// Goals covered.
    pub covered: u64,
    /// Goals there are.
    pub goals: u64,
    /// Candidates that still take part.
    pub active: u64,
}

/// How an execution ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It returned.
    Returned,
    /// It panicked after its arguments were complete.
    Panicked {
        /// The message.
        message: String,
        /// The file as the compiler names it.
        file: String,
        /// The line.
        line: u32,
    },
    /// It made too many steps, or took too long.
    Hang,
    /// It ended the process.
    Died {
        /// The signal, or 0.
        signal: i32,
        /// The exit code.
        code: i32,
        /// What is known of the cause, such as `stack overflow`; may be empty.
        word: String,
    },
}

/// What was seen of one value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The slot given to `see!`.
    pub slot: u32,
    /// Its `{:?}` text, if it has one.
    pub debug: Option<String>,
    /// Its `{}` text, if it has one.
    pub display: Option<String>,
    /// Whether a text was cut at its limit.
    pub truncated: bool,
    /// Whether it was the same in all final runs of a [`Shrunk`]; false in a [`Sighting`].
    pub steady: bool,
}

/// An execution that hit regions or had an outcome that were new for its candidate.
#[derive(Debug, Clone, PartialEq)]
pub struct Sighting {
    /// The candidate.
    pub candidate: u32,
    /// The number of the execution among those of the candidate.
    pub execution: u64,
    /// Its choices.
    pub choices: Vec<Choice>,
    /// How it ended.
    pub outcome: Outcome,
    /// The shape of the outcome: the same for outcomes that differ in values only.
    pub shape: String,
    /// What was seen.
    pub seen: Vec<Seen>,
    /// The regions it hit, by index, rising.
    pub regions: Vec<usize>,
    /// Those of them that were goals and that nothing had hit before.
    pub new: Vec<usize>,
}

/// Something a user wants to know of.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The candidate.
    pub candidate: u32,
    /// The choices of the execution.
    pub choices: Vec<Choice>,
    /// A panic, a hang or a death.
    pub outcome: Outcome,
}

/// A candidate that was dropped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dropped {
    /// The candidate.
    pub candidate: u32,
    /// Why: `deaths`, `hangs`, `cpu` or `blocked`.
    pub reason: String,
    /// Whether its sightings were left out, because a clock and not a count stopped it.
    pub void: bool,
}

/// The answer to a request.
#[derive(Debug, Clone, PartialEq)]
pub struct Shrunk {
    /// The request.
    pub request: u32,
    /// The candidate.
    pub candidate: u32,
    /// Whether the choices of the request had the effect asked for; if not, nothing else counts.
    pub reproduced: bool,
    /// Whether the outcome was the same in all final runs, and as much could be seen.
    pub stable_outcome: bool,
    /// Whether the regions were.
    pub stable_regions: bool,
    /// Executions used.
    pub attempts: u32,
    /// The simplest choices with the same effect.
    pub choices: Vec<Choice>,
    /// How the final runs ended.
    pub outcome: Outcome,
    /// The shape of that.
    pub shape: String,
    /// What was seen in them.
    pub seen: Vec<Seen>,
    /// The regions they hit.
    pub regions: Vec<usize>,
}

impl Shrunk {
    /// Returns whether outcome, regions and everything seen were the same in all final runs.
    pub fn is_stable(&self) -> bool {
        self.stable_outcome && self.stable_regions && self.seen.iter().all(|seen| seen.steady)
    }
}
