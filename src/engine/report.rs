//! What came of a mission and of each of its steps.

use std::time::Duration;

use serde::Serialize;
use serde_json::{Map, Value as Json};

use crate::error::Kind;

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It did its work.
    Completed,
    /// It did not.
    Failed,
    /// Its time was up.
    TimedOut,
    /// A person, or the failure of another step, kept it from running to its end.
    Cancelled,
    /// Its condition does not hold, or a step it depends on did not complete.
    Skipped,
    /// A policy, a budget or a gate said no.
    Blocked,
}

impl Status {
    /// Returns its name, as files and references have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::TimedOut => "timed_out",
            Self::Cancelled => "cancelled",
            Self::Skipped => "skipped",
            Self::Blocked => "blocked",
        }
    }
}

/// How a mission ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Every step that is not tolerated completed or was skipped.
    Completed,
    /// Its target was not reached; what was won stays.
    BelowTarget,
    /// It failed, or was stopped.
    Failed,
    /// A person has to decide.
    NeedsReview,
    /// There was nothing to do.
    Skipped,
}

impl Outcome {
    /// Returns its name, as files and reports have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::BelowTarget => "below_target",
            Self::Failed => "failed",
            Self::NeedsReview => "needs_review",
            Self::Skipped => "skipped",
        }
    }
}

/// What came of a step.
#[derive(Debug, Clone, PartialEq)]
pub struct StepRecord {
    /// Its id.
    pub id: String,
    /// Its kind.
    pub kind: String,
    /// How it ended.
    pub status: Status,
    /// How often it was tried; 0 if it never began.
    pub attempts: u32,
    /// How long it took, with all attempts.
    pub wall: Duration,
    /// What later steps can refer to.
    pub outputs: Map<String, Json>,
    /// What it did, or why it did not.
    pub message: String,
    /// What to do about it.
    pub hints: Vec<String>,
    /// The kind of its failure.
    pub failure: Option<Kind>,
    /// Whether the mission goes on all the same.
    pub tolerated: bool,
}

/// What came of a mission.
#[derive(Debug, Clone, PartialEq)]
pub struct MissionReport {
    /// Its name.
    pub name: String,
    /// How it ended.
    pub outcome: Outcome,
    /// What the process that ran only this mission ends with; `None` for 0.
    pub kind: Option<Kind>,
    /// Its steps in the order in which they were decided on.
    pub steps: Vec<StepRecord>,
    /// How long it took.
    pub wall: Duration,
}

impl MissionReport {
    /// Returns the step that decided the outcome: the first one whose failure has the kind of the
    /// mission's.
    pub fn culprit(&self) -> Option<&StepRecord> {
        let guilty = |step: &&StepRecord| !step.tolerated && step.failure == self.kind;
        self.kind.and_then(|_| self.steps.iter().find(guilty))
    }
}
