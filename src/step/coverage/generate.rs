//! `generate`: tests from the explorer, sent through the gates.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::json;

use super::beside;
use super::compose::{Ground, function};
use super::desk::Shop;
use super::mission::{Earned, Finding, KeptTest, Residue, Runner, shown};
use crate::cargo::{Launch, Targets};
use crate::coverage::FileCoverage;
use crate::engine::{Context, ResolvedStep, StepReport};
use crate::error::{Error, Result};
use crate::explore::search::{Boxing, Hooks, Proposal, Session, Settings};
use crate::gate::{self, Composition, Passed, Rejection, Trial, Verdict};
use crate::mission::Step;
use crate::source::edit::Placement;
use crate::sys::{Process, Stop, fs};
use crate::text;

/// Most rounds of proposals: each finds other ways to what the last one could not keep.
const ROUNDS_MAX: usize = 4;

/// Fewest proposals that are proven at a time where only so many tests can be kept.
const ENOUGH_MIN: u64 = 16;

/// Refuses sources of tests that this version does not have.
pub fn check(step: &Step) -> Result<()> {
    let Some(with) = step.parameters.get("with").and_then(serde_json::Value::as_array) else {
        return Ok(());
    };
    if step.kind == "generate" && !with.is_empty() && !with.iter().any(|source| source == "explore")
    {
        return Err(Error::usage(format!("step `{}` asks for tests by a model alone", step.id))
            .hint("this version has the explorer: `with: [explore]`"));
    }
    Ok(())
}

/// Searches for tests and keeps those that pass every gate.
pub fn run(
    runner: &mut Runner<'_, '_>,
    step: &ResolvedStep<'_>,
    context: &Context<'_>,
) -> Result<StepReport> {
    runner.refuse_written("generate")?;
    let shop = runner.shop()?;
    let mut shop = shop.borrow_mut();
    shop.workshop.refresh(&context.stop)?;
    // Another attempt begins anew: what an earlier one found would be found twice.
    runner.state.tests.clear();
    runner.state.unused_imports.clear();
    runner.state.found = None;
    if open_regions(&runner.state.before) == 0 && runner.state.before.uncovered_lines().is_empty() {
        return Ok(StepReport::done(format!("`{}` is covered in full", shown(context.run)))
            .output("candidates", 0));
    }
    let run_max = runner.desk.settings.tests_max;
    let run_room = run_max.map(|max| max.saturating_sub(runner.desk.kept.get()));
    let own_max = step.whole("max_tests");
    let room = run_room.into_iter().chain(own_max).min();
    let by_run = run_room.is_some() && room == run_room && own_max != room;
    if room == Some(0) {
        runner.state.limited = by_run;
        return Ok(StepReport::done("no more tests were asked for").output("candidates", 0));
    }
    let stop = match step.number("max_seconds") {
        Some(seconds) => {
            context.stop.within(std::time::Duration::try_from_secs_f64(seconds).unwrap_or_default())
        }
        None => context.stop.clone(),
    };
    let seed = step.whole("seed").unwrap_or(runner.desk.settings.seed);
    let session = session(runner, &mut shop, seed, context, &stop)?;
    let Some(session) = session else {
        runner.state.residue.push(Residue {
            lines: text::ranges(runner.state.before.uncovered_lines()),
            function: String::new(),
            reason: "the file is not part of a library".to_owned(),
        });
        let report = StepReport::done(format!("`{}` is not part of a library", shown(context.run)));
        return Ok(runner.with_work(report.output("candidates", 0), context.run));
    };
    let mut search = Search { runner, shop: &mut shop, session: &session, context, stop, tried: 0 };
    search.rounds(room)?;
    let tried = search.tried;
    describe(runner, &session);
    let full = room.is_some_and(|room| room <= count(runner.state.tests.len()));
    runner.state.limited = by_run && full;
    let kept = runner.state.tests.len();
    let message = format!("{} kept of {}", text::count(kept, "case"), tried);
    Ok(runner.with_work(StepReport::done(message).output("candidates", tried), context.run))
}

/// A length as a number.
fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

/// How many regions are not covered.
fn open_regions(coverage: &FileCoverage) -> usize {
    coverage.regions.iter().filter(|region| region.count == 0).count()
}

/// The search over the crate, done once for all missions of the run; `None` if the file is not
/// part of a library.
fn session(
    runner: &Runner<'_, '_>,
    shop: &mut Shop,
    seed: u64,
    context: &Context<'_>,
    stop: &Stop,
) -> Result<Option<Rc<Session>>> {
    let file = &runner.state.file;
    let root = shop.workshop.workspace.root.clone();
    let Some(package) = shop.workshop.workspace.owner(&root.join(file)) else { return Ok(None) };
    if package.lib().is_none() {
        return Ok(None);
    }
    let (name, folder) = (package.name.clone(), package.dir.clone());
    let key = format!("{name} {:?} {seed}", runner.state.selection);
    let known = shop.searched.get(&key).filter(|known| known.settings().files.contains(file));
    if let Some(known) = known {
        return Ok(Some(Rc::clone(known)).filter(|session| session.has(file)));
    }
    let covered = shop.covered(&runner.state.selection, stop)?;
    let mut files = runner.desk.wanted(&root);
    files.retain(|file| root.join(file).starts_with(&folder));
    files.insert(file.clone());
    let settings = Settings {
        package: name,
        selection: runner.state.selection.clone(),
        files,
        seed,
        effort: runner.desk.settings.effort,
        workers: 2,
    };
    context.run.observer.event("explore.started", json!({ "files": settings.files }))?;
    let Shop { workshop, boxes, .. } = shop;
    let boxes = &*boxes;
    let wrap = |process: Process, boxing: &Boxing<'_>| {
        boxes.search(process, (boxing.cwd, boxing.scratch), boxing.variables.clone())
    };
    let hooks = Hooks { wrap: &wrap, tell: &|_| () };
    let session = Session::search(workshop, settings, &covered.report, hooks, stop)?;
    let fields = json!({
        "candidates": session.candidates(),
        "executions": session.results.ending.executions,
        "compiled_in_rounds": session.rounds,
    });
    context.run.observer.event("explore.searched", fields)?;
    shop.workshop.refresh(stop)?;
    let session = Rc::new(session);
    shop.searched.insert(key, Rc::clone(&session));
    Ok(Some(session).filter(|session| session.has(file)))
}

/// The rounds of proposals and gates for one file.
struct Search<'s, 'd, 'j> {
    runner: &'s mut Runner<'d, 'j>,
    shop: &'s mut Shop,
    session: &'s Session,
    context: &'s Context<'s>,
    stop: Stop,
    tried: usize,
}

impl Search<'_, '_, '_> {
    /// Proposes and proves until nothing more is won; keeps at most `room` tests.
    fn rounds(&mut self, room: Option<u64>) -> Result<()> {
        let mut banned = BTreeSet::new();
        let mut covered = self.runner.state.before.clone();
        for _ in 0..ROUNDS_MAX {
            if self.stop.is_late() {
                break;
            }
            let goals = self.session.open_goals(&self.runner.state.file, &covered);
            if goals.is_empty() {
                break;
            }
            let mut proposals = self.propose(&goals, &mut banned)?;
            if let Some(room) = room {
                // The best come first; to prove many more than can be kept is for nothing.
                let left = room.saturating_sub(count(self.runner.state.tests.len()));
                let enough = left.saturating_mul(2).max(ENOUGH_MIN);
                proposals.truncate(usize::try_from(enough).unwrap_or(usize::MAX));
            }
            if proposals.is_empty() {
                break;
            }
            self.tried += proposals.len();
            let tests = self.named(&proposals)?;
            let verdict = self.prove(&tests, &covered)?;
            if verdict.canary_failed {
                let fields = json!({ "mission": self.context.run.file, "failed": true });
                self.context.run.observer.event("gate.canary", fields)?;
            }
            let before = self.runner.state.tests.len();
            self.runner.state.unused_imports.extend(verdict.without.iter().cloned());
            self.take(&tests, &verdict, room)?;
            let rejected = verdict.rejected.iter();
            banned.extend(rejected.filter_map(|r| proposals.get(r.test)).map(|p| p.candidate));
            if let Some(now) = verdict.covered {
                covered.merge(&now);
            }
            let full = room.is_some_and(|room| room <= count(self.runner.state.tests.len()));
            let won = before < self.runner.state.tests.len();
            if full || (!won && verdict.rejected.is_empty()) {
                break;
            }
        }
        self.runner.state.found = Some(covered);
        Ok(())
    }

    /// Asks the session for cases.
    fn propose(
        &self,
        goals: &BTreeSet<usize>,
        banned: &mut BTreeSet<u32>,
    ) -> Result<Vec<Proposal>> {
        let boxes = &self.shop.boxes;
        let wrap = |process: Process, boxing: &Boxing<'_>| {
            boxes.search(process, (boxing.cwd, boxing.scratch), boxing.variables.clone())
        };
        let hooks = Hooks { wrap: &wrap, tell: &|_| () };
        let file = &self.runner.state.file;
        self.session.propose((file, goals), banned, hooks, &self.stop)
    }

    /// Gives each case a name of its own in the file.
    fn named(&self, proposals: &[Proposal]) -> Result<Vec<KeptTest>> {
        let text = self.source()?;
        let file = self.runner.state.file.clone();
        let ground = ground(self.shop, self.session, &file, &text, Placement::Inline)?;
        let mut visible = BTreeMap::new();
        let mut used: BTreeSet<String> =
            self.runner.state.tests.iter().map(|test| test.name.clone()).collect();
        let mut numbers: BTreeMap<String, u32> = BTreeMap::new();
        let mut named = Vec::new();
        for proposal in proposals {
            let known = match visible.entry(proposal.module) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(free) => free.insert(ground.taken(proposal.module)?),
            };
            let base = &proposal.draft.name;
            let taken = |name: &String| used.contains(name) || known.takes(name);
            let mut name = base.clone();
            // Where the last one of these words ended: there may be thousands.
            let number = numbers.entry(base.clone()).or_insert(2_u32);
            while taken(&name) {
                name = format!("{base}_case_{number}");
                *number += 1;
            }
            used.insert(name.clone());
            named.push(KeptTest {
                name,
                words: base.clone(),
                statements: proposal.draft.statements.clone(),
                panics: proposal.draft.panics.clone(),
                traits: proposal.draft.imports.clone(),
                host: proposal.module,
                earned: Earned::default(),
            });
        }
        Ok(named)
    }

    /// The text of the file in the checkout.
    fn source(&self) -> Result<String> {
        let root = &self.shop.workshop.workspace.root;
        fs::read_to_string(&root.join(&self.runner.state.file))
    }

    /// Sends tests through the gates, together with those that were kept before.
    fn prove(&mut self, tests: &[KeptTest], covered: &FileCoverage) -> Result<Verdict> {
        let text = self.source()?;
        let kept = self.runner.state.tests.clone();
        let file = self.runner.state.file.clone();
        let ground = ground(self.shop, self.session, &file, &text, Placement::Inline)?;
        let compose = |alive: &BTreeSet<usize>, without: &BTreeSet<String>| {
            let chosen: Vec<&KeptTest> =
                kept.iter().chain(alive.iter().filter_map(|index| tests.get(*index))).collect();
            let composed = ground.compose(&chosen, without, None)?;
            let names = alive.iter().copied().zip(composed.names.into_iter().skip(kept.len()));
            let texts = composed.files.into_iter().map(|(path, new)| (path, new.text));
            Ok(Composition { texts: texts.collect(), tests: names.collect() })
        };
        let Shop { workshop, boxes, .. } = self.shop;
        let wrap = |process: Process, launch: &Launch| boxes.test(process, launch);
        let observer = self.context.run.observer;
        let tell = |stage: gate::Stage| {
            let fields = json!({ "gate": format!("{stage:?}"), "tests": tests.len() });
            // An event that cannot be written is found out by the next one of the engine.
            drop(observer.event("gate.entered", fields));
        };
        let text_of = |index: usize| {
            tests.get(index).map(|test| function(test, &test.statements)).unwrap_or_default()
        };
        let mut selection = self.runner.state.selection.clone();
        selection.packages = vec![self.session.settings().package.clone()];
        let trial = Trial {
            selection: &selection,
            targets: Targets::Lib,
            file: &file,
            covered,
            count: tests.len(),
            compose: &compose,
            text: &text_of,
            gates: self.runner.gates(self.context.run),
            runs: self.runner.desk.settings.runs,
            seed: self.session.settings().seed,
            wrap: &wrap,
            tell: &tell,
        };
        gate::prove(workshop, &trial, &self.stop)
    }

    /// Keeps what passed, and counts what did not.
    fn take(&mut self, tests: &[KeptTest], verdict: &Verdict, room: Option<u64>) -> Result<()> {
        let observer = self.context.run.observer;
        let mission = self.context.run.file.as_str();
        let name =
            |index: usize| tests.get(index).map(|test| test.name.clone()).unwrap_or_default();
        for receipt in &verdict.kept {
            let full = room.is_some_and(|room| room <= count(self.runner.state.tests.len()));
            let Some(test) = tests.get(receipt.test).filter(|_| !full) else { continue };
            let earned = earned(receipt);
            let fields = json!({
                "mission": mission,
                "test": test.name,
                "file": self.runner.state.file,
                "lines": earned.lines.len(),
                "regions": earned.regions,
                "error_paths": earned.error_paths,
                "runs": earned.runs,
                "milliseconds": earned.milliseconds,
                "source": SOURCE,
            });
            observer.event("test.kept", fields)?;
            self.runner.state.tests.push(KeptTest { earned, ..test.clone() });
        }
        for rejection in &verdict.rejected {
            let reason = rejection.stage.reason();
            *self.runner.state.rejected.entry(reason.to_owned()).or_default() += 1;
            observer.event("test.rejected", told(mission, &name(rejection.test), rejection))?;
        }
        for warning in &verdict.warned {
            let (name, reason) = (name(warning.test), warning.stage.reason());
            let words = format!("case `{name}`: {reason}: {}", warning.detail);
            self.runner.state.warnings.push(words);
            observer.event("test.warned", told(mission, &name, warning))?;
        }
        Ok(())
    }
}

/// Where the tests of this step come from.
pub const SOURCE: &str = "explorer";

/// What an event says of a test that a gate had something against.
fn told(mission: &str, test: &str, rejection: &Rejection) -> serde_json::Value {
    json!({
        "mission": mission,
        "test": test,
        "gate": format!("{:?}", rejection.stage),
        "reason": rejection.stage.reason(),
        "detail": rejection.detail,
    })
}

/// What a case showed at the gates.
fn earned(receipt: &Passed) -> Earned {
    Earned {
        cases: 1,
        lines: receipt.lines.iter().copied().collect(),
        regions: count(receipt.regions),
        error_paths: count(receipt.error_paths),
        runs: receipt.runs,
        milliseconds: receipt.milliseconds,
    }
}

/// Notes findings and residue for the report.
pub(super) fn describe(runner: &mut Runner<'_, '_>, session: &Session) {
    let file = runner.state.file.clone();
    let covered = runner.state.found.clone().unwrap_or_else(|| runner.state.before.clone());
    let open = session.open_goals(&file, &covered);
    runner.state.residue = session
        .residue(&file, &open)
        .into_iter()
        .map(|residue| Residue {
            lines: text::ranges(residue.lines.iter().copied()),
            function: residue.function,
            reason: residue.reason.to_string(),
        })
        .collect();
    let findings = session.findings().into_iter().filter(|finding| finding.file == file);
    runner.state.findings = findings
        .map(|found| Finding {
            kind: found.kind,
            file: found.file,
            line: found.line,
            function: found.function,
            detail: found.detail,
        })
        .collect();
}

/// What tests for a file are written into.
pub fn ground<'a>(
    shop: &Shop,
    session: &'a Session,
    file: &'a str,
    text: &'a str,
    placement: Placement,
) -> Result<Ground<'a>> {
    let root = shop.workshop.workspace.root.clone();
    let sibling = sibling(&root, session, file, text)?;
    let krate = &session.krate;
    let crate_root = krate.modules.get(&krate.root).map(|module| module.span.file.clone());
    let crate_text = fs::read_to_string(&root.join(crate_root.unwrap_or_default()))?;
    let package = shop.workshop.workspace.package(&session.settings().package)?;
    let features = package.enabled_features(&session.settings().selection);
    let needs_std = lacks_std(&crate_text, &features);
    Ok(Ground { krate, file, text, sibling, placement, origin: ORIGIN, needs_std })
}

/// What the marker of generated tests says.
pub const ORIGIN: &str = "generated; the values are what the code returned when they were written";

/// The file that holds the tests of `file` already, if it is not the file itself.
fn sibling(
    root: &Utf8Path,
    session: &Session,
    file: &str,
    text: &str,
) -> Result<Option<(Utf8PathBuf, String)>> {
    let krate = &session.krate;
    let is_root = krate.modules.get(&krate.root).is_some_and(|module| module.span.file == file);
    let Some(path) = beside::test_file(root, (file, text), is_root)? else { return Ok(None) };
    let text = fs::read_to_string(&root.join(&path))?;
    Ok(Some((path, text)))
}

/// Whether a crate is compiled without the standard library when it is tested.
fn lacks_std(root: &str, features: &[String]) -> bool {
    let mut lines = root.lines().map(str::trim);
    lines.any(|line| {
        let conditional = line.starts_with("#![cfg_attr(") && line.contains("no_std");
        line.starts_with("#![no_std]")
            || conditional
                && !line.contains("test")
                && !(line.contains("\"std\"") && features.iter().any(|feature| feature == "std"))
    })
}
