//! Reports in the lcov format.

use std::fmt::Write as _;

use super::model::Report;

/// Returns the report as an lcov tracefile, with lines and functions.
pub fn lcov(report: &Report) -> String {
    let mut text = String::new();
    for (file, coverage) in &report.files {
        let mut write = |line: std::fmt::Arguments<'_>| {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{line}");
        };
        let summary = coverage.summary();
        write(format_args!("SF:{file}"));
        for function in &coverage.functions {
            write(format_args!("FN:{},{}", function.start.line, function.name));
        }
        for function in &coverage.functions {
            write(format_args!("FNDA:{},{}", function.count, function.name));
        }
        write(format_args!("FNF:{}", summary.functions.coverable));
        write(format_args!("FNH:{}", summary.functions.covered));
        for (line, count) in &coverage.lines {
            write(format_args!("DA:{line},{count}"));
        }
        write(format_args!("LF:{}", summary.lines.coverable));
        write(format_args!("LH:{}", summary.lines.covered));
        write(format_args!("end_of_record"));
    }
    text
}
