//! Missions on real crates: reached, missed, failed, interrupted, refused, and on a full disk.

#![expect(clippy::disallowed_methods, reason = "tests prepare folders and start programs")]

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Command, Stdio};

use camino::Utf8Path;
use serde_json::Value as Json;

use crate::harness::{Done, Project, command, run, run_short_of_space, share_runtime};

/// Lines that tests can reach.
pub const PICK: &str = "/// Picks.
pub fn pick(number: u8) -> u8 {
    if 3 < number {
        return 1;
    }
    2
}
";

/// A way for an error to leave.
const READ: &str = "
/// Reads a number.
pub fn read(text: &str) -> Option<u8> {
    let number: u8 = text.parse().ok()?;
    Some(number)
}
";

/// More lines that no value of the type leads to.
const NEVER: &str = "
/// Is never more than 300.
pub fn wide(number: u8) -> u32 {
    let wide = u32::from(number);
    if 300 < wide {
        let mut sum = wide;
        sum += 1;
        sum *= 2;
        sum -= 3;
        return sum;
    }
    wide
}
";

/// A file of tests that belong to another module.
pub const SIGN: &str = "/// Names the sign.
pub fn sign(number: i32) -> &'static str {
    if number < 0 {
        return \"negative\";
    }
    if number == 0 {
        return \"zero\";
    }
    \"positive\"
}
";

/// A crate with these files in `src/`.
pub fn project(files: &[(&str, &str)]) -> Project {
    let project = Project::new();
    share_runtime(&project);
    project.write(
        "Cargo.toml",
        "[package]\nname = \"toy\"\nversion = \"0.1.0\"\nedition = \"2021\"\n",
    );
    for (name, text) in files {
        project.write(&format!("src/{name}"), text);
    }
    project
}

/// The files of the project, without what belongs to rustchain itself.
fn files(project: &Project) -> BTreeMap<String, Vec<u8>> {
    let mut tree = project.tree();
    tree.retain(|path, _| !path.starts_with(".rustchain/"));
    tree
}

/// The files below `src/`.
pub fn sources(project: &Project) -> BTreeMap<String, Vec<u8>> {
    let mut tree = project.tree();
    tree.retain(|path, _| path.starts_with("src/"));
    tree
}

/// The registry's row of a file.
pub fn row(project: &Project, file: &str) -> Json {
    let shown = run(project, &["registry", "show", "--json"]).stdout;
    let rows: Json = serde_json::from_str(&shown).expect("JSON");
    rows[file].clone()
}

/// The report of the latest run.
pub fn report(project: &Project) -> Json {
    let tree = project.tree();
    let last = tree.iter().rfind(|(path, _)| path.ends_with("/report.json")).expect("a report");
    serde_json::from_slice(last.1).expect("JSON")
}

#[track_caller]
pub fn ends(done: &Done, code: i32) {
    assert_eq!(done.code, code, "{}{}", done.stdout, done.stderr);
}

const MASTER: &str = "missions/000_master.yaml";
const MISSION: &str = "missions/coverage_mission_001_src_lib_rs.yaml";

#[test]
fn a_missed_target_keeps_its_tests_and_its_place_and_goes_on_from_there() {
    let lib = format!("{PICK}{READ}{NEVER}");
    let project = project(&[("lib.rs", &lib)]);
    ends(&run(&project, &["generate"]), 0);
    let (before, mission) = (sources(&project), project.read(MISSION));

    let nothing = run(&project, &["run", "--all-or-nothing", MASTER]);
    ends(&nothing, 2);
    assert_eq!(sources(&project), before, "all or nothing");
    assert_eq!(report(&project)["tests_kept"], 0);
    assert_ne!(row(&project, "src/lib.rs")["status"], "completed");

    let first = run(&project, &["run", MASTER]);
    ends(&first, 2);
    let after = project.read("src/lib.rs");
    assert!(after.starts_with(&lib) && after.contains("#[test]"), "{after}");
    assert_eq!(project.read(MISSION), mission);
    assert!(!project.path("missions/done").exists());
    let known = row(&project, "src/lib.rs");
    assert_eq!(known["status"], "below_target", "{known}");
    assert_eq!(known["attempts"], 2, "{known}");
    assert_eq!(known["error_paths"]["coverable"], 1, "{known}");
    assert_eq!(known["error_paths"]["covered"], 1, "{known}");
    assert!(known["percent"].as_f64() > known["baseline_percent"].as_f64(), "{known}");
    let last = report(&project);
    assert_eq!(last["missions"]["below_target"], 1);
    let residue = &last["details"][0]["residue"];
    assert!(residue[0]["function"].as_str().is_some_and(|name| name.contains("wide")), "{residue}");
    assert!(first.stdout.contains("not covered:\n  src/lib.rs:"), "{}", first.stdout);

    let second = run(&project, &["run", MASTER]);
    ends(&second, 2);
    assert_eq!(project.read("src/lib.rs"), after, "nothing is added twice");
    let again = row(&project, "src/lib.rs");
    assert_eq!(again["percent"], known["percent"]);
    assert_eq!((&again["status"], &again["attempts"]), (&known["status"], &Json::from(3)));
    let last = report(&project);
    assert_eq!(last["before"]["lines"]["covered"], last["after"]["lines"]["covered"]);
}

#[test]
fn a_mission_that_fails_after_it_wrote_leaves_no_trace() {
    let project = project(&[("lib.rs", PICK)]);
    project.write(
        "failing.yaml",
        "name: Fail late
target: { file: src/lib.rs, target_percent: 85 }
steps:
  - { id: analyze, step_type: analyze }
  - { id: generate, step_type: generate }
  - { id: integrate, step_type: integrate, parameters: { placement: sibling } }
  - { id: verify, step_type: verify }
  - { id: written, step_type: command, parameters: { command: test -f src/tests.rs } }
  - { id: fail, step_type: command, parameters: { command: \"false\" } }
",
    );
    let before = sources(&project);
    let done = run(&project, &["run", "failing.yaml"]);
    ends(&done, 2);
    assert!(done.stdout.contains("step `fail`"), "{}", done.stdout);
    assert_eq!(sources(&project), before);
    assert_eq!(report(&project)["tests_kept"], 0);
    assert_eq!(row(&project, "src/lib.rs")["status"], "failed");
    let undone = run(&project, &["undo", "last"]);
    ends(&undone, 0);
    assert_eq!(sources(&project), before);
}

#[test]
fn an_interrupted_run_leaves_no_trace_of_its_mission_and_goes_on_later() {
    let lib = format!("pub mod sign;\n\n{PICK}");
    let project = project(&[("lib.rs", &lib), ("sign.rs", SIGN)]);
    ends(&run(&project, &["generate"]), 0);
    let args = ["run", MASTER, "--format", "json"];
    let mut started = command(&project, "", &args);
    let mut child =
        started.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    let mut verified = 0;
    for line in lines.by_ref().map_while(Result::ok) {
        let event: Json = serde_json::from_str(&line).expect("JSON");
        verified += u32::from(event["type"] == "step.started" && event["step"] == "verify");
        if verified == 2 {
            break;
        }
    }
    Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill runs");
    let last = lines.map_while(Result::ok).last().expect("more events");
    let mut stderr = String::new();
    child.stderr.take().expect("a pipe").read_to_string(&mut stderr).expect("UTF-8");
    assert_eq!(child.wait().expect("it ends").code(), Some(130), "{last}{stderr}");

    let last: Json = serde_json::from_str(&last).expect("JSON");
    assert_eq!((&last["type"], &last["exit_code"]), (&"run.finished".into(), &130.into()));
    assert_eq!(last["missions"]["completed"], 1, "{last}");
    let hint = format!("go on with `rustchain run {MASTER} --format json`");
    assert!(stderr.trim_end().lines().last().is_some_and(|line| line.ends_with(&hint)), "{stderr}");
    assert!(project.read("src/sign.rs").contains("#[test]"));
    assert_eq!(project.read("src/lib.rs"), lib, "the mission in hand");
    assert_eq!(
        row(&project, "src/lib.rs")["mission"],
        "missions/coverage_mission_002_src_lib_rs.yaml"
    );
    let folder = project.path("").parent().expect("a folder").display().to_string();
    let listed = Command::new("ps").args(["-eo", "args"]).output().expect("ps runs").stdout;
    let listed = String::from_utf8_lossy(&listed).into_owned();
    assert!(!listed.lines().any(|line| line.contains(&folder)), "{listed}");

    ends(&run(&project, &args), 0);
    assert!(project.read("src/lib.rs").contains("#[test]"));
    let done = project.path("missions/done").read_dir().expect("archived").count();
    assert_eq!(done, 2);
    assert_eq!(row(&project, "src/lib.rs")["status"], "completed");

    let before = files(&project);
    let again = run(&project, &["run", MASTER]);
    ends(&again, 0);
    assert!(again.stderr.contains("nothing is left to do"), "{}", again.stderr);
    assert!(files(&project) == before, "nothing but the record of the run is new");
}

#[test]
fn a_member_and_its_feature_are_improved_and_the_other_members_left_alone() {
    let project = Project::new();
    share_runtime(&project);
    project.write("ws/Cargo.toml", "[workspace]\nresolver = \"2\"\nmembers = [\"a\", \"b\"]\n");
    for name in ["a", "b"] {
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n\
             [features]\nextra = []\n"
        );
        project.write(&format!("ws/{name}/Cargo.toml"), &manifest);
        let lib = format!("{PICK}\n#[cfg(feature = \"extra\")]\npub mod sign;\n");
        project.write(&format!("ws/{name}/src/lib.rs"), &lib);
        project.write(&format!("ws/{name}/src/sign.rs"), SIGN);
    }
    let before = project.tree();
    let args = ["improve", "-p", "b", "--features", "extra", "--project", "ws/b"];
    ends(&run(&project, &args), 0);
    for file in ["ws/b/src/lib.rs", "ws/b/src/sign.rs"] {
        assert!(project.read(file).contains("#[test]"), "{file}");
    }
    let mut now = project.tree();
    now.retain(|path, _| !path.starts_with("ws/.rustchain/") && !path.starts_with("ws/b/src/"));
    let mut before = before;
    before.retain(|path, _| !path.starts_with("ws/b/src/"));
    assert_eq!(now, before);
}

#[test]
fn tests_beside_a_strict_crate_without_std_are_one_file_and_one_line() {
    let lib = format!(
        "//! Strict.\n#![no_std]\n#![forbid(unsafe_code)]\n\
         #![deny(missing_docs, warnings)]\n\n{PICK}"
    );
    let project = project(&[("lib.rs", &lib)]);
    let before = sources(&project);
    ends(&run(&project, &["--project", ".", "improve", "--placement", "sibling"]), 0);
    let now = project.read("src/lib.rs");
    let added = now.strip_prefix(&lib).expect("the crate stays as it was");
    assert!(added.trim_end().ends_with("#[cfg(test)]\nmod tests;"), "{added}");
    assert!(project.read("src/tests.rs").contains("#[test]\nfn "));
    ends(&run(&project, &["undo", "last"]), 0);
    assert_eq!(sources(&project), before);
}

#[test]
fn runs_that_built_on_each_other_are_undone_from_the_last() {
    let project = project(&[("lib.rs", &format!("{PICK}\n{SIGN}"))]);
    let before = sources(&project);
    ends(&run(&project, &["improve", "--max-tests", "1"]), 3);
    ends(&run(&project, &["improve", "--target", "100"]), 0);
    let after = sources(&project);
    let runs = project.path(".rustchain/runs").read_dir().expect("runs");
    let mut runs: Vec<String> =
        runs.map(|run| run.expect("readable").file_name().to_string_lossy().into_owned()).collect();
    runs.sort();
    let [first, second] = &runs[..] else { panic!("{runs:?}") };
    let early = run(&project, &["undo", first]);
    ends(&early, 5);
    assert!(early.stderr.contains(&format!("the later run `{second}`")), "{}", early.stderr);
    assert_eq!(sources(&project), after);
    ends(&run(&project, &["undo", second]), 0);
    ends(&run(&project, &["undo", first]), 0);
    assert_eq!(sources(&project), before);
    let again = run(&project, &["undo", first]);
    ends(&again, 0);
    assert!(again.stderr.contains("nothing to undo"), "{}", again.stderr);
}

#[test]
fn b13_a_mission_on_red_tests_ends_with_4_before_anything_is_written() {
    let red = "\n#[test]\nfn bad() {\n    assert_eq!(pick(1), 1);\n}\n";
    let project = project(&[("lib.rs", &format!("{PICK}{red}"))]);
    project.write("prove.yaml", PROVE);
    let before = files(&project);
    let done = run(&project, &["run", "prove.yaml"]);
    ends(&done, 4);
    assert!(done.stderr.contains("fail already: `bad`"), "{}", done.stderr);
    assert_eq!(files(&project), before);
    let events = project.tree().into_iter().find(|(path, _)| path.ends_with("events.jsonl"));
    let events = String::from_utf8(events.expect("events").1).expect("UTF-8");
    assert!(!events.contains("\"mission.started\""), "{events}");
}

/// Runs git in the project.
#[track_caller]
fn git(project: &Project, args: &[&str]) -> String {
    let author = ["-c", "user.name=x", "-c", "user.email=x@x", "-c", "commit.gpgsign=false"];
    let mut command = Command::new("git");
    command.args(author).args(args).current_dir(project.path(""));
    let output = command.output().expect("git starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn b28_uncommitted_work_is_not_touched_and_own_tests_are_no_obstacle() {
    let project = project(&[("lib.rs", &format!("{PICK}{NEVER}"))]);
    project.write("README.md", "# Toy\n");
    git(&project, &["init", "-q"]);
    git(&project, &["add", "-A"]);
    git(&project, &["commit", "-q", "-m", "x"]);
    let edited = format!("// Mine.\n{PICK}{NEVER}");
    project.write("src/lib.rs", &edited);
    project.write("README.md", "# Toy, edited\n");
    let refused = run(&project, &["improve"]);
    ends(&refused, 5);
    assert!(refused.stdout.contains("`src/lib.rs` has changes that are not committed"));
    assert!(refused.stdout.contains("--force"), "{}", refused.stdout);
    assert_eq!(project.read("src/lib.rs"), edited);

    let forced = run(&project, &["improve", "--force"]);
    ends(&forced, 2);
    let tested = project.read("src/lib.rs");
    assert!(tested.starts_with(&edited) && tested.contains("#[test]"), "{tested}");

    let again = run(&project, &["improve", "--target", "90"]);
    ends(&again, 2);
    assert_eq!(project.read("src/lib.rs"), tested);
    assert_eq!(project.read("README.md"), "# Toy, edited\n");
    assert_eq!(git(&project, &["status", "--porcelain"]), " M README.md\n M src/lib.rs\n");
    assert_eq!(git(&project, &["log", "--oneline"]).lines().count(), 1);
}

#[test]
fn b28_an_archived_mission_of_the_same_name_is_not_replaced() {
    let project = project(&[("lib.rs", PICK)]);
    ends(&run(&project, &["generate"]), 0);
    project.write("missions/done/coverage_mission_001_src_lib_rs.yaml", "name: old\n");
    let before = project.tree();
    let done = run(&project, &["run", MISSION]);
    ends(&done, 5);
    assert!(done.stdout.contains("done/coverage_mission_001_src_lib_rs.yaml` exists already"));
    assert_eq!(files(&project), before);
}

#[test]
fn improve_is_refused_while_another_run_lives() {
    let project = project(&[("lib.rs", PICK)]);
    let root = project.path("");
    let lock = rustchain::journal::own(Utf8Path::from_path(&root).expect("UTF-8")).expect("free");
    let before = sources(&project);
    let done = run(&project, &["improve"]);
    ends(&done, 7);
    assert_eq!(done.stdout, "");
    assert!(done.stderr.contains("another run is in progress"), "{}", done.stderr);
    drop(lock);
    assert_eq!(sources(&project), before);
    assert!(!project.path(".rustchain/runs").exists());
}

/// A mission that only proves and archives, and comments that make its file long.
const PROVE: &str = "name: Prove it
target: { file: src/lib.rs, target_percent: 85 }
steps:
  - { id: analyze, step_type: analyze }
  - { id: generate, step_type: generate }
  - { id: integrate, step_type: integrate }
  - { id: verify, step_type: verify }
  - { id: archive, step_type: archive }
";

#[test]
fn b15_without_space_to_archive_the_mission_stays_and_can_be_run_later() {
    let tests = "\n#[cfg(test)]\nmod tests {\n    #[test]\n    fn picks() {\n        \
                 assert_eq!(super::pick(1) + super::pick(9), 3);\n    }\n}\n";
    let project = project(&[("lib.rs", &format!("{PICK}{tests}"))]);
    let mission = format!("{PROVE}{}", "# a long comment\n".repeat(20_000));
    project.write("long.yaml", &mission);
    ends(&run(&project, &["improve"]), 0);
    ends(&run(&project, &["run", "--dry-run", "long.yaml"]), 0);
    let warm = project.path("warm.yaml");
    fs::write(&warm, PROVE.replace("  - { id: archive, step_type: archive }\n", ""))
        .expect("written");
    ends(&run(&project, &["run", "warm.yaml"]), 0);
    let before = (sources(&project), project.read("registry/coverage.json"));

    let full = run_short_of_space(&project, 256, &["run", "long.yaml"]);
    ends(&full, 6);
    assert!(full.stdout.contains("step `archive`: cannot write `"), "{}", full.stdout);
    assert_eq!(project.read("long.yaml"), mission);
    assert!(!project.path("done/long.yaml").exists());
    let left = project.path("done").read_dir().map_or(0, Iterator::count);
    assert_eq!(left, 0, "half a file is left");
    assert_eq!(sources(&project), before.0);

    ends(&run(&project, &["run", "long.yaml"]), 0);
    assert!(!project.path("long.yaml").exists());
    assert!(project.read("done/long.yaml").starts_with(&mission));
    assert!(Path::new(&project.path("registry/coverage.json")).is_file());
}

#[test]
fn b15_what_the_registry_cannot_learn_of_is_taken_back() {
    let project = project(&[("lib.rs", PICK)]);
    ends(&run(&project, &["generate"]), 0);
    project.write("registry/coverage.json", "{ \"files\": ");
    let before = files(&project);
    let damaged = run(&project, &["run", MASTER]);
    ends(&damaged, 6);
    assert!(damaged.stdout.contains("registry/coverage.json"), "{}", damaged.stdout);
    assert!(files(&project) == before, "a damaged registry");

    fs::remove_file(project.path("registry/coverage.json")).expect("removed");
    let root = project.path("");
    let root = Utf8Path::from_path(&root).expect("UTF-8");
    rustchain::registry::Registry::default().save(root).expect("saved");
    // The registry that is replaced cannot be kept there.
    project.write(".rustchain/registry", "");
    let before = files(&project);
    ends(&run(&project, &["run", MASTER]), 6);
    assert!(files(&project) == before, "a registry that cannot be written");

    fs::remove_file(project.path(".rustchain/registry")).expect("removed");
    ends(&run(&project, &["run", MASTER]), 0);
    assert!(project.read("src/lib.rs").contains("#[test]"));
    assert_eq!(row(&project, "src/lib.rs")["status"], "completed");
    assert!(!project.path(MISSION).exists());
}

#[test]
fn a_file_of_30_000_lines_is_improved_like_any_other() {
    let table: Vec<String> = (0..25_000).map(|number| format!("    {number},")).collect();
    let sums: Vec<String> = (0..5_000).map(|number| format!("    sum += {number};")).collect();
    let (table, sums) = (table.join("\n"), sums.join("\n"));
    let lib = format!(
        "{PICK}\npub fn sum(start: u64) -> u64 {{\n    let mut sum = start / 2;\n{sums}\n    \
         sum\n}}\n\npub const TABLE: [u16; 25_000] = [\n{table}\n];\n"
    );
    assert!(30_000 < lib.lines().count());
    let project = project(&[("lib.rs", &lib)]);
    ends(&run(&project, &["improve"]), 0);
    let now = project.read("src/lib.rs");
    assert!(now.starts_with(&lib) && now.contains("#[test]"));
}
