//! Error paths: the `?` operators among the regions.

use super::model::{ErrorPath, Position, Region, Report};

/// Finds the error paths of every file in its text.
///
/// LLVM gives the early return of each `?` a region of its own, exactly one byte wide; its count
/// says how often an error left there. `text` returns the text of a file of the report, or nothing
/// if it cannot be read: such a file has no error paths. `fmt_lines` returns the lines of the `fmt`
/// methods of a file, whose error paths are marked as display.
pub fn mark_error_paths(
    report: &mut Report,
    text: &dyn Fn(&str) -> Option<String>,
    fmt_lines: &dyn Fn(&str) -> Vec<(u32, u32)>,
) {
    for (file, coverage) in &mut report.files {
        let mut narrow = coverage.regions.iter().filter(|region| is_one_byte(region)).peekable();
        if narrow.peek().is_none() {
            continue;
        }
        let Some(text) = text(file) else { continue };
        let fmt = fmt_lines(file);
        // The compiler does not count a byte order mark as a column.
        let text = text.trim_start_matches('\u{feff}');
        let lines: Vec<&[u8]> = text.as_bytes().split(|byte| *byte == b'\n').collect();
        let marks = narrow.filter(|region| byte_at(&lines, region.start) == Some(b'?'));
        let marks = marks.map(|region| ErrorPath {
            at: region.start,
            count: region.count,
            display: fmt.iter().any(|(first, last)| (*first..=*last).contains(&region.start.line)),
        });
        coverage.error_paths = marks.collect();
    }
}

/// Whether a region is exactly one byte wide.
fn is_one_byte(region: &Region) -> bool {
    region.start.line == region.end.line
        && region.start.column.checked_add(1) == Some(region.end.column)
}

/// The byte at a position.
fn byte_at(lines: &[&[u8]], at: Position) -> Option<u8> {
    let line = usize::try_from(at.line.checked_sub(1)?).ok()?;
    let column = usize::try_from(at.column.checked_sub(1)?).ok()?;
    lines.get(line)?.get(column).copied()
}
