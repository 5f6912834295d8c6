//! What is not kept: tests that pass only where they were made, and what nobody verified.

use crate::harness::run;
use crate::improve_missions::{PICK, ends, project, report};

/// What it returns depends on how the test binary is called: alone a test is named, among all
/// others none is.
const CALLED: &str = "
/// Tells whether the program was given arguments.
pub fn is_told() -> bool {
    std::env::args().count() > 1
}
";

/// What it returns depends on the programs that a box lets it start.
const STARTS: &str = "
/// Tells whether a compiler is at hand.
pub fn has_compiler() -> bool {
    std::process::Command::new(\"rustc\").arg(\"-V\").output().is_ok()
}
";

#[test]
fn what_starts_programs_is_left_to_people() {
    let project = project(&[("lib.rs", &format!("{PICK}{STARTS}"))]);
    ends(&run(&project, &["improve", "--target", "60"]), 0);
    let text = project.read("src/lib.rs");
    assert!(text.contains("fn pick_") && !text.contains("fn has_compiler_"), "{text}");
}

#[test]
fn a_test_that_fails_among_all_others_goes_and_the_rest_stays() {
    let project = project(&[("lib.rs", &format!("{PICK}{CALLED}"))]);
    let done = run(&project, &["improve", "--target", "60"]);
    ends(&done, 0);
    let text = project.read("src/lib.rs");
    assert!(text.starts_with(&format!("{PICK}{CALLED}")), "{text}");
    assert!(text.contains("pick(") && text.contains("fn pick_"), "{text}");
    assert!(!text.contains("fn is_told_"), "{text}");
    let last = report(&project);
    assert_eq!(last["details"][0]["rejected"]["fails with all tests"], 1, "{last}");
    assert_eq!(last["details"][0]["residue"][0]["function"], "is_told", "{last}");
    assert_eq!(last["missions"]["completed"], 1, "{last}");
}

/// A mission over the one file with these steps, in their order.
fn mission(steps: &[&str]) -> String {
    let lines = steps.iter().enumerate();
    let lines = lines.map(|(number, kind)| format!("  - {{ id: s{number}, step_type: {kind} }}\n"));
    let steps: String = lines.collect();
    format!("name: Steps\ntarget: {{ file: src/lib.rs, target_percent: 60 }}\nsteps:\n{steps}")
}

#[test]
fn tests_and_files_of_the_same_name_in_another_package_are_not_taken_for_the_new_ones() {
    // It passes outside of the box alone, and is called like a test that is new in the other one.
    let other = "#[cfg(test)]\nmod tests {\n    #[test]\n    fn pick_is_2() {\n        \
                 std::env::var(\"PATH\").unwrap();\n    }\n}\n";
    let project = project(&[("lib.rs", other)]);
    project.write(
        "Cargo.toml",
        "[package]\nname = \"toy\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n[workspace]\n\
         members = [\".\", \"sub\"]\ndefault-members = [\".\", \"sub\"]\n",
    );
    project.write(
        "sub/Cargo.toml",
        "[package]\nname = \"sub\"\nversion = \"0.1.0\"\nedition = \"2021\"\n",
    );
    project.write("sub/src/lib.rs", PICK);
    let steps = ["analyze", "generate", "integrate", "verify"];
    let text = mission(&steps).replace("file: src", "file: sub/src");
    project.write("m.yaml", &text);
    ends(&run(&project, &["run", "m.yaml"]), 0);
    assert!(project.read("sub/src/lib.rs").contains("fn pick_is_2()"));
    assert_eq!(project.read("src/lib.rs"), other);
    let last = report(&project);
    assert_eq!(last["details"][0]["rejected"], serde_json::json!({}), "{last}");
    assert_eq!(last["after"]["lines"]["covered"], 6, "{last}");
}

#[test]
fn tests_in_a_file_above_the_sources_get_more_and_a_folder_of_tests_does_not() {
    let declared = |attributes: &str| format!("{PICK}\n#[cfg(test)]\n{attributes}mod tests;\n");
    let project = project(&[("lib.rs", &declared("#[path = \"../beside.rs\"]\n"))]);
    project.write("beside.rs", "use super::*;\n");
    let before = project.read("src/lib.rs");
    ends(&run(&project, &["improve"]), 0);
    assert_eq!(project.read("src/lib.rs"), before);
    assert!(project.read("beside.rs").contains("fn pick_is_2()"));
    project.write("src/lib.rs", &declared(""));
    project.write("src/tests/mod.rs", "use super::*;\n");
    ends(&run(&project, &["improve"]), 0);
    assert_eq!(project.read("src/tests/mod.rs"), "use super::*;\n");
    assert!(project.read("src/lib.rs").contains("fn pick_is_2()"));
}

#[test]
fn tests_that_no_step_verifies_are_taken_back() {
    let project = project(&[("lib.rs", PICK)]);
    project.write("a.yaml", &mission(&["analyze", "generate", "integrate"]));
    project.write("b.yaml", &mission(&["analyze", "generate", "archive"]));
    let done = run(&project, &["run", "a.yaml", "b.yaml"]);
    ends(&done, 2);
    assert_eq!(project.read("src/lib.rs"), PICK);
    let last = report(&project);
    assert_eq!(
        (&last["missions"]["failed"], &last["tests_kept"]),
        (&2.into(), &0.into()),
        "{last}"
    );
    assert!(project.path("b.yaml").exists(), "nothing was archived");
    assert!(done.stderr.contains("not verified") || done.stdout.contains("not verified"));
}

#[test]
fn what_a_mission_does_twice_is_there_once() {
    let project = project(&[("lib.rs", PICK)]);
    let steps = ["analyze", "generate", "generate", "integrate", "integrate", "verify"];
    project.write("twice.yaml", &mission(&steps));
    ends(&run(&project, &["run", "twice.yaml"]), 0);
    let text = project.read("src/lib.rs");
    let tests = text.matches("#[test]").count();
    assert_eq!(report(&project)["tests_kept"], tests, "{text}");
    assert!(!text.contains("_2_2()"), "{text}");
    project.write("late.yaml", &mission(&["analyze", "generate", "integrate", "analyze"]));
    project.write("src/lib.rs", PICK);
    let done = run(&project, &["run", "late.yaml"]);
    ends(&done, 1);
    assert_eq!(project.read("src/lib.rs"), PICK);
}
