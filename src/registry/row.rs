//! What the registry knows of one file.

use serde::{Deserialize, Serialize};

use crate::coverage::Ratio;
use crate::error::{Error, Result};

/// Below this percentage a file has [`Priority::High`].
const HIGH_BELOW: f64 = 50.0;

/// How much a file needs tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Priority {
    /// Less than half of it is covered.
    High,
    /// It is below its target.
    Medium,
    /// It has reached its target.
    Low,
}

impl Priority {
    /// Returns the priority of a file with this coverage and target, in percent.
    pub fn of(percent: f64, target: f64) -> Self {
        if percent < HIGH_BELOW && percent < target {
            Self::High
        } else if percent < target {
            Self::Medium
        } else {
            Self::Low
        }
    }

    /// Returns the name: `HIGH`, `MEDIUM` or `LOW`.
    pub fn name(self) -> &'static str {
        match self {
            Self::High => "HIGH",
            Self::Medium => "MEDIUM",
            Self::Low => "LOW",
        }
    }
}

/// What has become of the mission of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It has not run.
    Pending,
    /// It reached its target and is archived.
    Completed,
    /// It added tests and missed its target.
    BelowTarget,
    /// It left no trace in the source.
    Failed,
    /// A person has to decide.
    NeedsReview,
}

impl Status {
    /// Returns the name, as in the file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Completed => "completed",
            Self::BelowTarget => "below_target",
            Self::Failed => "failed",
            Self::NeedsReview => "needs_review",
        }
    }
}

/// The coverage of a file at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measurement {
    /// Covered production lines.
    pub covered: u64,
    /// Production lines that can be covered.
    pub coverable: u64,
    /// How many `?` of production code an error ever left by.
    pub error_paths: Ratio,
    /// What measured it.
    pub tool: String,
    /// The version of the tool.
    pub tool_version: String,
    /// The commit that was checked out; `None` without git.
    pub commit: Option<String>,
    /// When, RFC 3339 in UTC.
    pub measured_at: String,
}

impl Measurement {
    /// Returns the covered share in percent, rounded down to two decimals; nothing to cover is
    /// covered in full.
    pub fn percent(&self) -> f64 {
        if self.coverable == 0 {
            return 100.0;
        }
        let hundredths = u128::from(self.covered) * 10_000 / u128::from(self.coverable);
        f64::from(u32::try_from(hundredths).unwrap_or(10_000).min(10_000)) / 100.0
    }
}

/// One file of the registry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// How often a mission was run for it.
    pub attempts: u32,
    /// The percentage when the file was first seen.
    pub baseline: f64,
    /// The kind of file, such as `library` or `binary`.
    pub category: String,
    /// The commit of the last measurement; `None` without git.
    pub commit: Option<String>,
    /// Production lines that can be covered.
    pub coverable: u64,
    /// Covered production lines.
    pub covered: u64,
    /// How many `?` of production code an error ever left by; `None` if an older version of this
    /// program measured the file last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_paths: Option<Ratio>,
    /// When it was last measured, RFC 3339 in UTC.
    pub measured_at: String,
    /// The name of its mission, if it has one.
    pub mission: Option<String>,
    /// The covered share in percent, two decimals.
    pub percent: f64,
    /// How much it needs tests.
    pub priority: Priority,
    /// What has become of its mission.
    pub status: Status,
    /// The percentage to reach.
    pub target: f64,
    /// How many tests missions added.
    pub tests_added: u32,
    /// What measured it last.
    pub tool: String,
    /// The version of the tool.
    pub tool_version: String,
}

impl Row {
    /// Returns the row of a file that is measured for the first time.
    pub fn new(category: impl Into<String>, target: f64, measurement: &Measurement) -> Self {
        let mut row = Self {
            attempts: 0,
            baseline: measurement.percent(),
            category: category.into(),
            commit: None,
            coverable: 0,
            covered: 0,
            error_paths: None,
            measured_at: String::new(),
            mission: None,
            percent: 0.0,
            priority: Priority::Low,
            status: Status::Pending,
            target,
            tests_added: 0,
            tool: String::new(),
            tool_version: String::new(),
        };
        row.measure(measurement);
        row
    }

    /// Takes over a measurement; the baseline, the mission and its status stay.
    pub fn measure(&mut self, measurement: &Measurement) {
        self.covered = measurement.covered;
        self.coverable = measurement.coverable;
        self.error_paths = Some(measurement.error_paths);
        self.percent = measurement.percent();
        self.priority = Priority::of(self.percent, self.target);
        self.tool.clone_from(&measurement.tool);
        self.tool_version.clone_from(&measurement.tool_version);
        self.commit.clone_from(&measurement.commit);
        self.measured_at.clone_from(&measurement.measured_at);
    }

    /// Fails if the numbers cannot be.
    pub(super) fn check(&self) -> Result<()> {
        let possible = |percent: f64| (0.0..=100.0).contains(&percent);
        let percents = [self.percent, self.baseline, self.target];
        let more = self.error_paths.is_some_and(|paths| paths.coverable < paths.covered);
        if more || self.coverable < self.covered || !percents.into_iter().all(possible) {
            return Err(Error::internal("coverage outside of 0 to 100 %"));
        }
        Ok(())
    }
}
