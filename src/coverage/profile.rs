//! Raw profiles: what an instrumented program writes when it ends.
//!
//! The format is LLVM's (`InstrProfData.inc`, versions 8 to 10; rustc 1.95 writes version 10): a
//! header of numbers, one record per function, the counters, bitmaps, the function names, tables
//! of virtual functions and value data. A file may hold several profiles, one after the other.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::{Error, Result};

use super::bytes::Cursor;

/// The first eight bytes of a raw profile of a 64-bit little-endian program.
const MAGIC: [u8; 8] = *b"\x81rforpl\xff";

/// The same for 32-bit programs, which are not supported.
const MAGIC_32: [u8; 8] = *b"\x81Rforpl\xff";

/// The upper byte of the version tells variants apart; these have no counters of eight bytes in
/// the file (single-byte counters, correlation by debug info).
const VARIANTS_REFUSED: u64 = 0b11_0000 << 56;

/// The version without its variant.
const VERSION_MASK: u64 = (1 << 56) - 1;

/// Most counters one function may have, as a guard against damaged files.
const FUNCTION_COUNTERS_MAX: u32 = 1 << 24;

/// The counters of every function that an instrumented program ran, summed over all its runs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Profile {
    counters: BTreeMap<(u64, u64), Vec<u64>>,
    names: BTreeSet<u64>,
    conflicts: usize,
    /// Whether functions that never ran are left out.
    only_what_ran: bool,
}

impl Profile {
    /// Creates a profile in which nothing ran.
    pub fn new() -> Self {
        Self::default()
    }

    /// Creates a profile that keeps the functions that ran and none of the others: for programs
    /// with many functions of which each run uses few.
    pub fn of_what_ran() -> Self {
        Self { only_what_ran: true, ..Self::default() }
    }

    /// Adds the raw profiles in `bytes`, the content of one `.profraw` file.
    ///
    /// An empty file, as a killed program leaves it, adds nothing.
    ///
    /// # Errors
    ///
    /// Returns an error for bytes that are no raw profile, that end too early, or whose version is
    /// not known; then nothing has been added of the profile that was at fault.
    pub fn read(&mut self, bytes: &[u8]) -> Result<()> {
        let mut cursor = Cursor::new(bytes, "raw profile");
        cursor.skip_zeros();
        while 0 < cursor.left() {
            self.read_one(&mut cursor)?;
            cursor.skip_zeros();
        }
        Ok(())
    }

    /// Returns the counters of a function by the hashes of its name and of its structure.
    pub fn counters(&self, name_hash: u64, hash: u64) -> Option<&[u64]> {
        self.counters.get(&(name_hash, hash)).map(Vec::as_slice)
    }

    /// Returns whether a function of this name is in the profile, with whatever structure.
    pub fn knows(&self, name_hash: u64) -> bool {
        self.names.contains(&name_hash)
    }

    /// Returns how many records were left out since an earlier one of the same function had
    /// another number of counters.
    pub fn conflicts(&self) -> usize {
        self.conflicts
    }

    /// Returns the functions that ran, by the hashes of their names and of their structures.
    pub fn ran(&self) -> impl Iterator<Item = (u64, u64)> {
        let ran = |counters: &[u64]| counters.iter().any(|count| *count != 0);
        self.counters.iter().filter(move |(_, counters)| ran(counters)).map(|(key, _)| *key)
    }

    /// Adds the counts of `other`.
    pub fn merge(&mut self, other: &Self) {
        for (key, counters) in &other.counters {
            self.add(*key, counters.clone());
        }
        self.conflicts += other.conflicts;
    }

    /// Reads one profile and adds it.
    fn read_one(&mut self, cursor: &mut Cursor<'_>) -> Result<()> {
        let header = Header::read(cursor)?;
        let record_bytes = header.record_bytes();
        let records = cursor.take(checked(header.records, record_bytes, cursor)?)?;
        cursor.take(header.padding_before)?;
        let counters = cursor.take(checked(header.counters, 8, cursor)?)?;
        cursor.take(header.padding_after)?;
        cursor.take(header.bitmap_bytes)?;
        cursor.take(header.bitmap_padding)?;
        take_padded(cursor, header.names_bytes)?;
        cursor.take(checked(header.tables, 24, cursor)?)?;
        take_padded(cursor, header.table_names_bytes)?;

        let mut delta = header.counters_delta;
        let mut found = Vec::new();
        let mut with_values = 0_usize;
        let step = usize::try_from(record_bytes).map_err(|_| cursor.broken())?;
        for bytes in records.chunks_exact(step) {
            let record = Record::read(bytes, &header)?;
            // The pointer is relative to its own record.
            let offset = record.pointer.wrapping_sub(delta);
            delta = delta.wrapping_sub(record_bytes);
            let values = slice(counters, offset, record.count).ok_or_else(|| cursor.broken())?;
            with_values += usize::from(record.has_values);
            if !self.only_what_ran || values.iter().any(|number| *number != [0; 8]) {
                let values = values.iter().map(|number| u64::from_le_bytes(*number)).collect();
                found.push(((record.name_hash, record.hash), values));
            }
        }
        for _ in 0..with_values {
            skip_values(cursor)?;
        }
        for (key, values) in found {
            self.add(key, values);
        }
        Ok(())
    }

    /// Adds the counters of one function.
    pub(super) fn add(&mut self, key: (u64, u64), counters: Vec<u64>) {
        self.names.insert(key.0);
        let Some(known) = self.counters.get_mut(&key) else {
            self.counters.insert(key, counters);
            return;
        };
        if known.len() != counters.len() {
            self.conflicts += 1;
            return;
        }
        for (sum, count) in known.iter_mut().zip(counters) {
            *sum = sum.saturating_add(count);
        }
    }
}

/// The numbers at the start of a raw profile.
struct Header {
    version: u64,
    records: u64,
    padding_before: u64,
    counters: u64,
    padding_after: u64,
    bitmap_bytes: u64,
    bitmap_padding: u64,
    names_bytes: u64,
    counters_delta: u64,
    tables: u64,
    table_names_bytes: u64,
}

impl Header {
    /// Reads the header and the build ids after it.
    fn read(cursor: &mut Cursor<'_>) -> Result<Self> {
        let magic = cursor.take(8).ok().filter(|magic| *magic == MAGIC);
        if magic.is_none() {
            return Err(no_profile(cursor));
        }
        let version = cursor.u64()?;
        let (variant, version) = (version & !VERSION_MASK, version & VERSION_MASK);
        if !(8..=10).contains(&version) || variant & VARIANTS_REFUSED != 0 {
            return Err(unknown_version("raw profile", version));
        }
        let ids = cursor.u64()?;
        let records = cursor.u64()?;
        let padding_before = cursor.u64()?;
        let counters = cursor.u64()?;
        let padding_after = cursor.u64()?;
        let bitmap_bytes = if 9 <= version { cursor.u64()? } else { 0 };
        let bitmap_padding = if 9 <= version { cursor.u64()? } else { 0 };
        let names_bytes = cursor.u64()?;
        let counters_delta = cursor.u64()?;
        let _bitmap_delta = if 9 <= version { cursor.u64()? } else { 0 };
        let _names_delta = cursor.u64()?;
        let tables = if 10 <= version { cursor.u64()? } else { 0 };
        let table_names_bytes = if 10 <= version { cursor.u64()? } else { 0 };
        let _last_value_kind = cursor.u64()?;
        cursor.take(ids)?;
        Ok(Self {
            version,
            records,
            padding_before,
            counters,
            padding_after,
            bitmap_bytes,
            bitmap_padding,
            names_bytes,
            counters_delta,
            tables,
            table_names_bytes,
        })
    }

    /// How many bytes the record of one function has.
    fn record_bytes(&self) -> u64 {
        if 9 <= self.version { 64 } else { 48 }
    }
}

/// What a profile says of one function.
struct Record {
    name_hash: u64,
    hash: u64,
    pointer: u64,
    count: u32,
    /// Whether value data follow for this function.
    has_values: bool,
}

impl Record {
    /// Reads the record of one function.
    fn read(bytes: &[u8], header: &Header) -> Result<Self> {
        let mut cursor = Cursor::new(bytes, "raw profile");
        let (name_hash, hash, pointer) = (cursor.u64()?, cursor.u64()?, cursor.u64()?);
        // Between lie pointers to the bitmap (from version 9), the function and its values.
        cursor.take(if 9 <= header.version { 24 } else { 16 })?;
        let count = cursor.u32()?;
        if FUNCTION_COUNTERS_MAX < count {
            return Err(cursor.broken());
        }
        // One number of two bytes for each kind of value: two kinds, three from version 10.
        let sites = cursor.take(if 10 <= header.version { 6 } else { 4 })?;
        let has_values = sites.iter().any(|byte| *byte != 0);
        Ok(Self { name_hash, hash, pointer, count, has_values })
    }
}

/// The `count` counters that begin `offset` bytes into the section.
fn slice(section: &[u8], offset: u64, count: u32) -> Option<&[[u8; 8]]> {
    let start = usize::try_from(offset).ok()?;
    let bytes = usize::try_from(count).ok()?.checked_mul(8)?;
    Some(section.get(start..start.checked_add(bytes)?)?.as_chunks::<8>().0)
}

/// Skips the value data of one function, which begin with their own length.
fn skip_values(cursor: &mut Cursor<'_>) -> Result<()> {
    let bytes = cursor.u32()?;
    let rest = bytes.checked_sub(4).ok_or_else(|| cursor.broken())?;
    cursor.take(u64::from(rest)).map(drop)
}

/// Takes a block and the zeros that fill it up to a multiple of eight bytes.
fn take_padded(cursor: &mut Cursor<'_>, bytes: u64) -> Result<()> {
    let padded = bytes.checked_next_multiple_of(8).ok_or_else(|| cursor.broken())?;
    cursor.take(padded).map(drop)
}

/// The length of `count` things of `bytes` bytes.
fn checked(count: u64, bytes: u64, cursor: &Cursor<'_>) -> Result<u64> {
    count.checked_mul(bytes).ok_or_else(|| cursor.broken())
}

/// The error for bytes that do not begin as a raw profile.
fn no_profile(cursor: &Cursor<'_>) -> Error {
    let foreign = MAGIC_32.as_slice();
    let reversed: Vec<u8> = MAGIC.iter().rev().copied().collect();
    let start = cursor.whole().get(..8).unwrap_or_default();
    if start == foreign || start == reversed {
        return Error::environment("raw profiles of this platform are not supported")
            .hint("measure on a 64-bit little-endian platform, or with `cargo llvm-cov`");
    }
    Error::environment("not a raw profile").hint("`.profraw` files are expected here")
}

/// The error for a format that is newer or older than what is known.
pub(super) fn unknown_version(what: &str, version: u64) -> Error {
    Error::environment(format!("the {what} has version {version}, which is not known"))
        .hint("measure with `llvm-profdata` and `llvm-cov` of the toolchain (`llvm-tools`)")
        .hint("or with `cargo llvm-cov`")
}
