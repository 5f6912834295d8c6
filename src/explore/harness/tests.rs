//! The written forms: choices, plans and results.

use camino::Utf8Path;

use super::*;
use crate::error::Kind;

#[test]
fn every_choice_survives_being_written() {
    let choices = [
        Choice::Text("é\n".to_owned()),
        Choice::Text(String::new()),
        Choice::Bytes(vec![0, 255]),
        Choice::Int(i128::MIN),
        Choice::Size(u64::MAX),
        Choice::Char('世'),
        Choice::Float(-0.5),
        Choice::Flag(true),
        Choice::Arm(3),
        Choice::Count(0),
    ];
    for choice in choices {
        assert_eq!(choice.to_string().parse::<Choice>().unwrap(), choice);
    }
}

#[test]
fn a_malformed_choice_is_refused() {
    for text in ["", "X1", "T1", "Tff", "C55296", "I", "é"] {
        assert!(text.parse::<Choice>().is_err(), "{text}");
    }
}

#[test]
fn a_plan_is_written_as_lines_of_words() {
    let plan = Plan {
        seed: 7,
        modules: 1,
        workers: 2,
        limits: Limits::default(),
        regions: vec![Region { terms: vec![(3, 1), (4, -1)], function: 0 }],
        covered: vec![0],
        pools: vec![Pool { values: vec![Choice::Int(5)] }],
        work: Work::Shrink(vec![Request {
            id: 1,
            candidate: 12,
            shape: "Ok".to_owned(),
            keep: vec![0],
            choices: vec![Choice::Flag(true), Choice::Arm(2)],
        }]),
    };
    let text = write::text(&plan, Utf8Path::new("/o"), Utf8Path::new("/p"));
    for line in ["mode shrink", "region 0 3:1 4:-1", "covered 0", "value I5"] {
        assert!(text.lines().any(|one| one == line), "{line}");
    }
    assert!(text.ends_with("request 1 12 T4f6b 0 G1 A2\n"));
}

#[test]
fn results_without_an_end_are_none() {
    let line = r#"{"kind":"dropped","candidate":3,"reason":"cpu","void":true}"#;
    assert_eq!(parse::results(line).unwrap(), None);
    let whole = format!(
        "{line}\n{}\n",
        r#"{"kind":"end","reason":"done","executions":1,"rounds":1,"regions":0}"#
    );
    let results = parse::results(&whole).unwrap().unwrap();
    assert_eq!(results.dropped.len(), 1);
    assert_eq!(results.ending.reason, "done");
}

#[test]
fn a_line_that_code_under_test_spoilt_fails_the_search_and_is_no_defect_of_ours() {
    let choice = r#"{"kind":"finding","candidate":1,"choices":["?"],"outcome":{"how":"hang"}}"#;
    for line in ["hello\n", "{\"kind\":\"end\"}\n", &format!("{choice}\n")] {
        let error = parse::results(line).unwrap_err();
        assert_eq!((error.kind(), error.hints().len()), (Kind::Failed, 1), "{line}");
    }
}
