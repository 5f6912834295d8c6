//! LLVM's rule for lines: from counted regions to segments, from segments to line counts.
//!
//! This follows `SegmentBuilder`, `LineCoverageStats` and `LineCoverageIterator` of LLVM's
//! `CoverageMapping.cpp` (The LLVM Project, Apache License 2.0 with LLVM Exceptions) step by step,
//! since "the count of a line" is whatever LLVM says it is. Only the words are ours.

use std::collections::BTreeMap;

use super::map::RegionKind;
use super::model::Position;

/// A region with its count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RegionCount {
    /// What it stands for.
    pub kind: RegionKind,
    /// Where it begins.
    pub start: Position,
    /// Where it ends; the column is the first one after it.
    pub end: Position,
    /// How often it ran.
    pub count: u64,
}

/// A place where the count changes.
#[derive(Debug, Clone, Copy)]
struct Segment {
    line: u32,
    count: u64,
    /// Whether what follows is counted at all.
    counted: bool,
    /// Whether a region begins here.
    entry: bool,
    /// Whether that region is a gap.
    gap: bool,
}

impl Segment {
    /// Whether a counted region other than a gap begins here.
    fn starts_region(&self) -> bool {
        !self.gap && self.counted && self.entry
    }
}

/// Returns how often each line ran, given all regions of one file over all functions.
///
/// Branch regions are ignored. Regions at the same place are added up. A line that is not in the
/// result has no code.
pub fn lines_of(regions: &[RegionCount]) -> BTreeMap<u32, u64> {
    lines_of_segments(&segments(combined(regions)))
}

/// Sorts the regions, outer ones first, and adds up those at the same place.
fn combined(regions: &[RegionCount]) -> Vec<RegionCount> {
    let counted = regions.iter().copied().filter(|region| region.kind != RegionKind::Branch);
    let mut regions: Vec<RegionCount> = counted.collect();
    regions
        .sort_by(|a, b| (a.start.cmp(&b.start)).then(b.end.cmp(&a.end)).then(a.kind.cmp(&b.kind)));
    let mut combined: Vec<RegionCount> = Vec::with_capacity(regions.len());
    for region in regions {
        match combined.last_mut() {
            Some(last) if (last.start, last.end) == (region.start, region.end) => {
                // The use of a macro that is all of another macro would be counted twice.
                if last.kind == region.kind {
                    last.count = last.count.saturating_add(region.count);
                }
            }
            _ => combined.push(region),
        }
    }
    combined
}

/// Turns sorted regions into the places where the count changes.
fn segments(regions: Vec<RegionCount>) -> Vec<Segment> {
    let mut builder = Builder::default();
    let mut regions = regions.into_iter().peekable();
    while let Some(region) = regions.next() {
        builder.complete_before(region.start);
        let next = regions.peek().map(|next| next.start);
        let entry = region.kind != RegionKind::Gap;
        if region.start == region.end {
            let skipped = next.is_none() || region.kind == RegionKind::Skipped;
            let outer = builder.active.last().copied();
            builder.start(outer.unwrap_or(region), region.start, entry, skipped);
            if let Some(outer) = outer.filter(|_| skipped) {
                builder.start(outer, region.start, false, false);
            }
            continue;
        }
        if next != Some(region.start) {
            builder.start(region, region.start, entry, false);
        }
        builder.active.push(region);
    }
    if !builder.active.is_empty() {
        builder.complete(None, 0);
    }
    builder.segments
}

/// The state while regions turn into segments.
#[derive(Default)]
struct Builder {
    segments: Vec<Segment>,
    /// The regions that have begun and not ended, outermost first.
    active: Vec<RegionCount>,
}

impl Builder {
    /// Adds a segment at `at` with the count of `region`, unless it would change nothing.
    #[expect(clippy::fn_params_excessive_bools, reason = "the two flags of LLVM's function")]
    fn start(&mut self, region: RegionCount, at: Position, entry: bool, skipped: bool) {
        let counted = !skipped && region.kind != RegionKind::Skipped;
        if let Some(last) = self.segments.last() {
            let same = last.counted == counted && last.count == region.count && !last.entry;
            if !entry && !skipped && same {
                return;
            }
        }
        let count = if counted { region.count } else { 0 };
        let gap = counted && region.kind == RegionKind::Gap;
        self.segments.push(Segment { line: at.line, count, counted, entry, gap });
    }

    /// Ends the regions that end at or before `start`, where the next one begins.
    fn complete_before(&mut self, start: Position) {
        let (open, ended): (Vec<_>, Vec<_>) =
            self.active.drain(..).partition(|region| start < region.end);
        let first = open.len();
        self.active = open;
        if !ended.is_empty() {
            self.active.extend(ended);
            self.complete(Some(start), first);
        }
    }

    /// Ends the active regions from index `first` on; `next` is where the next region begins.
    fn complete(&mut self, next: Option<Position>, first: usize) {
        let mut ended = self.active.split_off(first);
        ended.sort_by_key(|region| region.end);
        for (index, pair) in ended.windows(2).enumerate() {
            let [previous, region] = pair else { continue };
            let at = previous.end;
            if next == Some(at) {
                break;
            }
            if at == region.end {
                continue;
            }
            // Of the regions that end together the last one has the word.
            let mut rest = ended.iter().skip(index + 1);
            let last = rest.rfind(|other| other.end == region.end);
            self.start(*last.unwrap_or(region), at, false, false);
        }
        let Some(last) = ended.last().copied() else { return };
        if next == Some(last.end) {
            return;
        }
        match self.active.last().copied() {
            Some(outer) => self.start(outer, last.end, false, false),
            None => self.start(last, last.end, false, true),
        }
    }
}

/// Turns segments into line counts.
fn lines_of_segments(segments: &[Segment]) -> BTreeMap<u32, u64> {
    let mut lines = BTreeMap::new();
    let Some(mut line) = segments.first().map(|segment| segment.line) else { return lines };
    let mut wrapped: Option<Segment> = None;
    let mut rest = segments;
    while !rest.is_empty() {
        let here = rest.iter().take_while(|segment| segment.line == line).count();
        let (own, later) = rest.split_at(here);
        rest = later;
        if let Some(count) = line_count(own, wrapped) {
            lines.insert(line, count);
        }
        wrapped = own.last().copied().or(wrapped);
        line = line.saturating_add(1);
    }
    lines
}

/// The count of a line from the segments that begin in it and the last one before it.
fn line_count(own: &[Segment], wrapped: Option<Segment>) -> Option<u64> {
    let starts = || own.iter().filter(|segment| segment.starts_region());
    let skipped = own.first().is_some_and(|first| !first.counted && first.entry);
    let goes_on = wrapped.is_some_and(|wrapped| wrapped.counted);
    let mapped = !skipped && (goes_on || starts().next().is_some());
    let mapped = mapped || own.iter().any(|segment| segment.entry && segment.counted);
    let wrapped = wrapped.map_or(0, |wrapped| wrapped.count);
    mapped.then(|| starts().map(|segment| segment.count).fold(wrapped, u64::max))
}
