//! Running many missions: one after the other, with their conditions and dependencies.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use camino::Utf8PathBuf;
use serde_json::{Value as Json, json};

use super::archive;
use super::baseline::Baseline;
use super::list::Item;
use super::row;
use super::session::Session;
use crate::engine::{self, Observer, Outcome, PlannedStep, Status};
use crate::error::{Error, Kind, Result};
use crate::journal::Journal;
use crate::mission::{self, Condition, Scope};
use crate::report::{self, Counts, MissionRow, RunReport};
use crate::sys::{Clock, Stop, process};

/// Why a mission was cut or did not begin.
const TIME_UP: &str = "the time for the run was up";

/// How to run missions.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The project, absolute.
    pub root: Utf8PathBuf,
    /// Values for the parameters of missions.
    pub set: BTreeMap<String, Json>,
    /// The environment that references see.
    pub env: BTreeMap<String, String>,
    /// Whether archived missions that lost their target come back.
    pub reopen: bool,
    /// Whether steps that this version does not know are skipped; they fail otherwise.
    pub skip_unsupported: bool,
    /// After how many kept tests no further mission begins.
    pub tests_max: Option<u64>,
    /// After how many seconds the mission in hand is cut, and no further one begins.
    pub seconds_max: Option<u64>,
    /// The command that goes on with the run.
    pub command: String,
}

impl Observer for Journal {
    fn event(&self, kind: &str, fields: Json) -> Result<()> {
        Self::event(self, kind, fields)
    }
}

/// What came of a run, and the kind of error with which the process ends, if any.
#[derive(Debug, Clone, PartialEq)]
pub struct Finished {
    /// The report, which is also in the run's folder.
    pub report: RunReport,
    /// Why the process does not end with 0.
    pub kind: Option<Kind>,
}

/// Runs missions in their order and writes the reports of the run.
///
/// Everything is measured before the first mission, so that a crate whose tests fail already ends
/// the run with [`Kind::BaselineRed`] before anything is written. A mission that fails does not
/// keep the others from running. An error means that the run could not begin or go on; the reports
/// are written all the same, unless they are what cannot be written.
pub fn run(
    items: &[Item],
    options: &Options,
    session: &mut dyn Session,
    journal: &Journal,
    stop: &Stop,
) -> Result<Finished> {
    let started = Clock::real().timestamp();
    let files: Vec<&str> = items.iter().map(|item| item.shown.as_str()).collect();
    journal.event("run.started", json!({ "command": options.command, "missions": files }))?;
    let baseline = Baseline::default();
    let clock = Clock::real();
    let limit = match options.seconds_max {
        Some(seconds) => stop.within(Duration::from_secs(seconds)),
        None => stop.clone(),
    };
    let mut campaign = Running {
        options,
        session,
        journal,
        stop,
        limit,
        clock,
        baseline,
        rows: Vec::new(),
        idle: BTreeSet::new(),
    };
    let ran = campaign.all(items);
    let report = campaign.report(items, started, ran.as_ref().err());
    finish(journal, &report)?;
    ran?;
    let kind = campaign.kind();
    Ok(Finished { report, kind })
}

/// Writes the reports and the last event.
fn finish(journal: &Journal, report: &RunReport) -> Result<()> {
    let json = serde_json::to_value(report)
        .map_err(|error| Error::internal("cannot write the report as JSON").because(error))?;
    journal.write_report(&json, &report::markdown(report))?;
    journal.event("run.finished", report.finished())?;
    journal.sync()
}

/// Returns what each mission would do, and writes nothing.
pub fn dry_run(
    items: &[Item],
    options: &Options,
    session: &mut dyn Session,
    stop: &Stop,
) -> Result<Vec<Vec<PlannedStep>>> {
    let plan = |item: &Item| {
        if item.archived.is_some() {
            return Ok(Vec::new());
        }
        let run = prepared(item, options, &engine::Silent, stop)?;
        engine::plan(&run, &mut *session.runner()?)
    };
    items.iter().map(plan).collect()
}

/// A mission with everything it may see.
fn prepared<'a>(
    item: &'a Item,
    options: &Options,
    observer: &'a dyn Observer,
    stop: &Stop,
) -> Result<engine::Run<'a>> {
    Ok(engine::Run {
        mission: &item.mission,
        file: item.file.strip_prefix(&options.root).unwrap_or(&item.file).to_owned(),
        root: options.root.clone(),
        params: mission::bind(&item.mission, &options.set)?,
        env: options.env.clone(),
        observer,
        stop: stop.clone(),
        skip_unsupported: options.skip_unsupported,
        callers: Vec::new(),
    })
}

/// A campaign that runs.
struct Running<'a> {
    options: &'a Options,
    session: &'a mut dyn Session,
    journal: &'a Journal,
    stop: &'a Stop,
    /// The same, and the time for the run.
    limit: Stop,
    clock: Clock,
    baseline: Baseline,
    /// What came of each mission so far, with the kind of its failure.
    rows: Vec<(MissionRow, Option<Kind>)>,
    /// The numbers of those that ran and found nothing to do.
    idle: BTreeSet<usize>,
}

impl Running<'_> {
    /// Measures, then runs every mission.
    fn all(&mut self, items: &[Item]) -> Result<()> {
        self.baseline =
            Baseline::measure(items, self.session, &self.limit).map_err(|error| self.cut(error))?;
        let before = self.baseline.total();
        self.journal.event("run.measured", json!({ "before": before }))?;
        items.iter().try_for_each(|item| self.mission(item))
    }

    /// The kind of error with which the process ends.
    fn kind(&self) -> Option<Kind> {
        let kinds = self.rows.iter().filter_map(|(_, kind)| *kind);
        kinds.min_by_key(|kind| kind.precedence())
    }

    /// The report on what ran, and on what did not because of an error.
    fn report(&mut self, items: &[Item], started: String, error: Option<&Error>) -> RunReport {
        for item in items.iter().skip(self.rows.len()) {
            self.rows.push((row::skipped(item, "the run ended before it".to_owned()), None));
        }
        let kind = error.map(Error::kind).or(self.kind());
        let resumable = matches!(kind, Some(Kind::Interrupted | Kind::Budget | Kind::Environment));
        let details: Vec<MissionRow> = self.rows.iter().map(|(row, _)| row.clone()).collect();
        RunReport {
            version: report::VERSION,
            run: self.journal.run().to_string(),
            tool: concat!("rustchain ", env!("CARGO_PKG_VERSION")).to_owned(),
            started,
            exit_code: kind.map_or(0, Kind::exit_code),
            missions: Counts::of(details.iter().map(|row| row.outcome)),
            before: self.baseline.total(),
            after: self.baseline.again(self.session, self.stop),
            tests_kept: details.iter().map(|row| row.work.tests_kept).sum(),
            wall_seconds: self.clock.elapsed().as_secs_f64(),
            cpu_seconds: process::cpu_seconds(),
            boxed: self.session.boxed(),
            next: resumable.then(|| self.options.command.clone()),
            details,
        }
    }

    /// Runs one mission, or notes why it does not run.
    fn mission(&mut self, item: &Item) -> Result<()> {
        let mut item = item.clone();
        if let Some(archived) = item.archived.clone() {
            let held = self.baseline.holds(&item.mission);
            if held || !self.options.reopen {
                let row = row::archived(&item, &self.baseline, held);
                let fields = json!({ "mission": item.shown, "target_held": held });
                self.journal.event("mission.archived", fields)?;
                self.rows.push((row, (!held).then_some(Kind::Failed)));
                return Ok(());
            }
            archive::reopen(&archived, &item.file)?;
            item.archived = None;
            self.journal.event("mission.reopened", json!({ "mission": item.shown }))?;
        }
        let ended = match self.obstacle(&item)? {
            Some((message, kind)) => {
                let fields = json!({ "mission": item.shown, "reason": message });
                self.journal.event("mission.skipped", fields)?;
                (row::skipped(&item, message), kind)
            }
            None => self.attempt(&item)?,
        };
        self.rows.push(ended);
        self.journal.sync()
    }

    /// Runs the mission itself.
    fn attempt(&mut self, item: &Item) -> Result<(MissionRow, Option<Kind>)> {
        let before = self.summary(item);
        let kept = self.session.tests_kept();
        let result = prepared(item, self.options, self.journal, &self.limit)
            .and_then(|run| engine::run(&run, &mut *self.session.runner()?));
        let (mut row, kind) = match result {
            Ok(report) => {
                // What the end of the time did to a step is no fault of the step.
                let own = report.culprit().is_some_and(|step| step.status != Status::TimedOut);
                let cut = self.is_cut() && report.outcome == Outcome::Failed && !own;
                let after = self.summary(item);
                if report.outcome == Outcome::Skipped {
                    self.idle.insert(self.rows.len());
                }
                let kind = if cut { Some(Kind::Budget) } else { report.kind };
                let mut row = row::ended(item, report, before, after);
                if cut {
                    row.message = format!("{TIME_UP}; nothing of this mission is kept");
                }
                (row, kind)
            }
            Err(error) if matches!(error.kind(), Kind::Internal | Kind::Locked) => {
                return Err(error);
            }
            Err(error) => {
                let error = self.cut(error);
                (row::failed(item, &error, before), Some(error.kind()))
            }
        };
        row.work.tests_kept = self.session.tests_kept().saturating_sub(kept);
        self.journal.event("mission.reported", row::event(&row))?;
        Ok((row, kind))
    }

    /// Whether the time for the run is up, and no person asked for an end.
    fn is_cut(&self) -> bool {
        self.limit.is_late() && !self.stop.is_signalled()
    }

    /// The error that is told instead of one that the end of the time brought about.
    fn cut(&self, error: Error) -> Error {
        if !self.is_cut() || error.kind() != Kind::Failed {
            return error;
        }
        Error::new(Kind::Budget, TIME_UP).because(error)
    }

    /// What is covered now in the mission's file; nothing is known after an interruption.
    fn summary(&mut self, item: &Item) -> Option<crate::coverage::Summary> {
        let target = item.mission.target.as_ref()?;
        let file = target.file.as_deref()?;
        let table = self.session.coverage(target, self.stop).ok()?;
        table.files.iter().find(|row| row.file == file).map(|row| row.summary)
    }

    /// Why a mission does not run, and what that means for the exit code.
    fn obstacle(&self, item: &Item) -> Result<Option<(String, Option<Kind>)>> {
        if self.stop.is_signalled() {
            return Ok(Some(("interrupted before it began".to_owned(), Some(Kind::Interrupted))));
        }
        if self.rows.iter().any(|(_, kind)| *kind == Some(Kind::BaselineRed)) {
            let message = "tests of the crate cannot be trusted, see the mission before";
            return Ok(Some((message.to_owned(), None)));
        }
        let options = self.options;
        if self.limit.is_late() {
            return Ok(Some((TIME_UP.to_owned(), Some(Kind::Budget))));
        }
        if options.tests_max.is_some_and(|max| max <= self.session.tests_kept()) {
            return Ok(Some(("the run kept enough tests".to_owned(), Some(Kind::Budget))));
        }
        // What had nothing to do stands in nobody's way.
        let needed = item.depends_on.iter().filter(|index| !self.idle.contains(index));
        let missed = needed.filter_map(|index| self.rows.get(*index));
        let missed = missed.map(|(row, _)| row).find(|row| row.outcome != Outcome::Completed);
        if let Some(missed) = missed {
            return Ok(Some((format!("`{}` did not complete", missed.mission), None)));
        }
        let Some(condition) = &item.when else { return Ok(None) };
        let holds = self.holds(item, condition)?;
        Ok((!holds).then(|| (format!("its condition `{condition}` does not hold"), None)))
    }

    /// Whether the condition of a campaign's entry holds, by what the mission itself may refer to.
    fn holds(&self, item: &Item, condition: &str) -> Result<bool> {
        let broken = |message: String| {
            Error::usage(format!("cannot decide `{condition}` of `{}`: {message}", item.shown))
        };
        let parsed = Condition::parse(condition).map_err(|fault| broken(fault.message))?;
        let params = mission::bind(&item.mission, &self.options.set)?;
        let scope = Scope::new(&item.mission, params, self.options.env.clone());
        parsed.holds(&|reference| scope.lookup(reference)).map_err(broken)
    }
}
