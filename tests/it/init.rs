//! `rustchain init`: what it makes, and that it leaves alone what is there.

use crate::harness::{Project, run};

#[test]
fn init_makes_folders_a_configuration_and_an_ignore_line() {
    let project = Project::new();
    let done = run(&project, &["init"]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    assert_eq!(done.stdout, "");
    assert!(project.path("missions/done").is_dir());
    assert!(project.path("registry").is_dir());
    assert!(project.read("rustchain.toml").starts_with("# Configuration"));
    assert_eq!(project.read(".gitignore"), "/.rustchain/\n");
}

#[test]
fn init_twice_changes_nothing_and_says_so() {
    let project = Project::new();
    run(&project, &["init"]);
    let before = project.tree();
    let done = run(&project, &["init"]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    assert!(done.stderr.contains("has everything already"), "{}", done.stderr);
    assert_eq!(project.tree(), before);
}

#[test]
fn init_keeps_a_configuration_and_extends_an_ignore_file() {
    let project = Project::new();
    project.write("rustchain.toml", "target = 70\n");
    project.write(".gitignore", "/target/\r\n*.log");
    let done = run(&project, &["init"]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    assert_eq!(project.read("rustchain.toml"), "target = 70\n");
    assert_eq!(project.read(".gitignore"), "/target/\r\n*.log\r\n/.rustchain/\r\n");
}
