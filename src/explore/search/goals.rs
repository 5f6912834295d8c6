//! Goals: the regions of production code, as the harness counts them and as people read them.

use std::collections::BTreeMap;

use crate::coverage::{CoverageMap, Position, RegionKind, Report, counted_regions, counter_layout};
use crate::error::Result;
use crate::explore::harness;
use crate::explore::model::{Crate, Function};

/// One region of production code.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Location {
    /// The file, relative to the workspace root.
    pub file: String,
    /// Where it begins.
    pub start: Position,
    /// Where it ends.
    pub end: Position,
}

/// The regions of one test binary.
#[derive(Debug, Clone)]
pub struct Goals {
    /// Each region once, whatever number of instantiations it has.
    pub locations: Vec<Location>,
    /// How the harness counts each of them.
    pub regions: Vec<harness::Region>,
    /// Which of them the crate's own tests cover.
    pub covered: Vec<bool>,
    /// The harness's number of the function at each place, by file and position.
    functions: BTreeMap<(String, Position), usize>,
}

impl Goals {
    /// Reads the regions out of an instrumented binary; only those that `baseline` knows are
    /// production code. `keep` names the files that count.
    pub fn read(
        binary: &[u8],
        baseline: &Report,
        keep: impl Fn(&str) -> Option<String>,
    ) -> Result<Self> {
        let mut map = CoverageMap::default();
        map.read(binary)?;
        let layout = counter_layout(binary)?;
        let mut counts: BTreeMap<Location, u64> = BTreeMap::new();
        for (file, coverage) in &baseline.files {
            for region in &coverage.regions {
                let (file, start, end) = (file.clone(), region.start, region.end);
                counts.insert(Location { file, start, end }, region.count);
            }
        }
        let mut merged: BTreeMap<Location, (Vec<(usize, i64)>, usize)> = BTreeMap::new();
        let mut groups: BTreeMap<(String, Position), usize> = BTreeMap::new();
        let mut group_of: BTreeMap<usize, usize> = BTreeMap::new();
        for region in counted_regions(&map, &layout, keep) {
            let at = Location { file: region.file, start: region.start, end: region.end };
            if region.kind != RegionKind::Code || !counts.contains_key(&at) {
                continue;
            }
            let next = groups.len();
            let group = *group_of
                .entry(region.function)
                .or_insert_with(|| *groups.entry((at.file.clone(), at.start)).or_insert(next));
            let entry = merged.entry(at).or_insert_with(|| (Vec::new(), group));
            entry.0.extend(region.terms);
        }
        let (mut locations, mut regions, mut covered) = (Vec::new(), Vec::new(), Vec::new());
        for (location, (terms, function)) in merged {
            covered.push(counts.get(&location).is_some_and(|count| *count != 0));
            locations.push(location);
            regions.push(harness::Region { terms, function });
        }
        Ok(Self { locations, regions, covered, functions: groups })
    }

    /// Returns the harness's number of a function of the model.
    pub fn function(&self, function: &Function) -> Option<usize> {
        let (file, first, last) = (&function.span.file, function.span.start.0, function.span.end.0);
        let from = (file.clone(), Position { line: first, column: 0 });
        let to = (file.clone(), Position { line: last + 1, column: 0 });
        self.functions.range(from..to).next().map(|(_, number)| *number)
    }

    /// Returns the innermost function of the model around a region.
    pub fn function_at(krate: &Crate, location: &Location) -> Option<usize> {
        let line = location.start.line;
        let around = krate.functions.iter().enumerate().filter(|(_, function)| {
            function.span.file == location.file
                && (function.span.start.0..=function.span.end.0).contains(&line)
        });
        around.min_by_key(|(_, f)| f.span.end.0 - f.span.start.0).map(|(index, _)| index)
    }
}
