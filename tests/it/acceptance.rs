//! The table of promises: every test it names exists, and belongs to the promise it stands for.

use crate::harness::repository;

#[test]
fn every_promise_names_a_test_that_exists() {
    let sources = repository::rust_files(&["src", "tests/it"]);
    let mut rows = 0;
    for line in repository::read("docs/acceptance.md").lines() {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [_, id, goal, test, negative, _] = cells[..] else { continue };
        if id == "id" || id.starts_with('-') {
            continue;
        }
        let name = test.trim_matches('`');
        assert!(!goal.is_empty() && !negative.is_empty(), "{line}");
        assert!(name.starts_with(&format!("{}_", id.to_lowercase())), "{line}");
        let declared = format!("fn {name}(");
        assert!(sources.iter().any(|(_, text)| text.contains(&declared)), "no test `{name}`");
        rows += 1;
    }
    assert!(0 < rows, "the table is empty");
}

#[test]
fn every_odd_input_names_a_test_that_exists() {
    let sources = repository::rust_files(&["tests/it"]);
    let mut rows = 0;
    for line in repository::read("docs/acceptance.md").lines() {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [_, input, code, test, _] = cells[..] else { continue };
        let Ok(code) = code.parse::<u8>() else { continue };
        let declared = format!("fn {}(", test.trim_matches('`'));
        assert!(!input.is_empty() && [0, 1, 4, 6, 7].contains(&code), "{line}");
        assert!(sources.iter().any(|(_, text)| text.contains(&declared)), "no test {test}");
        rows += 1;
    }
    assert!(0 < rows, "the table is empty");
}
