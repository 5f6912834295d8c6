//! The step that runs another mission.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value as Json;

use super::place;
use super::runner::Kinds;
use crate::engine::{self, Context, Outcome, ResolvedStep, Run, StepReport, Verdict};
use crate::error::{Error, Kind, Result};
use crate::mission::{self, Document, Mission, Step};
use crate::sys::fs;

/// Most missions inside each other.
const DEPTH_MAX: usize = 16;

/// Refuses a mission that cannot run, or that in the end runs itself.
pub(super) fn check(step: &Step, run: &Run<'_>, kinds: &Kinds<'_>) -> Result<()> {
    let Some(name) = step.parameters.get("path").and_then(Json::as_str) else { return Ok(()) };
    if !step.raw && mission::has_reference(name) {
        return Ok(());
    }
    let inner = load(name, run)?;
    let set = step.parameters.get("set").cloned().unwrap_or_default();
    if !step.raw && mission::has_reference(&set.to_string()) {
        return Ok(());
    }
    engine::check(&inner.run(run, &set)?, &kinds.runner())
}

/// What it would do.
pub(super) fn plan(
    step: &ResolvedStep<'_>,
    context: &Context<'_>,
    kinds: &Kinds<'_>,
) -> Result<Vec<String>> {
    let name = step.required("path")?;
    let mut lines = vec![format!("run the mission `{name}`")];
    if mission::has_reference(name) {
        return Ok(lines);
    }
    let inner = load(name, context.run)?;
    let set = step.parameters.get("set").cloned().unwrap_or_default();
    for planned in engine::plan(&inner.run(context.run, &set)?, &mut kinds.runner())? {
        let actions = planned.actions.into_iter();
        lines.extend(actions.map(|action| format!("  {}: {action}", planned.id)));
    }
    Ok(lines)
}

/// Runs the mission with a runner of its own, within the time limit of the step.
pub(super) fn run(
    step: &ResolvedStep<'_>,
    context: &Context<'_>,
    kinds: &Kinds<'_>,
) -> Result<StepReport> {
    let name = step.required("path")?;
    let inner = load(name, context.run)?;
    let set = step.parameters.get("set").cloned().unwrap_or_default();
    let mut inside = inner.run(context.run, &set)?;
    inside.stop = context.stop.clone();
    let ended = engine::run(&inside, &mut kinds.runner())?;
    let outcome = ended.outcome.name();
    let report = StepReport::done(format!("`{name}` is {outcome}"))
        .output("output", outcome)
        .output("outcome", outcome);
    Ok(match ended.outcome {
        Outcome::Completed | Outcome::Skipped => report,
        Outcome::BelowTarget if ended.kind == Some(Kind::Budget) => {
            report.verdict(Verdict::LimitReached)
        }
        Outcome::BelowTarget => report.verdict(Verdict::BelowTarget),
        Outcome::NeedsReview => report.verdict(Verdict::NeedsReview),
        Outcome::Failed => {
            let why = ended.culprit().map(|step| format!("`{}`: {}", step.id, step.message));
            let kind = ended.kind.unwrap_or(Kind::Failed);
            let error = Error::new(kind, format!("the mission `{name}` failed"));
            report.failed(match why {
                Some(why) => error.because(why),
                None => error,
            })
        }
    })
}

/// Another mission and its file.
struct Inner {
    mission: Mission,
    file: Utf8PathBuf,
}

impl Inner {
    /// How it runs inside `outer`, with the parameters in `set`.
    fn run<'a>(&'a self, outer: &Run<'a>, set: &Json) -> Result<Run<'a>> {
        let set: BTreeMap<String, Json> = match set {
            Json::Object(set) => set.clone().into_iter().collect(),
            _ => BTreeMap::new(),
        };
        let mut callers = outer.callers.clone();
        callers.push(outer.file.clone());
        Ok(Run {
            mission: &self.mission,
            file: self.file.clone(),
            root: outer.root.clone(),
            params: mission::bind(&self.mission, &set)?,
            env: outer.env.clone(),
            observer: outer.observer,
            stop: outer.stop.clone(),
            skip_unsupported: outer.skip_unsupported,
            callers,
        })
    }
}

/// Loads the mission `name`, looked for beside the file that calls it and then from the project.
fn load(name: &str, run: &Run<'_>) -> Result<Inner> {
    let root = fs::canonicalize(&run.root)?;
    let beside = run.file.parent().filter(|folder| !folder.as_str().is_empty());
    let beside = beside.and_then(|folder| fs::canonicalize(&root.join(folder)).ok());
    let beside = beside.filter(|folder| folder.starts_with(&root)).map(|folder| folder.join(name));
    let relative = beside.as_deref().filter(|path| fs::exists(path));
    let relative = relative.and_then(|path| path.strip_prefix(&root).ok());
    let file = place::inside(&root, relative.map_or(name, Utf8Path::as_str))?;
    let running = run.callers.iter().chain([&run.file]);
    for caller in running {
        if fs::canonicalize(&root.join(caller)).is_ok_and(|caller| caller == file) {
            return Err(Error::usage(format!("the mission `{name}` would run itself")));
        }
    }
    if DEPTH_MAX <= run.callers.len() {
        return Err(Error::usage(format!("more than {DEPTH_MAX} missions inside each other")));
    }
    let shown = file.strip_prefix(&root).unwrap_or(&file);
    match engine::load(&file, shown.as_str())?.document {
        Document::Mission(mission) => Ok(Inner { mission: *mission, file: shown.to_owned() }),
        Document::Campaign(_) => Err(Error::usage(format!("`{name}` is a campaign"))
            .hint("a step can run a mission; list missions in the campaign itself")),
    }
}
