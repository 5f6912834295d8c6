//! The command line as such: help, version, global options, configuration errors, exit codes.

use crate::harness::{Project, run};

#[test]
fn the_version_is_the_package_version_on_stdout() {
    let done = run(&Project::new(), &["--version"]);
    assert_eq!(done.code, 0);
    assert_eq!(done.stdout, format!("rustchain {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn every_line_of_help_starts_with_a_capital_and_has_no_full_stop() {
    let project = Project::new();
    let help = run(&project, &["--help"]).stdout;
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let commands = commands.take_while(|line| !line.is_empty());
    let mut seen = 0;
    for line in commands.filter(|line| line.starts_with("  ") && !line.starts_with("   ")) {
        let (_, text) = line.trim().split_once("  ").unwrap_or((line, "X"));
        let text = text.trim();
        assert!(text.chars().next().is_some_and(char::is_uppercase), "{line}");
        assert!(!text.ends_with('.'), "{line}");
        seen += 1;
    }
    assert!(0 < seen, "no commands in {help}");
}

#[test]
fn wrong_arguments_end_with_1_and_leave_stdout_empty() {
    for args in [&["nonsense"][..], &["init", "--nonsense"], &["-q", "-v", "init"], &[]] {
        let done = run(&Project::new(), args);
        assert_eq!(done.code, 1, "{args:?}: {}", done.stderr);
        assert_eq!(done.stdout, "", "{args:?}");
    }
}

#[test]
fn the_project_may_be_named_before_or_after_the_command() {
    for before in [true, false] {
        let project = Project::new();
        project.write("crate/keep", "");
        let args =
            if before { ["--project", "crate", "init"] } else { ["init", "--project", "crate"] };
        assert_eq!(run(&project, &args).code, 0);
        assert!(project.path("crate/rustchain.toml").is_file());
        assert!(!project.path("rustchain.toml").exists());
    }
}

#[test]
fn a_project_that_is_not_there_ends_with_1_and_names_it() {
    let done = run(&Project::new(), &["init", "--project", "missing"]);
    assert_eq!(done.code, 1);
    assert!(done.stderr.starts_with("error: no project in `"), "{}", done.stderr);
    assert!(done.stderr.contains("hint: "), "{}", done.stderr);
}

#[test]
fn an_unknown_key_of_the_configuration_ends_with_1_and_a_suggestion() {
    let project = Project::new();
    project.write("rustchain.toml", "exclud = []\n");
    let done = run(&project, &["init"]);
    assert_eq!(done.code, 1);
    assert!(done.stderr.contains("unknown key `exclud`"), "{}", done.stderr);
    assert!(done.stderr.contains("did you mean `exclude`?"), "{}", done.stderr);
}

#[test]
fn quiet_says_nothing_when_all_is_well() {
    let done = run(&Project::new(), &["init", "--quiet"]);
    assert_eq!((done.code, &*done.stdout, &*done.stderr), (0, "", ""));
}
