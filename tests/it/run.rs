//! `rustchain run` with missions of general steps: order, output, exit codes, what is left behind.

#![expect(clippy::disallowed_methods, reason = "a signal is sent by a program")]

use std::io::{BufRead as _, BufReader, Lines, Read as _};
use std::process::{Child, ChildStdout, Command, Stdio};

use crate::harness::{Project, command, run};

const MAKE: &str = "name: Make a file
steps:
  - { id: make, step_type: create_file, parameters: { path: out/made.txt, content: made } }
";

const FAIL: &str = "name: Fail
steps:
  - { id: fail, step_type: command, parameters: { command: \"false\" } }
";

const MASTER: &str = "kind: campaign
name: Both
missions:
  - { file: fail.yaml, depends_on: [make.yaml] }
  - make.yaml
";

fn project() -> Project {
    let project = Project::new();
    project.write("missions/make.yaml", MAKE);
    project.write("missions/fail.yaml", FAIL);
    project.write("missions/000_master.yaml", MASTER);
    project.write("rustchain.toml", "");
    project
}

#[test]
fn a_campaign_runs_in_order_and_its_failure_is_the_exit_code() {
    let project = project();
    let done = run(&project, &["run", "missions/000_master.yaml"]);
    assert_eq!(done.code, 2, "{}", done.stderr);
    assert_eq!(project.read("out/made.txt"), "made");
    let lines: Vec<&str> = done.stdout.lines().collect();
    assert!(lines[1].starts_with("Make a file ") && lines[1].ends_with("completed"), "{lines:?}");
    assert!(lines[2].starts_with("Fail ") && lines[2].ends_with("failed"), "{lines:?}");
    assert!(done.stdout.contains("missions/fail.yaml: step `fail`: "), "{}", done.stdout);
    assert!(done.stderr.contains("error: 2 missions: 1 failed\n"), "{}", done.stderr);
}

#[test]
fn a_mission_that_completes_ends_with_0_and_leaves_its_reports() {
    let project = project();
    let done = run(&project, &["run", "missions/make.yaml"]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    let tree = project.tree();
    for name in ["config.json", "events.jsonl", "report.json", "report.md"] {
        let is_it = |path: &&String| path.starts_with(".rustchain/runs/") && path.ends_with(name);
        assert_eq!(tree.keys().filter(is_it).count(), 1, "{name}");
    }
    assert_eq!(project.read(".rustchain/.gitignore"), "*\n");
}

#[test]
fn b21_a_dry_run_shows_the_steps_and_writes_nothing() {
    let project = project();
    let before = project.tree();
    let done = run(&project, &["run", "--dry-run", "missions/000_master.yaml"]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    assert!(done.stdout.starts_with("missions/make.yaml: Make a file\n  make (create_file)\n"));
    assert_eq!(project.tree(), before);
}

#[test]
fn json_is_one_event_a_line_and_ends_with_run_finished() {
    let project = project();
    let done = run(&project, &["run", "--format", "json", "missions/make.yaml"]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    let events: Vec<serde_json::Value> =
        done.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    for (seq, event) in events.iter().enumerate() {
        assert_eq!(event["seq"], seq);
        assert_eq!(event["run"], events[0]["run"]);
    }
    let last = events.last().expect("events");
    assert_eq!(last["type"], "run.finished");
    assert_eq!(last["missions"]["completed"], 1);
    for field in ["before", "after", "tests_kept", "wall_seconds", "cpu_seconds"] {
        assert!(!last[field].is_null(), "{field}");
    }
    for field in ["below_target", "failed", "needs_review", "skipped"] {
        assert_eq!(last["missions"][field], 0, "{field}");
    }
}

/// A run of a mission that does not end by itself, followed by one that makes a file.
struct Endless {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Endless {
    /// Starts it and waits until its first step has begun.
    fn start(project: &Project) -> Self {
        project.write("missions/long.yaml", &FAIL.replace("\"false\"", "sleep 987654"));
        let mut command = command(project, "", &LONG);
        let mut child =
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        lines.find(|line| line.as_ref().is_ok_and(|line| line.contains("\"step.started\"")));
        Self { child, lines }
    }

    /// Interrupts it; returns its last event, what it said, and its exit code.
    fn interrupt(mut self) -> (String, String, Option<i32>) {
        let pid = self.child.id().to_string();
        Command::new("kill").args(["-INT", &pid]).status().expect("kill runs");
        let last = self.lines.map_while(Result::ok).last().expect("more events");
        let mut stderr = String::new();
        let mut pipe = self.child.stderr.take().expect("a pipe");
        pipe.read_to_string(&mut stderr).expect("UTF-8");
        (last, stderr, self.child.wait().expect("it ends").code())
    }
}

const LONG: [&str; 5] = ["run", "--format", "json", "missions/long.yaml", "missions/make.yaml"];

#[test]
fn ctrl_c_ends_the_children_and_the_last_line_says_how_to_go_on() {
    let project = project();
    let (last, stderr, code) = Endless::start(&project).interrupt();
    assert_eq!(code, Some(130), "{stderr}");
    assert!(last.contains("\"run.finished\"") && last.contains("\"exit_code\":130"), "{last}");
    let hint = "go on with `rustchain run --format json missions/long.yaml missions/make.yaml`";
    assert!(stderr.trim_end().ends_with(hint), "{stderr}");
    assert!(!project.path("out/made.txt").exists());
    let listed = Command::new("ps").args(["-eo", "args"]).output().expect("ps runs").stdout;
    assert!(!String::from_utf8_lossy(&listed).lines().any(|line| line == "sleep 987654"));
}

#[test]
fn a_terminal_that_goes_away_ends_the_run_cleanly() {
    let project = project();
    let endless = Endless::start(&project);
    let pid = endless.child.id().to_string();
    Command::new("kill").args(["-HUP", &pid]).status().expect("kill runs");
    let last = endless.lines.map_while(Result::ok).last().expect("more events");
    assert!(last.contains("\"run.finished\"") && last.contains("\"exit_code\":130"), "{last}");
    let output = endless.child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(130));
}

#[test]
fn under_nohup_a_run_outlives_its_terminal() {
    let project = project();
    let made = Command::new("mkfifo").arg(project.path("pipe")).status().expect("it starts");
    assert!(made.success());
    // The child that reads is there when the signal comes, and ends after it.
    project.write("missions/fail.yaml", &FAIL.replace("\"false\"", "cat pipe"));
    let inner = command(&project, "", &["run", "--format", "json", "missions/fail.yaml"]);
    let mut outer = Command::new("sh");
    outer.args(["-c", r#"trap "" HUP; exec "$@""#, "sh"]).arg(inner.get_program());
    outer.args(inner.get_args()).current_dir(project.path("")).stdin(Stdio::null());
    outer.envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let mut child = outer.stdout(Stdio::piped()).spawn().expect("it starts");
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    lines.find(|line| line.as_ref().is_ok_and(|line| line.contains("\"step.started\"")));
    Command::new("kill").args(["-HUP", &child.id().to_string()]).status().expect("kill runs");
    project.write("pipe", "go on\n");
    assert!(lines.map_while(Result::ok).any(|line| line.contains("\"completed\":1")));
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
}

#[test]
fn a_second_run_is_refused_while_the_first_lives_and_not_after_it() {
    let project = project();
    let first = Endless::start(&project);
    let second = run(&project, &["run", "missions/make.yaml"]);
    assert_eq!((second.code, &*second.stdout), (7, ""), "{}", second.stderr);
    assert!(second.stderr.contains("another run is in progress"), "{}", second.stderr);
    assert!(!project.path("out/made.txt").exists());
    first.interrupt();
    assert_eq!(run(&project, &["run", "missions/make.yaml"]).code, 0);
}

#[test]
fn a_path_that_leads_out_of_the_project_is_refused_before_anything_is_written() {
    for path in ["../made.txt", "/tmp/made.txt", "out/../../made.txt"] {
        let project = project();
        project.write("out.yaml", &MAKE.replace("out/made.txt", path));
        let done = run(&project, &["run", "missions/make.yaml", "out.yaml"]);
        assert_eq!(done.code, 1, "{path}: {}", done.stderr);
        assert!(!project.path("out/made.txt").exists(), "{path}");
    }
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let project = project();
    let mut command = command(&project, "", &["run", "--format", "json", "missions/make.yaml"]);
    let mut child = command.stdout(Stdio::piped()).spawn().expect("it starts");
    drop(child.stdout.take());
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
    assert_eq!(project.read("out/made.txt"), "made");
}

#[test]
fn a_mission_that_is_gone_ends_with_1_and_writes_nothing() {
    let project = project();
    let before = project.tree();
    let done = run(&project, &["run", "missions/gone.yaml"]);
    assert_eq!((done.code, &*done.stdout), (1, ""));
    assert!(done.stderr.contains("missions/gone.yaml"), "{}", done.stderr);
    assert_eq!(project.tree(), before);
}

#[test]
fn bad_files_end_with_1_and_name_the_file() {
    for (name, text) in [("empty.yaml", ""), ("binary.yaml", "name: \0\u{1}"), ("list.yaml", "- a")]
    {
        let project = Project::new();
        project.write(name, text);
        let done = run(&project, &["run", name]);
        assert_eq!(done.code, 1, "{name}: {}", done.stderr);
        assert!(done.stderr.contains(name), "{}", done.stderr);
        assert!(!project.path(".rustchain").exists(), "{name}");
    }
}

#[test]
fn b31_a_name_that_leads_out_is_refused() {
    let project = Project::new();
    project.write("evil.yaml", "name: ../../evil\nsteps: []\n");
    let done = run(&project, &["run", "evil.yaml"]);
    assert_eq!(done.code, 1, "{}", done.stderr);
    assert!(!project.path(".rustchain").exists());
}

#[test]
fn missions_are_found_from_elsewhere_and_belong_to_the_project_around_them() {
    let project = project();
    project.write("elsewhere/keep", "");
    let folder = "elsewhere";
    let done = crate::harness::run_in(&project, folder, &["run", "../missions/make.yaml"]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    assert_eq!(project.read("out/made.txt"), "made");
}

#[test]
fn parameters_are_set_by_name() {
    let project = Project::new();
    project.write(
        "m.yaml",
        "version: '1.1'\nname: x\nparameters:\n  \
         - { name: word, required: true }\nsteps:\n  \
         - id: a\n    step_type: create_file\n    \
         parameters: { path: a, content: '{{ params.word }}' }\n",
    );
    assert_eq!(run(&project, &["run", "m.yaml"]).code, 1);
    assert_eq!(run(&project, &["run", "m.yaml", "--set", "word=hello"]).code, 0);
    assert_eq!(project.read("a"), "hello");
}
