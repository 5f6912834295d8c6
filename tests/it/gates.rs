//! The gates, judging tests that are made to fail at one of them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::ErrorKind;
use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};

use camino::Utf8PathBuf;
use rustchain::cargo::{Launch, Selection, Surroundings, Targets, Workshop};
use rustchain::coverage::FileCoverage;
use rustchain::error::{Kind, Result};
use rustchain::gate::{self, Composition, Stage, Trial, Verdict};
use rustchain::policy::{Gates, Mode};
use rustchain::sandbox::{Choice, Sandbox};
use rustchain::step::coverage::Boxes;
use rustchain::sys::{Process, Stop, fs};

use crate::harness::Project;
use crate::improve_missions::{PICK, project};

/// A crate, and the box in which candidates for it are judged.
struct Court {
    project: Project,
    workshop: Workshop,
    boxes: Boxes,
    /// Files that are composed beside the one with the tests.
    beside: BTreeMap<Utf8PathBuf, String>,
    /// Whether the last test of every composition does not compile.
    breaks: bool,
}

impl Court {
    fn new() -> Self {
        Self::with(Choice::Auto)
    }

    fn with(choice: Choice) -> Self {
        let project = project(&[("lib.rs", PICK)]);
        let path = |path: std::path::PathBuf| Utf8PathBuf::from_path_buf(path).expect("UTF-8");
        let program = Utf8PathBuf::from(env!("CARGO_BIN_EXE_rustchain"));
        let surroundings = Surroundings {
            cache: path(project.home()).join("gates"),
            cargo_home: path(project.home()),
            program: program.clone(),
            workspace_wrapper: None,
        };
        let folder = path(project.path("")).canonicalize_utf8().expect("a folder");
        let workshop = Workshop::open(&folder, surroundings, &Stop::never()).expect("a workshop");
        let cache = path(project.home()).join("box");
        let sandbox = Sandbox::find_in(choice, &program, &cache, &Stop::never()).expect("a box");
        let boxes = Boxes::open(&workshop, &sandbox).expect("boxes");
        Self { project, workshop, boxes, beside: BTreeMap::new(), breaks: false }
    }

    /// Judges tests with these bodies, each run so often.
    fn judge(&mut self, bodies: &[&str], rules: (Gates, u32)) -> Verdict {
        self.try_judge(bodies, rules).expect("a verdict")
    }

    fn try_judge(&mut self, bodies: &[&str], (gates, runs): (Gates, u32)) -> Result<Verdict> {
        let text = |test: usize| format!("#[test]\nfn case_{test}() {{\n    {}\n}}", bodies[test]);
        let source = self.project.read("src/lib.rs");
        let compose = |alive: &BTreeSet<usize>, _: &BTreeSet<String>| {
            let mut whole = format!("{source}\n#[cfg(test)]\nmod tests {{\n    use super::*;\n");
            for test in alive {
                let mut indented = text(*test).replace('\n', "\n    ");
                if self.breaks && alive.last() == Some(test) {
                    indented = indented.replace('{', "{ let () = 1;");
                }
                writeln!(whole, "\n    {indented}").expect("written");
            }
            whole.push_str("}\n");
            let names = alive.iter().map(|test| (*test, format!("tests::case_{test}")));
            let mut texts = self.beside.clone();
            texts.insert(Utf8PathBuf::from("src/lib.rs"), whole);
            Ok(Composition { texts, tests: names.collect() })
        };
        let boxes = &self.boxes;
        // The binary is started to list its tests and for the canary, then for each run.
        let starts = AtomicUsize::new(0);
        let wrap = |process: Process, launch: &Launch| {
            let run = (starts.fetch_add(1, Ordering::SeqCst) + 1).saturating_sub(2);
            let mut launch = launch.clone();
            launch.env.insert("RUN".to_owned(), run.to_string());
            boxes.test(process, &launch)
        };
        let trial = Trial {
            selection: &Selection::default(),
            targets: Targets::Lib,
            file: "src/lib.rs",
            covered: &FileCoverage::default(),
            count: bodies.len(),
            compose: &compose,
            text: &text,
            gates,
            runs,
            seed: 1,
            wrap: &wrap,
            tell: &|_| (),
        };
        gate::prove(&mut self.workshop, &trial, &Stop::never())
    }
}

/// The gates that stopped tests, by their numbers.
fn stopped(verdict: &Verdict) -> Vec<(usize, Stage)> {
    let mut stopped: Vec<_> = verdict.rejected.iter().map(|r| (r.test, r.stage)).collect();
    stopped.sort_unstable();
    stopped
}

fn kept(verdict: &Verdict) -> Vec<usize> {
    verdict.kept.iter().map(|passed| passed.test).collect()
}

#[test]
fn every_gate_stops_what_it_is_for_and_the_rest_is_kept_with_what_it_showed() {
    let bodies = [
        "assert_eq!(pick(9), 1);",
        "assert_eq!(pick(8), 1);",
        "assert_eq!(pick(1), 1);",
        "assert_eq!(pick(1), nothing());",
        "let unused = pick(1); assert_eq!(pick(1), 2);",
        "unsafe { std::env::set_var(\"A\", \"b\") }; assert_eq!(pick(1), 2);",
        "assert_eq!(pick(2), 2);",
    ];
    let mut court = Court::new();
    let verdict = court.judge(&bodies, (Gates::default(), 3));
    let expected = [
        (1, Stage::Adds),
        (2, Stage::Passes),
        (3, Stage::Compiles),
        (4, Stage::Compiles),
        (5, Stage::Clean),
    ];
    assert_eq!(stopped(&verdict), expected, "{:?}", verdict.rejected);
    assert!(verdict.rejected.iter().all(|rejection| !rejection.detail.is_empty()));
    assert_eq!(kept(&verdict), [6, 0], "what covers most comes first");
    assert!(verdict.canary_failed);
    let [most, rest] = &verdict.kept[..] else { panic!("{:?}", verdict.kept) };
    assert_eq!((most.lines.clone(), most.runs), (vec![2, 3, 5, 6, 7], 3));
    assert_eq!((rest.lines.clone(), rest.runs), (vec![4], 3));

    let lenient = Gates { lint: Mode::Warn, redundant: Mode::Off, ..Gates::default() };
    let verdict =
        court.judge(&[bodies[0], bodies[1], "let _ = pick(1); assert!(true);"], (lenient, 2));
    assert_eq!((stopped(&verdict), kept(&verdict)), (Vec::new(), vec![2, 0, 1]));
    assert_eq!(verdict.warned.len(), 1);
    assert_eq!((verdict.warned[0].test, verdict.warned[0].stage), (2, Stage::CanFail));
}

#[test]
fn a12_a_test_that_cannot_fail_is_hollow_and_covers_nothing() {
    let bodies = ["pick(1); assert!(true);", "pick(9); assert_eq!(2, 2);"];
    let verdict = Court::new().judge(&bodies, (Gates::default(), 2));
    assert_eq!(stopped(&verdict), [(0, Stage::CanFail), (1, Stage::CanFail)]);
    assert_eq!(verdict.rejected[0].stage.reason(), "hollow");
    assert_eq!((kept(&verdict), verdict.covered), (Vec::new(), None));
}

#[test]
fn without_a_canary_in_the_binary_no_test_is_kept() {
    let mut court = Court::new();
    court.beside.insert("notes.rs".into(), "// No part of the crate.\n".to_owned());
    let rules = (Gates::default(), 2);
    let error = court.try_judge(&["assert_eq!(pick(2), 2);"], rules).expect_err("no canary");
    assert_eq!(error.kind(), Kind::BaselineRed);
    assert!(error.chain()[1].contains("is not listed"), "{error:?}");
    // Where no test is left, there is nothing to prove.
    let verdict = court.judge(&["pick(1) + \"\";"], rules);
    assert_eq!((stopped(&verdict), kept(&verdict)), (vec![(0, Stage::Compiles)], vec![]));
}

#[test]
fn tests_that_are_left_after_the_last_round_are_rejected() {
    let mut court = Court::new();
    court.breaks = true;
    let verdict = court.judge(&["assert_eq!(pick(2), 2);"; 10], (Gates::default(), 2));
    let expected: Vec<_> = (0..10).map(|test| (test, Stage::Compiles)).collect();
    assert_eq!((stopped(&verdict), kept(&verdict)), (expected, vec![]));
    assert!(verdict.rejected[9].detail.contains("in 8 rounds"), "{:?}", verdict.rejected[9]);
}

#[test]
fn b30_a_candidate_reaches_no_network_no_secret_and_no_home() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.set_nonblocking(true).expect("a socket");
    let port = listener.local_addr().expect("an address").port();
    let connect = format!("pick(1); std::net::TcpStream::connect(\"127.0.0.1:{port}\").unwrap();");
    let bodies = [
        connect.as_str(),
        // What cargo, or whoever runs this, set for this process and for no test.
        "pick(1); std::env::var(\"PATH\").unwrap();",
        "let home = std::env::var(\"HOME\").unwrap(); pick(1); \
         assert!(std::fs::read_dir(home).unwrap().next().is_some());",
        "let user = std::fs::read_dir(\"/root\").or_else(|_| std::fs::read_dir(\"/home\")); \
         pick(1); assert!(user.is_ok());",
    ];
    let verdict = Court::new().judge(&bodies, (Gates::default(), 2));
    let failed = |test| (test, Stage::Passes);
    assert_eq!(stopped(&verdict), [0, 1, 2, 3].map(failed), "{:?}", verdict.rejected);
    assert_eq!(kept(&verdict), Vec::<usize>::new());
    let reached = listener.accept().map_err(|error| error.kind());
    assert_eq!(reached.err(), Some(ErrorKind::WouldBlock), "somebody connected");
    // Without the box the same test passes.
    let mut court = Court::with(Choice::None);
    assert_eq!(kept(&court.judge(&bodies[..1], (Gates::default(), 2))), [0]);
}

/// A test that fails in one of its runs.
fn fails_in(run: usize) -> String {
    format!("let run = std::env::var(\"RUN\").unwrap(); assert!(pick(1) == 2 && run != \"{run}\");")
}

#[test]
fn b32_a_test_that_fails_within_the_runs_is_rejected_and_one_that_fails_later_is_kept() {
    let mut court = Court::new();
    for (run, expected) in [
        (1, vec![(0, Stage::Passes)]),
        (2, vec![(0, Stage::Stable)]),
        (5, vec![(0, Stage::Stable)]),
    ] {
        let verdict = court.judge(&[&fails_in(run)], (Gates::default(), 5));
        assert_eq!((stopped(&verdict), kept(&verdict)), (expected, vec![]), "run {run}");
    }
    let verdict = court.judge(&[&fails_in(6)], (Gates::default(), 5));
    assert_eq!((stopped(&verdict), kept(&verdict)), (Vec::new(), vec![0]));
    assert_eq!(verdict.kept[0].runs, 5);
    let warned = court.judge(&[&fails_in(3)], (Gates { flaky: Mode::Warn, ..Gates::default() }, 5));
    assert_eq!((kept(&warned), warned.warned[0].stage), (vec![0], Stage::Stable));
}

#[test]
fn b7_no_candidate_writes_to_a_file_of_the_project() {
    let mut court = Court::new();
    let lane = court.workshop.lane.root();
    let before = court.project.tree();
    let inside = |path: &str| lane.join(path).to_string();
    let in_home = "let home = std::env::var(\"HOME\").unwrap();";
    let attempts = [
        "std::fs::write(\"src/b.rs\", \"x\").unwrap();".to_owned(),
        format!("std::fs::write({:?}, \"x\").unwrap();", inside("src/lib.rs")),
        format!("std::fs::write({:?}, \"x\").unwrap();", inside("src/../build.rs")),
        format!("std::fs::write({:?}, \"x\").unwrap();", court.project.path("src/lib.rs")),
        format!("std::fs::remove_file({:?}).unwrap();", inside("src/lib.rs")),
        format!("std::fs::File::options().append(true).open({:?}).unwrap();", inside("Cargo.toml")),
        format!(
            "{in_home} let link = home + \"/link\"; let _ = std::fs::remove_file(&link); \
             std::os::unix::fs::symlink({:?}, &link).unwrap(); \
             std::fs::write(link, \"x\").unwrap();",
            inside("src/lib.rs")
        ),
        format!(
            "{in_home} let own = home + \"/own\"; std::fs::write(&own, \"x\").unwrap(); \
             std::fs::rename(own, {:?}).unwrap();",
            inside("src/lib.rs")
        ),
        format!(
            "use std::os::unix::fs::PermissionsExt as _; std::fs::set_permissions({:?}, \
             std::fs::Permissions::from_mode(0o600)).unwrap();",
            inside("src/lib.rs")
        ),
        format!("std::fs::create_dir({:?}).unwrap();", inside(".cargo")),
    ];
    let bodies: Vec<String> =
        attempts.iter().map(|attempt| format!("pick(1); {attempt}")).collect();
    let bodies: Vec<&str> = bodies.iter().map(String::as_str).collect();
    let verdict = court.judge(&bodies, (Gates::default(), 2));
    let expected: Vec<_> = (0..bodies.len()).map(|test| (test, Stage::Passes)).collect();
    assert_eq!(stopped(&verdict), expected, "{:?}", verdict.rejected);
    assert_eq!(kept(&verdict), Vec::<usize>::new());
    assert!(court.project.tree() == before, "the checkout differs");
    court.workshop.refresh(&Stop::never()).expect("the lane follows the checkout");
    for (path, bytes) in &before {
        let copy = fs::read(&lane.join(path)).expect(path);
        assert!(copy == *bytes, "`{path}` of the work copy differs");
    }
    assert!(!lane.join("build.rs").exists() && !lane.join(".cargo").exists());
}
