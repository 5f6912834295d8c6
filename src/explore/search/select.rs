//! Selection: few executions, cheap to read, that together cover what all of them cover.

use std::cmp::Ordering;
use std::collections::{BTreeSet, BinaryHeap};

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
    let offers = sightings.iter().enumerate().filter(|(_, sighting)| allowed(sighting));
    let mut offers: BinaryHeap<Offer> = offers
        .filter_map(|(sighting, seen)| {
            let useful = seen.regions.iter().copied().filter(|region| goals.contains(region));
            Offer { sighting, cost: cost(seen), worth: 0.0, useful: useful.collect() }
                .weighed(&open)
        })
        .collect();
    let mut selected = Vec::new();
    // What an offer is worth only falls: the best one is the best of all once it is weighed anew.
    while let Some(best) = offers.pop() {
        let Some(best) = best.weighed(&open) else { continue };
        if offers.peek().is_some_and(|next| best < *next) {
            offers.push(best);
            continue;
        }
        let gains = best.useful.iter().copied().filter(|region| open.remove(region)).collect();
        selected.push(Selected { sighting: best.sighting, gains });
    }
    selected
}

/// A sighting that may be selected; the greatest is the best.
struct Offer {
    sighting: usize,
    cost: f64,
    worth: f64,
    /// The goals that were open when it was weighed.
    useful: Vec<usize>,
}

impl Offer {
    /// Weighs it by what is still open; `None` if that is nothing.
    fn weighed(mut self, open: &BTreeSet<usize>) -> Option<Self> {
        self.useful.retain(|region| open.contains(region));
        self.worth = length(self.useful.len()).sqrt() / self.cost;
        (!self.useful.is_empty()).then_some(self)
    }
}

impl Ord for Offer {
    fn cmp(&self, other: &Self) -> Ordering {
        self.worth.total_cmp(&other.worth).then(other.sighting.cmp(&self.sighting))
    }
}

impl PartialOrd for Offer {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Offer {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Offer {}

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

#[cfg(test)]
mod tests {
    use super::*;

    /// An execution that takes a number and hits some regions.
    fn sighting(number: i128, regions: &[usize]) -> Sighting {
        Sighting {
            candidate: 0,
            execution: 0,
            choices: vec![Choice::Int(number)],
            outcome: Outcome::Returned,
            shape: String::new(),
            seen: Vec::new(),
            regions: regions.to_vec(),
            new: Vec::new(),
        }
    }

    #[test]
    fn what_covers_most_for_least_comes_first_and_nothing_twice() {
        let sightings = [
            sighting(1, &[1]),
            sighting(2, &[1, 2, 3, 9]),
            sighting(3, &[3, 4]),
            sighting(4, &[3, 4]),
            sighting(5, &[9]),
            sighting(6, &[5]),
        ];
        let goals = BTreeSet::from([1, 2, 3, 4, 5]);
        let selected = select(&sightings, &goals, |sighting| sighting.choices != [Choice::Int(6)]);
        let gains = |goals: &[usize]| goals.iter().copied().collect::<BTreeSet<usize>>();
        let first = Selected { sighting: 1, gains: gains(&[1, 2, 3]) };
        assert_eq!(selected, [first, Selected { sighting: 2, gains: gains(&[4]) }]);
    }
}
