//! What is covered before the first mission, in every workspace that a run is about.

use super::list::Item;
use super::session::Session;
use crate::coverage::{Summary, Table};
use crate::error::Result;
use crate::mission::{Mission, Target};
use crate::sys::Stop;

/// What was covered before the first mission.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Baseline {
    /// A table for each workspace, package and set of features; the target names them.
    tables: Vec<(Target, Table)>,
}

impl Baseline {
    /// Measures once what each mission with a target works on.
    ///
    /// Fails with [`crate::error::Kind::BaselineRed`] if tests of the crate fail already.
    pub fn measure(items: &[Item], session: &mut dyn Session, stop: &Stop) -> Result<Self> {
        let mut baseline = Self { tables: Vec::new() };
        for target in items.iter().filter_map(|item| item.mission.target.as_ref()) {
            if target.file.is_some() && baseline.table(target).is_none() {
                let table = session.coverage(target, stop)?;
                baseline.tables.push((target.clone(), table));
            }
        }
        Ok(baseline)
    }

    /// Returns the sum over all workspaces.
    pub fn total(&self) -> Summary {
        self.tables.iter().fold(Summary::default(), |sum, (_, table)| sum.plus(table.total))
    }

    /// Returns the same sum as it is now; what cannot be measured any more counts as before.
    pub fn again(&self, session: &mut dyn Session, stop: &Stop) -> Summary {
        self.tables.iter().fold(Summary::default(), |sum, (target, table)| {
            sum.plus(session.coverage(target, stop).map_or(table.total, |table| table.total))
        })
    }

    /// Returns what was covered in the file of a mission.
    pub fn file(&self, mission: &Mission) -> Option<Summary> {
        let target = mission.target.as_ref()?;
        let file = target.file.as_deref()?;
        let rows = &self.table(target)?.files;
        rows.iter().find(|row| row.file == file).map(|row| row.summary)
    }

    /// Returns whether the file of a mission has what the mission asks for; a mission without a
    /// target asks for nothing.
    pub fn holds(&self, mission: &Mission) -> bool {
        let wanted = mission.target.as_ref().and_then(|target| target.percent);
        match (wanted, self.file(mission)) {
            (Some(wanted), Some(summary)) => wanted <= share(mission, summary),
            _ => true,
        }
    }

    /// The table for a target's surroundings.
    fn table(&self, target: &Target) -> Option<&Table> {
        let surroundings = |target: &Target| {
            (target.project.clone(), target.package.clone(), target.features.clone())
        };
        let wanted = surroundings(target);
        self.tables.iter().find(|(known, _)| surroundings(known) == wanted).map(|(_, table)| table)
    }
}

/// The percentage that the mission is about.
fn share(mission: &Mission, summary: Summary) -> f64 {
    use crate::mission::Metric;
    let metric = mission.target.as_ref().map(|target| target.metric).unwrap_or_default();
    let ratio = match metric {
        Metric::Lines => summary.lines,
        Metric::Regions => summary.regions,
        Metric::Functions => summary.functions,
        Metric::ErrorPaths => summary.error_paths,
    };
    ratio.percent()
}
