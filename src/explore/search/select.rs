//! Selection: few executions, cheap to read, that together cover what all of them cover.

use std::collections::BTreeSet;

use crate::explore::harness::{Choice, Outcome, Sighting};

/// An execution that was selected, and what it is selected for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selected {
    /// Its index among the sightings.
    pub sighting: usize,
    /// The goals that it covers first.
    pub gains: BTreeSet<usize>,
}

/// Covers `goals` greedily with sightings that `allowed` admits: the most new goals for the least
/// to read comes first, ties by order.
pub fn select(
    sightings: &[Sighting],
    goals: &BTreeSet<usize>,
    allowed: impl Fn(&Sighting) -> bool,
) -> Vec<Selected> {
    let mut open = goals.clone();
    let mut pool: Vec<(usize, f64, Vec<usize>)> = sightings
        .iter()
        .enumerate()
        .filter(|(_, sighting)| allowed(sighting))
        .map(|(index, sighting)| {
            let useful = sighting.regions.iter().copied().filter(|region| goals.contains(region));
            (index, cost(sighting), useful.collect())
        })
        .filter(|(_, _, useful): &(usize, f64, Vec<usize>)| !useful.is_empty())
        .collect();
    let mut selected = Vec::new();
    while !open.is_empty() && !pool.is_empty() {
        let mut best: Option<(usize, f64)> = None;
        for (place, (_, cost, useful)) in pool.iter().enumerate() {
            let gain = useful.iter().filter(|region| open.contains(region)).count();
            let gain = f64::from(u32::try_from(gain).unwrap_or(u32::MAX));
            let worth = gain.sqrt() / cost;
            if 0.0 < gain && best.is_none_or(|(_, other)| other < worth) {
                best = Some((place, worth));
            }
        }
        let Some((place, _)) = best else { break };
        let (sighting, _, useful) = pool.remove(place);
        let gains: BTreeSet<usize> =
            useful.into_iter().filter(|region| open.remove(region)).collect();
        selected.push(Selected { sighting, gains });
    }
    selected
}

/// How much there is to read in the test that an execution would become.
fn cost(sighting: &Sighting) -> f64 {
    let choices: f64 = sighting
        .choices
        .iter()
        .map(|choice| match choice {
            Choice::Text(text) => 1.0 + length(text.len()) / 12.0,
            Choice::Bytes(bytes) => 1.0 + length(bytes.len()) / 8.0,
            Choice::Int(int) => 1.0 + length(int.to_string().len()) / 10.0,
            Choice::Arm(_) | Choice::Count(_) => 0.7,
            _ => 1.0,
        })
        .sum();
    let seen: usize =
        sighting.seen.iter().map(|seen| seen.debug.as_ref().map_or(0, String::len)).sum();
    let outcome = match sighting.outcome {
        Outcome::Panicked { .. } => 6.0,
        _ => 0.0,
    };
    let blind = if seen == 0 && outcome == 0.0 { 4.0 } else { 0.0 };
    3.0 + choices + length(seen.min(2_000)) / 60.0 + outcome + blind
}

/// A length as a weight.
fn length(length: usize) -> f64 {
    f64::from(u32::try_from(length).unwrap_or(u32::MAX))
}
