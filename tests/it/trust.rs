//! Whether the tests of a mission can be trusted: the validator, the canary, receipts and reasons.

#![expect(clippy::disallowed_methods, reason = "tests prepare folders")]

use std::fs;

use serde_json::Value as Json;

use crate::harness::{Done, Project, run};
use crate::improve_missions::{PICK, SIGN, ends, project, report, sources};

/// Says no to tests of `src/sign.rs` and yes to others.
const PICKY: &str = r#"case "$(cat)" in
*'"file":"src/sign.rs"'*) echo '{"pass": false, "reason": "too clever by half"}' ;;
*) echo '{"pass": true}' ;;
esac
"#;

/// A crate of two files with a validator.
fn judged(validator: &str, settings: &str) -> Project {
    let lib = format!("pub mod sign;\n\n{PICK}");
    let project = project(&[("lib.rs", &lib), ("sign.rs", SIGN)]);
    project.write("judge.sh", validator);
    let toml = format!("validator = [\"sh\", \"judge.sh\"]\n{settings}");
    project.write("rustchain.toml", &toml);
    project
}

/// The events of the latest run.
fn events(project: &Project) -> Vec<Json> {
    let tree = project.tree();
    let last = tree.iter().rfind(|(path, _)| path.ends_with("/events.jsonl")).expect("events");
    let text = String::from_utf8(last.1.clone()).expect("UTF-8");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// The mission on a file, as the latest report has it.
fn detail(project: &Project, file: &str) -> Json {
    let report = report(project);
    let mut rows = report["details"].as_array().expect("rows").iter();
    rows.find(|row| row["file"] == file).expect(file).clone()
}

#[test]
fn b4_a_validator_that_says_no_leaves_the_mission_to_a_person_and_the_others_go_on() {
    let project = judged(PICKY, "");
    let before = sources(&project);
    let done = run(&project, &["improve"]);
    ends(&done, 5);
    let sign = detail(&project, "src/sign.rs");
    assert_eq!((&sign["outcome"], &sign["tests_kept"]), (&"needs_review".into(), &0.into()));
    assert_eq!(sign["receipts"], serde_json::json!([]));
    assert_eq!(detail(&project, "src/lib.rs")["outcome"], "completed");
    let after = sources(&project);
    assert_eq!(after["src/sign.rs"], before["src/sign.rs"], "nothing of it is kept");
    assert_ne!(after["src/lib.rs"], before["src/lib.rs"]);

    let asked: Vec<Json> =
        events(&project).into_iter().filter(|event| event["type"] == "validator.asked").collect();
    let no = asked.iter().find(|event| event["pass"] == false).expect("a no");
    assert_eq!(no["reason"], "too clever by half");
    let told: Json = serde_json::from_str(&project.read(no["report"].as_str().expect("a path")))
        .expect("the report is there");
    let diff = told["question"]["files"][0]["diff"].as_str().expect("a diff");
    assert!(diff.contains("+    #[test]"), "{diff}");
    assert!(told["question"]["tests"][0]["lines_gained"].as_u64() > Some(0), "{told}");

    let why = run(&project, &["logs", "why", "src/sign.rs"]);
    ends(&why, 0);
    assert!(why.stdout.contains("needs review"), "{}", why.stdout);
    assert!(why.stdout.contains("the validator said no: too clever by half"), "{}", why.stdout);
    assert!(why.stdout.contains(no["report"].as_str().expect("a path")), "{}", why.stdout);
}

#[test]
fn b5_a_validator_that_gives_no_clear_answer_says_no() {
    let project = judged("", "validator_seconds = 1\n");
    let before = sources(&project);
    let answers = [
        ("exit 3", "exit code 3"),
        ("echo '{\"pass\": true'", "did not answer with JSON"),
        ("echo '{\"pass\": \"true\"}'", "did not answer with JSON"),
        ("exec tail -f /dev/null", "gave no answer within 1 s"),
        ("kill -9 $$", "signal 9"),
    ];
    for (script, words) in answers {
        project.write("judge.sh", script);
        let done = run(&project, &["improve", "src/lib.rs"]);
        ends(&done, 5);
        assert!(done.stdout.contains(words), "{script}: {}", done.stdout);
        assert_eq!(sources(&project), before, "{script}");
    }
    project.write("rustchain.toml", "validator = [\"./nowhere/judge\"]\n");
    let done = run(&project, &["improve", "src/lib.rs"]);
    ends(&done, 5);
    assert!(done.stdout.contains("nowhere/judge"), "{}", done.stdout);
    assert_eq!(sources(&project), before);

    // A mission that does not come to the question keeps nothing either.
    project.write(
        "short.yaml",
        "name: Short
target: { file: src/lib.rs }
steps:
  - { id: analyze, step_type: analyze }
  - { id: generate, step_type: generate }
  - { id: integrate, step_type: integrate }
",
    );
    let done = run(&project, &["run", "short.yaml"]);
    ends(&done, 5);
    assert!(done.stdout.contains("the validator was not asked"), "{}", done.stdout);
    assert_eq!(sources(&project), before);
}

#[test]
fn b6_a_validator_that_only_warns_keeps_nothing_back_and_is_in_the_report() {
    let project = judged(PICKY, "gates = { validator = \"warn\" }\n");
    let before = sources(&project);
    let done = run(&project, &["improve"]);
    ends(&done, 0);
    assert_ne!(sources(&project)["src/sign.rs"], before["src/sign.rs"]);
    let warnings = detail(&project, "src/sign.rs")["warnings"].to_string();
    assert!(warnings.contains("the validator says no: too clever by half"), "{warnings}");
    assert!(done.stdout.contains("warnings of the gates:\n  src/sign.rs: the validator"));
    assert_eq!(detail(&project, "src/lib.rs")["warnings"], serde_json::json!([]));
}

#[test]
fn a_mission_sets_its_own_gates() {
    let project = judged("exit 1", "");
    let mission = "name: Own
target: { file: src/lib.rs, target_percent: 85 }
config: { gates: { validator: MODE } }
steps:
  - { id: analyze, step_type: analyze }
  - { id: generate, step_type: generate }
  - { id: integrate, step_type: integrate }
  - { id: verify, step_type: verify }
";
    project.write("own.yaml", &mission.replace("MODE", "sometimes"));
    let wrong = run(&project, &["run", "own.yaml"]);
    ends(&wrong, 1);
    assert!(wrong.stderr.contains("block"), "{}", wrong.stderr);
    project.write("own.yaml", &mission.replace("MODE", "\"off\""));
    ends(&run(&project, &["run", "own.yaml"]), 0);
    assert!(!events(&project).iter().any(|event| event["type"] == "validator.asked"));
}

#[test]
fn b12_a_crate_whose_tests_cannot_fail_ends_the_run_with_4() {
    let blind = "macro_rules! assert_eq {\n    ($($any:tt)*) => {};\n}\n\npub mod sign;\n";
    let project = project(&[("lib.rs", blind), ("sign.rs", SIGN)]);
    let before = sources(&project);
    let done = run(&project, &["improve"]);
    ends(&done, 4);
    assert!(done.stdout.contains("prove nothing"), "{}", done.stdout);
    assert_eq!(sources(&project), before);
    assert_eq!(report(&project)["tests_kept"], 0);
}

/// What `receipts --json` prints.
fn receipts(project: &Project, args: &[&str]) -> Vec<Json> {
    let args: Vec<&str> = ["receipts", "--json"].iter().chain(args).copied().collect();
    let done: Done = run(project, &args);
    ends(&done, 0);
    serde_json::from_str(&done.stdout).expect("JSON")
}

#[test]
fn every_kept_test_has_a_receipt_as_long_as_it_is_there() {
    let lib = format!("pub mod sign;\n\n{PICK}");
    let project = project(&[("lib.rs", &lib), ("sign.rs", SIGN)]);
    assert_eq!(receipts(&project, &[]), Vec::<Json>::new());
    let done = run(&project, &["improve", "--runs", "5"]);
    ends(&done, 0);
    let bound = "passed 5 times in a row; one that fails in 45 % of its runs or more";
    assert!(done.stdout.contains(bound), "{}", done.stdout);

    let all = receipts(&project, &[]);
    let tests: u64 = report(&project)["tests_kept"].as_u64().expect("a number");
    assert_eq!(u64::try_from(all.len()).ok(), Some(tests));
    for one in &all {
        let name = one["test"].as_str().expect("a name").rsplit("::").next().expect("a name");
        let text = project.read(one["test_file"].as_str().expect("a path"));
        assert!(text.contains(&format!("fn {name}()")), "{one}");
        assert_eq!((&one["runs"], &one["source"]), (&5.into(), &"explorer".into()), "{one}");
        assert!(one.get("mutants_killed").is_none(), "nobody tried mutants: {one}");
    }
    let gained: u64 = all.iter().filter_map(|one| one["lines_gained"].as_u64()).sum();
    let last = report(&project);
    let covered = |when: &str| last[when]["lines"]["covered"].as_u64().expect("a number");
    assert_eq!(gained, covered("after") - covered("before"));
    let of_sign = receipts(&project, &["src/sign.rs"]);
    assert!(!of_sign.is_empty() && of_sign.len() < all.len());
    assert!(of_sign.iter().all(|one| one["file"] == "src/sign.rs"));
    let table = run(&project, &["receipts"]);
    assert!(table.stdout.contains("tests::") && table.stderr.contains("45 %"), "{}", table.stdout);
    assert!(events(&project).iter().any(|event| event["type"] == "gate.canary"));
    assert!(!project.read("src/lib.rs").contains("canary"));

    fs::write(project.path("src/sign.rs"), SIGN).expect("written");
    assert_eq!(receipts(&project, &["src/sign.rs"]), Vec::<Json>::new(), "the tests are gone");
    ends(&run(&project, &["undo", "last"]), 0);
    assert_eq!(receipts(&project, &[]), Vec::<Json>::new());
    let unknown = run(&project, &["logs", "why", "src/nothing.rs"]);
    ends(&unknown, 1);
    assert!(unknown.stderr.contains("no run knows a mission `src/nothing.rs`"));
}
