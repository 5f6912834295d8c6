//! Judging mutants: only tests that reach one are run with it, until one of them fails.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Mutex;
use std::time::Duration;

use camino::Utf8Path;

use super::bench::{Rig, Surety};
use super::lab::{Fate, Lab};
use super::serve::{Answer, How, Job, Kind};
use super::verdict::{Judgement, Verdict};
use crate::error::Result;
use crate::sys::Stop;

/// The least time limit of tests with a mutant.
const LIMIT_MIN: Duration = Duration::from_secs(1);

/// How many times as long as without mutants tests may take with one.
const LIMIT_FACTOR: u32 = 20;

/// Most mutants that one server is given: what is known is noted after each of them.
const CHUNK_MAX: usize = 48;

/// Tests of one binary that are run together with a mutant on.
#[derive(Debug, Clone)]
struct Step {
    rig: usize,
    tests: Vec<usize>,
    limit: Duration,
}

/// A mutant that is not judged yet, with the steps that are left.
#[derive(Debug, Clone)]
struct Open {
    number: u32,
    tests: usize,
    steps: VecDeque<Step>,
}

/// Judges the mutants that were built together, but for those in `known`; each judgement is handed
/// to `note` as soon as it stands.
///
/// One that ran out of time is tried once more when nothing else runs. `folder` is for passing
/// things to the boxes.
pub(super) fn judge(
    lab: &Lab,
    rigs: &[Rig],
    (surety, folder): (Surety<'_>, &Utf8Path),
    known: &BTreeMap<u32, Judgement>,
    (note, stop): (&(dyn Fn(u32, Judgement) -> Result<()> + Sync), &Stop),
) -> Result<()> {
    let numbers = lab.together().filter(|number| !known.contains_key(number));
    let mut open: Vec<Open> = numbers.map(|number| plan(rigs, number)).collect();
    let total = open.len();
    let mut late: Vec<Open> = Vec::new();
    while !open.is_empty() {
        let (ready, done): (Vec<Open>, Vec<Open>) =
            open.into_iter().partition(|one| !one.steps.is_empty());
        for one in done {
            note(one.number, survived(&one))?;
        }
        let left = Mutex::new(Vec::new());
        let overdue = Mutex::new(Vec::new());
        let sink = Sink { note, left: &left, overdue: &overdue };
        (surety.tell)(total - ready.len() - late.len(), total);
        work(lab, rigs, (surety, folder), chunks(ready), (&sink, stop))?;
        open = left.into_inner().unwrap_or_default();
        late.extend(overdue.into_inner().unwrap_or_default());
    }
    for one in late {
        let judgement = again(lab, rigs, (surety, folder), &one, stop)?;
        note(one.number, judgement)?;
    }
    (surety.tell)(total, total);
    Ok(())
}

/// Where the outcomes of one round go.
struct Sink<'a> {
    note: &'a (dyn Fn(u32, Judgement) -> Result<()> + Sync),
    left: &'a Mutex<Vec<Open>>,
    overdue: &'a Mutex<Vec<Open>>,
}

/// The steps for a mutant: binaries that take the least time first.
fn plan(rigs: &[Rig], number: u32) -> Open {
    let mut steps = Vec::new();
    let mut count = 0;
    for (index, rig) in rigs.iter().enumerate() {
        let all = rig.tests.iter().enumerate();
        let mut tests: Vec<_> =
            all.filter(|(_, test)| test.passes && test.reaches.contains(&number)).collect();
        tests.sort_by_key(|(_, test)| test.wall);
        count += tests.len();
        let step = |tests: &[(usize, &super::bench::Traced)]| {
            let wall: Duration = tests.iter().map(|(_, test)| test.wall).sum();
            let tests = tests.iter().map(|(test, _)| *test).collect();
            (wall, Step { rig: index, tests, limit: LIMIT_MIN.max(wall * LIMIT_FACTOR) })
        };
        let size = if rig.sociable { tests.len().max(1) } else { 1 };
        steps.extend(tests.chunks(size).map(step));
    }
    steps.sort_by_key(|(wall, _)| *wall);
    Open { number, tests: count, steps: steps.into_iter().map(|(_, step)| step).collect() }
}

/// The judgement for a mutant whose tests have all passed.
fn survived(one: &Open) -> Judgement {
    let verdict = if one.tests == 0 { Verdict::Unreached } else { Verdict::Missed };
    Judgement { verdict, detail: String::new(), tests: one.tests }
}

/// Puts mutants together whose next step is one of the same binary.
fn chunks(open: Vec<Open>) -> VecDeque<(usize, Vec<Open>)> {
    let mut by_rig: BTreeMap<usize, Vec<Open>> = BTreeMap::new();
    for one in open {
        let Some(step) = one.steps.front() else { continue };
        by_rig.entry(step.rig).or_default().push(one);
    }
    let mut chunks = VecDeque::new();
    for (rig, all) in by_rig {
        let mut all = all.into_iter().peekable();
        while all.peek().is_some() {
            chunks.push_back((rig, all.by_ref().take(CHUNK_MAX).collect()));
        }
    }
    chunks
}

/// Does one round, with several workers.
fn work(
    lab: &Lab,
    rigs: &[Rig],
    (surety, folder): (Surety<'_>, &Utf8Path),
    chunks: VecDeque<(usize, Vec<Open>)>,
    (sink, stop): (&Sink<'_>, &Stop),
) -> Result<()> {
    let workers = surety.workers.clamp(1, chunks.len().max(1));
    let chunks = Mutex::new(chunks);
    let next = || chunks.lock().ok()?.pop_front();
    let worker = &|number: usize| -> Result<()> {
        while let Some((rig, open)) = next() {
            let Some(rig) = rigs.get(rig) else { continue };
            let answers = run(lab, rig, (surety, folder, number), &open, stop)?;
            for (one, answer) in open.into_iter().zip(answers) {
                settle(one, &answer, sink)?;
            }
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> =
            (0..workers).map(|number| scope.spawn(move || worker(number))).collect();
        threads.into_iter().try_for_each(|thread| thread.join().unwrap_or(Ok(())))
    })
}

/// Runs the next step of mutants.
fn run(
    lab: &Lab,
    rig: &Rig,
    (surety, folder, slot): (Surety<'_>, &Utf8Path, usize),
    open: &[Open],
    stop: &Stop,
) -> Result<Vec<Answer>> {
    let names = rig.names();
    let folder = folder.join(slot.to_string());
    let server = rig.server(lab, &names, (folder, slot, surety.wrap));
    let jobs = open.iter().filter_map(|one| {
        let step = one.steps.front()?;
        let (tests, limit) = (step.tests.clone(), step.limit);
        Some(Job { kind: Kind::Mutant(one.number), tests, limit })
    });
    server.run(&jobs.collect::<Vec<_>>(), stop)
}

/// Notes what became of a step.
fn settle(mut one: Open, answer: &Answer, sink: &Sink<'_>) -> Result<()> {
    let list = match &answer.how {
        How::Passed => {
            one.steps.pop_front();
            sink.left
        }
        How::Late => sink.overdue,
        How::Failed | How::Broke(_) => return (sink.note)(one.number, killed(&one, answer)),
    };
    if let Ok(mut list) = list.lock() {
        list.push(one);
    }
    Ok(())
}

/// The judgement for a mutant that a test noticed.
fn killed(one: &Open, answer: &Answer) -> Judgement {
    let detail = match &answer.how {
        How::Broke(reason) => reason.clone(),
        _ => String::new(),
    };
    Judgement { verdict: Verdict::Killed, detail, tests: one.tests }
}

/// Tries a mutant that ran out of time once more, with nothing beside it.
fn again(
    lab: &Lab,
    rigs: &[Rig],
    (surety, folder): (Surety<'_>, &Utf8Path),
    one: &Open,
    stop: &Stop,
) -> Result<Judgement> {
    let mut one = one.clone();
    while let Some(step) = one.steps.front() {
        let Some(rig) = rigs.get(step.rig) else { break };
        let answers = run(lab, rig, (surety, folder, 0), std::slice::from_ref(&one), stop)?;
        match answers.first() {
            Some(answer) if answer.how == How::Late => {
                let seconds = step.limit.as_secs_f64();
                let detail = format!("twice longer than {seconds:.1} s");
                return Ok(Judgement { verdict: Verdict::Timeout, detail, tests: one.tests });
            }
            Some(answer) if answer.how != How::Passed => return Ok(killed(&one, answer)),
            _ => drop(one.steps.pop_front()),
        }
    }
    Ok(survived(&one))
}

/// Returns the judgements that need no test.
pub(super) fn untested(lab: &Lab) -> BTreeMap<u32, Judgement> {
    let fates = (0..).zip(&lab.fates);
    let judged = fates.filter_map(|(number, fate)| match fate {
        Fate::Never(words) => Some((number, Judgement::plain(Verdict::Unviable, words))),
        Fate::Left => Some((number, Judgement::plain(Verdict::Skipped, "not asked for"))),
        Fate::Together | Fate::Alone(_) => None,
    });
    judged.collect()
}
