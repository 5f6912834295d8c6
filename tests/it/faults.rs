//! Writes that fail half-way: the state stays as it was, the exit code is 6, and with space again
//! the work goes on.
//!
//! A shell limits the size of files and ignores the signal for it, so that writes end short or
//! fail as on a full disk. With the limit rising from nothing, every write of a command fails once.

#![expect(clippy::disallowed_methods, reason = "a test starts programs and reads its environment")]

use std::fs;
use std::path::Path;
use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};
use rustchain::coverage::Ratio;
use rustchain::error::Kind;
use rustchain::journal::{self, Change, Journal, Outcome};
use rustchain::registry::{self, Measurement, Registry, Row};
use rustchain::sys::Clock;
use serde_json::json;

/// Limits the size of files to `$1` blocks of 512 or 1024 bytes and becomes the rest.
const LIMITED: &str = r#"trap "" XFSZ; ulimit -f "$1"; shift; exec "$@""#;

/// More blocks than any of the writes needs.
const BLOCKS: u32 = 24;

/// The variable that makes a test of this file the child of another.
const CHILD: &str = "RUSTCHAIN_TEST_FAULT_FOLDER";

/// A program whose files cannot grow beyond `blocks`.
fn limited(blocks: u32, program: &Path) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", LIMITED, "sh", &blocks.to_string()]).arg(program);
    command
}

/// Runs one of the children below under a limit and returns what it said.
fn child(test: &str, blocks: u32, folder: &Utf8Path) -> String {
    let this = std::env::current_exe().expect("the path of the tests");
    let mut command = limited(blocks, &this);
    command.args(["--exact", test, "--nocapture"]).env(CHILD, folder);
    let output = command.output().expect("it starts");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    let said = text.lines().find_map(|line| line.rsplit_once("said: "));
    said.expect("it says something").1.to_owned()
}

/// The folder for a child, if this process is one.
fn child_folder() -> Option<Utf8PathBuf> {
    std::env::var(CHILD).ok().map(Utf8PathBuf::from)
}

/// A temporary folder, and its path.
fn folder() -> (tempfile::TempDir, Utf8PathBuf) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = Utf8PathBuf::from_path_buf(folder.path().to_owned()).expect("UTF-8");
    (folder, path)
}

/// A registry with as many files.
fn registry_of(files: u64) -> Registry {
    let mut registry = Registry::default();
    for number in 0..files {
        let measurement = Measurement {
            covered: number,
            coverable: files,
            error_paths: Ratio { covered: number, coverable: files },
            tool: "rustchain".to_owned(),
            tool_version: "0.1.0".to_owned(),
            commit: None,
            measured_at: "2026-11-21T02:25:00Z".to_owned(),
        };
        let row = Row::new("library", 85.0, &measurement);
        registry.upsert(format!("src/{number}.rs").as_str().into(), row).expect("valid");
    }
    registry
}

#[test]
fn b15_a_registry_that_cannot_be_saved_stays_as_it_was() {
    let (_folder, root) = folder();
    registry_of(3).save(&root).expect("saved");
    let old = fs::read(registry::path(&root)).expect("written");
    let mut failures = 0;
    for blocks in 0..BLOCKS {
        if child("faults::a_child_saves_a_registry", blocks, &root) == "saved" {
            break;
        }
        failures += 1;
        assert_eq!(fs::read(registry::path(&root)).expect("there"), old, "{blocks} blocks");
        assert_eq!(files_in(&root.join("registry")), ["coverage.json"], "{blocks} blocks");
    }
    assert!(0 < failures && failures < BLOCKS, "{failures}");
    assert_eq!(Registry::load(&root).expect("readable"), registry_of(20));
}

#[test]
fn a_child_saves_a_registry() {
    let Some(root) = child_folder() else { return };
    match registry_of(20).save(&root) {
        Ok(()) => println!("said: saved"),
        Err(error) => {
            assert_eq!(error.kind(), Kind::Environment, "{error}");
            println!("said: refused");
        }
    }
}

#[test]
fn b15_a_journal_that_cannot_grow_keeps_whole_events_and_goes_on_later() {
    for blocks in 0..8 {
        let (_folder, root) = folder();
        let said = child("faults::a_child_writes_events", blocks, &root);
        let Ok(written) = said.parse::<usize>() else {
            assert_eq!(said, "refused", "{blocks} blocks");
            continue;
        };
        assert!(written < 50, "{blocks} blocks do not hold {written} events");
        let run = journal::runs(&root).expect("listed").pop().expect("one run");
        let history = journal::events(&root, &run).expect("readable");
        assert_eq!((history.events.len(), history.torn_bytes), (written, 0), "{blocks} blocks");
        let journal = Journal::reopen(&root, Clock::real(), &run).expect("no owner is left");
        journal.event("run.resumed", json!({})).expect("there is space again");
        assert_eq!(journal::events(&root, &run).expect("readable").events.len(), written + 1);
    }
}

#[test]
fn a_child_writes_events() {
    let Some(root) = child_folder() else { return };
    let journal = match Journal::create(&root, Clock::real(), &json!({})) {
        Ok(journal) => journal,
        Err(error) => {
            assert_eq!(error.kind(), Kind::Environment, "{error}");
            return println!("said: refused");
        }
    };
    let written = (0..50).filter(|number| {
        // Of different sizes, so that a later one may fit where another one did not.
        let text = "x".repeat(200 - 2 * number);
        journal.event("noted", json!({ "text": text })).is_ok()
    });
    println!("said: {}", written.count());
}

#[test]
fn b15_an_undo_without_space_changes_whole_files_and_goes_on_later() {
    let before = "// a line of the file\n".repeat(100);
    let after = format!("{before}// added\n");
    let (mut failures, mut done) = (0, false);
    for blocks in 0..BLOCKS {
        let (_folder, root) = folder();
        let file = root.join("src/a.rs");
        fs::create_dir_all(root.join("src")).expect("made");
        let journal = Journal::create(&root, Clock::real(), &json!({})).expect("a run");
        let blocks_added = vec!["// added\n".to_owned()];
        let change = Change::inserted("src/a.rs", &before, &after, blocks_added).expect("valid");
        let change = journal.record_change(&change, Some(before.as_bytes()));
        let id = change.expect("recorded").id;
        journal.settle(vec![id], Outcome::Kept).expect("settled");
        fs::write(&file, &after).expect("written");
        drop(journal);
        let undo = |mut command: Command| {
            command.args(["undo", "last", "--project", root.as_str()]);
            command.env("XDG_CACHE_HOME", root.join("cache")).output().expect("it starts")
        };
        let program = Path::new(env!("CARGO_BIN_EXE_rustchain"));
        let output = undo(limited(blocks, program));
        let text = fs::read_to_string(&file).expect("there");
        done = output.status.success();
        if !done {
            failures += 1;
            let said = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(6), "{blocks} blocks: {said}");
            assert!(text == after || text == before, "{blocks} blocks: half a file");
            assert!(undo(Command::new(program)).status.success(), "{blocks} blocks");
        }
        assert_eq!(fs::read_to_string(&file).expect("there"), before, "{blocks} blocks");
        assert_eq!(files_in(&root.join("src")), ["a.rs"], "{blocks} blocks");
        if done {
            break;
        }
    }
    assert!(0 < failures && done, "{failures}");
}

/// The names of what is in a folder.
fn files_in(folder: &Utf8Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("readable"));
    entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}
