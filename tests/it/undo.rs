//! `rustchain undo` and `rustchain registry show`: names of runs, an empty project, and a mission
//! that was archived.

use camino::Utf8PathBuf;
use rustchain::journal::{Change, Journal};
use rustchain::sys::Clock;
use rustchain::sys::fs::remove_file;
use serde_json::json;

use crate::harness::{Project, run};

#[test]
fn b31_a_run_that_is_no_name_is_refused_without_its_control_characters() {
    let project = Project::new();
    for name in ["../../etc", "a/b", "\u{1b}[2J", ".."] {
        let done = run(&project, &["undo", name]);
        assert_eq!((done.code, &*done.stdout), (1, ""), "{name}");
        assert!(!done.stderr.contains('\u{1b}'), "{name}");
        assert!(!project.path(".rustchain/runs").exists(), "{name}");
    }
}

#[test]
fn a_run_that_is_not_there_is_named() {
    let done = run(&Project::new(), &["undo", "20261121-022500-1a2b"]);
    assert_eq!(done.code, 1);
    assert!(done.stderr.contains("there is no run `20261121-022500-1a2b`"), "{}", done.stderr);
}

#[test]
fn without_runs_there_is_no_last_one() {
    let done = run(&Project::new(), &["undo", "last"]);
    assert_eq!(done.code, 1);
    assert!(done.stderr.contains("has no runs"), "{}", done.stderr);
}

#[test]
fn an_empty_registry_is_no_error_and_an_empty_map() {
    let project = Project::new();
    let done = run(&project, &["registry", "show"]);
    assert_eq!((done.code, &*done.stdout), (0, ""), "{}", done.stderr);
    assert_eq!(run(&project, &["registry", "show", "--json"]).stdout, "{}\n");
    assert!(project.tree().is_empty());
}

const CODE: &str = "pub fn sign(x: i32) -> i32 {
    if x < 0 {
        -1
    } else {
        1
    }
}
";

const MISSION: &str = "name: Cover src/lib.rs
target: { file: src/lib.rs, target_percent: 85 }
steps:
  - { id: a, step_type: analyze }
  - { id: g, step_type: generate, depends_on: [a] }
  - { id: i, step_type: integrate, depends_on: [g] }
  - { id: v, step_type: verify, depends_on: [i], parameters: { min_percent: 85 } }
  - { id: e, step_type: archive, depends_on: [v] }
";

/// Leaves what a run leaves that is killed after it has archived a mission and written tests, of
/// which it put only half into place.
fn cut_off(project: &Project) {
    let root = Utf8PathBuf::from_path_buf(project.path("")).expect("UTF-8");
    let journal = Journal::create(&root, Clock::real(), &json!({})).expect("a run");
    let code = project.read("src/lib.rs");
    let block = "#[cfg(test)]\nmod tests;\n".to_owned();
    let after = format!("{code}{block}");
    let change = Change::inserted("src/lib.rs", &code, &after, vec![block]).expect("valid");
    journal.record_change(&change, Some(code.as_bytes())).expect("recorded");
    project.write("src/lib.rs", &after);
    let mission = project.read("missions/sign.yaml");
    let created = Change::created("missions/done/sign.yaml", mission.as_bytes());
    journal.record_change(&created, None).expect("recorded");
    let removed = Change::removed("missions/sign.yaml", mission.as_bytes());
    journal.record_change(&removed, Some(mission.as_bytes())).expect("recorded");
    project.write("missions/done/sign.yaml", &mission);
    remove_file(&root.join("missions/sign.yaml")).expect("removed");
}

#[test]
fn what_a_run_left_that_was_cut_off_is_taken_back_before_anything_is_read() {
    for args in [&["run", "missions/sign.yaml"][..], &["improve", "--target", "85"]] {
        let project = Project::new();
        let manifest = "[package]\nname = \"sign\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";
        project.write("Cargo.toml", manifest);
        project.write("src/lib.rs", CODE);
        project.write("missions/sign.yaml", MISSION);
        cut_off(&project);
        // Without the repair the crate does not compile, and the mission counts as archived.
        let done = run(&project, args);
        assert_eq!(done.code, 0, "{}{}", done.stdout, done.stderr);
        assert!(
            done.stderr.contains("was cut off; what it left was taken back"),
            "{}",
            done.stderr
        );
        assert!(!project.read("src/lib.rs").contains("mod tests;"));
        assert!(project.read("src/lib.rs").contains("#[test]"));
        assert_eq!(project.path("missions/done").exists(), args.contains(&"missions/sign.yaml"));
    }
}

#[test]
fn an_archived_mission_comes_back_with_everything_else() {
    let project = Project::new();
    let manifest = "[package]\nname = \"sign\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";
    project.write("Cargo.toml", manifest);
    project.write("src/lib.rs", CODE);
    project.write("missions/sign.yaml", MISSION);
    let ours = |project: &Project| {
        let mut tree = project.tree();
        tree.retain(|path, _| !path.starts_with(".rustchain/"));
        tree
    };
    let before = ours(&project);
    let done = run(&project, &["run", "missions/sign.yaml"]);
    assert_eq!(done.code, 0, "{}{}", done.stdout, done.stderr);
    assert!(project.path("missions/done/sign.yaml").exists());
    assert!(project.path("registry/coverage.json").exists());
    assert!(project.read("src/lib.rs").contains("#[test]"));
    let undone = run(&project, &["undo", "last"]);
    assert_eq!(undone.code, 0, "{}", undone.stderr);
    assert_eq!(ours(&project), before);
    assert!(!project.path("missions/done").exists() && !project.path("registry").exists());
    let again = run(&project, &["undo", "last"]);
    assert_eq!((again.code, &*again.stdout), (0, ""), "{}", again.stderr);
}

#[test]
fn a_mission_that_was_moved_back_by_hand_has_one_result() {
    let project = Project::new();
    let manifest = "[package]\nname = \"sign\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";
    project.write("Cargo.toml", manifest);
    project.write("src/lib.rs", CODE);
    let old = format!("{MISSION}\nresult:\n  status: completed\n  percent: 12.00\n");
    project.write("missions/sign.yaml", &old);
    let done = run(&project, &["run", "missions/sign.yaml"]);
    assert_eq!(done.code, 0, "{}{}", done.stdout, done.stderr);
    let archived = project.read("missions/done/sign.yaml");
    assert!(archived.starts_with(&format!("{MISSION}\nresult:\n")), "{archived}");
    assert_eq!(archived.matches("result:").count(), 1, "{archived}");
    assert!(!archived.contains("12.00"), "{archived}");
}
