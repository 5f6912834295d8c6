//! The residue: what stays uncovered, with the reason.

use std::collections::{BTreeMap, BTreeSet};

use super::goals::Goals;
use super::session::Session;
use crate::explore::harness::Outcome;
use crate::explore::reason::Reason;

/// One function with regions that stay uncovered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Residue {
    /// The file, relative to the workspace root.
    pub file: String,
    /// The function; empty if the regions belong to none.
    pub function: String,
    /// The first lines of the regions.
    pub lines: BTreeSet<u32>,
    /// Why.
    pub reason: Reason,
}

impl Session {
    /// Returns the residue of `file`, given the goals (by index) that stay uncovered.
    pub fn residue(&self, file: &str, uncovered: &BTreeSet<usize>) -> Vec<Residue> {
        let mut by_function: BTreeMap<Option<usize>, BTreeSet<usize>> = BTreeMap::new();
        for goal in uncovered {
            let location = &self.goals.locations[*goal];
            if location.file == file {
                let function = Goals::function_at(&self.krate, location);
                by_function.entry(function).or_default().insert(*goal);
            }
        }
        by_function
            .into_iter()
            .map(|(function, goals)| Residue {
                file: file.to_owned(),
                function: function
                    .map(|index| self.krate.functions[index].name.clone())
                    .unwrap_or_default(),
                lines: goals.iter().map(|goal| self.goals.locations[*goal].start.line).collect(),
                reason: self.reason(function, &goals),
            })
            .collect()
    }

    /// Why goals of a function stay uncovered.
    fn reason(&self, function: Option<usize>, goals: &BTreeSet<usize>) -> Reason {
        let Some(function) = function else { return Reason::NoFunction };
        if let Some(reason) = self.without.get(&function) {
            return reason.clone();
        }
        let reached = |panicked: bool| {
            self.results.sightings.iter().any(|sighting| {
                matches!(sighting.outcome, Outcome::Panicked { .. }) == panicked
                    && sighting.regions.iter().any(|region| goals.contains(region))
            })
        };
        if reached(false) {
            return Reason::Unobservable;
        }
        if reached(true) {
            return Reason::Panics;
        }
        let stopped = self.results.dropped.iter().any(|dropped| {
            self.candidate(dropped.candidate).is_some_and(|(c, _)| c.function == function)
        });
        if stopped { Reason::Stopped } else { Reason::NotReached }
    }
}
