//! Bringing an archived mission back.

use camino::Utf8Path;

use crate::error::Result;
use crate::mission;
use crate::sys::fs;

/// Writes an archived mission to its old place, without its result, and removes it from the
/// folder of the finished ones.
pub fn reopen(archived: &Utf8Path, place: &Utf8Path) -> Result<()> {
    let text = fs::read_to_string(archived)?;
    fs::write_atomic(place, mission::without_result(&text).as_bytes())?;
    fs::remove_file(archived)
}
