//! The counters in memory: where they lie, and which regions they count.

use std::collections::BTreeMap;

use crate::error::{Error, Result};

use super::binary::{Section, extent, objects, section};
use super::bytes::Cursor;
use super::expression::terms;
use super::map::{CoverageMap, RegionKind};
use super::model::Position;
use super::report::file_name;

/// How many bytes a record of `__llvm_prf_data` has.
const RECORD_BYTES: usize = 64;

/// Where each function's counters lie: by the hashes of its name and structure, the index of the
/// first in the array of all counters (numbers of eight bytes), and how many it has.
pub type CounterLayout = BTreeMap<(u64, u64), (usize, usize)>;

/// A region with the sum of counters that counts it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountedRegion {
    /// The name of its file in the report.
    pub file: String,
    /// What it stands for: code, or a gap.
    pub kind: RegionKind,
    /// Where it begins.
    pub start: Position,
    /// Where it ends; the column is the first one after it.
    pub end: Position,
    /// The index of each counter in the array of all counters, and its factor; empty for a region
    /// that is never counted.
    pub terms: Vec<(usize, i64)>,
    /// The function, as an index into [`CoverageMap::functions`].
    pub function: usize,
}

/// Returns where each function's counters lie in the memory of `binary`.
///
/// The array begins at `__llvm_profile_begin_counters()`.
///
/// # Errors
///
/// Returns an error for bytes that are no linked ELF or Mach-O binary, for one without
/// instrumented code, and for records that point outside the counters.
pub fn counter_layout(binary: &[u8]) -> Result<CounterLayout> {
    let objects = objects(binary)?;
    let [object] = objects.as_slice() else { return Err(not_instrumented()) };
    if object.format() == object::BinaryFormat::Coff || object.format() == object::BinaryFormat::Pe
    {
        return Err(Error::environment("counters of Windows programs cannot be read in memory"));
    }
    let records = section(object, Section::Records)?.ok_or_else(not_instrumented)?;
    let (address, _) = extent(object, Section::Records).ok_or_else(not_instrumented)?;
    let (counters, bytes) = extent(object, Section::Counters).ok_or_else(not_instrumented)?;

    let mut layout = CounterLayout::new();
    let mut place = address;
    for record in records.chunks_exact(RECORD_BYTES) {
        let mut cursor = Cursor::new(record, "list of counters");
        let (name_hash, hash, pointer) = (cursor.u64()?, cursor.u64()?, cursor.u64()?);
        cursor.take(24)?;
        let count = cursor.u32()?;
        // The pointer is relative to its own record.
        let offset = place.wrapping_add(pointer).wrapping_sub(counters);
        place = place.wrapping_add(64);
        let end = offset.checked_add(u64::from(count) * 8);
        if end.is_none_or(|end| bytes < end) || offset % 8 != 0 {
            return Err(cursor.broken());
        }
        let first = usize::try_from(offset / 8).map_err(|_| cursor.broken())?;
        let count = usize::try_from(count).map_err(|_| cursor.broken())?;
        layout.insert((name_hash, hash), (first, count));
    }
    Ok(layout)
}

/// Returns the code and gap regions of the files that `keep` names, with what counts them.
///
/// Regions of several instantiations at the same place are returned one by one; add up their
/// counts, as [`lines_of`](crate::coverage::lines_of) does. `layout` has to be that of the binary
/// the map was read from.
pub fn counted_regions(
    map: &CoverageMap,
    layout: &CounterLayout,
    keep: impl Fn(&str) -> Option<String>,
) -> Vec<CountedRegion> {
    let names: Vec<Option<String>> = map.files.iter().map(|file| keep(file)).collect();
    let mut counted = Vec::new();
    for (index, function) in map.functions.iter().enumerate() {
        let (first, count) =
            layout.get(&(function.name_hash, function.hash)).copied().unwrap_or_default();
        let resolved = terms(function, u32::try_from(count).unwrap_or_default());
        for region in &function.regions {
            let Some(file) = file_name(function, region.file, &names) else { continue };
            if !matches!(region.kind, RegionKind::Code | RegionKind::Gap) {
                continue;
            }
            let terms = resolved.value(region.counter).iter();
            let terms = terms.filter_map(|(id, factor)| {
                usize::try_from(*id).ok().map(|id| (first + id, *factor))
            });
            counted.push(CountedRegion {
                file: file.to_owned(),
                kind: region.kind,
                start: region.start,
                end: region.end,
                terms: terms.collect(),
                function: index,
            });
        }
    }
    counted
}

/// The error for a binary without counters.
fn not_instrumented() -> Error {
    Error::environment("the binary holds no coverage counters")
        .hint("build it with `-Cinstrument-coverage`")
}
