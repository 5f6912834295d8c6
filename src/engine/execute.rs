//! A mission from its first step to its last.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::attempt::{self, Ended};
use super::fate::{self, Dependency, Fate, Own};
use super::report::{MissionReport, Outcome, Status, StepRecord};
use super::runner::{Run, StepRunner, Verdict};
use crate::error::{Error, Kind, Result};
use crate::mission::{Condition, Reference, Root, Scope, Step};
use crate::sys::Clock;

/// Runs a mission.
///
/// Fails before anything has been written if the mission cannot run at all: references without a
/// value, or what the runner refuses. Later failures are in the report; an error then means that
/// an event could not be noted or that what a failed mission left could not be taken back.
pub fn run(run: &Run<'_>, runner: &mut dyn StepRunner) -> Result<MissionReport> {
    let order = ordered(run, runner)?;
    let clock = Clock::real();
    let mut limited = run.clone();
    if let Some(seconds) = run.mission.config.mission_timeout_seconds {
        limited.stop = run.stop.within(std::time::Duration::from_secs(seconds));
    }
    let mut progress = Progress::new(&limited);
    let walked = progress.note("mission.started", json!({ "name": run.mission.name }));
    let walked = walked.and_then(|()| progress.walk(&order, runner));
    let (outcome, _) = progress.outcome(&[walked.as_ref().err()]);
    let finished = runner.finish(outcome, &limited);
    // What went wrong in the end is part of how it ended.
    let (outcome, kind) = progress.outcome(&[walked.as_ref().err(), finished.as_ref().err()]);
    let kind_name = kind.map_or(0, Kind::exit_code);
    let noted = progress.note(
        "mission.finished",
        json!({ "name": run.mission.name, "outcome": outcome.name(), "exit_code": kind_name }),
    );
    walked.and(finished).and(noted)?;
    let steps = progress.records;
    Ok(MissionReport {
        name: run.mission.name.clone(),
        outcome,
        kind,
        steps,
        wall: clock.elapsed(),
    })
}

/// Refuses a mission that cannot run, before it writes anything.
pub fn check(run: &Run<'_>, runner: &dyn StepRunner) -> Result<()> {
    ordered(run, runner).map(drop)
}

/// The order of the steps of a mission that can run.
pub(super) fn ordered(run: &Run<'_>, runner: &dyn StepRunner) -> Result<Vec<usize>> {
    let mission = run.mission;
    let order = mission.order().map_err(|cycle| {
        Error::usage(format!("the steps wait for each other: {}", cycle.join(" → ")))
    })?;
    let scope = Scope::new(mission, run.params.clone(), run.env.clone());
    let lost = scope.lost(mission);
    if let Some((step, _)) = lost.first() {
        let names: Vec<String> = lost.iter().map(|(_, found)| format!("`{found}`")).collect();
        let message = format!("step `{step}` refers to what has no value: {}", names.join(", "));
        return Err(Error::usage(message).hint("set it with `--set`, in `vars` or in `env`"));
    }
    for index in &order {
        runner.check(&mission.steps[*index], run)?;
    }
    Ok(order)
}

/// A mission that runs.
struct Progress<'a> {
    run: &'a Run<'a>,
    scope: Scope,
    records: Vec<StepRecord>,
    /// Why nothing starts any more, if so.
    ended: Option<String>,
    /// Whether a step said that the target was not reached.
    below_target: bool,
    /// Whether a step said that there is nothing to do.
    nothing_to_do: bool,
}

impl<'a> Progress<'a> {
    fn new(run: &'a Run<'a>) -> Self {
        let scope = Scope::new(run.mission, run.params.clone(), run.env.clone());
        let records = Vec::new();
        Self { run, scope, records, ended: None, below_target: false, nothing_to_do: false }
    }

    fn note(&self, kind: &str, fields: Json) -> Result<()> {
        let mut all = Map::new();
        all.insert("mission".to_owned(), self.run.file.as_str().into());
        if let Json::Object(fields) = fields {
            all.extend(fields);
        }
        self.run.observer.event(kind, Json::Object(all))
    }

    /// Decides on every step in turn.
    fn walk(&mut self, order: &[usize], runner: &mut dyn StepRunner) -> Result<()> {
        for index in order {
            let step = &self.run.mission.steps[*index];
            if self.ended.is_none() && self.run.stop.is_stopped() {
                self.ended = Some(if self.run.stop.is_signalled() {
                    "interrupted".to_owned()
                } else {
                    "the mission's time was up".to_owned()
                });
            }
            let record = match self.decide(step) {
                Ok(None) => {
                    let ended = attempt::attempts(step, self.run, &self.scope, runner)?;
                    self.settle(ended);
                    continue;
                }
                Ok(Some(record)) => record,
                Err(message) => StepRecord {
                    failure: Some(Kind::Failed),
                    ..unstarted(step, Status::Failed, message)
                },
            };
            let fields = json!({
                "step": step.id, "attempt": 0, "kind": step.kind, "wall_ms": 0,
                "status": record.status.name(), "message": record.message,
            });
            self.note("step.finished", fields)?;
            self.settle(Ended { record, verdict: Verdict::Good });
        }
        Ok(())
    }

    /// What is to be done with a step: run it, or record why it does not run.
    ///
    /// Fails with a message if its condition cannot be evaluated.
    fn decide(&self, step: &Step) -> Result<Option<StepRecord>, String> {
        if self.nothing_to_do {
            return Ok(Some(unstarted(step, Status::Skipped, "nothing to do")));
        }
        let ended: BTreeMap<&str, &StepRecord> =
            self.records.iter().map(|record| (&*record.id, record)).collect();
        let before: Vec<&StepRecord> =
            step.depends_on.iter().filter_map(|id| ended.get(&**id).copied()).collect();
        let dependencies: Vec<Dependency> = before
            .iter()
            .map(|record| Dependency { status: record.status, continue_on_error: record.tolerated })
            .collect();
        let own = Own { continue_on_error: step.continue_on_error, ended: self.ended.is_some() };
        match fate::fate(&dependencies, own) {
            Fate::Cancel => {
                let reason = self.ended.clone().unwrap_or_default();
                Ok(Some(unstarted(step, Status::Cancelled, reason)))
            }
            Fate::Skip(index) => {
                let Some(record) = before.get(index) else { return Ok(None) };
                let reason = format!("`{}` did not succeed", record.id);
                Ok(Some(unstarted(step, Status::Skipped, reason)))
            }
            Fate::Run if self.holds(step)? => Ok(None),
            Fate::Run => {
                let reason =
                    format!("`when: {}` does not hold", step.when.as_deref().unwrap_or(""));
                Ok(Some(unstarted(step, Status::Skipped, reason)))
            }
        }
    }

    /// Whether the condition of a step holds; an output that was never given is nothing.
    fn holds(&self, step: &Step) -> Result<bool, String> {
        let Some(text) = &step.when else { return Ok(true) };
        let condition = Condition::parse(text).map_err(|fault| fault.message)?;
        let lookup = |reference: &Reference| {
            let found = self.scope.lookup(reference);
            let optional = matches!(reference.root, Root::Steps | Root::Params | Root::Env);
            if optional { Some(found.unwrap_or(Json::Null)) } else { found }
        };
        condition.holds(&lookup)
    }

    /// Takes note of a step that has ended.
    fn settle(&mut self, ended: Ended) {
        let Ended { record, verdict } = ended;
        let mut outputs = record.outputs.clone();
        outputs.insert("status".to_owned(), record.status.name().into());
        outputs.insert("message".to_owned(), record.message.clone().into());
        self.scope.steps.insert(record.id.clone(), outputs);
        let interrupted = record.failure == Some(Kind::Interrupted);
        let failed = record.failure.is_some() && (!record.tolerated || interrupted);
        match verdict {
            Verdict::BelowTarget | Verdict::LimitReached if failed => self.below_target = true,
            Verdict::NothingToDo => self.nothing_to_do = true,
            _ => (),
        }
        if failed && self.ended.is_none() && (interrupted || self.run.mission.config.fail_fast) {
            self.ended = Some(if interrupted {
                "interrupted".to_owned()
            } else {
                format!("`{}` did not succeed", record.id)
            });
        }
        self.records.push(record);
    }

    /// How the mission ended, and the worst of what went wrong.
    fn outcome(&self, broken: &[Option<&Error>]) -> (Outcome, Option<Kind>) {
        let broken: Vec<Kind> = broken.iter().flatten().map(|error| error.kind()).collect();
        let untolerated =
            |record: &&StepRecord| !record.tolerated || record.failure == Some(Kind::Interrupted);
        let failures: Vec<Kind> =
            self.records.iter().filter(untolerated).filter_map(|record| record.failure).collect();
        // A wish to stop that comes after the last step changes nothing.
        let stopped = match &self.run.stop {
            stop if !self.was_cut() || !stop.is_stopped() => None,
            stop if stop.is_signalled() => Some(Kind::Interrupted),
            _ => Some(Kind::Failed),
        };
        let all = failures.iter().copied().chain(stopped).chain(broken.iter().copied());
        match all.min_by_key(|kind| kind.precedence()) {
            None if self.nothing_to_do => (Outcome::Skipped, None),
            None => (Outcome::Completed, None),
            Some(kind) => {
                let one = failures.len() == 1 && stopped.is_none() && broken.is_empty();
                (fate::outcome(kind, one && self.below_target), Some(kind))
            }
        }
    }

    /// Whether a step was kept from running.
    fn was_cut(&self) -> bool {
        self.records.iter().any(|record| record.status == Status::Cancelled)
    }
}

/// The record of a step that never began.
fn unstarted(step: &Step, status: Status, message: impl Into<String>) -> StepRecord {
    StepRecord {
        id: step.id.clone(),
        kind: step.kind.clone(),
        status,
        attempts: 0,
        wall: std::time::Duration::ZERO,
        outputs: Map::new(),
        message: message.into(),
        hints: Vec::new(),
        failure: None,
        tolerated: step.continue_on_error,
    }
}
