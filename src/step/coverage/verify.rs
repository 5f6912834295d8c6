//! `verify`: the crate with its new tests is built and run once more, and the target checked.

use std::time::Duration;

use super::desk::Covered;
use super::mission::{Runner, shown, target_of};
use super::suite::{self, Home};
use super::validate::validate;
use crate::cargo::{self, Launch, Options, Outcome, Which};
use crate::coverage::{FileCoverage, Ratio};
use crate::engine::{Context, ResolvedStep, StepReport, Verdict};
use crate::error::{Error, Kind, Result};
use crate::gate::LineMap;
use crate::measure::Measured;
use crate::mission::{Metric, Target};
use crate::policy::Mode;
use crate::sys::Process;
use crate::text;

/// How long all new tests together may take.
const TIMEOUT: Duration = Duration::from_mins(2);

/// Proves the tests and the target.
pub fn run(
    runner: &mut Runner<'_, '_>,
    step: &ResolvedStep<'_>,
    context: &Context<'_>,
) -> Result<StepReport> {
    let (target, file) = target_of(context.run)?;
    let shop = runner.shop()?;
    let selection = runner.state.selection.clone();
    let mut covered = {
        let mut shop = shop.borrow_mut();
        shop.workshop.refresh(&context.stop)?;
        shop.covered(&selection, &context.stop)?
    };
    if let Some(measured) = suite::run(runner, &covered, context)? {
        let home = Home::of(runner)?;
        let mut shop = shop.borrow_mut();
        let runs = step.whole("runs").unwrap_or_else(|| u64::from(runner.desk.settings.runs));
        let boxes = &shop.boxes;
        let wrap = |process: Process, launch: &Launch| boxes.test(process, launch);
        steady(runner, (&measured, &home, runs), &wrap, context)?;
        let mut report = measured.report;
        if !covered.incompatible.is_empty() {
            // What tests cover that cannot run in the box was measured outside before.
            merge_baseline(runner, &home, &mut report, &covered);
        }
        covered = Covered { report, ..covered };
        shop.set_covered(&selection, covered.clone());
    }
    let after = covered.report.files.get(file).cloned().unwrap_or_default();
    let (was, now) = (ratio(target, &runner.state.before), ratio(target, &after));
    runner.state.after = Some(after);
    runner.state.verified = true;
    let objection = validate(runner, (was, now), context)?;
    let gain = now.percent() - was.percent();
    let wanted = step.number("min_percent").or(target.percent).unwrap_or(0.0);
    let gain_wanted = step.number("min_gain").unwrap_or(0.0);
    let tests = runner.state.tests.len();
    let message = format!(
        "{} → {} of the {} of `{}` with {}",
        text::percent(was.covered, was.coverable),
        text::percent(now.covered, now.coverable),
        metric_name(target.metric),
        shown(context.run),
        text::count(tests, "new test")
    );
    let report = StepReport::done(message)
        .output("percent", now.percent())
        .output("gain", (gain * 100.0).round() / 100.0)
        .output("tests", tests);
    let report = runner.with_work(report, context.run);
    if let Some(objection) = objection {
        return Ok(StepReport { message: objection, ..report }.verdict(Verdict::NeedsReview));
    }
    let metric = metric_name(target.metric);
    let Some(missed) = missed((now, wanted), (gain, gain_wanted), metric) else {
        return Ok(report);
    };
    if runner.desk.settings.all_or_nothing {
        runner.state.verified = false;
        let error = Error::new(Kind::Failed, missed);
        return Ok(report.failed(error.hint("nothing is kept: `--all-or-nothing`")));
    }
    let verdict = if runner.state.limited { Verdict::LimitReached } else { Verdict::BelowTarget };
    Ok(StepReport { message: missed, ..report }.verdict(verdict))
}

/// What was asked for and is not there; `None` if all is.
fn missed(now: (Ratio, f64), gain: (f64, f64), metric: &str) -> Option<String> {
    let ((now, wanted), (gain, gain_wanted)) = (now, gain);
    if now.percent() < wanted {
        let share = text::percent(now.covered, now.coverable);
        Some(format!("{share} of the {metric}, {wanted} % were asked for"))
    } else if gain < gain_wanted {
        Some(format!("{gain:.2} points were gained, {gain_wanted} were asked for"))
    } else {
        None
    }
}

/// Runs the new tests again and again, as far as the gate for flaky ones holds.
fn steady(
    runner: &mut Runner<'_, '_>,
    measured: (&Measured, &Home, u64),
    wrap: cargo::Wrap<'_>,
    context: &Context<'_>,
) -> Result<()> {
    let mode = runner.gates(context.run).flaky;
    if mode == Mode::Off {
        return Ok(());
    }
    match repeat(runner, measured, wrap, context)? {
        Some(words) if mode == Mode::Block => Err(Error::failed(words)),
        words => {
            runner.state.warnings.extend(words);
            Ok(())
        }
    }
}

/// Runs the new tests again and again; what failed, in words, if one did.
fn repeat(
    runner: &Runner<'_, '_>,
    (measured, home, runs): (&Measured, &Home, u64),
    wrap: cargo::Wrap<'_>,
    context: &Context<'_>,
) -> Result<Option<String>> {
    let names = &runner.state.names;
    let mut binaries = measured.build.binaries.iter();
    let Some(binary) = binaries.find(|binary| home.is_binary(binary)) else { return Ok(None) };
    for run in 1..runs {
        context.stop.check()?;
        let threads = if run.is_multiple_of(2) { None } else { Some(1) };
        let options =
            Options { profiles: None, timeout: TIMEOUT, threads, wrap: Some(wrap), slot: 0 };
        let done = cargo::run(binary, Which::Only(names), &options, &context.stop)?;
        let failed = names.iter().find(|name| done.outcomes.get(*name) != Some(&Outcome::Passed));
        if let Some(name) = failed {
            return Ok(Some(format!("`{name}` failed in run {} of {runs}", run + 1)));
        }
    }
    Ok(None)
}

/// Adds what was covered before, in the places of the new text.
fn merge_baseline(
    runner: &Runner<'_, '_>,
    home: &Home,
    report: &mut crate::coverage::Report,
    before: &Covered,
) {
    for (file, old) in &before.report.files {
        let path = home.root.join(file);
        let written = runner.state.written.iter().find(|written| written.path == path);
        let moved = written.and_then(|written| {
            let (old_text, text) = (written.old.as_deref()?, written.text.as_deref()?);
            // From the old places to the new ones: the same comparison, the other way round.
            Some(LineMap::between(text, old_text).translate(old))
        });
        let known = report.files.entry(file.clone()).or_default();
        known.merge(moved.as_ref().unwrap_or(old));
    }
}

/// The ratio that a target is about.
fn ratio(target: &Target, coverage: &FileCoverage) -> Ratio {
    let summary = coverage.summary();
    match target.metric {
        Metric::Lines => summary.lines,
        Metric::Regions => summary.regions,
        Metric::Functions => summary.functions,
        Metric::ErrorPaths => summary.error_paths,
    }
}

/// What a metric counts, in words.
fn metric_name(metric: Metric) -> &'static str {
    match metric {
        Metric::Lines => "lines",
        Metric::Regions => "regions",
        Metric::Functions => "functions",
        Metric::ErrorPaths => "error paths",
    }
}
