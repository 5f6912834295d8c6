//! `rustchain generate` and `rustchain validate` with the real binary.

use crate::harness::{Done, Project, run, run_in};

/// A crate with a coverage report beside it.
fn project() -> Project {
    let project = Project::new();
    project.write("Cargo.toml", "[package]\nname = \"small\"\nversion = \"0.1.0\"\n");
    project.write("src/lib.rs", "pub fn one() -> u8 {\n    1\n}\n");
    project.write("report.json", &report(&[("src/lib.rs", 1, 3), ("src/cli/a.rs", 30, 80)]));
    project
}

/// A report as `measure --json` writes it.
fn report(files: &[(&str, u64, u64)]) -> String {
    let nothing = r#"{"covered":0,"coverable":0,"percent":100.0}"#;
    let rest = format!(r#""regions":{nothing},"functions":{nothing},"error_paths":{nothing}"#);
    let lines = |covered, all| format!(r#"{{"covered":{covered},"coverable":{all},"percent":0}}"#);
    let rows = files.iter().map(|(file, covered, all)| {
        format!(r#"{{"file":"{file}","lines":{},{rest},"uncovered":""}}"#, lines(*covered, *all))
    });
    let rows: Vec<String> = rows.collect();
    format!(r#"{{"total":{{"lines":{},{rest}}},"files":[{}]}}"#, lines(0, 0), rows.join(","))
}

fn generate(project: &Project, more: &[&str]) -> Done {
    run(project, &[&["generate", "--from", "report.json"], more].concat())
}

#[test]
fn b21_generate_writes_a_campaign_and_the_same_bytes_every_time() {
    let (one, two) = (project(), project());
    for project in [&one, &two] {
        let done = generate(project, &[]);
        assert_eq!(done.code, 0, "{}", done.stderr);
        assert_eq!(done.stdout.lines().count(), 3, "{}", done.stdout);
    }
    assert_eq!(one.tree(), two.tree());
    let mission = one.read("missions/coverage_mission_001_src_cli_a_rs.yaml");
    assert!(mission.contains("category: CLI\npriority: HIGH\n"), "{mission}");
    assert!(mission.contains("  file: src/cli/a.rs\n  target_percent: 85\n"), "{mission}");
    assert!(mission.contains("  baseline_percent: 37.5\n"), "{mission}");
    let checked = run(&one, &["validate", "--strict", "missions/000_master.yaml"]);
    assert_eq!(checked.code, 0, "{}", checked.stderr);
    assert_eq!(checked.stdout, "missions/000_master.yaml: a campaign of 2 missions\n");
}

#[test]
fn generate_again_writes_nothing() {
    let project = project();
    generate(&project, &[]);
    let before = project.tree();
    let done = generate(&project, &[]);
    assert_eq!((done.code, &*done.stdout), (0, ""), "{}", done.stderr);
    assert_eq!(project.tree(), before);
}

#[test]
fn b28_generate_refuses_to_replace_what_was_changed_and_force_allows_it() {
    let project = project();
    project.write("missions/000_master.yaml", "name: mine\nkind: campaign\nmissions: []\n");
    let before = project.tree();
    let done = generate(&project, &[]);
    assert_eq!(done.code, 1);
    assert!(done.stderr.contains("would replace `000_master.yaml`"), "{}", done.stderr);
    assert_eq!(project.tree(), before);
    assert_eq!(generate(&project, &["--force"]).code, 0);
    assert!(project.read("missions/000_master.yaml").contains("coverage_mission_001"));
}

#[test]
fn a_dry_run_names_the_files_and_writes_none() {
    let project = project();
    let before = project.tree();
    let done = generate(&project, &["--dry-run"]);
    assert_eq!((done.code, done.stdout.lines().count()), (0, 3), "{}", done.stderr);
    assert_eq!(project.tree(), before);
}

#[test]
fn missions_above_the_crate_name_its_folder() {
    let project = Project::new();
    project.write("inner/Cargo.toml", "[package]\nname = \"small\"\nversion = \"0.1.0\"\n");
    project.write("inner/src/lib.rs", "");
    project.write("report.json", &report(&[("src/lib.rs", 1, 3)]));
    let args = ["generate", "--from", "report.json", "--project", "inner", "--missions", "m"];
    let done = run(&project, &args);
    assert_eq!(done.code, 0, "{}", done.stderr);
    let mission = project.read("m/coverage_mission_001_inner_src_lib_rs.yaml");
    assert!(mission.contains("  project: inner\n  file: src/lib.rs\n"), "{mission}");
}

#[test]
fn generate_works_from_a_folder_inside_the_crate() {
    let project = project();
    let args = ["generate", "--from", "../report.json", "--exclude", "src/cli/**"];
    let done = run_in(&project, "src", &args);
    assert_eq!(done.code, 0, "{}", done.stderr);
    assert!(project.path("missions/coverage_mission_001_src_lib_rs.yaml").is_file());
    assert!(done.stderr.contains("left out: `src/cli/a.rs` (excluded by `src/cli/**`)"));
}

#[test]
fn generate_without_a_crate_ends_with_1() {
    let done = run(&Project::new(), &["generate"]);
    assert_eq!(done.code, 1);
    assert!(done.stderr.contains("no `Cargo.toml`"), "{}", done.stderr);
}

#[test]
fn validate_shows_the_line_and_suggests_the_name() {
    let project = Project::new();
    project.write("bad.yaml", "name: x\nsteps:\n  - { id: a, step_type: comand }\n");
    let done = run(&project, &["validate", "bad.yaml"]);
    assert_eq!((done.code, &*done.stdout), (1, ""));
    assert!(done.stderr.contains("bad.yaml:3:"), "{}", done.stderr);
    assert!(done.stderr.contains("`command`"), "{}", done.stderr);
}

#[test]
fn validate_names_a_missing_file() {
    let done = run(&Project::new(), &["validate", "gone.yaml"]);
    assert_eq!(done.code, 1);
    assert!(done.stderr.contains("gone.yaml`"), "{}", done.stderr);
}
