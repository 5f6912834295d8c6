//! Schemata: one text that holds many mutants, each behind a switch.
//!
//! Nothing is taken away and no line moves: what is there stays, and alternatives are put around it
//! on the same lines. Each error of the compiler leads back to the mutants it is due to.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::ops::Range;

use super::find::alternative;
use super::model::{Graft, Mutant};

/// A text with mutants.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Schema {
    /// The text.
    pub(super) text: String,
    /// What was written for one mutant alone: the bytes of the new text, and the mutant.
    alternatives: Vec<(Range<usize>, u32)>,
    /// Where pieces of the old text went: first byte in the new one, and in the old one.
    pieces: Vec<(usize, usize)>,
    /// What mutants are built around: the bytes of the old text, and the mutant.
    regions: Vec<(Range<usize>, u32)>,
}

/// Something that is put into the text.
struct Insertion {
    /// The byte before which it is put.
    at: usize,
    /// What closes comes before what opens; what encloses more opens first and closes last.
    order: (bool, Reverse<usize>, usize),
    text: String,
    /// The part of the text that is Rust of the mutant itself.
    own: Range<usize>,
    mutant: u32,
}

/// Writes mutants, each with its number, into the text they were found in. Those that cannot be
/// built with others are left out.
pub(super) fn write(text: &str, mutants: &[(u32, &Mutant)]) -> Schema {
    let mut schema = Schema::default();
    let mut insertions = Vec::new();
    for (index, (number, mutant)) in mutants.iter().enumerate() {
        let (parts, region) = match &mutant.graft {
            Graft::Body(at) => (body(*at, *number, mutant), *at..*at),
            Graft::Choice(bytes) => match alternative(mutant, text) {
                Some(code) => (choice(bytes, (*number, index), &code), bytes.clone()),
                None => continue,
            },
            Graft::Arm(at) => {
                let text = format!(" if rustchain_mu::off({number}u32)");
                (vec![insertion(*at, (true, 0, index), text, *number)], *at..*at)
            }
            Graft::Guard(bytes) => (guard(bytes, (*number, index), mutant), bytes.clone()),
            Graft::Alone(_) | Graft::Never(_) => continue,
        };
        insertions.extend(parts);
        schema.regions.push((region, *number));
    }
    insertions.sort_by(|a, b| (a.at, &a.order).cmp(&(b.at, &b.order)));
    let mut done = 0;
    for one in insertions {
        schema.copy(text, done, one.at);
        done = one.at;
        let start = schema.text.len();
        if !one.own.is_empty() {
            let own = start + one.own.start..start + one.own.end;
            schema.alternatives.push((own, one.mutant));
        }
        schema.text.push_str(&one.text);
    }
    schema.copy(text, done, text.len());
    schema
}

/// An insertion without Rust of a mutant's own; `size` is how much it encloses.
fn insertion(
    at: usize,
    (opens, size, index): (bool, usize, usize),
    text: String,
    mutant: u32,
) -> Insertion {
    // Of two that enclose the same, the later one is inside.
    let order = if opens {
        (true, Reverse(size), index)
    } else {
        (false, Reverse(usize::MAX - size), usize::MAX - index)
    };
    Insertion { at, order, text, own: 0..0, mutant }
}

/// The early return of a value.
fn body(at: usize, number: u32, mutant: &Mutant) -> Vec<Insertion> {
    let head = format!(" if rustchain_mu::on({number}u32) {{ return ");
    let value = if mutant.replacement == "()" { "" } else { &mutant.replacement };
    let own = head.len()..head.len() + value.len();
    let text = format!("{head}{value}; }}");
    let index = usize::try_from(number).unwrap_or(usize::MAX);
    vec![Insertion { own, ..insertion(at, (true, usize::MAX, index), text, number) }]
}

/// An expression and its alternative.
fn choice(bytes: &Range<usize>, (number, index): (u32, usize), code: &str) -> Vec<Insertion> {
    let size = bytes.len() * 2;
    let open = format!("(if rustchain_mu::off({number}u32) {{ ");
    let head = " } else { ";
    let own = head.len()..head.len() + code.len();
    let close = format!("{head}{code} }})");
    let close = insertion(bytes.end, (false, size, index), close, number);
    vec![insertion(bytes.start, (true, size, index), open, number), Insertion { own, ..close }]
}

/// A guard that can be decided beforehand.
fn guard(bytes: &Range<usize>, (number, index): (u32, usize), mutant: &Mutant) -> Vec<Insertion> {
    // Around an expression of the same size.
    let size = bytes.len() * 2 + 1;
    let open = match mutant.replacement.as_str() {
        "true" => format!("(rustchain_mu::on({number}u32) || ("),
        _ => format!("(rustchain_mu::off({number}u32) && ("),
    };
    vec![
        insertion(bytes.start, (true, size, index), open, number),
        insertion(bytes.end, (false, size, index), "))".to_owned(), number),
    ]
}

/// The mutants that errors are due to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Blame {
    /// Their own Rust is wrong.
    pub(super) own: BTreeSet<u32>,
    /// They stand around a place that no longer compiles.
    pub(super) around: BTreeSet<u32>,
}

impl Schema {
    /// Copies a part of the old text.
    fn copy(&mut self, text: &str, from: usize, to: usize) {
        self.pieces.push((self.text.len(), from));
        self.text.push_str(text.get(from..to).unwrap_or_default());
    }

    /// Returns the mutants that an error at these bytes of the text is due to.
    pub(super) fn blame(&self, bytes: &Range<usize>) -> Blame {
        let mut blame = Blame::default();
        let inside = |outer: &Range<usize>| outer.start <= bytes.start && bytes.end <= outer.end;
        let own = self.alternatives.iter().filter(|(own, _)| inside(own));
        blame.own = own.map(|(_, mutant)| *mutant).collect();
        if !blame.own.is_empty() {
            return blame;
        }
        let (start, end) = (self.old(bytes.start), self.old(bytes.end));
        let around = self.regions.iter().filter(|(region, _)| {
            region.start <= start && end <= region.end || start <= region.start && region.end <= end
        });
        // The closest ones: those that enclose the least, or that lie in the place itself.
        let distance = |region: &Range<usize>| region.len().abs_diff(end - start);
        let least = around.clone().map(|(region, _)| distance(region)).min();
        let closest = around.filter(|(region, _)| Some(distance(region)) == least);
        blame.around = closest.map(|(_, mutant)| *mutant).collect();
        blame
    }

    /// Where a byte of the new text was in the old one; what is new stands where it was put.
    fn old(&self, byte: usize) -> usize {
        let after = self.pieces.partition_point(|(new, _)| *new <= byte);
        let Some((new, old)) = after.checked_sub(1).and_then(|at| self.pieces.get(at)) else {
            return 0;
        };
        let next = self.pieces.get(after).map_or(usize::MAX, |(_, old)| *old);
        (old + byte - new).min(next)
    }
}
