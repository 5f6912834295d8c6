//! Tests of the general steps: whole missions in a folder of their own.
#![expect(clippy::disallowed_methods, reason = "these tests look at the files that steps write")]

use std::collections::BTreeMap;
use std::fs;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::{Map, Value as Json};

use super::Kinds;
use crate::engine::{self, MissionReport, Run, Silent};
use crate::error::{Error, Result};
use crate::mission::{self, Document};
use crate::sys::Stop;

/// A project in a folder of its own.
struct Project {
    _folder: tempfile::TempDir,
    root: Utf8PathBuf,
}

impl Project {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let root = Utf8PathBuf::from_path_buf(folder.path().to_owned()).expect("UTF-8");
        let project = Self { _folder: folder, root };
        for (name, text) in files {
            project.write(name, text);
        }
        project
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.root.join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.root.join(name)).unwrap_or_else(|_| "(none)".to_owned())
    }

    /// Runs the steps of a mission; `env` holds TOKEN.
    fn run(&self, steps: &str) -> Result<MissionReport> {
        let text = format!("name: m\nsteps:\n{steps}");
        let loaded = mission::parse("m.yaml", text.as_bytes()).map_err(Error::from)?;
        let Document::Mission(mission) = loaded.document else { panic!("a mission") };
        let run = Run {
            mission: &mission,
            file: Utf8Path::new("missions/m.yaml").to_owned(),
            root: self.root.clone(),
            params: Map::new(),
            env: BTreeMap::from([("API_TOKEN".to_owned(), "s3cr3t-value".to_owned())]),
            observer: &Silent,
            stop: Stop::never(),
            skip_unsupported: false,
            callers: Vec::new(),
        };
        engine::run(&run, &mut Kinds::general().runner())
    }

    /// The statuses and messages of a mission that can run.
    #[track_caller]
    fn steps(&self, steps: &str) -> Vec<String> {
        let report = self.run(steps).unwrap_or_else(|error| panic!("{:?}", error.chain()));
        let line = |step: &engine::StepRecord| format!("{}: {}", step.status.name(), step.message);
        report.steps.iter().map(line).collect()
    }

    /// The one step of a mission: its status and its message.
    #[track_caller]
    fn step(&self, step: &str) -> String {
        let mut steps = self.steps(&format!("  - {{ id: a, step_type: {step} }}\n"));
        assert_eq!(steps.len(), 1);
        steps.remove(0)
    }

    /// Why a mission cannot run.
    #[track_caller]
    fn refused(&self, step: &str) -> String {
        let error = self.run(&format!("  - {{ id: a, step_type: {step} }}\n"));
        error.expect_err("it must not run").chain().join(": ")
    }
}

#[test]
fn a_new_file_is_made_and_an_old_one_stays() {
    let project = Project::new(&[("old.txt", "old\n")]);
    let made = "create_file, parameters: { path: new/a.txt, content: hello }";
    assert_eq!(project.step(made), "completed: `new/a.txt`: 5 bytes");
    assert_eq!(project.read("new/a.txt"), "hello");
    assert_eq!(project.step(made), "completed: `new/a.txt`: 5 bytes", "twice is as once");
    let over = "create_file, parameters: { path: old.txt, content: new }";
    assert_eq!(project.step(over), "failed: `old.txt` exists already");
    assert_eq!(project.read("old.txt"), "old\n");
    project.step("create_file, parameters: { path: old.txt, content: new, overwrite: true }");
    assert_eq!(project.read("old.txt"), "new");
}

#[test]
fn an_edit_does_what_it_says_and_nothing_else() {
    let check = |parameters: &str, before: &str, after: &str| {
        let project = Project::new(&[("a.txt", before)]);
        let done = project.step(&format!("edit_file, parameters: {{ path: a.txt, {parameters} }}"));
        assert_eq!(project.read("a.txt"), after, "{parameters}: {done}");
        assert_eq!(done.starts_with("completed"), before != after, "{parameters}: {done}");
    };
    check("operation: append, content: b", "a", "a\nb");
    check("append: true, content: \"b\\n\"", "a\n", "a\nb\n");
    check("append: true, content: \"b\\n\"", "a\r\n", "a\r\nb\r\n");
    check("operation: prepend, content: b", "a\n", "b\na\n");
    check("mode: overwrite, content: b", "a\n", "b");
    check("find: one, content: two", "one for all", "two for all");
    check("find: one, content: two", "one for one", "one for one");
    check("find: one, content: two, all: true", "one for one", "two for two");
    check("find: none, content: two", "one", "one");
    check("line: 2, content: b", "a\nc\n", "a\nb\nc\n");
    check("line: 3, content: \"b\\n\"", "a\nc", "a\nc\nb\n");
    check("line: 9, content: b", "a\nc\n", "a\nc\n");
    check("after: x, content: b", "a x\nc\n", "a x\nb\nc\n");
    check("before: c, content: b", "a\nc\n", "a\nb\nc\n");
    check("before: c, content: b", "c\nc\n", "c\nc\n");
    check("operation: insert, content: b", "a\n", "a\n");
    check("operation: replace, content: b", "a\n", "a\n");
}

#[test]
fn an_edit_that_does_not_say_what_to_do_is_refused() {
    let project = Project::new(&[("a.txt", "a")]);
    let why = project.refused("edit_file, parameters: { path: a.txt, content: b }");
    assert!(why.ends_with("it does not say what to do with the file"), "{why}");
    let gone = project.step("edit_file, parameters: { path: b.txt, append: true, content: b }");
    assert_eq!(gone, "failed: `b.txt` does not exist");
}

#[test]
fn a_file_is_read_for_later_steps() {
    let project = Project::new(&[("in.txt", "text \"quoted\" $HOME\n")]);
    let steps = project.steps(
        "  - { id: r, step_type: read_file, parameters: { path: in.txt } }
  - id: w
    step_type: create_file
    parameters: { path: out.txt, content: '{{ steps.r.content }}' }
",
    );
    assert_eq!(steps, ["completed: `in.txt`: 20 bytes", "completed: `out.txt`: 20 bytes"]);
    assert_eq!(project.read("out.txt"), project.read("in.txt"));
    assert!(project.step("read_file, parameters: { path: no.txt }").starts_with("failed: cannot"));
}

#[test]
fn no_step_leaves_the_project_by_a_link_or_touches_git() {
    let project = Project::new(&[("a.txt", "a"), (".git/config", "c")]);
    let outside = tempfile::tempdir().expect("a folder");
    std::os::unix::fs::symlink(outside.path(), project.root.join("out")).expect("a link");
    std::os::unix::fs::symlink("/nowhere/at/all", project.root.join("dead")).expect("a link");
    std::os::unix::fs::symlink("a.txt", project.root.join("fine")).expect("a link");
    for path in ["out/x", "out", "dead", ".git/config", ".git/hooks/post-commit"] {
        let step = format!("create_file, parameters: {{ path: {path}, overwrite: true }}");
        let done = project.step(&step);
        assert!(done.starts_with("failed: "), "{path}: {done}");
    }
    assert_eq!(fs::read_dir(outside.path()).expect("a folder").count(), 0);
    assert_eq!(project.read(".git/config"), "c");
    project.step("edit_file, parameters: { path: fine, append: true, content: b }");
    assert_eq!(project.read("a.txt"), "a\nb");
}

#[test]
fn a_command_gets_its_words_and_gives_its_output() {
    let project = Project::new(&[("sub/x", "")]);
    let report = project
        .run(
            "  - { id: v, step_type: noop, parameters: { message: 'two words \"q\"' } }
  - id: a
    step_type: command
    parameters:
      command: printf '%s|' one 'two three' {{ steps.v.output }}
      args: [\"{{ steps.v.output }}\", 5, \"$HOME\"]
  - { id: b, step_type: command, parameters: { command: sh -c 'pwd; echo $X', working_dir: sub,
      env: { X: y } } }
",
        )
        .expect("it runs");
    let output = |index: usize| report.steps[index].outputs["output"].as_str().unwrap_or_default();
    assert_eq!(output(1), "one|two three|two words \"q\"|two words \"q\"|5|$HOME|");
    assert!(output(2).ends_with("/sub\ny"), "{}", output(2));
    assert_eq!(report.steps[1].outputs["exit_code"], Json::from(0));
}

#[test]
fn a_command_that_fails_shows_why() {
    let project = Project::new(&[]);
    let step = "command, parameters: { command: 'sh -c \"echo out; echo why >&2; exit 3\"' }";
    assert_eq!(project.step(step), "failed: `sh` ended with exit code 3: why");
    let gone = project.step("command, parameters: { command: no-such-program-here }");
    assert!(gone.starts_with("failed: cannot start `no-such-program-here`"), "{gone}");
}

#[test]
fn a_shell_has_to_be_asked_for() {
    let project = Project::new(&[]);
    let why = project.refused("command, parameters: { command: mkdir done && touch x }");
    assert!(why.ends_with("`&&` means something to a shell only"), "{why}");
    assert!(!project.root.join("done").exists() && !project.root.join("&&").exists());
    let asked = "command, parameters: { command: mkdir done && touch x, shell: true }";
    assert!(project.step(asked).starts_with("completed"));
    assert!(project.root.join("done").exists() && project.root.join("x").exists());
    let args = "command, parameters: { command: 'echo \"$1\" > y', args: ['a; b'], shell: true }";
    project.step(args);
    assert_eq!(project.read("y"), "a; b\n");
}

#[test]
fn nothing_is_put_into_the_text_of_a_shell_command() {
    let project = Project::new(&[]);
    let why = project.refused("command, parameters: { command: 'echo {{ env.X }}', shell: true }");
    assert!(why.contains("refers to what has no value"), "{why}");
    let why = project
        .refused("command, parameters: { command: 'echo {{ env.API_TOKEN }}', shell: true }");
    assert!(why.contains("a reference stands in the text of a shell command"), "{why}");
}

#[test]
fn a_timeout_ends_the_children_of_a_command_too() {
    let project = Project::new(&[]);
    let step = "command, timeout_seconds: 1, parameters: { shell: true, command: \
                'sleep 600 & echo $! > pid; wait' }";
    let done = project.step(step);
    assert!(done.starts_with("timed_out: not done within 1 s"), "{done}");
    let stat = format!("/proc/{}/stat", project.read("pid").trim());
    // A killed process dies when the kernel next looks at it, which a loaded machine puts off.
    let gone = |_| {
        std::thread::yield_now();
        let left = fs::read_to_string(&stat).unwrap_or_default();
        left.is_empty() || left.contains(") Z ")
    };
    assert!((0..100_000).any(gone), "{stat}");
}

#[test]
fn a_secret_of_the_environment_is_not_shown() {
    let project = Project::new(&[]);
    let step = "command, parameters: { command: 'sh -c \"echo got $1 >&2; exit 1\" x {{ \
                env.API_TOKEN }}' }";
    assert_eq!(project.step(step), "failed: `sh` ended with exit code 1: got ***");
}

#[test]
fn a_step_that_is_not_supported_never_succeeds() {
    let project = Project::new(&[]);
    for kind in mission::kind_names() {
        let known = mission::kind(kind).expect("known");
        if known.group != mission::Group::General {
            let done = project.step(kind);
            assert_eq!(done, format!("failed: `{kind}` steps are not supported by this version"));
        }
    }
}

#[test]
fn a_mission_runs_another_with_its_parameters() {
    let inner = "name: inner
parameters: [{ name: who, required: true }]
steps: [{ id: w, step_type: create_file, parameters: { path: out.txt, content: 'hi {{ params.who \
                 }}' } }]
";
    let project = Project::new(&[("missions/inner.yaml", inner)]);
    let done = project.step("mission, parameters: { path: inner.yaml, set: { who: you } }");
    assert_eq!(done, "completed: `inner.yaml` is completed");
    assert_eq!(project.read("out.txt"), "hi you");
    let why = project.refused("mission, parameters: { path: inner.yaml }");
    assert!(why.ends_with("`who` is required"), "{why}");
    project.write("missions/bad.yaml", "name: b\nsteps: [{ id: x, step_type: http }]\n");
    let done = project.step("mission, parameters: { path: missions/bad.yaml }");
    assert!(done.starts_with("failed: the mission `missions/bad.yaml` failed: `x`: "), "{done}");
}

#[test]
fn missions_that_run_each_other_are_refused_before_anything_is_written() {
    let text = |other: &str| {
        format!(
            "name: n\nsteps:\n  - {{ id: w, step_type: create_file, parameters: {{ path: out }} }}
  - {{ id: m, step_type: mission, parameters: {{ path: {other} }} }}\n"
        )
    };
    let project = Project::new(&[("a.yaml", &text("b.yaml")), ("b.yaml", &text("a.yaml"))]);
    let why = project.refused("mission, parameters: { path: a.yaml }");
    assert!(why.ends_with("the mission `a.yaml` would run itself"), "{why}");
    assert!(!project.root.join("out").exists());
}
