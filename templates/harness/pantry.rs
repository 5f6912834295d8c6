//! Parts of values that could be made: the choices of makers that fail now and then.
//!
//! A value with several parts, each of which most choices fail to make, would hardly ever come
//! about if all parts had to be found at once. So what has worked once is kept for all.

use std::collections::BTreeMap;

use crate::choice::Choice;
use crate::random::Random;

/// Most spans kept of one maker, and of those among them that differ in values only.
const SPANS_MAX: usize = 48;
const ALIKE_MAX: usize = 12;

/// Most choices of a span, and most bytes of its texts together.
const CHOICES_MAX: usize = 64;
const BYTES_MAX: usize = 4096;

/// The spans of all makers that have failed at least once, by maker.
#[derive(Default)]
pub struct Pantry(BTreeMap<u64, Shelf>);

/// What is kept of one maker.
#[derive(Default)]
struct Shelf {
    spans: Vec<Span>,
    /// How often a place had to be made.
    replaced: u64,
}

struct Span {
    choices: Vec<Choice>,
    bytes: usize,
}

impl Pantry {
    /// Notes that a maker can fail: from now on what works is worth keeping.
    pub fn note_failure(&mut self, maker: u64) {
        self.0.entry(maker).or_default();
    }

    /// Returns whether a maker is known to fail.
    pub fn is_fallible(&self, maker: u64) -> bool {
        self.0.contains_key(&maker)
    }

    /// Takes a span in, rather a short one; returns whether it is worth keeping.
    pub fn offer(&mut self, maker: u64, choices: &[Choice]) -> bool {
        let bytes = choices.iter().map(length).sum();
        if choices.is_empty() || CHOICES_MAX < choices.len() || BYTES_MAX < bytes {
            return false;
        }
        let shelf = self.0.entry(maker).or_default();
        if shelf.spans.iter().any(|span| span.bytes == bytes && span.choices == choices) {
            return false;
        }
        let alike =
            shelf.spans.iter().enumerate().filter(|(_, span)| alike(&span.choices, choices));
        let longest = alike.clone().max_by_key(|(_, span)| span.bytes);
        let place = match longest {
            Some((place, span)) if ALIKE_MAX <= alike.count() => {
                if span.bytes <= bytes {
                    return false;
                }
                place
            }
            _ if shelf.spans.len() < SPANS_MAX => shelf.spans.len(),
            _ => {
                shelf.replaced += 1;
                Random::new(&[maker, shelf.replaced]).below(SPANS_MAX)
            }
        };
        let span = Span { choices: choices.to_vec(), bytes };
        match shelf.spans.get_mut(place) {
            Some(kept) => *kept = span,
            None => shelf.spans.push(span),
        }
        true
    }

    /// Returns the choices of a span of a maker, if any is kept.
    pub fn draw(&self, maker: u64, random: &mut Random) -> Option<&[Choice]> {
        let span = random.pick(&self.0.get(&maker)?.spans)?;
        Some(&span.choices)
    }
}

/// How much there is to read in a value.
fn length(choice: &Choice) -> usize {
    match choice {
        Choice::Text(text) => text.len(),
        Choice::Bytes(bytes) => bytes.len(),
        _ => 0,
    }
}

/// Whether spans have the same alternatives and counts.
fn alike(one: &[Choice], other: &[Choice]) -> bool {
    one.len() == other.len()
        && one
            .iter()
            .zip(other)
            .all(|(one, other)| if one.is_leaf() { one.same_kind(other) } else { one == other })
}
