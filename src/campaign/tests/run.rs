//! Runs over a scripted session: order, conditions, what is archived, and how a run ends.

use std::cell::Cell;
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::json;

use super::super::*;
use crate::coverage::{Ratio, Row, Summary, Table};
use crate::engine::{Context, Outcome, ResolvedStep, Run, StepReport, StepRunner, Verdict};
use crate::error::{Error, Kind, Result};
use crate::journal::Journal;
use crate::mission::{Step, Target};
use crate::sys::{Clock, Stop, fs};

/// A session whose steps do what their `message` says.
#[derive(Default)]
struct Script {
    /// Covered lines of `src/a.rs`, of 100, at each measurement; the last one stays.
    covered: VecDeque<u64>,
    red: bool,
    kept: Cell<u64>,
}

impl Session for Script {
    fn coverage(&mut self, _: &Target, _: &Stop) -> Result<Table> {
        if self.red {
            return Err(Error::new(Kind::BaselineRed, "1 test fails"));
        }
        let covered = self.covered.pop_front().unwrap_or_default();
        if self.covered.is_empty() {
            self.covered.push_back(covered);
        }
        let lines = Ratio { covered, coverable: 100 };
        let summary = Summary { lines, ..Summary::default() };
        let row = Row { file: "src/a.rs".to_owned(), summary, uncovered: String::new() };
        Ok(Table { total: summary, files: vec![row] })
    }

    fn tests_kept(&self) -> u64 {
        self.kept.get()
    }

    fn runner(&mut self) -> Result<Box<dyn StepRunner + '_>> {
        Ok(Box::new(Scripted(&self.kept)))
    }
}

/// Keeps three tests of every mission that completes.
struct Scripted<'a>(&'a Cell<u64>);

impl StepRunner for Scripted<'_> {
    fn check(&self, _: &Step, _: &Run<'_>) -> Result<()> {
        Ok(())
    }

    fn plan(&mut self, step: &ResolvedStep<'_>, _: &Context<'_>) -> Result<Vec<String>> {
        Ok(vec![format!("say {}", step.step.id)])
    }

    fn run(&mut self, step: &ResolvedStep<'_>, context: &Context<'_>) -> Result<StepReport> {
        match step.step.id.as_str() {
            "fail" => Err(Error::failed("it broke").hint("mend it")),
            "below" => Ok(StepReport::done("").verdict(Verdict::BelowTarget)),
            "idle" => Ok(StepReport::done("").verdict(Verdict::NothingToDo)),
            // The time for the run is up only after this.
            "late" => Err(Error::failed("it broke")),
            "interrupt" => {
                context.run.stop.signal();
                Err(Error::interrupted())
            }
            _ => Ok(StepReport::done("").output("rejected", json!({ "added nothing": 4 }))),
        }
    }

    fn finish(&mut self, outcome: Outcome, run: &Run<'_>) -> Result<()> {
        if run.mission.name == "late" {
            Clock::sleep(Duration::from_mins(1), &run.stop);
        }
        if outcome == Outcome::Completed {
            self.0.set(self.0.get() + 3);
        }
        Ok(())
    }
}

/// A project folder with missions.
struct Project {
    folder: tempfile::TempDir,
}

impl Project {
    fn new(files: &[(&str, &str)]) -> Self {
        let project = Self { folder: tempfile::tempdir().expect("a folder") };
        for (name, text) in files {
            fs::write_atomic(&project.root().join(name), text.as_bytes()).expect("written");
        }
        project
    }

    fn root(&self) -> Utf8PathBuf {
        Utf8Path::from_path(self.folder.path()).expect("UTF-8").to_owned()
    }

    fn list(&self, path: &str) -> Result<Vec<Item>> {
        Ok(list(&[self.root().join(path)], &self.root(), false)?.items)
    }

    fn run(&self, path: &str, script: Script, change: impl Fn(&mut Options)) -> Result<Finished> {
        let items = self.list(path)?;
        let clock = Clock::fixed("2026-11-21T02:25:00Z".parse().expect("a time"));
        let journal = Journal::create(&self.root(), clock, &json!({}))?;
        let command = format!("rustchain run {path}");
        let mut options = Options { root: self.root(), command, ..Options::default() };
        change(&mut options);
        let mut script = script;
        run(&items, &options, &mut script, &journal, &Stop::never())
    }
}

/// A mission of one step with this id, on `src/a.rs` if it has a target.
fn mission(step: &str, target: &str) -> String {
    format!("name: {step}\n{target}steps:\n  - {{ id: {step}, step_type: noop }}\n")
}

const TARGET: &str = "target: { file: src/a.rs, target_percent: 85 }\n";

fn outcomes(finished: &Finished) -> Vec<(&str, Outcome)> {
    finished.report.details.iter().map(|row| (row.name.as_str(), row.outcome)).collect()
}

#[test]
fn the_urgent_come_first_but_never_before_what_they_need() {
    let master = "kind: campaign\nname: all\nmissions:\n  - { file: a.yaml, priority: LOW }\n  \
                  - b.yaml\n  - { file: c.yaml, priority: HIGH, depends_on: [a.yaml] }\n  \
                  - { file: d.yaml, priority: HIGH }\n";
    let names = ["a", "b", "c", "d"].map(|name| (format!("{name}.yaml"), mission(name, "")));
    let mut files: Vec<(&str, &str)> =
        names.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect();
    files.push(("master.yaml", master));
    let finished = Project::new(&files).run("master.yaml", Script::default(), |_| ()).expect("run");
    let order: Vec<&str> = outcomes(&finished).into_iter().map(|(name, _)| name).collect();
    assert_eq!(order, ["a", "c", "d", "b"]);
    assert_eq!(finished.kind, None);
    assert_eq!(finished.report.tests_kept, 12);
}

#[test]
fn a_failure_skips_what_depends_on_it_and_nothing_else() {
    let master = "kind: campaign\nname: all\nmissions:\n  - fail.yaml\n  \
                  - { file: after.yaml, depends_on: [fail.yaml] }\n  - below.yaml\n  - fine.yaml\n";
    let project = Project::new(&[
        ("master.yaml", master),
        ("fail.yaml", &mission("fail", "")),
        ("after.yaml", &mission("after", "")),
        ("below.yaml", &mission("below", "")),
        ("fine.yaml", &mission("fine", "")),
    ]);
    let finished = project.run("master.yaml", Script::default(), |_| ()).expect("a run");
    let expected = [
        ("fail", Outcome::Failed),
        ("after", Outcome::Skipped),
        ("below", Outcome::BelowTarget),
        ("fine", Outcome::Completed),
    ];
    assert_eq!(outcomes(&finished), expected);
    assert_eq!((finished.kind, finished.report.exit_code), (Some(Kind::Failed), 2));
    let first = &finished.report.details[0];
    assert_eq!(first.message, "step `fail`: it broke");
    assert_eq!(first.hints, ["mend it"]);
}

#[test]
fn what_had_nothing_to_do_stands_in_nobodys_way() {
    let master = "kind: campaign\nname: all\nmissions:\n  - idle.yaml\n  \
                  - { file: after.yaml, depends_on: [idle.yaml] }\n";
    let project = Project::new(&[
        ("master.yaml", master),
        ("idle.yaml", &mission("idle", "")),
        ("after.yaml", &mission("after", "")),
    ]);
    let finished = project.run("master.yaml", Script::default(), |_| ()).expect("a run");
    assert_eq!(outcomes(&finished), [("idle", Outcome::Skipped), ("after", Outcome::Completed)]);
    assert_eq!(finished.kind, None);
}

#[test]
fn a_mission_that_failed_before_the_time_was_up_failed_for_its_own_reason() {
    let project = Project::new(&[("late.yaml", &mission("late", ""))]);
    let limited = |options: &mut Options| options.seconds_max = Some(1);
    let finished = project.run("late.yaml", Script::default(), limited).expect("a run");
    assert_eq!(finished.kind, Some(Kind::Failed));
    assert_eq!(finished.report.details[0].message, "step `late`: it broke");
}

#[test]
fn an_entry_whose_condition_does_not_hold_is_skipped() {
    let master = "kind: campaign\nname: all\nmissions:\n  \
                  - { file: a.yaml, when: 'target.file == \"other\"' }\n";
    let project = Project::new(&[("master.yaml", master), ("a.yaml", &mission("a", TARGET))]);
    let finished = project.run("master.yaml", Script::default(), |_| ()).expect("a run");
    assert_eq!(outcomes(&finished), [("a", Outcome::Skipped)]);
    assert_eq!(finished.kind, None);
}

#[test]
fn an_archived_mission_counts_as_completed_while_its_target_holds() {
    let project = Project::new(&[("done/a.yaml", &mission("a", TARGET))]);
    let script = Script { covered: [85].into(), red: false, ..Script::default() };
    let finished = project.run("a.yaml", script, |_| ()).expect("a run");
    assert_eq!(outcomes(&finished), [("a", Outcome::Completed)]);
    assert!(finished.report.details[0].archived);
    assert_eq!(finished.kind, None);
}

#[test]
fn a_lost_target_is_reported_and_reopened_only_on_request() {
    let text = format!("{}result:\n  status: completed\n", mission("a", TARGET));
    let project = Project::new(&[("done/a.yaml", &text)]);
    let script = || Script { covered: [84, 84, 90].into(), red: false, ..Script::default() };
    let lost = project.run("a.yaml", script(), |_| ()).expect("a run");
    assert_eq!(outcomes(&lost), [("a", Outcome::BelowTarget)]);
    assert_eq!(lost.kind, Some(Kind::Failed));
    assert!(!fs::exists(&project.root().join("a.yaml")));
    let again = project.run("a.yaml", script(), |options| options.reopen = true).expect("a run");
    assert_eq!(outcomes(&again), [("a", Outcome::Completed)]);
    let row = &again.report.details[0];
    let lines = |summary: Option<Summary>| summary.map(|summary| summary.lines.covered);
    assert_eq!((lines(row.before), lines(row.after)), (Some(84), Some(90)));
    let text = fs::read_to_string(&project.root().join("a.yaml")).expect("it is back");
    assert_eq!(text, mission("a", TARGET));
}

#[test]
fn a_mission_that_is_nowhere_is_named_with_its_campaign() {
    let master = "kind: campaign\nname: all\nmissions: [gone.yaml]\n";
    let project = Project::new(&[("master.yaml", master)]);
    let error = project.list("master.yaml").expect_err("it is gone");
    assert_eq!(error.kind(), Kind::Usage);
    assert!(error.chain().iter().any(|message| message.contains("gone.yaml")), "{error:?}");
}

#[test]
fn b13_a_red_baseline_ends_the_run_before_the_first_mission() {
    let project = Project::new(&[("a.yaml", &mission("a", TARGET))]);
    let script = Script { covered: VecDeque::new(), red: true, ..Script::default() };
    let error = project.run("a.yaml", script, |_| ()).expect_err("red");
    assert_eq!(error.kind(), Kind::BaselineRed);
    let run = crate::journal::runs(&project.root()).expect("runs").pop().expect("a run");
    let events = crate::journal::events(&project.root(), &run).expect("events").events;
    assert!(events.iter().all(|event| event.kind != "mission.started"), "{events:?}");
    let last = events.last().expect("one");
    assert_eq!((last.kind.as_str(), &last.fields["exit_code"]), ("run.finished", &json!(4)));
}

#[test]
fn after_an_interruption_nothing_begins_and_the_report_says_how_to_go_on() {
    let master = "kind: campaign\nname: all\nmissions: [interrupt.yaml, b.yaml]\n";
    let project = Project::new(&[
        ("master.yaml", master),
        ("interrupt.yaml", &mission("interrupt", "")),
        ("b.yaml", &mission("b", "")),
    ]);
    let finished = project.run("master.yaml", Script::default(), |_| ()).expect("a run");
    assert_eq!(finished.kind, Some(Kind::Interrupted));
    assert_eq!(finished.report.exit_code, 130);
    assert_eq!(outcomes(&finished)[1], ("b", Outcome::Skipped));
    assert_eq!(finished.report.next.as_deref(), Some("rustchain run master.yaml"));
}

#[test]
fn enough_tests_end_a_run_as_a_limit() {
    let master = "kind: campaign\nname: all\nmissions: [a.yaml, b.yaml]\n";
    let project = Project::new(&[
        ("master.yaml", master),
        ("a.yaml", &mission("a", "")),
        ("b.yaml", &mission("b", "")),
    ]);
    let limited = |options: &mut Options| options.tests_max = Some(3);
    let finished = project.run("master.yaml", Script::default(), limited).expect("a run");
    assert_eq!(finished.kind, Some(Kind::Budget));
    assert_eq!(outcomes(&finished)[1], ("b", Outcome::Skipped));
}

#[test]
fn the_run_leaves_its_reports_and_ends_with_run_finished() {
    let project = Project::new(&[("a.yaml", &mission("a", TARGET))]);
    let script = Script { covered: [40, 40, 90].into(), red: false, ..Script::default() };
    let finished = project.run("a.yaml", script, |_| ()).expect("a run");
    let run: crate::journal::RunId = finished.report.run.parse().expect("an id");
    let folder = crate::journal::run_folder(&project.root(), &run);
    let json = fs::read_to_string(&folder.join("report.json")).expect("a report");
    let json: BTreeMap<String, serde_json::Value> = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["before"]["lines"]["covered"], 40);
    assert_eq!(json["after"]["lines"]["covered"], 90);
    assert_eq!(json["details"][0]["rejected"]["added nothing"], 4);
    assert!(fs::exists(&folder.join("report.md")));
    let events = crate::journal::events(&project.root(), &run).expect("events").events;
    let last = events.last().expect("one");
    assert_eq!((last.kind.as_str(), &last.fields["tests_kept"]), ("run.finished", &json!(3)));
}

#[test]
fn a_dry_run_lists_the_steps_and_writes_nothing() {
    let project = Project::new(&[("a.yaml", &mission("a", TARGET))]);
    let items = project.list("a.yaml").expect("a list");
    let options = Options { root: project.root(), ..Options::default() };
    let plans = dry_run(&items, &options, &mut Script::default(), &Stop::never());
    assert_eq!(plans.expect("plans")[0][0].actions, ["say a"]);
    assert!(!fs::exists(&project.root().join(".rustchain")));
}
