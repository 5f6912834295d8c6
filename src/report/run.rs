//! What came of a run, as one typed value from which every report is made.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use crate::coverage::Summary;
use crate::engine::Outcome;
use crate::gate::Receipt;
use crate::policy::{bound_percent, bound_words};
use crate::text;

/// The version of `report.json`.
pub const VERSION: u32 = 1;

/// What came of a run: the content of `report.json`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunReport {
    /// The version of the format, [`VERSION`].
    pub version: u32,
    /// The run.
    pub run: String,
    /// The program and its version.
    pub tool: String,
    /// When it began, RFC 3339 in UTC.
    pub started: String,
    /// What the process ends with.
    pub exit_code: u8,
    /// How many missions ended how.
    pub missions: Counts,
    /// What was covered in the missions' workspaces before the first mission.
    pub before: Summary,
    /// What was covered after the last one.
    pub after: Summary,
    /// How many tests were kept.
    pub tests_kept: u64,
    /// How long the run took, in seconds.
    pub wall_seconds: f64,
    /// The processor time of the run and of all it started, in seconds.
    pub cpu_seconds: f64,
    /// The box of generated code; `None` if none was needed.
    #[serde(rename = "box")]
    pub boxed: Option<BoxRow>,
    /// Each mission, in the order of the run.
    pub details: Vec<MissionRow>,
    /// The command that goes on with the run, if there is something left.
    pub next: Option<String>,
}

impl RunReport {
    /// Returns the fields of the event `run.finished`.
    pub fn finished(&self) -> Json {
        json!({
            "exit_code": self.exit_code,
            "missions": self.missions,
            "before": self.before,
            "after": self.after,
            "tests_kept": self.tests_kept,
            "flake_runs": self.flake_runs(),
            "flake_bound_percent": self.flake_runs().map(bound_percent),
            "wall_seconds": self.wall_seconds,
            "cpu_seconds": self.cpu_seconds,
        })
    }

    /// Returns how often each kept test passed at least; `None` if no test was kept.
    pub fn flake_runs(&self) -> Option<u32> {
        let receipts = self.details.iter().flat_map(|row| &row.work.receipts);
        receipts.map(|receipt| receipt.runs).min()
    }

    /// Returns what the clean runs of the kept tests prove, in words; `None` if no test was kept.
    pub fn stability(&self) -> Option<String> {
        let runs = self.flake_runs()?;
        let (times, bound) = (text::count(usize::try_from(runs).ok()?, "time"), bound_words(runs));
        Some(format!(
            "each kept test passed {times} in a row; one that fails in {bound} of its runs or more \
             would have shown it with a certainty of 95 %"
        ))
    }

    /// Returns how many candidate tests were rejected, by reason, over all missions.
    pub fn rejected(&self) -> BTreeMap<&str, u64> {
        let mut sums = BTreeMap::new();
        for (reason, count) in self.details.iter().flat_map(|row| &row.work.rejected) {
            *sums.entry(reason.as_str()).or_default() += count;
        }
        sums
    }
}

/// What generated code was kept from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BoxRow {
    /// The name of the box, as it is asked for: `bwrap`, `landlock` or `none`.
    pub name: String,
    /// What it enforced, in words.
    pub enforced: String,
    /// Why better boxes were not there.
    pub missing: Vec<String>,
    /// What of the crate itself works outside of the box alone.
    pub incompatible: Vec<String>,
}

/// How many missions ended how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts {
    /// They did what they were for.
    pub completed: u64,
    /// They missed their target; what they won stays.
    pub below_target: u64,
    /// They failed or were stopped.
    pub failed: u64,
    /// A person has to decide.
    pub needs_review: u64,
    /// They did not run, or had nothing to do.
    pub skipped: u64,
}

impl Counts {
    /// Returns the counts of these outcomes.
    pub fn of(outcomes: impl IntoIterator<Item = Outcome>) -> Self {
        let mut counts = Self::default();
        for outcome in outcomes {
            let count = match outcome {
                Outcome::Completed => &mut counts.completed,
                Outcome::BelowTarget => &mut counts.below_target,
                Outcome::Failed => &mut counts.failed,
                Outcome::NeedsReview => &mut counts.needs_review,
                Outcome::Skipped => &mut counts.skipped,
            };
            *count += 1;
        }
        counts
    }
}

/// What came of one mission.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MissionRow {
    /// Its file, relative to the project.
    pub mission: String,
    /// Its name.
    pub name: String,
    /// How it ended.
    pub outcome: Outcome,
    /// Whether it was archived before this run began.
    pub archived: bool,
    /// The source file it works on, relative to the project.
    pub file: Option<String>,
    /// The percentage it asks for.
    pub target_percent: Option<f64>,
    /// What was covered in the file before.
    pub before: Option<Summary>,
    /// What was covered in the file after it.
    pub after: Option<Summary>,
    /// Why it ended as it did; may be empty.
    pub message: String,
    /// What to do about it.
    pub hints: Vec<String>,
    /// How long it took, in seconds.
    pub wall_seconds: f64,
    /// What its steps say about the tests.
    #[serde(flatten)]
    pub work: Work,
}

/// What the steps of a mission say about the tests they made: their outputs of these names.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Work {
    /// How many tests were kept.
    pub tests_kept: u64,
    /// How many candidates were rejected, by reason.
    pub rejected: BTreeMap<String, u64>,
    /// What each kept test showed at the gates.
    pub receipts: Vec<Receipt>,
    /// What gates that only warn had to say.
    pub warnings: Vec<String>,
    /// What was found out about the code on the way.
    pub findings: Vec<Finding>,
    /// What is still not covered, with the reason.
    pub residue: Vec<Residue>,
}

/// Something about the code that a person should look at.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Finding {
    /// What it is: `panic`, `hang` and so on.
    pub kind: String,
    /// The source file, relative to the project.
    pub file: String,
    /// The line.
    pub line: u32,
    /// The function.
    pub function: String,
    /// What happens, and with which input.
    pub detail: String,
}

/// Code that is still not covered.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Residue {
    /// The lines, as in `3-5, 9`.
    pub lines: String,
    /// The function they stand in.
    pub function: String,
    /// Why no test reaches them.
    pub reason: String,
}
