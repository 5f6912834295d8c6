//! Limits of a run: on its time and on its tests, and what counts as a kept test.

use crate::harness::run;
use crate::improve_missions::{PICK, SIGN, ends, project, report, row, sources};

#[test]
fn the_time_for_the_run_cuts_the_mission_in_hand_without_a_trace() {
    let project = project(&[("lib.rs", PICK)]);
    project.write(
        "hang.yaml",
        "name: Hang
target: { file: src/lib.rs, target_percent: 85 }
steps:
  - { id: analyze, step_type: analyze }
  - { id: generate, step_type: generate }
  - { id: integrate, step_type: integrate }
  - { id: hang, step_type: command, parameters: { command: tail -f /dev/null } }
",
    );
    project.write("later.yaml", "name: Later\nsteps: [{ id: a, step_type: noop }]\n");
    let before = sources(&project);
    let done = run(&project, &["run", "--max-seconds", "3", "hang.yaml", "later.yaml"]);
    ends(&done, 3);
    assert_eq!(sources(&project), before);
    let last = report(&project);
    assert_eq!((&last["exit_code"], &last["tests_kept"]), (&3.into(), &0.into()), "{last}");
    assert_eq!(last["details"][0]["outcome"], "failed", "{last}");
    assert_eq!(last["details"][1]["outcome"], "skipped", "{last}");
    assert!(done.stdout.contains("the time for the run was up"), "{}", done.stdout);
    assert!(done.stderr.contains("go on with `rustchain run --max-seconds 3"), "{}", done.stderr);
    assert_eq!(row(&project, "src/lib.rs")["tests_added"], 0);
}

#[test]
fn a_target_that_was_missed_because_of_the_limit_is_no_failure_of_the_mission() {
    let project = project(&[("lib.rs", &format!("{PICK}\n{SIGN}"))]);
    let mission = "name: One of many
target: { file: src/lib.rs, target_percent: 100 }
steps:
  - { id: analyze, step_type: analyze }
  - { id: generate, step_type: generate, parameters: { max_tests: LIMIT } }
  - { id: integrate, step_type: integrate }
  - { id: verify, step_type: verify }
";
    project.write("own.yaml", &mission.replace("LIMIT", "1"));
    ends(&run(&project, &["run", "--all-or-nothing", "own.yaml"]), 2);
    project.write("own.yaml", &mission.replace("LIMIT", "100"));
    ends(&run(&project, &["run", "--max-tests", "1", "own.yaml"]), 3);
    let last = report(&project);
    assert_eq!(last["missions"]["below_target"], 1, "{last}");
    assert_eq!(last["tests_kept"], 1, "{last}");
    assert_eq!(project.read("src/lib.rs").matches("#[test]").count(), 1);
}

#[test]
fn tests_that_were_never_written_are_not_counted() {
    let project = project(&[("lib.rs", PICK)]);
    project.write(
        "look.yaml",
        "name: Look only
target: { file: src/lib.rs }
steps:
  - { id: analyze, step_type: analyze }
  - { id: generate, step_type: generate }
",
    );
    let before = sources(&project);
    let done = run(&project, &["run", "look.yaml"]);
    ends(&done, 0);
    assert_eq!(sources(&project), before);
    let last = report(&project);
    assert_eq!((&last["tests_kept"], &last["details"][0]["tests_kept"]), (&0.into(), &0.into()));
    assert!(done.stdout.contains("0 tests kept"), "{}", done.stdout);
}
