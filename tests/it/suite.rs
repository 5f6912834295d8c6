//! Tests that pass alone and fail when all tests are run.

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
