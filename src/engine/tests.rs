//! Tests of the engine with a scripted runner: order, statuses, outcomes, retries, stops.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Map, Value as Json, json};

use super::*;
use crate::error::{Error, Kind, Result};
use crate::mission::{self, Document, Mission, Step};
use crate::sys::{Clock, Stop};

/// What a scripted step does.
#[derive(Debug, Clone, Copy)]
enum Act {
    Done,
    Fail(Kind),
    Say(Verdict),
    /// Fails until this attempt.
    FailUntil(u32),
    /// A person stops the run while it is running.
    Interrupt,
    /// Runs until its time is up.
    Hang,
}

/// A runner that does as it is told, and remembers what it was asked.
#[derive(Default)]
struct Script {
    acts: BTreeMap<String, Act>,
    ran: Vec<String>,
    seen: Vec<Map<String, Json>>,
    finished: Vec<Outcome>,
    /// What goes wrong when the mission has ended.
    last: Option<Kind>,
}

impl StepRunner for Script {
    fn check(&self, step: &Step, _run: &Run<'_>) -> Result<()> {
        if step.parameters.contains_key("refuse") {
            return Err(Error::usage("refused"));
        }
        Ok(())
    }

    fn plan(&mut self, step: &ResolvedStep<'_>, _context: &Context<'_>) -> Result<Vec<String>> {
        self.seen.push(step.parameters.clone());
        Ok(vec![format!("would do {}", step.step.id)])
    }

    fn run(&mut self, step: &ResolvedStep<'_>, context: &Context<'_>) -> Result<StepReport> {
        self.ran.push(step.step.id.clone());
        self.seen.push(step.parameters.clone());
        let report = StepReport::done("done").output("output", step.step.id.clone());
        match self.acts.get(&step.step.id).copied().unwrap_or(Act::Done) {
            Act::Fail(kind) => Ok(report.failed(Error::new(kind, "no luck"))),
            Act::Say(verdict) => Ok(report.verdict(verdict)),
            Act::FailUntil(attempt) if context.attempt < attempt => Err(Error::failed("not yet")),
            Act::Done | Act::FailUntil(_) => Ok(report),
            Act::Interrupt => {
                context.run.stop.signal();
                Err(Error::interrupted())
            }
            Act::Hang => {
                Clock::sleep(Duration::from_mins(1), &context.stop);
                context.stop.check().map(|()| report)
            }
        }
    }

    fn finish(&mut self, outcome: Outcome, _run: &Run<'_>) -> Result<()> {
        self.finished.push(outcome);
        self.last.map_or(Ok(()), |kind| Err(Error::new(kind, "too late")))
    }
}

/// An observer that remembers.
#[derive(Default)]
struct Memory(RefCell<Vec<(String, Json)>>);

impl Observer for Memory {
    fn event(&self, kind: &str, fields: Json) -> Result<()> {
        self.0.borrow_mut().push((kind.to_owned(), fields));
        Ok(())
    }
}

fn mission(text: &str) -> Mission {
    let loaded = mission::parse("m.yaml", format!("name: m\n{text}").as_bytes());
    match loaded.map(|loaded| loaded.document) {
        Ok(Document::Mission(mission)) => *mission,
        other => panic!("{other:?}"),
    }
}

fn setup<'a>(mission: &'a Mission, observer: &'a dyn Observer) -> Run<'a> {
    Run {
        mission,
        file: "missions/m.yaml".into(),
        root: "/nowhere".into(),
        params: Map::new(),
        env: BTreeMap::new(),
        observer,
        stop: Stop::never(),
        skip_unsupported: false,
        callers: Vec::new(),
    }
}

/// Runs `text` with these acts; returns `outcome kind: id=status …` in the order of decisions.
fn outcome(text: &str, acts: &[(&str, Act)]) -> (String, Script) {
    let mission = mission(text);
    let acts = acts.iter().map(|(id, act)| ((*id).to_owned(), *act)).collect();
    let mut script = Script { acts, ..Script::default() };
    let report = run(&setup(&mission, &Silent), &mut script).expect("the mission can run");
    let steps: Vec<String> = report
        .steps
        .iter()
        .map(|record| format!("{}={}", record.id, record.status.name()))
        .collect();
    let code = report.kind.map_or(0, Kind::exit_code);
    assert_eq!(script.finished, [report.outcome], "finished once, with the outcome");
    (format!("{} {code}: {}", report.outcome.name(), steps.join(" ")), script)
}

#[track_caller]
fn check(text: &str, acts: &[(&str, Act)], expected: &str) {
    assert_eq!(outcome(text, acts).0, expected);
}

/// Three steps, each after the one before it.
const CHAIN: &str = "steps:
  - { id: a, step_type: noop }
  - { id: b, step_type: noop, depends_on: a }
  - { id: c, step_type: noop, depends_on: b }
";

/// Three steps that know nothing of each other.
const FREE: &str = "steps:
  - { id: a, step_type: noop }
  - { id: b, step_type: noop }
  - { id: c, step_type: noop }
";

#[test]
fn what_goes_wrong_in_the_end_is_noted_before_the_mission_is_said_to_be_finished() {
    for (act, last, expected) in [
        (Act::Done, Kind::NeedsReview, ("needs_review", 5)),
        (Act::Done, Kind::Environment, ("failed", 6)),
        (Act::Say(Verdict::BelowTarget), Kind::Failed, ("failed", 2)),
        (Act::Fail(Kind::Internal), Kind::NeedsReview, ("failed", 70)),
    ] {
        let (mission, memory) = (mission("steps: [{ id: a, step_type: noop }]"), Memory::default());
        let acts = BTreeMap::from([("a".to_owned(), act)]);
        let mut script = Script { acts, last: Some(last), ..Script::default() };
        let error = run(&setup(&mission, &memory), &mut script).expect_err("it went wrong");
        assert_eq!(error.kind(), last);
        let events = memory.0.into_inner();
        let (kind, fields) = events.last().expect("events");
        assert_eq!(kind, "mission.finished");
        let told = (fields["outcome"].as_str(), fields["exit_code"].as_u64());
        assert_eq!(told, (Some(expected.0), Some(expected.1)), "{act:?} {last:?}");
    }
}

#[test]
fn a_failed_mission_is_never_reported_as_completed() {
    for kind in [Kind::Failed, Kind::Usage, Kind::Environment, Kind::Internal, Kind::BaselineRed] {
        let (found, _) = outcome("steps: [{ id: a, step_type: noop }]", &[("a", Act::Fail(kind))]);
        assert_eq!(found, format!("failed {}: a=failed", kind.exit_code()));
    }
    check(CHAIN, &[], "completed 0: a=completed b=completed c=completed");
}

#[test]
fn steps_run_in_the_order_of_the_file_every_time() {
    for _ in 0..3 {
        let (_, script) = outcome(
            "steps:
  - { id: z, step_type: noop }
  - { id: a, step_type: noop, depends_on: m }
  - { id: k, step_type: noop }
  - { id: m, step_type: noop }
",
            &[],
        );
        assert_eq!(script.ran, ["z", "k", "m", "a"]);
    }
}

#[test]
fn what_depends_on_a_failure_is_skipped_and_the_rest_is_cancelled() {
    let fail = [("a", Act::Fail(Kind::Failed))];
    check(CHAIN, &fail, "failed 2: a=failed b=skipped c=skipped");
    check(FREE, &fail, "failed 2: a=failed b=cancelled c=cancelled");
    let go_on = format!("config: {{ fail_fast: false }}\n{FREE}");
    check(&go_on, &fail, "failed 2: a=failed b=completed c=completed");
}

#[test]
fn a_tolerated_failure_does_not_fail_the_mission() {
    let text = "steps:
  - { id: a, step_type: noop, continue_on_error: true }
  - { id: b, step_type: noop, depends_on: a }
  - { id: c, step_type: noop }
";
    let expected = "completed 0: a=failed b=completed c=completed";
    check(text, &[("a", Act::Fail(Kind::Failed))], expected);
}

#[test]
fn a_step_can_be_the_answer_to_a_failure() {
    let text = "config: { fail_fast: false }
steps:
  - { id: a, step_type: noop }
  - { id: b, step_type: noop, continue_on_error: true, when: steps.a.status == \"failed\" }
";
    check(text, &[("a", Act::Fail(Kind::Failed))], "failed 2: a=failed b=completed");
    check(text, &[], "completed 0: a=completed b=skipped");
}

#[test]
fn a_condition_that_does_not_hold_skips_what_follows() {
    let text = "vars: { n: 3 }
steps:
  - { id: a, step_type: noop, when: vars.n > 3 }
  - { id: b, step_type: noop, depends_on: a }
  - { id: c, step_type: noop, depends_on: b, continue_on_error: true }
  - { id: d, step_type: noop, when: vars.n >= 3 and not (vars.n == \"3\") }
";
    check(text, &[], "completed 0: a=skipped b=skipped c=completed d=completed");
    check(
        "vars: { n: x }\nsteps: [{ id: a, step_type: noop, when: vars.n }]",
        &[],
        "failed 2: a=failed",
    );
}

#[test]
fn below_the_target_is_an_outcome_of_its_own() {
    let (found, script) = outcome(CHAIN, &[("b", Act::Say(Verdict::BelowTarget))]);
    assert_eq!(found, "below_target 2: a=completed b=failed c=skipped");
    assert_eq!(script.ran, ["a", "b"]);
    let both = [("a", Act::Fail(Kind::Failed)), ("b", Act::Say(Verdict::BelowTarget))];
    let text = format!("config: {{ fail_fast: false }}\n{FREE}");
    check(&text, &both, "failed 2: a=failed b=failed c=completed");
}

#[test]
fn a_person_may_have_to_decide() {
    check(
        CHAIN,
        &[("b", Act::Say(Verdict::NeedsReview))],
        "needs_review 5: a=completed b=blocked c=skipped",
    );
    check(CHAIN, &[("b", Act::Fail(Kind::Budget))], "failed 3: a=completed b=blocked c=skipped");
}

#[test]
fn nothing_to_do_ends_a_mission_well() {
    check(
        CHAIN,
        &[("a", Act::Say(Verdict::NothingToDo))],
        "skipped 0: a=completed b=skipped c=skipped",
    );
}

#[test]
fn an_interruption_cancels_all_and_outranks_tolerance() {
    let text = "config: { fail_fast: false, retries: 3 }
steps:
  - { id: a, step_type: noop, continue_on_error: true }
  - { id: b, step_type: noop }
";
    check(text, &[("a", Act::Interrupt)], "failed 130: a=cancelled b=cancelled");
}

#[test]
fn a_step_out_of_time_has_timed_out() {
    let text = "steps: [{ id: a, step_type: noop, timeout_seconds: 1 }]";
    let (found, _) = outcome(text, &[("a", Act::Hang)]);
    assert_eq!(found, "failed 2: a=timed_out");
}

#[test]
fn a_step_is_tried_again_for_what_it_says() {
    let text = |retry: &str| {
        format!("steps: [{{ id: a, step_type: noop, retry: {{ max_attempts: 3, {retry} }} }}]")
    };
    let (found, script) = outcome(&text("on: [failed]"), &[("a", Act::FailUntil(3))]);
    assert_eq!((&*found, script.ran.len()), ("completed 0: a=completed", 3));
    let (found, script) = outcome(&text("on: [failed]"), &[("a", Act::FailUntil(4))]);
    assert_eq!((&*found, script.ran.len()), ("failed 2: a=failed", 3));
    let (found, script) = outcome(&text("on: [timed_out]"), &[("a", Act::FailUntil(2))]);
    assert_eq!((&*found, script.ran.len()), ("failed 2: a=failed", 1));
    let (_, script) = outcome(&text("on: [environment]"), &[("a", Act::Fail(Kind::Environment))]);
    assert_eq!(script.ran.len(), 3);
    let retries = "config: { retries: 1 }\nsteps: [{ id: a, step_type: noop }]";
    assert_eq!(outcome(retries, &[("a", Act::FailUntil(2))]).1.ran.len(), 2);
}

#[test]
fn a_reference_is_replaced_once_by_what_a_step_gave() {
    let text = "vars: { x: '{{ vars.y }}', y: 7 }
steps:
  - { id: b, step_type: noop, parameters: { t: 'got {{ steps.a.output }}', n: '{{vars.y}}',
      once: '{{ vars.x }}', code: 'println!(\"{{}}\", x); ${{ github.ref }} {{ other.x }}' } }
  - { id: a, step_type: noop }
  - { id: r, step_type: noop, raw: true, parameters: { t: '{{ vars.y }}' } }
";
    let (_, script) = outcome(text, &[]);
    assert_eq!(script.ran, ["a", "b", "r"]);
    let expected = json!({
        "t": "got a", "n": 7, "once": "{{ vars.y }}",
        "code": "println!(\"{{}}\", x); ${{ github.ref }} {{ other.x }}",
    });
    assert_eq!(Json::Object(script.seen[1].clone()), expected);
    assert_eq!(script.seen[2]["t"], "{{ vars.y }}");
}

#[test]
fn what_has_no_value_is_refused_before_anything_runs() {
    let text = "steps:
  - { id: a, step_type: noop }
  - { id: b, step_type: noop, parameters: { x: '{{ env.NOT_THERE }}' } }
";
    let mission = mission(text);
    let mut script = Script::default();
    let error = run(&setup(&mission, &Silent), &mut script).expect_err("no value");
    assert_eq!(error.kind(), Kind::Usage);
    assert_eq!(error.message(), "step `b` refers to what has no value: `env.NOT_THERE`");
    assert_eq!((script.ran.len(), script.finished.len()), (0, 0));
}

#[test]
fn what_the_runner_refuses_is_refused_before_anything_runs() {
    let mission = mission(
        "steps: [{ id: a, step_type: noop }, { id: b, step_type: noop, parameters: {refuse: 1} }]",
    );
    let mut script = Script::default();
    run(&setup(&mission, &Silent), &mut script).expect_err("refused");
    assert!(script.ran.is_empty());
}

#[test]
fn every_step_is_in_the_events() {
    let mission = mission(CHAIN);
    let memory = Memory::default();
    let acts = BTreeMap::from([("b".to_owned(), Act::Fail(Kind::Failed))]);
    let mut script = Script { acts, ..Script::default() };
    run(&setup(&mission, &memory), &mut script).expect("it runs");
    let events = memory.0.into_inner();
    let told: Vec<String> = events
        .iter()
        .map(|(kind, fields)| {
            let text = |key: &str| fields[key].as_str().unwrap_or("-").to_owned();
            format!("{kind} {} {}", text("step"), text("status"))
        })
        .collect();
    let expected = [
        "mission.started - -",
        "step.started a -",
        "step.finished a completed",
        "step.started b -",
        "step.finished b failed",
        "step.finished c skipped",
        "mission.finished - -",
    ];
    assert_eq!(told, expected);
    assert_eq!(events[6].1["outcome"], "failed");
}

#[test]
fn a_plan_names_every_step_and_keeps_what_is_not_known() {
    let mission = mission(
        "vars: { v: 1 }
env: { TOKEN: secret }
steps:
  - { id: b, step_type: noop, parameters: { t: '{{ steps.a.output }} {{ vars.v }}', s: \
         '{{ env.TOKEN }}' } }
  - { id: a, step_type: noop }
",
    );
    let mut script = Script::default();
    let planned = plan(&setup(&mission, &Silent), &mut script).expect("a plan");
    let ids: Vec<&str> = planned.iter().map(|step| &*step.id).collect();
    assert_eq!(ids, ["a", "b"]);
    assert!(script.ran.is_empty());
    assert_eq!(script.seen[1]["t"], "{{ steps.a.output }} 1");
    assert_eq!(script.seen[1]["s"], "{{ env.TOKEN }}");
}
