//! Coverage maps: which region of which file is counted by which counters.
//!
//! The format is LLVM's ("LLVM Code Coverage Mapping Format", header versions 5 and 6 as rustc
//! writes them, that is LLVM's versions 6 and 7).

use std::collections::BTreeMap;

use crate::error::Result;

use super::binary::{Section, objects, section};
use super::bytes::{Cursor, name_hash};
use super::model::Position;
use super::profile::unknown_version;

/// Marks a region as a gap, in the number of its last column.
const GAP_BIT: u32 = 1 << 31;

/// Where a count comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Counter {
    /// It is always 0.
    #[default]
    Zero,
    /// The counter of this number within its function.
    Value(u32),
    /// The expression of this number within its function.
    Expression(u32),
}

/// A sum or difference of two counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Expression {
    /// The first count.
    pub left: Counter,
    /// The count that is added to the first or subtracted from it.
    pub right: Counter,
    /// Whether it is a difference.
    pub subtract: bool,
}

/// What a region of the map stands for; in LLVM's order, which breaks ties.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RegionKind {
    /// Code that runs as one.
    Code,
    /// The use of a macro.
    Expansion,
    /// Source that is no code.
    Skipped,
    /// What lies between two regions: counted where no other region begins.
    Gap,
    /// A condition, with the count of its true outcome.
    Branch,
}

/// A region of the map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MappedRegion {
    /// The file, as an index into [`FunctionMap::files`].
    pub file: u32,
    /// What it stands for.
    pub kind: RegionKind,
    /// What counts it.
    pub counter: Counter,
    /// Where it begins.
    pub start: Position,
    /// Where it ends; the column is the first one after it.
    pub end: Position,
}

/// The regions of one function, closure or instantiation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionMap {
    /// The mangled name; empty if the binary has no names.
    pub name: String,
    /// The hash of the name.
    pub name_hash: u64,
    /// The hash of the structure; 0 for a function that was never instantiated.
    pub hash: u64,
    /// The files its regions lie in, as indices into [`CoverageMap::files`].
    pub files: Vec<u32>,
    /// Its expressions.
    pub expressions: Vec<Expression>,
    /// Its regions.
    pub regions: Vec<MappedRegion>,
}

/// The coverage maps of one or several binaries.
#[derive(Debug, Clone, Default)]
pub struct CoverageMap {
    /// The absolute paths of the files.
    pub files: Vec<String>,
    /// The functions; one that is in several binaries is here once.
    pub functions: Vec<FunctionMap>,
}

impl CoverageMap {
    /// Creates a map of nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the coverage map of a binary, object file or archive.
    ///
    /// A binary without a coverage map adds nothing: it holds no instrumented code.
    ///
    /// # Errors
    ///
    /// Returns an error for bytes that are no binary, for a damaged map, and for a map whose
    /// version is not known.
    pub fn read(&mut self, binary: &[u8]) -> Result<()> {
        for object in objects(binary)? {
            let files = section(&object, Section::Files)?;
            let functions = section(&object, Section::Functions)?;
            let (Some(files), Some(functions)) = (files, functions) else { continue };
            let names = section(&object, Section::Names)?.unwrap_or_default();
            let names = read_names(&names)?;
            let tables = self.read_files(&files)?;
            self.read_functions(&functions, &tables, &names)?;
        }
        Ok(())
    }

    /// Reads the lists of files, each by its hash.
    fn read_files(&mut self, bytes: &[u8]) -> Result<BTreeMap<u64, Vec<u32>>> {
        let mut known: BTreeMap<String, u32> = self.files.iter().cloned().zip(0..).collect();
        let mut tables = BTreeMap::new();
        let mut cursor = Cursor::new(bytes, "coverage map");
        while 16 <= cursor.left() {
            let (_, length, _, version) =
                (cursor.u32()?, cursor.u32()?, cursor.u32()?, cursor.u32()?);
            if !(5..=6).contains(&version) {
                // LLVM counts from 1, the header from 0.
                return Err(unknown_version("coverage map", u64::from(version) + 1));
            }
            let list = cursor.take(u64::from(length))?;
            cursor.align();
            let table = tables.entry(name_hash(list)).or_insert_with(Vec::new);
            if table.is_empty() {
                for path in read_paths(list)? {
                    let next = u32::try_from(self.files.len()).map_err(|_| cursor.broken())?;
                    let id = *known.entry(path.clone()).or_insert(next);
                    if id == next {
                        self.files.push(path);
                    }
                    table.push(id);
                }
            }
        }
        Ok(tables)
    }

    /// Reads the functions and adds those that are new.
    fn read_functions(
        &mut self,
        bytes: &[u8],
        tables: &BTreeMap<u64, Vec<u32>>,
        names: &BTreeMap<u64, String>,
    ) -> Result<()> {
        let key = |function: &FunctionMap| (function.name_hash, function.files.clone());
        let mut known: BTreeMap<_, usize> = self.functions.iter().map(key).zip(0..).collect();
        let mut cursor = Cursor::new(bytes, "coverage map");
        while 28 <= cursor.left() {
            let name_hash = cursor.u64()?;
            let length = cursor.u32()?;
            let (hash, files) = (cursor.u64()?, cursor.u64()?);
            let data = cursor.take(u64::from(length))?;
            cursor.align();
            let files = tables.get(&files).ok_or_else(|| cursor.broken())?;
            let mut function = read_function(data, files)?;
            (function.name_hash, function.hash) = (name_hash, hash);
            function.name = names.get(&name_hash).cloned().unwrap_or_default();
            match known.get(&key(&function)).and_then(|index| self.functions.get_mut(*index)) {
                // A function that one unit never instantiates may be real in another.
                Some(earlier) if earlier.hash == 0 && hash != 0 => *earlier = function,
                Some(_) => (),
                None => {
                    known.insert(key(&function), self.functions.len());
                    self.functions.push(function);
                }
            }
        }
        Ok(())
    }
}

/// Reads the names of the instrumented functions, each by its hash.
fn read_names(bytes: &[u8]) -> Result<BTreeMap<u64, String>> {
    let mut names = BTreeMap::new();
    let mut cursor = Cursor::new(bytes, "table of function names");
    cursor.skip_zeros();
    while 0 < cursor.left() {
        for name in cursor.block()?.split(|byte| *byte == 1) {
            names.insert(name_hash(name), String::from_utf8_lossy(name).into_owned());
        }
        cursor.skip_zeros();
    }
    Ok(names)
}

/// Reads one list of paths; all but the first, the working folder, may be relative to it.
fn read_paths(list: &[u8]) -> Result<Vec<String>> {
    let mut cursor = Cursor::new(list, "list of source files");
    let count = cursor.number()?;
    let block = cursor.block()?;
    let mut cursor = Cursor::new(&block, "list of source files");
    let mut paths: Vec<String> = Vec::new();
    for _ in 0..count {
        let length = cursor.number()?;
        let path = String::from_utf8_lossy(cursor.take(length)?).into_owned();
        let folder = paths.first().filter(|_| !is_absolute(&path));
        let path = folder.map_or_else(
            || path.clone(),
            |folder| format!("{}/{path}", folder.trim_end_matches('/')),
        );
        paths.push(path);
    }
    Ok(paths)
}

/// Whether a path begins at a root, on whatever platform.
fn is_absolute(path: &str) -> bool {
    path.starts_with(['/', '\\']) || path.chars().nth(1) == Some(':')
}

/// Reads one function; its name and hashes are not part of this data.
fn read_function(data: &[u8], table: &[u32]) -> Result<FunctionMap> {
    let mut cursor = Cursor::new(data, "coverage map");
    let mut files = Vec::new();
    for _ in 0..cursor.number()? {
        let id = usize::try_from(cursor.number()?).ok();
        let file = id.and_then(|id| table.get(id)).copied();
        files.push(file.ok_or_else(|| cursor.broken())?);
    }
    let count = cursor.number()?;
    // An expression has at least two bytes: a count that cannot be true is not believed.
    let count = usize::try_from(count).ok().filter(|count| *count <= cursor.left());
    let mut expressions = vec![Expression::default(); count.ok_or_else(|| cursor.broken())?];
    for id in 0..expressions.len() {
        let left = read_counter(&mut cursor, &mut expressions)?;
        let right = read_counter(&mut cursor, &mut expressions)?;
        (expressions[id].left, expressions[id].right) = (left, right);
    }
    let mut regions = Vec::new();
    for file in (0..).take(files.len()) {
        let mut line = 0_u32;
        for _ in 0..cursor.number()? {
            let region = read_region(&mut cursor, &mut expressions, (file, line))?;
            line = region.start.line;
            regions.push(region);
        }
    }
    let (name, name_hash, hash) = (String::new(), 0, 0);
    Ok(FunctionMap { name, name_hash, hash, files, expressions, regions })
}

/// Reads a counter.
fn read_counter(cursor: &mut Cursor<'_>, expressions: &mut [Expression]) -> Result<Counter> {
    let code = cursor.small()?;
    decode(code, expressions).ok_or_else(|| cursor.broken())
}

/// Decodes a counter; whether an expression subtracts is said where it is used.
fn decode(code: u32, expressions: &mut [Expression]) -> Option<Counter> {
    let id = code >> 2;
    match code & 0b11 {
        0 => Some(Counter::Zero),
        1 => Some(Counter::Value(id)),
        tag => {
            expressions.get_mut(usize::try_from(id).ok()?)?.subtract = tag == 2;
            Some(Counter::Expression(id))
        }
    }
}

/// Reads a region of the file `place.0` that begins at or after the line `place.1`.
fn read_region(
    cursor: &mut Cursor<'_>,
    expressions: &mut [Expression],
    (file, line): (u32, u32),
) -> Result<MappedRegion> {
    let code = cursor.small()?;
    let (mut kind, mut counter) = (RegionKind::Code, Counter::Zero);
    if code & 0b11 != 0 {
        counter = decode(code, expressions).ok_or_else(|| cursor.broken())?;
    } else if code & 0b100 != 0 {
        kind = RegionKind::Expansion;
    } else {
        match code >> 3 {
            0 => (),
            2 => kind = RegionKind::Skipped,
            tag @ (4 | 6) => {
                kind = RegionKind::Branch;
                counter = read_counter(cursor, expressions)?;
                read_counter(cursor, expressions)?;
                // Conditions of a decision add the numbers that join them.
                for _ in 0..if tag == 6 { 3 } else { 0 } {
                    cursor.small()?;
                }
            }
            5 => {
                kind = RegionKind::Branch;
                cursor.small()?;
                cursor.small()?;
            }
            _ => return Err(cursor.broken()),
        }
    }
    let first = line.checked_add(cursor.small()?);
    let first = first.ok_or_else(|| cursor.broken())?;
    let (mut column, lines, mut last_column) = (cursor.small()?, cursor.small()?, cursor.small()?);
    let last = first.checked_add(lines).ok_or_else(|| cursor.broken())?;
    if last_column & GAP_BIT != 0 {
        kind = RegionKind::Gap;
        last_column &= !GAP_BIT;
    }
    if column == 0 && last_column == 0 {
        // An empty region stands for whole lines.
        (column, last_column) = (1, u32::MAX);
    }
    let (start, end) = (Position::new(first, column), Position::new(last, last_column));
    Ok(MappedRegion { file, kind, counter, start, end })
}
