//! A run with one mission of every kind, in every shape it is shown in.

use super::*;
use crate::coverage::{Ratio, Summary};
use crate::engine::Outcome;

fn summary(covered: u64, coverable: u64) -> Summary {
    let error_paths = Ratio { covered: covered / 5, coverable: coverable / 5 };
    Summary { lines: Ratio { covered, coverable }, error_paths, ..Summary::default() }
}

fn row(file: &str, outcome: Outcome, after: u64) -> MissionRow {
    MissionRow {
        mission: format!("missions/{file}.yaml"),
        name: format!("Cover {file}"),
        outcome,
        archived: false,
        file: Some(file.to_owned()),
        target_percent: Some(85.0),
        before: Some(summary(4, 10)),
        after: Some(summary(after, 10)),
        message: String::new(),
        hints: Vec::new(),
        wall_seconds: 1.5,
        work: Work { tests_kept: 2, ..Work::default() },
    }
}

fn report() -> RunReport {
    let mut below = row("src/b.rs", Outcome::BelowTarget, 6);
    below.message = "60.0 % of the lines, 85 % were asked for".to_owned();
    below.work.rejected.insert("added nothing".to_owned(), 7);
    below.work.findings.push(Finding {
        kind: "panic".to_owned(),
        file: "src/b.rs".to_owned(),
        line: 9,
        function: "b::half".to_owned(),
        detail: "`half(0)` panics <undocumented>".to_owned(),
    });
    below.work.residue.push(Residue {
        lines: "3-5, 9".to_owned(),
        function: "b::open".to_owned(),
        reason: "needs a network".to_owned(),
    });
    let details = vec![row("src/a.rs", Outcome::Completed, 10), below];
    RunReport {
        boxed: Some(BoxRow {
            name: "landlock".to_owned(),
            enforced: "landlock 6, seccomp, limits".to_owned(),
            missing: vec!["bubblewrap is not installed".to_owned()],
            incompatible: vec!["the test `tests::needs_network`".to_owned()],
        }),
        version: VERSION,
        run: "20261121-022500-1a2b".to_owned(),
        tool: "rustchain 0.1.0".to_owned(),
        started: "2026-11-21T02:25:00Z".to_owned(),
        exit_code: 2,
        missions: Counts::of(details.iter().map(|row| row.outcome)),
        before: summary(8, 20),
        after: summary(16, 20),
        tests_kept: 4,
        wall_seconds: 61.0,
        cpu_seconds: 90.5,
        details,
        next: Some("rustchain run missions/000_master.yaml".to_owned()),
    }
}

#[test]
fn the_table_has_a_line_for_each_mission_and_one_for_all() {
    let expected = "\
file       before    after  error paths  target  tests  result
src/a.rs   40.0 %  100.0 %   0 → 2 of 2    85 %      2  completed
src/b.rs   40.0 %   60.0 %   0 → 1 of 2    85 %      2  below target
────────────────────────────────────────────────────────────────────
all files  40.0 %   80.0 %   1 → 3 of 4              4
";
    assert_eq!(run_grid(&report()).render(80), expected);
}

#[test]
fn the_notes_name_failures_findings_residue_and_the_report() {
    let expected = "\
src/b.rs: 60.0 % of the lines, 85 % were asked for
found on the way:
  src/b.rs:9 `b::half` `half(0)` panics <undocumented>
not covered:
  src/b.rs:3-5, 9 `b::open`: needs a network
rejected cases: added nothing (7)
works outside of the box alone:
  the test `tests::needs_network`
4 tests kept in 1 min 01 s (1 min 30 s of processor time)
report: .rustchain/runs/x/report.md";
    assert_eq!(run_notes(&report(), ".rustchain/runs/x"), expected);
}

#[test]
fn markdown_has_the_same_facts_and_no_markup_of_others() {
    let text = markdown(&report());
    assert!(
        text.contains("| src/b.rs | 40.0 % | 60.0 % | 0 → 1 of 2 | 2 | below target |"),
        "{text}"
    );
    assert!(text.contains("`half(0)` panics &lt;undocumented>"), "{text}");
    assert!(text.contains("Error paths covered: 1 → 3 of 4. Branches: not measured."), "{text}");
    assert!(text.contains("- `rustchain run missions/000_master.yaml`\n"), "{text}");
}

#[test]
fn the_last_event_has_the_agreed_fields() {
    let finished = report().finished();
    assert_eq!(finished["missions"]["below_target"], 1);
    assert_eq!(finished["before"]["lines"]["covered"], 8);
    assert_eq!(finished["after"]["lines"]["percent"], 80.0);
    assert_eq!(finished["tests_kept"], 4);
    for field in ["wall_seconds", "cpu_seconds"] {
        assert!(finished[field].is_f64(), "{field}");
    }
}
