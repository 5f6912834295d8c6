//! Tests of the journal through its interface, in temporary folders.

use std::sync::{Arc, Mutex};

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::json;

use super::*;
use crate::error::Kind;
use crate::sys::{Clock, fs};

const BEFORE: &str = "fn one() {}\n";
const BLOCK: &str = "\n#[cfg(test)]\nmod tests {}\n";

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

    fn journal(&self) -> Journal {
        Journal::create(self.root(), Clock::real(), &json!({ "v": 1 })).expect("a new run")
    }

    fn write(&self, path: &str, text: &str) {
        fs::write_atomic(&self.root().join(path), text.as_bytes()).expect("written");
    }

    fn read(&self, path: &str) -> Option<String> {
        let path = self.root().join(path);
        fs::exists(&path).then(|| fs::read_to_string(&path).expect("readable"))
    }

    /// Inserts the block into `src/a.rs`, as a run does.
    fn insert(&self, journal: &Journal) -> u64 {
        self.write("src/a.rs", BEFORE);
        let after = format!("{BEFORE}{BLOCK}");
        let change = Change::inserted("src/a.rs", BEFORE, &after, vec![BLOCK.to_owned()]);
        let change = change.expect("only inserts");
        let id = journal.record_change(&change, Some(BEFORE.as_bytes())).expect("recorded").id;
        self.write("src/a.rs", &after);
        id
    }

    /// Creates `tests/new/a.rs`, as a run does.
    fn create(&self, journal: &Journal) -> u64 {
        let change = Change::created("tests/new/a.rs", b"// new\n");
        let id = journal.record_change(&change, None).expect("recorded").id;
        self.write("tests/new/a.rs", "// new\n");
        id
    }

    fn undo(&self, run: &RunId) -> Undo {
        let undo = plan_undo(self.root(), run).expect("a plan");
        apply_undo(self.root(), run, &undo).expect("done");
        undo
    }
}

fn run_of(journal: Journal) -> RunId {
    let run = journal.run().clone();
    drop(journal);
    run
}

#[test]
fn events_are_numbered_and_seen_by_observers() {
    let project = Project::new();
    let journal = project.journal();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let lines = Arc::clone(&seen);
    journal
        .observe(move |event, line| {
            lines.lock().expect("one thread").push((event.seq, line.to_owned()));
        })
        .expect("added");
    journal.event("run.started", json!({})).expect("written");
    journal.event("mission.started", json!({ "mission": "a\u{1b}b", "attempt": 1 })).expect("ok");
    journal.sync().expect("synced");
    let run = run_of(journal);
    let history = events(project.root(), &run).expect("readable");
    let kinds: Vec<_> = history.events.iter().map(|event| (event.seq, &*event.kind)).collect();
    assert_eq!(kinds, [(0, "run.started"), (1, "mission.started")]);
    assert_eq!(history.torn_bytes, 0);
    let seen = seen.lock().expect("one thread");
    let text = fs::read_to_string(&run_folder(project.root(), &run).join("events.jsonl"));
    let written: Vec<String> = seen.iter().map(|(_, line)| format!("{line}\n")).collect();
    assert_eq!(text.expect("readable"), written.concat());
    assert!(!written.concat().contains('\u{1b}'), "control characters are escaped");
}

#[test]
fn an_event_cannot_hide_its_own_number() {
    let project = Project::new();
    let journal = project.journal();
    let error = journal.event("x", json!({ "seq": 7 })).expect_err("reserved");
    assert_eq!(error.kind(), Kind::Internal);
}

#[test]
fn a_torn_last_line_is_cut_and_said() {
    let project = Project::new();
    let journal = project.journal();
    journal.event("run.started", json!({})).expect("written");
    let path = journal.folder().join("events.jsonl");
    let run = run_of(journal);
    let mut file = fs::open_to_append(&path).expect("opened");
    fs::append(&mut file, &path, b"{\"v\":1,\"ts\":").expect("written");
    assert_eq!(events(project.root(), &run).expect("readable").torn_bytes, 12);
    drop(Journal::reopen(project.root(), Clock::real(), &run).expect("reopened"));
    let history = events(project.root(), &run).expect("readable");
    assert_eq!(history.torn_bytes, 0);
    assert_eq!(history.events.last().map(|event| &*event.kind), Some("journal.torn"));
}

#[test]
fn a_damaged_or_foreign_line_is_an_error_with_its_number() {
    let project = Project::new();
    let run = run_of(project.journal());
    let path = run_folder(project.root(), &run).join("events.jsonl");
    let event = |v: u32, seq: u32| {
        format!("{{\"v\":{v},\"ts\":\"t\",\"seq\":{seq},\"run\":\"{run}\",\"type\":\"x\"}}\n")
    };
    for (text, said) in [
        (format!("{}nonsense\n{}", event(1, 0), event(1, 1)), "line 2"),
        (event(1, 0) + &event(2, 1), "version 2"),
        (event(1, 0) + &event(1, 2), "event 2"),
    ] {
        fs::write_atomic(&path, text.as_bytes()).expect("written");
        let error = events(project.root(), &run).expect_err(&text);
        assert_eq!(error.kind(), Kind::Environment, "{text}");
        assert!(error.chain().join(": ").contains(said), "{error}");
    }
}

#[test]
fn events_of_the_first_version_can_be_read() {
    let project = Project::new();
    let run: RunId = "20261121-022500-1a2b".parse().expect("valid");
    let path = run_folder(project.root(), &run).join("events.jsonl");
    let old = include_str!("../../tests/formats/events-1.jsonl");
    fs::write_atomic(&path, old.as_bytes()).expect("written");
    assert_eq!(events(project.root(), &run).expect("readable").events.len(), 3);
}

#[test]
fn b18_a_project_has_one_owner_and_its_state_ignores_itself() {
    let project = Project::new();
    let journal = project.journal();
    let error = Journal::create(project.root(), Clock::real(), &json!({})).expect_err("owned");
    assert_eq!(error.kind(), Kind::Locked);
    assert!(error.message().contains(&std::process::id().to_string()), "{error}");
    drop(journal);
    assert_eq!(project.read(".rustchain/.gitignore").as_deref(), Some("*\n"));
    drop(project.journal());
    assert_eq!(runs(project.root()).expect("listed").len(), 2);
}

#[test]
fn undo_restores_the_very_bytes() {
    let project = Project::new();
    let journal = project.journal();
    let ids = vec![project.insert(&journal), project.create(&journal)];
    journal.settle(ids, Outcome::Kept).expect("settled");
    let run = run_of(journal);
    project.undo(&run).check().expect("no conflict");
    assert_eq!(project.read("src/a.rs").as_deref(), Some(BEFORE));
    assert!(!fs::exists(&project.root().join("tests")), "new folders go too");
    assert!(fs::exists(&project.root().join("src")));
    assert_eq!(project.undo(&run), Undo::default(), "twice is as once");
}

#[test]
fn undo_keeps_what_was_edited_elsewhere() {
    let project = Project::new();
    let journal = project.journal();
    project.insert(&journal);
    let run = run_of(journal);
    project.write("src/a.rs", &format!("// mine\n{BEFORE}{BLOCK}// also mine\n"));
    project.undo(&run).check().expect("no conflict");
    let left = format!("// mine\n{BEFORE}// also mine\n");
    assert_eq!(project.read("src/a.rs"), Some(left));
}

#[test]
fn undo_refuses_when_the_added_text_was_edited() {
    let project = Project::new();
    let journal = project.journal();
    project.insert(&journal);
    project.create(&journal);
    let run = run_of(journal);
    let edited = format!("{BEFORE}{}", BLOCK.replace("{}", "{ /* mine */ }"));
    project.write("src/a.rs", &edited);
    let undo = plan_undo(project.root(), &run).expect("a plan");
    let error = undo.check().expect_err("a person has to look");
    assert_eq!(error.kind(), Kind::NeedsReview);
    assert!(error.message().contains("src/a.rs"), "{error}");
    apply_undo(project.root(), &run, &undo).expect("the rest is done");
    assert_eq!(project.read("src/a.rs"), Some(edited));
    assert_eq!(project.read("tests/new/a.rs"), None);
}

#[test]
fn undo_refuses_a_file_that_changes_under_its_hands() {
    let project = Project::new();
    let journal = project.journal();
    project.insert(&journal);
    let run = run_of(journal);
    let undo = plan_undo(project.root(), &run).expect("a plan");
    project.write("src/a.rs", "// mine\n");
    let error = apply_undo(project.root(), &run, &undo).expect_err("changed");
    assert_eq!(error.kind(), Kind::NeedsReview);
    assert_eq!(project.read("src/a.rs").as_deref(), Some("// mine\n"));
}

#[test]
fn several_changes_to_a_file_are_undone_in_reverse() {
    let project = Project::new();
    let journal = project.journal();
    project.create(&journal);
    let (before, after) = ("// new\n", "// new\n// more\n");
    let blocks = vec!["// more\n".to_owned()];
    let change = Change::inserted("tests/new/a.rs", before, after, blocks).expect("valid");
    journal.record_change(&change, Some(before.as_bytes())).expect("recorded");
    project.write("tests/new/a.rs", after);
    let run = run_of(journal);
    project.undo(&run).check().expect("no conflict");
    assert_eq!(project.read("tests/new/a.rs"), None);
}

#[test]
fn the_next_run_repairs_what_was_never_settled() {
    let project = Project::new();
    let journal = project.journal();
    let kept = project.create(&journal);
    journal.settle(vec![kept], Outcome::Kept).expect("settled");
    project.insert(&journal);
    let run = run_of(journal);
    let repairs = repair(project.root()).expect("repaired");
    let restored = vec![Utf8PathBuf::from("src/a.rs")];
    assert_eq!(repairs, [Repair { run, restored, conflicts: Vec::new() }]);
    assert_eq!(project.read("src/a.rs").as_deref(), Some(BEFORE));
    assert!(project.read("tests/new/a.rs").is_some(), "what was kept stays");
    assert_eq!(repair(project.root()).expect("nothing to do"), []);
}

#[test]
fn changes_are_settled_together_or_not_at_all() {
    let project = Project::new();
    let journal = project.journal();
    let ids = vec![project.create(&journal), project.insert(&journal)];
    journal.settle(ids, Outcome::Kept).expect("settled");
    let path = journal.folder().join("changes.jsonl");
    let run = run_of(journal);
    let text = fs::read_to_string(&path).expect("readable");
    // As the kernel leaves it when the process dies within the last write.
    let torn: String = text.chars().take(text.chars().count() - 2).collect();
    fs::write_atomic(&path, torn.as_bytes()).expect("written");
    repair(project.root()).expect("repaired");
    assert_eq!(project.read("src/a.rs").as_deref(), Some(BEFORE));
    assert_eq!(project.read("tests/new/a.rs"), None);
    fs::write_atomic(&path, text.as_bytes()).expect("written");
    let outcomes = changes(project.root(), &run).expect("readable");
    let outcomes: Vec<_> = outcomes.into_iter().map(|one| one.outcome).collect();
    assert_eq!(outcomes, [Some(Outcome::Kept); 2]);
}

#[test]
fn changes_of_the_first_version_can_be_read() {
    let project = Project::new();
    let run: RunId = "20261121-022500-1a2b".parse().expect("valid");
    let path = run_folder(project.root(), &run).join("changes.jsonl");
    let old = include_str!("../../tests/formats/changes-1.jsonl");
    fs::write_atomic(&path, old.as_bytes()).expect("written");
    let read = changes(project.root(), &run).expect("readable");
    let outcomes: Vec<_> = read.iter().map(|one| (one.id, one.outcome)).collect();
    let (kept, undone) = (Some(Outcome::Kept), Some(Outcome::Undone));
    assert_eq!(outcomes, [(0, kept), (1, undone), (2, None)]);
}

#[test]
fn a_repair_removes_half_a_file_and_no_other() {
    let project = Project::new();
    let journal = project.journal();
    let change = Change::created("tests/new/a.rs", b"// new\n");
    journal.record_change(&change, None).expect("recorded");
    project.write("tests/new/.rustchain-aB3dE9.tmp", "// n");
    project.insert(&journal);
    let others = ["src/.rustchain-notes.tmp", "src/rustchain-aB3dE9.tmp", "src/.rustchain-.tmp"];
    for other in others {
        project.write(other, "");
    }
    drop(journal);
    repair(project.root()).expect("repaired");
    assert!(!fs::exists(&project.root().join("tests")), "nor is there the folder it made");
    for other in others {
        assert!(project.read(other).is_some(), "{other}");
    }
}

#[test]
fn a_change_recorded_but_never_made_needs_no_repair() {
    let project = Project::new();
    let journal = project.journal();
    project.insert(&journal);
    project.write("src/a.rs", BEFORE);
    let run = run_of(journal);
    let repairs = repair(project.root()).expect("repaired");
    let restored: Vec<Utf8PathBuf> = Vec::new();
    assert_eq!(repairs, [Repair { run, restored, conflicts: Vec::new() }]);
    assert_eq!(project.read("src/a.rs").as_deref(), Some(BEFORE));
}

#[test]
fn only_insertions_inside_the_project_are_recorded() {
    let project = Project::new();
    let journal = project.journal();
    let blocks = || vec!["b".to_owned()];
    assert!(Change::inserted("a", "ac", "abc", blocks()).is_ok());
    assert!(Change::inserted("a", "ab", "abb", blocks()).is_ok());
    assert!(Change::inserted("a", "ac", "abd", blocks()).is_err());
    assert!(Change::inserted("a", "abc", "ac", blocks()).is_err());
    assert!(Change::inserted("a", "ac", "abcb", vec!["b".to_owned(), "b".to_owned()]).is_ok());
    for path in ["../a", "/etc/a", "", "a/../../b"] {
        let change = Change::created(path, b"x");
        assert!(journal.record_change(&change, None).is_err(), "{path}");
    }
}

/// Moves `m.yaml` to `done/m.yaml`, as a run does that archives a mission.
fn archive(project: &Project, journal: &Journal) {
    project.write("m.yaml", "name: m\n");
    let created = Change::created("done/m.yaml", b"name: m, done\n");
    journal.record_change(&created, None).expect("recorded");
    project.write("done/m.yaml", "name: m, done\n");
    let removed = Change::removed("m.yaml", b"name: m\n");
    journal.record_change(&removed, Some(b"name: m\n")).expect("recorded");
    fs::remove_file(&project.root().join("m.yaml")).expect("removed");
}

#[test]
fn undo_brings_a_removed_file_back() {
    let project = Project::new();
    let journal = project.journal();
    archive(&project, &journal);
    let run = run_of(journal);
    project.undo(&run);
    assert_eq!(project.read("m.yaml").as_deref(), Some("name: m\n"));
    assert!(!fs::exists(&project.root().join("done")));
    assert_eq!(plan_undo(project.root(), &run).expect("a plan"), Undo::default());
}

#[test]
fn undo_does_not_overwrite_what_took_the_place_of_a_removed_file() {
    let project = Project::new();
    let journal = project.journal();
    archive(&project, &journal);
    project.write("m.yaml", "name: another\n");
    let undo = plan_undo(project.root(), &run_of(journal)).expect("a plan");
    let error = undo.check().expect_err("a conflict");
    assert_eq!(error.message(), "cannot undo the change to `m.yaml`: another file is in its place");
}
