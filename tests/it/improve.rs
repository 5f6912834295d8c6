//! `rustchain improve` on a plain crate: what it adds, what it leaves alone, and taking it back.
//!
//! One crate is improved once; most tests look at what that left.

#![expect(clippy::disallowed_methods, reason = "tests prepare folders and start cargo")]

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;
use std::sync::OnceLock;

use serde_json::Value as Json;

use crate::harness::{Done, Project, remove_at_exit, run, run_in, share_runtime};

/// The root of the crate, with tests of its own: one reads a file of the crate, one writes into
/// its folder, which no box allows.
const LIB: &str = r#"#!/usr/bin/env rust-script
//! Signs and money.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub mod money;

/// Names the sign of a number.
pub fn sign(number: i32) -> &'static str {
    if number < 0 {
        "negative"
    } else if number == 0 {
        "zero"
    } else {
        "positive"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minus_one_is_negative() { assert_eq!(sign( -1 ), "negative"); }

    #[test]
    fn the_greeting_is_there() {
        assert_eq!(std::fs::read_to_string("data/greeting.txt").unwrap(), "hello\n");
    }

    #[test]
    fn a_note_can_be_left_in_the_folder() {
        std::fs::write("note.txt", "note").unwrap();
        std::fs::remove_file("note.txt").unwrap();
    }
}
"#;

/// A module without tests; in the crate it has a byte order mark and lines that end with CR LF.
const MONEY: &str = r#"//! Money.

/// Reads an amount as cents.
pub fn cents(text: &str) -> Result<u32, String> {
    let (whole, part) = text.split_once('.').ok_or("no point")?;
    let whole: u32 = whole.parse().map_err(|_| "no number".to_owned())?;
    let part: u32 = part.parse().map_err(|_| "no cents".to_owned())?;
    if 99 < part {
        return Err("too many cents".to_owned());
    }
    Ok(whole.saturating_mul(100).saturating_add(part))
}
"#;

/// A test of the crate from outside.
const OUTSIDE: &str = "#[test]
fn money_is_read() {
    assert_eq!(plain::money::cents(\"1.5\"), Ok(105));
}
";

/// The crate as its author wrote it.
fn plain() -> Project {
    let project = Project::new();
    share_runtime(&project);
    project.write(
        "Cargo.toml",
        "[package]\nname = \"plain\"\nversion = \"0.1.0\"\nedition = \"2021\"\n",
    );
    project.write("src/lib.rs", LIB);
    project.write("src/money.rs", &format!("\u{feff}{}", MONEY.replace('\n', "\r\n")));
    project.write("tests/outside.rs", OUTSIDE);
    project.write("data/greeting.txt", "hello\n");
    project
}

/// The crate after `improve`.
struct Improved {
    project: Project,
    before: BTreeMap<String, Vec<u8>>,
    done: Done,
    events: Vec<Json>,
}

fn improved() -> &'static Improved {
    static IMPROVED: OnceLock<Improved> = OnceLock::new();
    IMPROVED.get_or_init(|| {
        let project = plain();
        remove_at_exit(&project.folder());
        let before = project.tree();
        let done = run(&project, &["improve", "--target", "100", "--format", "json"]);
        let events = done.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON"));
        let events = events.collect();
        Improved { project, before, done, events }
    })
}

impl Improved {
    /// The files of the crate now, without what belongs to rustchain.
    fn sources(&self) -> BTreeMap<String, Vec<u8>> {
        let mut tree = self.project.tree();
        tree.retain(|path, _| !path.starts_with(".rustchain/"));
        tree
    }

    /// A copy of the improved project that a test may change.
    fn copy(&self) -> Project {
        let copy = Project::new();
        for (path, bytes) in self.project.tree() {
            copy.write(&path, "");
            fs::write(copy.path(&path), bytes).expect("written");
        }
        copy
    }
}

/// The lines that a text has and another had not, if the old ones are all there in their order.
#[track_caller]
fn added(before: &str, after: &str) -> String {
    let mut old = before.split_inclusive('\n').peekable();
    let mut added = String::new();
    for line in after.split_inclusive('\n') {
        if old.peek() == Some(&line) {
            old.next();
        } else {
            added.push_str(line);
        }
    }
    assert_eq!(old.next(), None, "a line is gone from\n{after}");
    added
}

#[test]
fn improve_needs_no_git_and_no_configuration_and_reaches_the_target() {
    let improved = improved();
    assert_eq!(improved.done.code, 0, "{}{}", improved.done.stdout, improved.done.stderr);
    let last = improved.events.last().expect("events");
    assert_eq!(last["type"], "run.finished");
    assert_eq!(last["missions"]["completed"], 2);
    assert_eq!(last["after"]["lines"]["percent"], 100.0);
    assert_eq!(last["after"]["error_paths"]["covered"], 3);
    assert!(last["before"]["lines"]["percent"].as_f64() < Some(90.0), "{last}");
    assert!(last["tests_kept"].as_u64() >= Some(2), "{last}");
    for seconds in ["wall_seconds", "cpu_seconds"] {
        assert!(last[seconds].as_f64() > Some(0.0), "{seconds}");
    }
}

#[test]
fn improve_leaves_tests_and_a_folder_that_ignores_itself_and_nothing_else() {
    let improved = improved();
    let tree = improved.project.tree();
    let new: Vec<&String> =
        tree.keys().filter(|path| !improved.before.contains_key(*path)).collect();
    assert!(new.iter().all(|path| path.starts_with(".rustchain/")), "{new:?}");
    assert_eq!(tree[".rustchain/.gitignore"], b"*\n");
    for (path, bytes) in &improved.before {
        if !["src/lib.rs", "src/money.rs"].contains(&path.as_str()) {
            assert_eq!(&tree[path], bytes, "{path}");
        }
    }
}

#[test]
fn b9_production_code_and_existing_tests_keep_every_byte() {
    let improved = improved();
    let text = |tree: &BTreeMap<String, Vec<u8>>, path: &str| {
        String::from_utf8(tree[path].clone()).expect("UTF-8")
    };
    let now = improved.sources();
    let lib = added(&text(&improved.before, "src/lib.rs"), &text(&now, "src/lib.rs"));
    assert!(lib.contains("#[test]") && !lib.contains("mod tests"), "{lib}");
    let (before, after) = (text(&improved.before, "src/money.rs"), text(&now, "src/money.rs"));
    let money = after.strip_prefix(&before).expect("the new module stands at the end");
    assert!(money.contains("#[cfg(test)]\r\nmod tests {\r\n"), "{money}");
    assert_eq!(money.matches('\n').count(), money.matches("\r\n").count(), "{money}");
    for text in [&lib, money] {
        assert!(text.contains("// rustchain: generated"), "{text}");
    }
}

#[test]
fn a5_reports_count_error_paths_and_claim_no_branches() {
    let improved = improved();
    let tree = improved.project.tree();
    let text = |end: &str| {
        let found = tree.iter().find(|(path, _)| path.ends_with(end)).expect(end);
        String::from_utf8_lossy(found.1).into_owned()
    };
    let report = text("/report.md");
    assert!(
        report.contains("Error paths covered: 0 → 3 of 3. Branches: not measured."),
        "{report}"
    );
    assert!(
        report.contains("| src/money.rs | ") && report.contains(" | 0 → 3 of 3 | "),
        "{report}"
    );
    assert!(report.contains("| src/lib.rs | ") && report.contains(" | - | "), "{report}");
    let json: Json = serde_json::from_str(&text("/report.json")).expect("JSON");
    assert_eq!(json["before"]["error_paths"]["covered"], 0);
}

#[test]
fn a_test_that_fails_only_in_the_box_is_named_and_fails_nothing() {
    let improved = improved();
    let named = improved.events.iter().find(|event| event["type"] == "box.incompatible");
    let named = named.expect("the event is there");
    assert_eq!(named["tests"], serde_json::json!(["tests::a_note_can_be_left_in_the_folder"]));
    assert!(!improved.project.path("note.txt").exists());
}

#[test]
fn the_improved_crate_is_green_under_cargo_alone() {
    let improved = improved();
    let copy = improved.copy();
    let mut command = Command::new("cargo");
    command.args(["test", "--offline", "--quiet"]).current_dir(copy.path(""));
    command.env("CARGO_TARGET_DIR", copy.home().join("target")).env("RUSTFLAGS", "-D warnings");
    let output = command.output().expect("cargo starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}{said}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn improve_again_says_that_nothing_is_left_and_changes_nothing() {
    let improved = improved();
    // The lock names the process that owned the project last, whatever that did.
    let tree = || {
        let mut tree = improved.project.tree();
        assert!(tree.remove(".rustchain/lock").is_some());
        tree
    };
    let before = tree();
    let done = run_in(&improved.project, "src", &["improve", "--target", "100"]);
    assert_eq!((done.code, &*done.stdout), (0, ""), "{}", done.stderr);
    assert!(done.stderr.contains("nothing to do"), "{}", done.stderr);
    assert_eq!(tree(), before);
}

#[test]
fn undo_gives_every_byte_back() {
    let improved = improved();
    let copy = improved.copy();
    let shown = run(&copy, &["undo", "last", "--dry-run"]);
    assert_eq!(shown.code, 0, "{}", shown.stderr);
    let mut tree = copy.tree();
    tree.retain(|path, _| !path.starts_with(".rustchain/"));
    assert_eq!(tree, improved.sources(), "a dry run writes nothing");
    let done = run(&copy, &["undo", "last"]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    let mut tree = copy.tree();
    tree.retain(|path, _| !path.starts_with(".rustchain/"));
    assert_eq!(tree, improved.before);
}

#[test]
fn undo_keeps_what_was_written_later() {
    let copy = improved().copy();
    let edited = copy.read("src/lib.rs").replace("//! Signs and money.", "//! Signs, and money!");
    let edited = format!("{edited}\n/// Returns two.\npub fn two() -> u8 {{\n    2\n}}\n");
    copy.write("src/lib.rs", &edited);
    let done = run(&copy, &["undo", "last"]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    let expected = LIB.replace("//! Signs and money.", "//! Signs, and money!");
    let expected = format!("{expected}\n/// Returns two.\npub fn two() -> u8 {{\n    2\n}}\n");
    assert_eq!(copy.read("src/lib.rs"), expected);
    let run_folder = copy.path(".rustchain/runs").read_dir().expect("runs").count();
    assert_eq!(run_folder, 1, "the run is still there to be read");
}

#[test]
fn the_same_seed_gives_the_same_bytes_wherever_it_is_called() {
    let improved = improved();
    let again = plain();
    let args = ["improve", "--target", "100", "--quiet"];
    let done = run_in(&again, "data", &args);
    assert_eq!(done.code, 0, "{}", done.stderr);
    for path in ["src/lib.rs", "src/money.rs"] {
        assert_eq!(again.read(path), improved.project.read(path), "{path}");
    }
    assert!(!again.path("data/.rustchain").exists());
}
