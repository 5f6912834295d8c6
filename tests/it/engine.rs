//! The coverage engine on the crate in `tests/fixtures/engine`, compared with committed reports.
//!
//! `measured.json` is what `measure --json` prints. `lines.txt` shows the crate line by line, with
//! the count before and after what is no production code was taken away: the first column equals
//! what `llvm-cov export -format=lcov` prints, which `benches/llvm_cov_agreement.rs` compares.
//!
//! To renew them: run the test, read the differences it prints, and if each of them is right copy
//! the files that it names at the end.

#![expect(clippy::disallowed_methods, reason = "tests prepare folders")]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use camino::Utf8PathBuf;
use rustchain::cargo::{Selection, Surroundings, Workshop};
use rustchain::coverage::{FileCoverage, Position, Ratio, Summary};
use rustchain::measure::{Measured, Options, run as measure};
use rustchain::sys::Stop;

use crate::harness::{Project, run};

/// Where the crate and the reports are, from the root of the repository.
const FIXTURE: &str = "tests/fixtures/engine";

/// Its files, as the compiler finds them; what is not production code comes last.
const FILES: &[&str] = &[
    "src/lib.rs",
    "src/crates.rs",
    "src/macros.rs",
    "src/main.rs",
    "src/shared/ladder.rs",
    "src/side/cart.rs",
    "src/side/mod.rs",
    "src/sample.rs",
    "src/side/cart/tests.rs",
    "tests/whole.rs",
];

#[test]
fn a_report_is_as_expected_before_and_after_the_subtraction() {
    let project = project();
    let done = run(&project, &["measure", "--json"]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    let measured = measured(&project);
    let shown = lines(&measured);
    let release = &measured.release;
    let differences: Vec<String> = [("measured.json", &*done.stdout), ("lines.txt", &shown)]
        .map(|(name, found)| unlike(name, found))
        .concat();
    assert!(differences.is_empty(), "with rustc {release}:\n{}", differences.join("\n"));
    // The files cannot be renewed into something that takes nothing away.
    let (raw, counted) = (measured.raw.total().lines, measured.report.total().lines);
    assert!(counted.coverable < raw.coverable && counted.covered < raw.covered);
    for file in FILES.iter().rev().take(3) {
        assert!(measured.raw.files.contains_key(*file), "{file}");
        assert!(!measured.report.files.contains_key(*file), "{file}");
    }
}

/// The crate of the fixture.
fn project() -> Project {
    let project = Project::new();
    project.write(
        "Cargo.toml",
        "[package]\nname = \"orchard\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\
         [features]\nnever = []\n",
    );
    for file in FILES {
        let text = fs::read_to_string(fixture(file)).expect(file);
        project.write(file, &text);
    }
    project
}

/// A path in the fixture.
fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(FIXTURE).join(name)
}

/// The same measurement through the library, which has the raw report too; it finds the crate
/// built.
fn measured(project: &Project) -> Measured {
    let path = |path: PathBuf| Utf8PathBuf::from_path_buf(path).expect("UTF-8");
    let surroundings = Surroundings {
        cache: path(project.home().join("cache/rustchain")),
        cargo_home: path(project.home()),
        program: env!("CARGO_BIN_EXE_rustchain").into(),
        workspace_wrapper: None,
    };
    let stop = Stop::never();
    let workshop = Workshop::open(&path(project.path("")), surroundings, &stop).expect("a lane");
    let measured = measure(&workshop, &Selection::default(), &Options::default(), &stop);
    let measured = measured.expect("measured");
    assert_eq!(measured.binaries_run, 0, "what the program measured is known");
    measured
}

/// The crate line by line, and what else the report knows of each file.
fn lines(measured: &Measured) -> String {
    let mut shown = String::new();
    for (file, raw) in &measured.raw.files {
        let none = FileCoverage::default();
        let counted = measured.report.files.get(file).unwrap_or(&none);
        let text = fs::read_to_string(fixture(file)).expect(file);
        let _ = writeln!(shown, "== {file}\n   raw counted");
        for (number, line) in (1..).zip(text.lines()) {
            let count =
                |of: &FileCoverage| of.lines.get(&number).map_or_else(String::new, u64::to_string);
            let line = format!("{:>6} {:>7} | {line}", count(raw), count(counted));
            let _ = writeln!(shown, "{}", line.trim_end());
        }
        let total = |of: &FileCoverage| {
            let Summary { regions, functions, .. } = of.summary();
            format!("regions {}, functions {}", share(regions), share(functions))
        };
        let _ = writeln!(shown, "raw: {}\ncounted: {}", total(raw), total(counted));
        for region in raw.regions.iter().filter(|region| region.count == 0) {
            let mark = if counted.regions.contains(region) { "" } else { " (not counted)" };
            let (start, end) = (at(region.start), at(region.end));
            let _ = writeln!(shown, "no run: region {start} to {end}{mark}");
        }
        for function in &counted.functions {
            let _ = writeln!(shown, "function {}: {}", at(function.start), function.count);
        }
        for path in &counted.error_paths {
            let display = if path.display { ", display" } else { "" };
            let _ = writeln!(shown, "error path {}: {}{display}", at(path.at), path.count);
        }
    }
    shown
}

/// A ratio in full.
fn share(ratio: Ratio) -> String {
    format!("{} of {}", ratio.covered, ratio.coverable)
}

/// A position.
fn at(position: Position) -> String {
    format!("{}:{}", position.line, position.column)
}

/// How a report differs from what is expected, and how to accept it.
fn unlike(name: &str, found: &str) -> Vec<String> {
    let expected = fs::read_to_string(fixture(name)).unwrap_or_default();
    if expected == *found {
        return Vec::new();
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("engine");
    fs::create_dir_all(&folder).expect("a folder");
    let accepted = folder.join(name);
    fs::write(&accepted, found).expect("written");
    let differences = similar::TextDiff::from_lines(&*expected, found);
    let differences = differences.unified_diff().context_radius(2).to_string();
    let copy = format!("cp {} {FIXTURE}/{name}", accepted.display());
    vec![format!("{FIXTURE}/{name} differs:\n{differences}if that is right: {copy}")]
}
