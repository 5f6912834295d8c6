//! The box around whole commands: hostile build scripts, tests that need more than a box allows,
//! and the same run in every box.

#![expect(clippy::disallowed_methods, reason = "tests prepare folders and read what is left")]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;

use serde_json::Value as Json;

use crate::escape::say;
use crate::harness::{Done, Project, command, share_runtime};

/// A build script that tries everything, and leaves a line for each attempt where it may write.
const BUILD: &str = r#"
use std::fmt::Debug;
use std::{env, fs, net};
fn said<T, E: Debug>(result: Result<T, E>) -> String {
    match result {
        Ok(_) => "ok".to_owned(),
        Err(error) => format!("{error:?}"),
    }
}
fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let outside = include_str!("outside").trim();
    let tree = env::var("CARGO_MANIFEST_DIR").unwrap();
    let address = "ADDRESS";
    let udp = net::UdpSocket::bind("127.0.0.1:0");
    let lines = [
        ("write", said(fs::write(format!("{outside}/new"), "x"))),
        ("read", said(fs::read(format!("{outside}/secret")))),
        ("credentials", said(fs::read(format!("{outside}/../cargo-home/credentials.toml")))),
        ("home", said(fs::write(format!("{outside}/../home/.profile"), "x"))),
        ("git", said(fs::create_dir_all(format!("{tree}/.git")))),
        ("config", said(fs::create_dir_all(format!("{tree}/.cargo")))),
        ("source", said(fs::write(format!("{tree}/src/lib.rs"), "x"))),
        ("script", said(fs::write(format!("{tree}/build.rs"), "x"))),
        ("tcp", said(net::TcpStream::connect(address))),
        ("udp", said(udp.and_then(|socket| socket.send_to(b"x", address)))),
        ("token", said(env::var("RUSTCHAIN_TEST_TOKEN"))),
        ("harmless", said(env::var("RUSTCHAIN_TEST_WORD"))),
    ];
    let text: String = lines.iter().map(|(name, said)| format!("{name}: {said}\n")).collect();
    fs::write(format!("{}/attempts", env::var("OUT_DIR").unwrap()), text).unwrap();
}
"#;

/// The boxes of this machine: those that `doctor` could use, with a word on the others.
fn boxes() -> Vec<&'static str> {
    let project = Project::new();
    crate_with(&project, "pub fn one() -> u8 { 1 }\n");
    let there = |name: &&str| {
        let done = command(&project, "", &["measure", "--sandbox", name]).output().expect("starts");
        let there = done.status.success();
        if !there {
            let reason = String::from_utf8_lossy(&done.stderr).into_owned();
            say(&format!("{name} is not on this machine: {reason}"));
        }
        there
    };
    let found: Vec<&str> = ["bwrap", "podman", "landlock"].into_iter().filter(there).collect();
    assert!(!found.is_empty(), "this machine has no box at all");
    found
}

/// Writes a crate.
fn crate_with(project: &Project, lib: &str) {
    project.write(
        "Cargo.toml",
        "[package]\nname = \"plain\"\nversion = \"0.1.0\"\nedition = \"2021\"\n",
    );
    project.write("src/lib.rs", lib);
}

/// Runs the program with secrets in its environment.
fn run(project: &Project, args: &[&str]) -> Done {
    let mut command = command(project, "", args);
    command.env("RUSTCHAIN_TEST_TOKEN", "hunter2").env("RUSTCHAIN_TEST_WORD", "hello");
    let output = command.output().expect("the binary starts");
    Done {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// What the build script was told, by attempt.
fn attempts(project: &Project) -> BTreeMap<String, String> {
    let mut pending = vec![project.home().join("cache/rustchain")];
    while let Some(folder) = pending.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.ends_with("attempts") {
                let text = fs::read_to_string(path).expect("read");
                let pairs = text.lines().filter_map(|line| line.split_once(": "));
                return pairs.map(|(name, said)| (name.to_owned(), said.to_owned())).collect();
            }
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                pending.push(path);
            }
        }
    }
    BTreeMap::new()
}

/// A crate with the hostile build script, and the folder outside that it is after.
fn hostile(address: &str) -> (Project, PathBuf) {
    let project = Project::new();
    crate_with(&project, "pub fn one() -> u8 { 1 }\n");
    let outside = project.home().join("outside");
    fs::create_dir_all(&outside).expect("made");
    fs::write(outside.join("secret"), "token").expect("written");
    project.write("outside", outside.to_str().expect("UTF-8"));
    project.write("build.rs", &BUILD.replace("ADDRESS", address));
    (project, outside)
}

#[test]
fn a_build_script_is_stopped_and_told_why_in_every_box() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    for name in boxes() {
        let (project, outside) = hostile(&address);
        let before = project.tree();
        let done = run(&project, &["measure", "--sandbox", name]);
        assert_eq!(done.code, 0, "{name}: {}", done.stderr);
        let mut attempts = attempts(&project);
        assert_eq!(attempts.remove("harmless").as_deref(), Some("ok"));
        assert_eq!(attempts.len(), 11, "{attempts:#?}");
        for (attempt, said) in attempts {
            assert!(!said.is_empty() && said != "ok", "{name}: {attempt}: {said}");
        }
        assert!(!outside.join("new").exists() && project.tree() == before);
    }
}

#[test]
fn without_a_box_a_build_script_gets_what_it_wants() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let (project, outside) = hostile(&address);
    // It also overwrites the work copy, so that this build comes to nothing.
    run(&project, &["measure", "--sandbox", "none"]);
    let attempts = attempts(&project);
    for attempt in ["write", "read", "tcp", "udp", "token", "source"] {
        assert_eq!(attempts[attempt], "ok", "{attempt}");
    }
    assert!(outside.join("new").exists());
}

/// Tests that pass for their author, and need the network, a variable, and a home with something.
const NEEDY: &str = r#"pub fn one() -> u8 { 1 }
#[cfg(test)]
mod tests {
    #[test]
    fn one_is_one() { assert_eq!(super::one(), 1); }
    #[test]
    fn connects() { std::net::TcpStream::connect("ADDRESS").unwrap(); }
    #[test]
    fn knows_the_secret() { std::env::var("RUSTCHAIN_TEST_TOKEN").unwrap(); }
    #[test]
    fn finds_a_home() {
        let home = std::env::var("HOME").unwrap();
        assert_ne!(std::fs::read_dir(home).unwrap().count(), 0);
    }
}
"#;

#[test]
fn b30_in_a_box_there_is_no_network_no_secret_and_an_empty_home() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let project = Project::new();
    crate_with(&project, &NEEDY.replace("ADDRESS", &address));
    for name in boxes() {
        let done = run(&project, &["measure", "--sandbox", name]);
        // What fails in the box alone is no red baseline.
        assert_eq!(done.code, 0, "{name}: {}", done.stderr);
        for test in ["connects", "knows_the_secret", "finds_a_home"] {
            let note = format!("note: `tests::{test}` passes outside of the box alone");
            assert!(done.stderr.contains(&note), "{name}: {}", done.stderr);
        }
        assert!(!done.stderr.contains("one_is_one"), "{name}: {}", done.stderr);
    }
    let done = run(&project, &["measure", "--sandbox", "none"]);
    assert!(!done.stderr.contains("outside of the box"), "{}", done.stderr);
    let said = "box: none: generated code ran with your rights, as was asked for";
    assert!(done.stderr.contains(said), "{}", done.stderr);
}

/// The kinds of the events of the only run, those about the box apart, and its report.
fn run_of(project: &Project) -> (Vec<String>, Vec<Json>, Json) {
    let runs = fs::read_dir(project.path(".rustchain/runs")).expect("runs");
    let folders: Vec<PathBuf> = runs.flatten().map(|entry| entry.path()).collect();
    let folder = folders.iter().find(|path| path.join("events.jsonl").exists()).expect("a run");
    let events = fs::read_to_string(folder.join("events.jsonl")).expect("events");
    let events = events.lines().map(|line| serde_json::from_str::<Json>(line).expect("JSON"));
    let (about, others): (Vec<Json>, Vec<Json>) =
        events.partition(|event| event["type"].as_str().is_some_and(|t| t.starts_with("box.")));
    let words = |event: &Json| {
        let part = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
        format!("{} {} {}", part("type"), part("step"), part("gate")).trim().to_owned()
    };
    let report = fs::read_to_string(folder.join("report.json")).expect("a report");
    (others.iter().map(words).collect(), about, serde_json::from_str(&report).expect("JSON"))
}

#[test]
fn b29_the_same_run_takes_the_same_course_in_every_box() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let sign = "pub fn sign(n: i32) -> i32 { if n < 0 { -1 } else { 1 } }\n";
    let lib = format!("{sign}{}", NEEDY.replace("ADDRESS", &address));
    let mut courses = Vec::new();
    let names: Vec<&str> = boxes().into_iter().chain(["none"]).collect();
    for name in &names {
        let project = Project::new();
        share_runtime(&project);
        crate_with(&project, &lib);
        let done = run(&project, &["improve", "--effort", "quick", "--sandbox", name]);
        assert_eq!(done.code, 0, "{name}: {}", done.stderr);
        let (course, about, report) = run_of(&project);
        assert_eq!(about[0]["type"], "box.chosen");
        assert_eq!(about[0]["box"], *name, "the journal says which box it was");
        assert_eq!(report["box"]["name"], *name, "the report says so, too");
        let incompatible = report["box"]["incompatible"].as_array().expect("a list").len();
        // Without a box there is the network; variables and home are kept away all the same.
        assert_eq!(incompatible, if *name == "none" { 2 } else { 3 }, "{report:#}");
        let owner = fs::metadata(project.path("src/lib.rs")).expect("there").uid();
        assert_eq!(owner, rustix::process::geteuid().as_raw());
        courses.push((course, project.read("src/lib.rs")));
    }
    for (name, course) in names.iter().zip(&courses) {
        assert_eq!(course, &courses[0], "{name} and {} differ", names[0]);
    }
}
