//! The quarantine: tests that may fail now and then in `.ci/flakes`, each for a week at most.

use jiff::civil::Date;
use rustchain::sys::Clock;

use crate::harness::repository;

/// Longest time in quarantine, in days.
const DAYS_MAX: i32 = 7;

/// What is wrong with the table of quarantined tests on a day; `exists` knows the tests.
fn problems(table: &str, today: Date, exists: impl Fn(&str) -> bool) -> Vec<String> {
    let mut problems = Vec::new();
    for line in table.lines().filter(|line| line.starts_with('|')) {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [_, test, issue, since, until, _] = cells[..] else {
            problems.push(format!("not a row of four cells: {line}"));
            continue;
        };
        if test == "test" || test.starts_with('-') {
            continue;
        }
        let name = test.trim_matches('`');
        if !exists(name) {
            problems.push(format!("`{name}` is no test"));
        }
        if issue.is_empty() {
            problems.push(format!("`{name}` has no issue"));
        }
        match (since.parse::<Date>(), until.parse::<Date>()) {
            (Ok(since), Ok(until)) => {
                let days = since.until(until).map_or(i32::MAX, |span| span.get_days());
                if !(0..=DAYS_MAX).contains(&days) {
                    problems.push(format!("`{name}` stays for {days} days, at most {DAYS_MAX}"));
                }
                if until < today {
                    problems.push(format!("`{name}` should have been mended by {until}"));
                }
            }
            _ => problems.push(format!("`{name}` has no dates")),
        }
    }
    problems
}

#[test]
fn b33_the_quarantine_holds_tests_with_an_issue_for_a_week_and_no_longer() {
    let sources = repository::rust_files(&["src", "tests/it"]);
    let exists = |name: &str| sources.iter().any(|(_, text)| text.contains(&format!("fn {name}(")));
    let now = Clock::real().timestamp();
    let today: Date = now.split('T').next().expect("a date").parse().expect("a date");
    let table = repository::read("docs/quarantine.md");
    assert_eq!(problems(&table, today, exists), Vec::<String>::new());
}

#[test]
fn b33_an_entry_without_an_issue_too_long_or_overdue_is_refused() {
    let row =
        |cells: &str| format!("| test | issue | since | until |\n|---|---|---|---|\n{cells}\n");
    let check = |cells: &str, expected: &[&str]| {
        let today = "2026-11-21".parse().expect("a date");
        assert_eq!(problems(&row(cells), today, |name| name == "a_test"), expected, "{cells}");
    };
    check("| `a_test` | #7 | 2026-11-20 | 2026-11-27 |", &[]);
    check("| `a_test` | | 2026-11-20 | 2026-11-27 |", &["`a_test` has no issue"]);
    check("| `other` | #7 | 2026-11-20 | 2026-11-27 |", &["`other` is no test"]);
    let long = "`a_test` stays for 8 days, at most 7";
    check("| `a_test` | #7 | 2026-11-20 | 2026-11-28 |", &[long]);
    let late = "`a_test` should have been mended by 2026-11-20";
    check("| `a_test` | #7 | 2026-11-18 | 2026-11-20 |", &[late]);
    check("| `a_test` | #7 | soon | later |", &["`a_test` has no dates"]);
}
