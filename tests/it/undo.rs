//! `rustchain undo` and `rustchain registry show`: names of runs, and an empty project.

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
