//! What the standard test harness prints for people.

use std::collections::BTreeMap;

use super::run::Outcome;

/// What was read of one run of a test binary.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Printed {
    /// What became of each test that has a line of its own.
    pub outcomes: BTreeMap<String, Outcome>,
    /// Passed and failed tests by the last line, which only a harness that came to its end prints.
    pub totals: Option<(usize, usize)>,
}

/// Reads the output of a run.
///
/// A test's line is whole if tests run side by side; else the name comes first and the outcome
/// after whatever the test wrote past the harness, which also captures nothing of child processes.
/// So a line may begin with other text, and an outcome may come lines later.
pub(super) fn printed(text: &str) -> Printed {
    let mut printed = Printed::default();
    let mut waiting: Option<String> = None;
    let (tests, failures) = text.split_once("\nfailures:\n").unwrap_or((text, ""));
    for line in tests.lines() {
        if let Some((name, rest)) = test_line(line) {
            match outcome(rest) {
                Some(outcome) => drop(printed.outcomes.insert(name, outcome)),
                None => waiting = Some(name),
            }
        } else if let Some(outcome) = waiting.as_ref().and_then(|_| last_word(line)) {
            printed.outcomes.extend(waiting.take().map(|name| (name, outcome)));
        }
    }
    for (name, words) in failure_texts(failures) {
        printed.outcomes.insert(name, Outcome::Failed(words));
    }
    printed.totals = text.lines().rev().find_map(totals);
    printed
}

/// Reads the lines of `--list --format terse`; `None` if another harness wrote them.
pub(super) fn listed(text: &str) -> Option<Vec<String>> {
    let mut names = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        match line.rsplit_once(": ") {
            Some((name, "test")) => names.push(name.to_owned()),
            Some((_, "benchmark")) => (),
            _ => return None,
        }
    }
    Some(names)
}

/// The name of a test, and what follows it on its line.
fn test_line(line: &str) -> Option<(String, &str)> {
    let (head, rest) = line.split_once(" ... ")?;
    let name = match head.strip_prefix("test ") {
        Some(name) => name,
        None => head.rsplit_once("test ")?.1,
    };
    let name = name.split(" - should panic").next().unwrap_or(name);
    (!name.is_empty()).then(|| (name.to_owned(), rest))
}

/// The outcome that a text begins with.
fn outcome(text: &str) -> Option<Outcome> {
    let word: String = text.chars().take_while(char::is_ascii_alphabetic).collect();
    match word.as_str() {
        "ok" => Some(Outcome::Passed),
        "FAILED" => Some(Outcome::Failed(String::new())),
        "ignored" => Some(Outcome::Ignored),
        _ => None,
    }
}

/// The outcome that a line ends with, after what the test wrote.
fn last_word(line: &str) -> Option<Outcome> {
    if line.ends_with("ok") {
        Some(Outcome::Passed)
    } else if line.ends_with("FAILED") {
        Some(Outcome::Failed(String::new()))
    } else {
        None
    }
}

/// The failed tests with what they wrote, from the part after the first `failures:`.
fn failure_texts(text: &str) -> BTreeMap<String, String> {
    let (texts, names) = text.rsplit_once("\nfailures:\n").unwrap_or(("", text));
    let names = names.lines().take_while(|line| !line.starts_with("test result: "));
    let mut found: BTreeMap<String, String> = names
        .filter_map(|line| line.strip_prefix("    "))
        .map(|name| {
            let name = name.split(" - should panic").next().unwrap_or(name);
            (name.to_owned(), String::new())
        })
        .collect();
    let mut current = None;
    for line in texts.lines() {
        let name = line.strip_prefix("---- ").and_then(|line| line.strip_suffix(" stdout ----"));
        let name = name.map(|name| name.split(" - should panic").next().unwrap_or(name));
        if let Some(name) = name.filter(|name| found.contains_key(*name)) {
            current = Some(name.to_owned());
        } else if let Some(words) = current.as_ref().and_then(|name| found.get_mut(name)) {
            words.push_str(line);
            words.push('\n');
        }
    }
    for words in found.values_mut() {
        *words = words.trim().to_owned();
    }
    found
}

/// Passed and failed of `test result: ok. 3 passed; 0 failed; ..`.
fn totals(line: &str) -> Option<(usize, usize)> {
    let counts = line.split_once("test result: ")?.1;
    let of = |word: &str| {
        let before = counts.split_once(word)?.0;
        before.trim_end().rsplit([' ', ';']).next()?.parse().ok()
    };
    Some((of(" passed")?, of(" failed")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<(String, String)> {
        let outcomes = printed(text).outcomes.into_iter();
        outcomes.map(|(name, outcome)| (name, format!("{outcome:?}"))).collect()
    }

    #[track_caller]
    fn check(text: &str, expected: &[(&str, &str)]) {
        let found = words(text);
        let found: Vec<_> = found.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn every_outcome_is_read() {
        let text = "\nrunning 4 tests\ntest a::ok ... ok\ntest a::skip ... ignored, too slow\n\
                    test a::panics - should panic ... ok\ntest a::bad ... FAILED\n\nfailures:\n\n\
                    ---- a::bad stdout ----\n\nthread 'a::bad' panicked at x.rs:1:1:\nfailures:\n\n\
                    \nfailures:\n    a::bad\n\n\
                    test result: FAILED. 2 passed; 1 failed; 1 ignored; 0 measured\n";
        let failed = r#"Failed("thread 'a::bad' panicked at x.rs:1:1:\nfailures:")"#;
        check(
            text,
            &[
                ("a::bad", failed),
                ("a::ok", "Passed"),
                ("a::panics", "Passed"),
                ("a::skip", "Ignored"),
            ],
        );
        assert_eq!(printed(text).totals, Some((2, 1)));
    }

    #[test]
    fn output_that_a_test_wrote_past_the_harness_does_not_hide_it() {
        check("test a ... -3\n\nhellook\ntest b ... ok\n", &[("a", "Passed"), ("b", "Passed")]);
        check("some test a ... ok\n", &[("a", "Passed")]);
    }

    #[test]
    fn a_harness_that_died_has_no_totals() {
        assert_eq!(printed("\nrunning 2 tests\ntest a ... ok\n").totals, None);
    }

    #[test]
    fn only_tests_are_listed() {
        assert_eq!(listed("a::b: test\nc: benchmark\n"), Some(vec!["a::b".to_owned()]));
        assert_eq!(listed("usage: x"), None);
    }
}
