//! One step from its first attempt to its last.

use std::time::Duration;

use serde_json::{Map, Value as Json, json};

use super::fate::{self, Cut};
use super::report::{Status, StepRecord};
use super::runner::{Context, ResolvedStep, Run, StepReport, StepRunner, Verdict};
use crate::error::{Error, Kind, Result};
use crate::mission::{Backoff, Cause, Retry, Scope, Step};
use crate::sys::Clock;

/// A step that has ended, with what that means for the mission.
pub(super) struct Ended {
    /// What came of it.
    pub record: StepRecord,
    /// What follows for the mission.
    pub verdict: Verdict,
}

/// Runs a step until it completes, or until it is not to be tried again.
///
/// Fails only if an event cannot be noted.
pub(super) fn attempts(
    step: &Step,
    run: &Run<'_>,
    scope: &Scope,
    runner: &mut dyn StepRunner,
) -> Result<Ended> {
    let clock = Clock::real();
    let retry = retry(step, run);
    let mut attempt = 1;
    loop {
        note(run, "step.started", step, attempt, json!({ "kind": step.kind }))?;
        let stop = run.stop.within(step.timeout(&run.mission.config));
        let context = Context { run, scope, stop, attempt };
        let result = scope
            .parameters(step)
            .and_then(|parameters| runner.run(&ResolvedStep { step, parameters }, &context));
        let ended = ended(step, &context, result, clock.elapsed());
        let record = &ended.record;
        let fields = json!({
            "kind": step.kind,
            "status": record.status.name(),
            "wall_ms": u64::try_from(record.wall.as_millis()).unwrap_or(u64::MAX),
            "message": record.message,
        });
        note(run, "step.finished", step, attempt, fields)?;
        if attempt >= retry.max_attempts || !again(record, &retry) {
            return Ok(ended);
        }
        Clock::sleep(delay(&retry, attempt), &run.stop);
        if run.stop.is_stopped() {
            return Ok(ended);
        }
        attempt += 1;
    }
}

/// Notes an event of a step.
fn note(run: &Run<'_>, kind: &str, step: &Step, attempt: u32, fields: Json) -> Result<()> {
    let mut all = Map::new();
    all.insert("mission".to_owned(), run.file.as_str().into());
    all.insert("step".to_owned(), step.id.clone().into());
    all.insert("attempt".to_owned(), attempt.into());
    if let Json::Object(fields) = fields {
        all.extend(fields);
    }
    run.observer.event(kind, Json::Object(all))
}

/// What one attempt comes to.
fn ended(step: &Step, context: &Context<'_>, result: Result<StepReport>, wall: Duration) -> Ended {
    let report = result.unwrap_or_else(|error| StepReport::default().failed(error));
    let mut record = StepRecord {
        id: step.id.clone(),
        kind: step.kind.clone(),
        status: Status::Completed,
        attempts: context.attempt,
        wall,
        outputs: report.outputs.into_iter().collect(),
        message: report.message,
        hints: Vec::new(),
        failure: None,
        tolerated: step.continue_on_error,
    };
    let mut verdict = report.verdict;
    match (report.failure, verdict) {
        (Some(error), _) => {
            let cut = cut(context);
            record.status = fate::failure(error.kind(), cut);
            let person = cut == Cut::Person;
            record.failure = Some(if person { Kind::Interrupted } else { error.kind() });
            record.message =
                context.scope.without_secrets(&message(step, context, &error, record.status));
            record.hints = error.hints().to_vec();
            verdict = Verdict::Good;
        }
        (None, Verdict::BelowTarget) => {
            (record.status, record.failure) = (Status::Failed, Some(Kind::Failed));
        }
        (None, Verdict::LimitReached) => {
            (record.status, record.failure) = (Status::Blocked, Some(Kind::Budget));
        }
        (None, Verdict::NeedsReview) => {
            (record.status, record.failure) = (Status::Blocked, Some(Kind::NeedsReview));
        }
        (None, Verdict::NotRun) => record.status = Status::Skipped,
        (None, Verdict::Good | Verdict::NothingToDo) => (),
    }
    Ended { record, verdict }
}

/// What cut a step short.
fn cut(context: &Context<'_>) -> Cut {
    if context.run.stop.is_signalled() {
        Cut::Person
    } else if context.stop.is_late() {
        Cut::Time
    } else {
        Cut::Nothing
    }
}

/// Why a step failed, in one text.
fn message(step: &Step, context: &Context<'_>, error: &Error, status: Status) -> String {
    let chain = error.chain().join(": ");
    if status != Status::TimedOut {
        return chain;
    }
    let limit = step.timeout(&context.run.mission.config).as_secs();
    if context.run.stop.is_late() {
        format!("the mission's time was up: {chain}")
    } else {
        format!("not done within {limit} s: {chain}")
    }
}

/// When and how often a step is tried again.
fn retry(step: &Step, run: &Run<'_>) -> Retry {
    step.retry.clone().unwrap_or_else(|| Retry {
        max_attempts: run.mission.config.retries.saturating_add(1),
        ..Retry::default()
    })
}

/// Whether a step that ended like this is worth another attempt.
fn again(record: &StepRecord, retry: &Retry) -> bool {
    let cause = match (record.status, record.failure) {
        (Status::TimedOut, _) => Cause::TimedOut,
        (Status::Failed, Some(Kind::Environment)) => Cause::Environment,
        (Status::Failed, Some(Kind::Failed)) => Cause::Failed,
        _ => return false,
    };
    retry.on.contains(&cause)
}

/// How long to wait after an attempt.
fn delay(retry: &Retry, attempt: u32) -> Duration {
    let factor = match retry.backoff {
        Backoff::Constant => 1.0,
        Backoff::Linear => f64::from(attempt),
        Backoff::Exponential => f64::from(attempt.saturating_sub(1).min(16)).exp2(),
    };
    Duration::try_from_secs_f64(retry.delay_seconds * factor).unwrap_or_default()
}
