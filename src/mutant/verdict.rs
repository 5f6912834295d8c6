//! What became of a mutant, and the sum of all verdicts.

use serde::{Deserialize, Serialize};

/// What became of a mutant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// A test failed because of it.
    Killed,
    /// Tests run its place, and none failed.
    Missed,
    /// Tests did not end, twice.
    Timeout,
    /// No test runs its place.
    Unreached,
    /// It does not compile.
    Unviable,
    /// It was not tried.
    Skipped,
    /// A waiver says that it cannot be noticed.
    Waived,
}

impl Verdict {
    /// All verdicts, in the order in which they are shown.
    pub const ALL: [Self; 7] = [
        Self::Killed,
        Self::Missed,
        Self::Timeout,
        Self::Unreached,
        Self::Unviable,
        Self::Skipped,
        Self::Waived,
    ];

    /// Returns its name, as in tables and in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Killed => "killed",
            Self::Missed => "missed",
            Self::Timeout => "timeout",
            Self::Unreached => "unreached",
            Self::Unviable => "unviable",
            Self::Skipped => "skipped",
            Self::Waived => "waived",
        }
    }
}

/// What became of one mutant, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judgement {
    /// The verdict.
    pub verdict: Verdict,
    /// What there is to say about it: the compiler's words, or why it was not tried.
    pub detail: String,
    /// How many tests run its place.
    pub tests: usize,
}

impl Judgement {
    /// Returns a judgement that no test had a part in.
    pub fn plain(verdict: Verdict, detail: impl Into<String>) -> Self {
        Self { verdict, detail: detail.into(), tests: 0 }
    }
}

/// How many mutants had each verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    counts: [usize; Verdict::ALL.len()],
}

impl Tally {
    /// Counts verdicts.
    pub fn of(verdicts: impl IntoIterator<Item = Verdict>) -> Self {
        let mut tally = Self::default();
        for verdict in verdicts {
            let place = Verdict::ALL.iter().position(|one| *one == verdict);
            if let Some(count) = place.and_then(|place| tally.counts.get_mut(place)) {
                *count += 1;
            }
        }
        tally
    }

    /// Returns how many had this verdict.
    pub fn count(&self, verdict: Verdict) -> usize {
        let place = Verdict::ALL.iter().position(|one| *one == verdict);
        place.and_then(|place| self.counts.get(place)).copied().unwrap_or(0)
    }

    /// Returns how many there are.
    pub fn total(&self) -> usize {
        self.counts.iter().sum()
    }

    /// Returns the share, in percent, of those that tests notice (killed, or confirmed to hang)
    /// among those that they could notice; `None` if there are none of these, or some were skipped.
    pub fn score(&self) -> Option<f64> {
        let noticed = self.count(Verdict::Killed) + self.count(Verdict::Timeout);
        let viable = noticed + self.count(Verdict::Missed) + self.count(Verdict::Unreached);
        if viable == 0 || 0 < self.count(Verdict::Skipped) {
            return None;
        }
        let number = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
        Some(100.0 * number(noticed) / number(viable))
    }
}
