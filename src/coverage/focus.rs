//! One file of a coverage map, laid out for many runs that each cover a little of it.

use std::collections::{BTreeMap, BTreeSet};

use super::map::{CoverageMap, FunctionMap};
use super::model::FileCoverage;
use super::profile::Profile;
use super::report::{Gathered, file_name, gather};

/// One file of a coverage map, in parts that have no line in common.
///
/// The count of a line depends on the functions that share lines with it and on no others, so what
/// a run covers is known from the parts in which something ran.
#[derive(Debug)]
pub struct Focus<'a> {
    map: &'a CoverageMap,
    /// The name of each file of the map in reports: nothing but for the one file.
    names: Vec<Option<String>>,
    /// The functions of each part, by index into those of the map.
    parts: Vec<Vec<usize>>,
    /// The parts of the functions, by the hashes of their names and structures.
    part_of: BTreeMap<(u64, u64), Vec<usize>>,
}

impl<'a> Focus<'a> {
    /// Lays out the file whose absolute path `is_file` accepts.
    pub fn new(map: &'a CoverageMap, is_file: impl Fn(&str) -> bool) -> Self {
        let name = |file: &String| is_file(file).then(String::new);
        let names: Vec<Option<String>> = map.files.iter().map(name).collect();
        let mut spans: Vec<(u32, u32, usize)> = Vec::new();
        for (index, function) in map.functions.iter().enumerate() {
            spans.extend(lines(function, &names).map(|(first, last)| (first, last, index)));
        }
        spans.sort_unstable();
        let mut focus = Self { map, names, parts: Vec::new(), part_of: BTreeMap::new() };
        let mut end = None;
        for (first, last, index) in spans {
            if end.is_none_or(|end| end < first) {
                focus.parts.push(Vec::new());
            }
            end = end.max(Some(last));
            let part = focus.parts.len() - 1;
            let function = &map.functions[index];
            focus.parts[part].push(index);
            let key = (function.name_hash, function.hash);
            focus.part_of.entry(key).or_default().push(part);
        }
        focus
    }

    /// Returns what a run covers of the file, without the parts in which nothing ran.
    pub fn covered(&self, profile: &Profile) -> FileCoverage {
        let touched: BTreeSet<usize> =
            profile.ran().filter_map(|key| self.part_of.get(&key)).flatten().copied().collect();
        let mut files: BTreeMap<&str, Gathered<'_>> = BTreeMap::new();
        for index in touched.iter().flat_map(|part| &self.parts[*part]) {
            gather(&self.map.functions[*index], profile, &self.names, &mut files);
        }
        files.into_values().next().map(Gathered::finish).unwrap_or_default()
    }
}

/// The first and last line of a function in the file that has a name.
fn lines(function: &FunctionMap, names: &[Option<String>]) -> Option<(u32, u32)> {
    let own = || {
        let regions = function.regions.iter();
        regions.filter(|region| file_name(function, region.file, names).is_some())
    };
    let first = own().map(|region| region.start.line).min()?;
    let last = own().map(|region| region.end.line.max(region.start.line)).max()?;
    Some((first, last))
}
