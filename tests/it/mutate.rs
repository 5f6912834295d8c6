//! `rustchain mutate` on small crates.

#![expect(clippy::disallowed_methods, reason = "tests look at files and start programs")]

use std::collections::BTreeMap;
use std::fs;
use std::process::{Command, Stdio};

use crate::harness::{Project, command, run};

const MANIFEST: &str = "\
[package]
name = \"small\"
version = \"0.1.0\"
edition = \"2021\"
[features]
other = []
";

/// A crate whose one test is weak.
fn project(lib: &str) -> Project {
    let project = Project::new();
    project.write("Cargo.toml", MANIFEST);
    project.write("src/lib.rs", lib);
    project
}

#[test]
fn the_list_has_what_is_no_test_code_and_other_features_too() {
    let project =
        project("pub mod a;\n#[cfg(feature = \"other\")]\npub mod b;\n#[cfg(test)]\nmod tests;\n");
    project.write("src/a.rs", "pub fn sum(a: u8, b: u8) -> u8 {\n    a + b\n}\n");
    project.write("src/b.rs", "pub fn not(a: bool) -> bool {\n    !a\n}\n");
    project.write("src/tests.rs", "#[test]\nfn one() { assert!(super::a::sum(1, 2) == 1 + 2); }\n");
    let before = project.tree();
    let done = run(&project, &["mutate", "--list"]);
    let expected = "\
src/a.rs:2:5: replace the body with `0` in `sum`
src/a.rs:2:5: replace the body with `1` in `sum`
src/a.rs:2:7: replace `+` with `-` in `sum`
src/a.rs:2:7: replace `+` with `*` in `sum`
src/b.rs:2:5: delete `!` in `not`
src/b.rs:2:5: replace the body with `true` in `not`
src/b.rs:2:5: replace the body with `false` in `not`
";
    assert_eq!((done.code, &*done.stdout), (0, expected), "{}", done.stderr);
    assert_eq!(project.tree(), before);
    let json = run(&project, &["mutate", "--list", "--json", "-f", "src/b.rs"]).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["mutants"][0]["operator"], "unary_operator");
    assert_eq!(json["mutants"].as_array().map(Vec::len), Some(3));
}

#[test]
fn a_file_without_production_code_is_refused() {
    let project = project("#[cfg(test)]\nmod tests;\n");
    project.write("src/tests.rs", "#[test]\nfn one() {}\n");
    let done = run(&project, &["mutate", "--list", "-f", "src/tests.rs"]);
    assert_eq!(done.code, 1, "{}", done.stdout);
    assert!(done.stderr.contains("`src/tests.rs` has no code"), "{}", done.stderr);
}

/// A crate that forbids much, with one mutant or more of every fate.
const LIB: &str = "\
//! Small.
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]
#![deny(missing_docs, warnings)]

/// A number.
pub const SIZE: usize = 2 * 3;

/// Not to be had by default.
pub struct Whole(u8);

/// Sums.
pub fn sum(a: u8, b: u8) -> u8 {
    a + b
}

/// Is called by no test.
pub fn lonely(a: bool) -> bool {
    !a
}

/// Doubles, also when it is compiled.
pub const fn double(a: u8) -> u8 {
    a * 2
}

/// Makes one.
pub fn whole(a: u8) -> Whole {
    Whole(a)
}

/// Counts down.
pub fn count(mut number: u8) -> u8 {
    let mut steps = 0_u8;
    while number != 0 {
        number -= 1;
        steps = steps.wrapping_add(1);
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums() {
        assert_eq!(sum(2, 2), 4);
    }

    #[test]
    fn others() {
        assert_eq!(double(3), 6);
        assert_eq!(whole(count(4)).0, 4);
        assert_eq!(SIZE, 6);
    }
}
";

/// What became of the mutant on a line that puts `replacement` there.
fn verdict(json: &serde_json::Value, line: u64, replacement: &str) -> String {
    let mutants = json["mutants"].as_array().expect("a list");
    let mut found = mutants.iter().filter(|one| {
        one["line"].as_u64() == Some(line) && one["replacement"].as_str() == Some(replacement)
    });
    let found = found.next().map(|one| one["verdict"].as_str().unwrap_or_default().to_owned());
    found.unwrap_or_default()
}

/// The mutants of the crate that forbids much, judged.
fn judged(project: &Project, args: &[&str]) -> serde_json::Value {
    let done = run(project, &[&["mutate", "--json"], args].concat());
    assert_eq!(done.code, 0, "{}", done.stderr);
    serde_json::from_str(&done.stdout).expect("JSON")
}

#[test]
fn a9_every_mutant_has_a_verdict_and_the_weak_test_is_seen() {
    let project = project(LIB);
    let before = project.tree();
    let json = judged(&project, &["-f", "src/lib.rs"]);
    // 2 + 2 is 2 * 2.
    assert_eq!(verdict(&json, 14, "*"), "missed");
    assert_eq!(verdict(&json, 14, "-"), "killed");
    assert_eq!(verdict(&json, 19, ""), "unreached");
    assert_eq!(verdict(&json, 24, "+"), "killed");
    assert_eq!(verdict(&json, 29, "Default::default()"), "unviable");
    // A constant shares no build with others.
    assert_eq!(verdict(&json, 7, "+"), "killed");
    let counts = json["counts"].as_object().expect("counts");
    let sum: u64 = counts.values().filter_map(serde_json::Value::as_u64).sum();
    assert_eq!((Some(sum), counts.len()), (json["total"].as_u64(), 7));
    assert_eq!(json["mutants"].as_array().map(Vec::len), Some(usize::try_from(sum).unwrap()));
    assert!(json["score"].is_f64());
    assert_eq!(project.tree(), before, "nothing is written into the project");
    // Dividing by 1 never ends.
    assert_eq!(verdict(&json, 36, "/="), "timeout");
    assert_eq!(counts["timeout"], 1);
}

/// Two functions, one of which can be made to run for ever, and a test of each.
const COUNT: &str = "\
pub fn sum(a: u8, b: u8) -> u8 {
    a + b
}

pub fn count(mut number: u8) -> u8 {
    let mut steps = 0_u8;
    while number != 0 {
        number -= 1;
        steps = steps.wrapping_add(1);
    }
    steps
}

#[test]
fn both() {
    assert_eq!(sum(2, 2), count(4));
}
";

/// The verdict of every mutant, by its place and change.
fn verdicts(json: &serde_json::Value) -> BTreeMap<String, String> {
    let mutants = json["mutants"].as_array().expect("a list").iter();
    mutants
        .map(|one| {
            let key = format!("{}:{} {}", one["line"], one["column"], one["change"]);
            (key, one["verdict"].to_string())
        })
        .collect()
}

#[test]
fn a10_the_checkout_stays_clean_and_only_changed_lines_are_mutated() {
    let project = project(COUNT);
    project.write(".gitignore", "Cargo.lock\n");
    let git = |args: &[&str]| {
        let author = ["-c", "user.name=x", "-c", "user.email=x@x", "-c", "commit.gpgsign=false"];
        let mut git = Command::new("git");
        git.args(author).args(args).current_dir(project.path(""));
        let done = git.output().expect("git starts");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8_lossy(&done.stdout).into_owned()
    };
    git(&["init", "-q"]);
    git(&["add", "-A"]);
    git(&["commit", "-q", "-m", "all"]);
    project.write("src/lib.rs", &COUNT.replace("a + b", "b + a"));
    let status = git(&["status", "--porcelain"]);
    let json = judged(&project, &["--in-diff", "HEAD"]);
    assert_eq!(json["total"], 4, "{json:#}");
    assert_eq!(json["mutants"][0]["line"], 2);
    assert_eq!(git(&["status", "--porcelain"]), status, "nothing else has changed");
}

#[test]
fn a11_a_killed_run_goes_on_where_it_ended_and_comes_to_the_same() {
    let project = project(COUNT);
    let mut child = command(&project, "", &["mutate", "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary starts");
    // What hangs is tried once more at the end, which takes a second: all else is noted by then.
    while child.try_wait().expect("a child").is_none() && notes(&project).lines().count() < 5 {
        std::thread::yield_now();
    }
    child.kill().expect("it runs");
    let done = child.wait_with_output().expect("it ends");
    assert_eq!(done.stdout, b"", "part of the verdicts is no result");
    let resumed = judged(&project, &["--resume"]);
    let whole = judged(&project, &[]);
    assert!(resumed["resumed"].as_u64().is_some_and(|count| 5 <= count), "{resumed:#}");
    assert_eq!(whole["resumed"], 0);
    assert_eq!(verdicts(&resumed), verdicts(&whole));
    assert_eq!(resumed["counts"], whole["counts"]);
}

/// The notes of a run under way.
fn notes(project: &Project) -> String {
    let cache = project.home().join("cache/rustchain");
    let lanes = fs::read_dir(cache).into_iter().flatten().flatten();
    let folders = lanes.flat_map(|lane| fs::read_dir(lane.path().join("mutants")));
    let notes = folders.flatten().flatten().map(|entry| entry.path());
    let notes = notes.filter(|path| path.extension().is_some_and(|end| end == "jsonl"));
    notes.map(|path| fs::read_to_string(path).unwrap_or_default()).collect()
}

#[test]
fn a13_a_mutant_that_hangs_is_a_timeout_and_no_process_is_left() {
    let project = project(COUNT);
    let json = judged(&project, &[]);
    assert_eq!(verdict(&json, 8, "/="), "timeout");
    assert_eq!(json["counts"]["timeout"], 1);
    let home = project.home();
    let running = fs::read_dir("/proc").expect("/proc").flatten().filter(|entry| {
        fs::read_link(entry.path().join("exe")).is_ok_and(|program| program.starts_with(&home))
    });
    assert_eq!(running.count(), 0, "nothing of the crate still runs");
}

#[test]
fn a14_a_waiver_follows_the_function_and_ends_with_its_text_or_its_time() {
    let project = project(COUNT);
    let list = run(&project, &["mutate", "--list", "--json"]).stdout;
    let list: serde_json::Value = serde_json::from_str(&list).expect("JSON");
    let hash = list["mutants"][0]["hash"].as_str().expect("a hash").to_owned();
    let waive = |expires: &str| {
        let waiver = format!(
            "[[waivers]]\nfunction = \"sum\"\noperator = \"binary_operator\"\nhash = \"{hash}\"\n\
             author = \"me\"\nreason = \"it is the same\"\nexpires = \"{expires}\"\n"
        );
        project.write("rustchain.toml", &waiver);
    };
    let counts = |args: &[&str]| {
        let done = run(&project, &[&["mutate", "--json", "--shard", "1/99"], args].concat());
        let json: serde_json::Value = serde_json::from_str(&done.stdout).expect("JSON");
        (json["counts"]["waived"].as_u64(), done.stderr)
    };
    waive("2999-12-31");
    assert_eq!(counts(&[]).0, Some(2));
    project.write("src/lib.rs", &format!("//! Moved.\n\n{COUNT}"));
    assert_eq!(counts(&[]).0, Some(2), "it is no matter of lines");
    project.write("src/lib.rs", &COUNT.replace("a + b", "b + a"));
    let (waived, said) = counts(&[]);
    assert_eq!(waived, Some(0));
    assert!(said.contains("is void: the function has changed"), "{said}");
    project.write("src/lib.rs", COUNT);
    waive("2020-12-31");
    let (waived, said) = counts(&[]);
    assert_eq!(waived, Some(0));
    assert!(said.contains("has expired on 2020-12-31"), "{said}");
    waive("soon");
    let done = run(&project, &["mutate"]);
    assert_eq!(done.code, 1);
    assert!(done.stderr.contains("`expires` is `soon`, not a date"), "{}", done.stderr);
}

#[test]
fn shards_make_up_the_whole_and_none_has_a_score() {
    let project = project(&COUNT.replace("number -= 1", "number = number.saturating_sub(1)"));
    let whole = verdicts(&judged(&project, &[]));
    let mut joined = BTreeMap::new();
    for shard in ["1/2", "2/2"] {
        let json = judged(&project, &["--shard", shard]);
        assert_eq!((&json["score"], &json["partial"]), (&serde_json::Value::Null, &true.into()));
        assert_eq!(json["total"].as_u64(), u64::try_from(whole.len()).ok());
        joined.extend(verdicts(&json).into_iter().filter(|(_, verdict)| verdict != "\"skipped\""));
    }
    assert_eq!(joined, whole);
    assert_eq!(run(&project, &["mutate", "--shard", "3/2"]).code, 1);
}

#[test]
fn another_tool_that_says_otherwise_makes_the_command_fail() {
    let project = project("pub fn sum(a: u8, b: u8) -> u8 {\n    a + b\n}\n");
    project.write("tests/it.rs", "#[test]\nfn sums() {\n    assert_eq!(small::sum(2, 2), 4);\n}\n");
    let mutant = |replacement: &str| {
        serde_json::json!({
            "name": format!("src/lib.rs:2:7: replace + with {replacement} in sum"),
            "file": "src/lib.rs", "genre": "BinaryOperator", "replacement": replacement,
            "span": { "start": { "line": 2, "column": 7 } },
        })
    };
    let outcome = |replacement: &str, summary: &str| {
        let scenario = serde_json::json!({ "Mutant": mutant(replacement) });
        serde_json::json!({ "scenario": scenario, "summary": summary })
    };
    let tool = project.path("tool/cargo-mutants");
    let (list, outcomes) = (project.path("tool/list"), project.path("tool/outcomes"));
    project.write("tool/list", &serde_json::json!([mutant("-"), mutant("*")]).to_string());
    project.write(
        "tool/cargo-mutants",
        &format!(
            "#!/bin/sh\n\
             case \"$*\" in *--list*) cat {list}; exit;; esac\n\
             while [ \"$1\" != --output ]; do shift; done\n\
             mkdir -p \"$2/mutants.out\"\n\
             cp {outcomes} \"$2/mutants.out/outcomes.json\"\n",
            list = list.display(),
            outcomes = outcomes.display(),
        ),
    );
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(&tool, mode).expect("a program");
    let path = std::env::var("PATH").expect("PATH");
    let path = format!("{}:{path}", project.path("tool").display());
    let code = |summary: &str| {
        let outcomes = [outcome("-", "CaughtMutant"), outcome("*", summary)];
        project.write("tool/outcomes", &serde_json::json!({ "outcomes": outcomes }).to_string());
        let args = ["mutate", "--verify-with", "cargo-mutants", "--sample", "5"];
        let done = command(&project, "", &args).env("PATH", &path).output().expect("it starts");
        (done.status.code(), String::from_utf8_lossy(&done.stdout).into_owned())
    };
    let (agrees, said) = code("MissedMutant");
    assert_eq!(agrees, Some(0), "{said}");
    assert!(said.contains("100.0 % of 2 verdicts agree"), "{said}");
    let (differs, said) = code("CaughtMutant");
    assert_eq!(differs, Some(2), "{said}");
    assert!(said.contains("missed here, killed by cargo-mutants"), "{said}");
}

#[test]
fn a_program_that_only_a_test_starts_is_reached() {
    let project = project("");
    project.write("src/lib.rs", "");
    project.write(
        "src/main.rs",
        "fn sum(a: u8, b: u8) -> u8 {\n    a + b\n}\n\n\
         fn main() {\n    println!(\"{}\", sum(2, 2));\n}\n",
    );
    project.write(
        "tests/it.rs",
        "#[test]\nfn prints() {\n    let program = env!(\"CARGO_BIN_EXE_small\");\n    \
         let done = std::process::Command::new(program).output().unwrap();\n    \
         assert_eq!(done.stdout, b\"4\\n\");\n}\n",
    );
    let json = judged(&project, &[]);
    assert_eq!(verdict(&json, 6, "()"), "killed");
    assert_eq!(verdict(&json, 2, "-"), "killed");
    assert_eq!(verdict(&json, 2, "*"), "missed");
}
