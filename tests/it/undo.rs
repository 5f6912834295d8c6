//! `rustchain undo` and `rustchain registry show`: names of runs, an empty project, and a mission
//! that was archived.

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
