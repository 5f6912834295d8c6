//! Results as the runtime writes them: one JSON object per line.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::Choice;
use super::results::{Dropped, Ending, Finding, Outcome, Results, Seen, Shrunk, Sighting};
use crate::error::{Error, Kind, Result};

/// Reads the results; a torn last line is the end, and without an end the work was cut short.
///
/// Fails with [`Kind::Failed`] for a line that is malformed: code under test runs in the process
/// that writes it.
pub(super) fn results(text: &str) -> Result<Option<Results>> {
    read(text).map_err(|error| {
        error
            .of_kind(Kind::Failed)
            .context("the results of the search cannot be read")
            .hint("code under test that writes to files it did not open spoils them")
    })
}

/// Reads the results.
fn read(text: &str) -> Result<Option<Results>> {
    let mut results = Results::default();
    let mut ended = false;
    for line in text.split_inclusive('\n').filter(|line| line.ends_with('\n')) {
        let line: Line = serde_json::from_str(line)
            .map_err(|error| Error::failed("malformed line of results").because(error))?;
        match line {
            Line::Sighting(line) => results.sightings.push(line.into_sighting()?),
            Line::Finding { candidate, choices, outcome } => {
                let choices = self::choices(&choices)?;
                results.findings.push(Finding { candidate, choices, outcome: outcome.into() });
            }
            Line::Dropped { candidate, reason, void } => {
                results.dropped.push(Dropped { candidate, reason, void });
            }
            Line::Shrunk(line) => results.shrunk.push(line.into_shrunk()?),
            Line::End { reason, executions, rounds, regions } => {
                results.ending = Ending { reason, executions, rounds, regions };
                ended = true;
            }
        }
    }
    let void = results.dropped.iter().filter(|dropped| dropped.void);
    let void: BTreeSet<u32> = void.map(|dropped| dropped.candidate).collect();
    results.sightings.retain(|sighting| !void.contains(&sighting.candidate));
    Ok(ended.then_some(results))
}

/// Reads choices in their written form.
fn choices(words: &[String]) -> Result<Vec<Choice>> {
    words.iter().map(|word| word.parse()).collect()
}

/// One line.
#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Line {
    /// An execution worth keeping.
    Sighting(SightingLine),
    /// A panic, hang or death.
    Finding { candidate: u32, choices: Vec<String>, outcome: OutcomeWords },
    /// A candidate was dropped.
    Dropped { candidate: u32, reason: String, void: bool },
    /// The answer to a request.
    Shrunk(ShrunkLine),
    /// The end.
    End { reason: String, executions: u64, rounds: u64, regions: u64 },
}

/// The fields of a [`Sighting`].
#[derive(Deserialize)]
struct SightingLine {
    candidate: u32,
    execution: u64,
    choices: Vec<String>,
    outcome: OutcomeWords,
    shape: String,
    seen: Vec<SeenWords>,
    regions: Vec<usize>,
    new: Vec<usize>,
}

impl SightingLine {
    /// Returns the sighting.
    fn into_sighting(self) -> Result<Sighting> {
        Ok(Sighting {
            candidate: self.candidate,
            execution: self.execution,
            choices: choices(&self.choices)?,
            outcome: self.outcome.into(),
            shape: self.shape,
            seen: self.seen.into_iter().map(Seen::from).collect(),
            regions: self.regions,
            new: self.new,
        })
    }
}

/// The fields of a [`Shrunk`].
#[derive(Deserialize)]
struct ShrunkLine {
    request: u32,
    candidate: u32,
    reproduced: bool,
    stable_outcome: bool,
    stable_regions: bool,
    attempts: u32,
    choices: Vec<String>,
    outcome: OutcomeWords,
    shape: String,
    seen: Vec<SeenWords>,
    regions: Vec<usize>,
}

impl ShrunkLine {
    /// Returns the answer.
    fn into_shrunk(self) -> Result<Shrunk> {
        Ok(Shrunk {
            request: self.request,
            candidate: self.candidate,
            reproduced: self.reproduced,
            stable_outcome: self.stable_outcome,
            stable_regions: self.stable_regions,
            attempts: self.attempts,
            choices: choices(&self.choices)?,
            outcome: self.outcome.into(),
            shape: self.shape,
            seen: self.seen.into_iter().map(Seen::from).collect(),
            regions: self.regions,
        })
    }
}

/// An [`Outcome`].
#[derive(Deserialize)]
#[serde(tag = "how", rename_all = "lowercase")]
enum OutcomeWords {
    /// It returned.
    Returned,
    /// It panicked.
    Panicked { message: String, file: String, line: u32 },
    /// It was stopped.
    Hang,
    /// It ended the process.
    Died { signal: i32, code: i32, word: String },
}

impl From<OutcomeWords> for Outcome {
    fn from(words: OutcomeWords) -> Self {
        match words {
            OutcomeWords::Returned => Self::Returned,
            OutcomeWords::Panicked { message, file, line } => {
                Self::Panicked { message, file, line }
            }
            OutcomeWords::Hang => Self::Hang,
            OutcomeWords::Died { signal, code, word } => Self::Died { signal, code, word },
        }
    }
}

/// A [`Seen`].
#[derive(Deserialize)]
struct SeenWords {
    slot: u32,
    debug: Option<String>,
    display: Option<String>,
    truncated: bool,
    steady: bool,
}

impl From<SeenWords> for Seen {
    fn from(words: SeenWords) -> Self {
        let SeenWords { slot, debug, display, truncated, steady } = words;
        Self { slot, debug, display, truncated, steady }
    }
}
