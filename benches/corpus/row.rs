//! The table: one row for each crate, and the means of each set.

use serde::Serialize;

use crate::manifest::Pinned;
use crate::measure::{Improved, Percents};

/// The longest that a run may take, in seconds.
const WALL_MAX: f64 = 120.0;

/// How far a second measurement may be off before it is mentioned, in points.
const RECOUNT_MAX: f64 = 0.5;

/// What was found about one crate.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    /// The set it belongs to.
    pub set: &'static str,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// What it stands for.
    pub note: String,
    /// The run.
    pub improved: Improved,
    /// What `measure` says after the run.
    pub recounted: Option<Percents>,
    /// What the crate's own tests reach.
    pub own: Option<Percents>,
    /// What does not hold; nothing if all is well.
    pub problems: Vec<String>,
}

impl Row {
    /// Returns the share of lines, 0 if the run broke off.
    pub fn lines(&self) -> f64 {
        self.improved.after.map_or(0.0, |after| after.lines)
    }

    /// Adds what the figures themselves say against the run.
    pub fn judge(&mut self) {
        let improved = &self.improved;
        if WALL_MAX < improved.wall_seconds {
            self.problems.push(format!("took {:.0} s", improved.wall_seconds));
        }
        match (improved.after, self.recounted) {
            (None, _) => {
                self.problems.push(format!("{}: {}", improved.ending, improved.complaint));
            }
            (Some(after), Some(again)) if RECOUNT_MAX < (after.lines - again.lines).abs() => {
                self.problems.push(format!("measured again: {:.2} % of lines", again.lines));
            }
            _ => (),
        }
    }

    /// Returns its line of the table.
    pub fn line(&self) -> String {
        let after = self.improved.after;
        let verdict = match &*self.problems {
            [] => "ok".to_owned(),
            problems => problems.join("; "),
        };
        format!(
            "{:<17}{:>7}{:>7}{:>7}{:>6}{:>7.1}{:>7.1}{:>7}  {verdict}",
            self.name,
            percent(after.map(|after| after.lines)),
            percent(after.map(|after| after.regions)),
            percent(after.and_then(|after| after.error_paths)),
            self.improved.tests,
            self.improved.wall_seconds,
            self.improved.cpu_seconds,
            percent(self.own.map(|own| own.lines)),
        )
    }
}

/// Returns the head of the table.
pub fn head() -> String {
    format!(
        "{:<17}{:>7}{:>7}{:>7}{:>6}{:>7}{:>7}{:>7}  checks",
        "crate", "lines", "region", "error", "tests", "wall s", "CPU s", "own"
    )
}

/// Returns the line below a set: means, the lowest share of lines and the longest time.
pub fn foot(set: &str, rows: &[Row]) -> Option<String> {
    let rows: Vec<&Row> = rows.iter().filter(|row| row.set == set).collect();
    let lowest = rows.iter().min_by(|a, b| a.lines().total_cmp(&b.lines()))?;
    let slowest =
        rows.iter().max_by(|a, b| a.improved.wall_seconds.total_cmp(&b.improved.wall_seconds))?;
    let after = |pick: fn(Percents) -> Option<f64>| {
        mean(rows.iter().map(|row| row.improved.after.map_or(Some(0.0), pick)))
    };
    let sum = |pick: fn(&Improved) -> f64| rows.iter().map(|row| pick(&row.improved)).sum::<f64>();
    let tests: u64 = rows.iter().map(|row| row.improved.tests).sum();
    Some(format!(
        "{:<17}{:>7}{:>7}{:>7}{tests:>6}{:>7.1}{:>7.1}{:>7}  lowest {} {:.1}, slowest {} {:.0} s",
        format!("{set}, mean"),
        percent(after(|percents| Some(percents.lines))),
        percent(after(|percents| Some(percents.regions))),
        percent(after(|percents| percents.error_paths)),
        sum(|improved| improved.wall_seconds),
        sum(|improved| improved.cpu_seconds),
        percent(mean(rows.iter().map(|row| row.own.map(|own| own.lines)))),
        lowest.name,
        lowest.lines(),
        slowest.name,
        slowest.improved.wall_seconds,
    ))
}

/// Returns a row for a crate that could not even be run.
pub fn broken(pinned: &Pinned, problem: String) -> Row {
    let improved = Improved {
        ending: "not run".to_owned(),
        after: None,
        tests: 0,
        wall_seconds: 0.0,
        cpu_seconds: 0.0,
        complaint: String::new(),
    };
    let Pinned { set, name, version, note, .. } = pinned.clone();
    let problems = vec![problem];
    Row { set, name, version, note, improved, recounted: None, own: None, problems }
}

/// A percentage with one decimal, cut and not rounded; `-` if there is none.
fn percent(percent: Option<f64>) -> String {
    percent
        .map_or_else(|| "-".to_owned(), |percent| format!("{:.1}", (percent * 10.0).floor() / 10.0))
}

/// The mean of what is there.
fn mean(values: impl Iterator<Item = Option<f64>>) -> Option<f64> {
    let (sum, count) =
        values.flatten().fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    (0.0 < count).then(|| sum / count)
}
