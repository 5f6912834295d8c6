//! Tests of the registry through its interface, in temporary folders.

use camino::Utf8Path;

use super::*;
use crate::coverage::Ratio;
use crate::error::Kind;
use crate::sys::fs;

const VERSION_1: &str = include_str!("../../tests/formats/registry-1.json");
const VERSION_2: &str = include_str!("../../tests/formats/registry-2.json");

fn measurement(covered: u64, coverable: u64) -> Measurement {
    Measurement {
        covered,
        coverable,
        error_paths: Ratio { covered: covered / 3, coverable: coverable / 3 },
        tool: "rustchain".to_owned(),
        tool_version: "0.1.0".to_owned(),
        commit: None,
        measured_at: "2026-11-21T02:25:00Z".to_owned(),
    }
}

fn registry() -> Registry {
    let mut registry = Registry::default();
    let mut row = Row::new("library", 85.0, &measurement(1, 3));
    row.mission = Some("001_money".to_owned());
    registry.upsert(Utf8Path::new("src/money.rs"), row).expect("valid");
    let row = Row::new("library", 85.0, &measurement(9, 10));
    registry.upsert(Utf8Path::new("src/a.rs"), row).expect("valid");
    registry.set_written(Utf8Path::new("src/money.rs"), b"text");
    registry
}

struct Project {
    folder: tempfile::TempDir,
}

impl Project {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder") }
    }

    fn root(&self) -> &Utf8Path {
        Utf8Path::from_path(self.folder.path()).expect("UTF-8")
    }

    fn write(&self, text: &str) {
        fs::write_atomic(&path(self.root()), text.as_bytes()).expect("written");
    }

    fn read(&self) -> String {
        fs::read_to_string(&path(self.root())).expect("readable")
    }
}

#[test]
fn the_file_is_stable_and_reads_back() {
    let project = Project::new();
    registry().save(project.root()).expect("saved");
    assert_eq!(project.read(), VERSION_2);
    let read = Registry::load(project.root()).expect("readable");
    assert_eq!(read, registry());
}

#[test]
fn a_file_of_the_first_version_can_be_read() {
    let project = Project::new();
    project.write(VERSION_1);
    let read = Registry::load(project.root()).expect("readable");
    for (file, row) in registry().rows() {
        let old = read.row(Utf8Path::new(file)).expect("there");
        assert_eq!(*old, Row { error_paths: None, ..row.clone() });
    }
    read.save(project.root()).expect("saved");
    assert!(project.read().contains("\"version\": 2"));
    assert!(!project.read().contains("error_paths"), "what is not known is not written");
}

#[test]
fn no_file_is_an_empty_registry() {
    let project = Project::new();
    assert_eq!(Registry::load(project.root()).expect("empty"), Registry::default());
}

#[test]
fn b16_a_damaged_or_newer_file_is_refused_and_stays() {
    let cases = [
        String::new(),
        VERSION_2.chars().take(200).collect(),
        VERSION_2.replacen("\"covered\": 9,\n      \"error", "\"covered\": 8,\n      \"error", 1),
        VERSION_2.replacen("\"target\"", "\"tarket\"", 1),
        VERSION_2.replacen("\"version\": 2", "\"version\": 3", 1),
        VERSION_2.replacen("\"version\": 2,", "", 1),
        "[]".to_owned(),
    ];
    for text in cases {
        let project = Project::new();
        registry().save(project.root()).expect("saved");
        Registry::default().save(project.root()).expect("saved");
        project.write(&text);
        let loaded = Registry::load(project.root()).map(drop);
        let saved = registry().save(project.root());
        for error in [loaded.expect_err(&text), saved.expect_err(&text)] {
            assert_eq!(error.kind(), Kind::Environment, "{text}");
            assert!(error.message().contains("registry/coverage.json"), "{error}");
            let hints = error.hints().concat();
            assert!(hints.contains(".rustchain/registry/coverage.json"), "{hints}");
        }
        assert_eq!(project.read(), text);
        let previous = fs::read_to_string(&previous_path(project.root()));
        assert_eq!(previous.expect("kept"), VERSION_2);
    }
}

#[test]
fn a_file_merged_by_hand_is_accepted_without_its_checksum() {
    let project = Project::new();
    let lines = VERSION_2.lines().filter(|line| !line.contains("checksum"));
    let merged: Vec<&str> = lines.collect();
    project.write(&merged.join("\n").replacen("\"covered\": 9", "\"covered\": 8", 1));
    let registry = Registry::load(project.root()).expect("readable");
    registry.save(project.root()).expect("saved");
    assert!(project.read().contains("checksum"));
    assert_eq!(registry.row(Utf8Path::new("src/a.rs")).map(|row| row.covered), Some(8));
}

#[test]
fn the_baseline_of_a_file_stays() {
    let mut registry = registry();
    let file = Utf8Path::new("src/money.rs");
    let row = Row::new("library", 85.0, &measurement(3, 3));
    registry.upsert(file, row).expect("valid");
    let row = registry.row(file).expect("there");
    assert_eq!((row.baseline, row.percent, row.priority), (33.33, 100.0, Priority::Low));
}

#[test]
fn a_path_outside_and_impossible_numbers_are_refused() {
    let mut registry = Registry::default();
    let row = Row::new("library", 85.0, &measurement(1, 3));
    for path in ["../a.rs", "/a.rs", "", "src/../../a.rs"] {
        let error = registry.upsert(Utf8Path::new(path), row.clone()).expect_err(path);
        assert_eq!(error.kind(), Kind::Internal);
    }
    let file = Utf8Path::new("a.rs");
    for bad in [f64::NAN, 101.0, -1.0] {
        assert!(registry.upsert(file, Row { target: bad, ..row.clone() }).is_err(), "{bad}");
    }
    assert!(registry.upsert(file, Row { covered: 4, ..row }).is_err());
}

#[test]
fn b28_only_the_content_written_last_is_our_own() {
    let registry = registry();
    assert!(registry.is_own(Utf8Path::new("src/money.rs"), b"text"));
    assert!(!registry.is_own(Utf8Path::new("src/money.rs"), b"edited"));
    assert!(!registry.is_own(Utf8Path::new("src/a.rs"), b"text"));
}

#[test]
fn a_percentage_is_rounded_down_and_decides_the_priority() {
    for (covered, coverable, percent) in [(99_999, 100_000, "99.99"), (0, 0, "100.00")] {
        assert_eq!(format!("{:.2}", measurement(covered, coverable).percent()), percent);
    }
    let cases = [
        (49.99, 85.0, Priority::High),
        (50.0, 85.0, Priority::Medium),
        (85.0, 85.0, Priority::Low),
        (30.0, 30.0, Priority::Low),
    ];
    for (percent, target, priority) in cases {
        assert_eq!(Priority::of(percent, target), priority, "{percent} of {target}");
    }
}

#[test]
fn the_table_begins_with_what_needs_tests_most() {
    let table = table(&registry());
    let lines: Vec<String> = table.iter().map(|cells| cells.join(" | ")).collect();
    assert_eq!(
        lines,
        [
            "src/money.rs | 33.3 % | 33.3 % | 0.0 % | 85 % | high | pending | 0",
            "src/a.rs | 90.0 % | 90.0 % | 100.0 % | 85 % | low | pending | 0",
        ]
    );
}
