//! The rounds of a search: which candidate gets how many executions, and what they bring.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::sync::Mutex;

use crate::bits::Bits;
use crate::child::{Crew, Work};
use crate::choice::Choice;
use crate::counters::Regions;
use crate::json::Object;
use crate::outcome::{Outcome, Record};
use crate::pantry::Pantry;
use crate::plan::Plan;
use crate::pools::Pool;
use crate::progress::Progress;
use crate::search::{Batch, Job, News, Target};
use crate::shared::{Mark, Slot};

/// Executions of a candidate in the first round, and most of one batch.
const FIRST_BATCH: u32 = 16;
const BATCH_MAX: u32 = 200;

/// A candidate without energy runs in one of so many rounds, at least this many executions; all of
/// them together make about so many, as small batches cost more processes.
const IDLE_ROUNDS: usize = 8;
const IDLE_BATCH: u32 = 48;
const IDLE_TOGETHER: usize = 4000;

/// Executions after which a candidate with nothing left to cover is done.
const ENOUGH: u64 = 300;

/// Deaths, and hangs, after which a candidate is dropped.
const DEATHS_MAX: u32 = 3;
const HANGS_MAX: u32 = 8;

/// Values of earlier finds that are offered to all candidates, and their greatest length.
const FOUND_MAX: usize = 256;
const FOUND_LENGTH_MAX: usize = 64;

/// A search under way.
pub struct Search {
    plan: &'static Plan,
    regions: Regions,
    targets: Vec<Target>,
    jobs: Vec<Job>,
    round: u64,
    executions: u64,
    /// Executions when a region was new for the last time.
    last_news: u64,
    /// Regions that need no further tests, goals and others.
    covered: Bits,
    /// Which candidate covered a region first.
    coverer: BTreeMap<u32, u32>,
    /// Open goals of each function.
    open: BTreeMap<u32, u32>,
    found: Pool,
    pantry: &'static Mutex<Pantry>,
    findings: BTreeMap<String, (u32, Vec<Choice>, Outcome)>,
    output: BufWriter<File>,
    progress: Progress,
}

impl Search {
    /// Returns a search that has not begun; fails if the output cannot be written.
    pub fn new(
        plan: &'static Plan,
        regions: Regions,
        targets: Vec<Target>,
    ) -> std::io::Result<Self> {
        let mut covered = Bits::new(regions.len());
        for region in &plan.covered {
            covered.add(*region);
        }
        let mut open = BTreeMap::new();
        for (region, function) in plan.functions.iter().enumerate() {
            if !covered.has(region as u32) {
                *open.entry(*function).or_insert(0) += 1;
            }
        }
        Ok(Self {
            plan,
            regions,
            targets,
            jobs: Vec::new(),
            round: 0,
            executions: 0,
            last_news: 0,
            covered,
            coverer: BTreeMap::new(),
            open,
            found: Pool::default(),
            pantry: Box::leak(Box::default()),
            findings: BTreeMap::new(),
            output: BufWriter::new(File::create(&plan.output)?),
            progress: Progress::new(&plan.progress),
        })
    }

    /// Searches to the end; fails if the output cannot be written.
    pub fn run(&mut self, crew: &mut Crew) -> std::io::Result<()> {
        let reason = loop {
            if self.plan.executions_max <= self.executions {
                break "budget";
            }
            if self.last_news + self.plan.patience <= self.executions {
                break "patience";
            }
            if self.targets.iter().all(|target| target.over.is_some()) {
                break "done";
            }
            self.plan_round();
            let count = self.jobs.len();
            if !crew.work(self, count) {
                break "no processes";
            }
            self.merge_round()?;
            self.round += 1;
        };
        self.report_findings()?;
        let mut end = Object::new("end");
        end.text("reason", reason);
        end.plain("executions", self.executions);
        end.plain("rounds", self.round);
        end.plain("regions", self.coverer.len());
        self.output.write_all(end.end().as_bytes())?;
        self.output.flush()
    }

    /// Decides the batches of this round.
    fn plan_round(&mut self) {
        self.jobs.clear();
        let active = self.targets.iter().filter(|target| target.over.is_none()).count();
        let idle = u32::try_from(IDLE_TOGETHER / active.max(1)).unwrap_or(BATCH_MAX);
        let idle = idle.clamp(IDLE_BATCH, BATCH_MAX);
        let mut left = self.plan.executions_max - self.executions;
        for (index, target) in self.targets.iter_mut().enumerate() {
            let turn = (self.round as usize + index) % IDLE_ROUNDS == 0;
            let wanted = match target.energy {
                _ if target.over.is_some() => 0,
                _ if self.round == 0 => FIRST_BATCH,
                0 if turn => idle,
                0 => 0,
                energy => BATCH_MAX.min(8 + energy * 4),
            };
            let count = u32::try_from(left).unwrap_or(u32::MAX).min(wanted);
            if count == 0 {
                continue;
            }
            left -= u64::from(count);
            target.energy = target.energy * 2 / 3;
            self.jobs.push(Job {
                target: index,
                first: target.executions,
                count,
                done: 0,
                records: Vec::new(),
                findings: Vec::new(),
                spans: Vec::new(),
                exhausted: false,
            });
        }
    }

    /// Takes in what the batches of this round found, in the order of the candidates.
    fn merge_round(&mut self) -> std::io::Result<()> {
        for mut job in std::mem::take(&mut self.jobs) {
            self.executions += u64::from(job.done);
            let id = self.targets[job.target].id;
            self.targets[job.target].executions += u64::from(job.done);
            for (choices, outcome) in std::mem::take(&mut job.findings) {
                self.find(id, choices, outcome);
            }
            if let Some(reason) = self.targets[job.target].over {
                self.drop_target(job.target, reason)?;
                if reason == "cpu" || reason == "blocked" {
                    continue;
                }
            }
            if let Ok(mut pantry) = self.pantry.lock() {
                for (maker, choices) in &job.spans {
                    pantry.offer(*maker, choices);
                }
            }
            for record in std::mem::take(&mut job.records) {
                self.merge(job.target, record)?;
            }
            let target = &mut self.targets[job.target];
            let closed = |function: &u32| self.open.get(function).copied().unwrap_or(0) == 0;
            let idle = !target.corpus.is_empty() && target.functions.iter().all(closed);
            if target.over.is_none() && (job.exhausted || (ENOUGH <= target.executions && idle)) {
                target.over = Some("done");
            }
        }
        self.show_progress();
        Ok(())
    }

    fn merge(&mut self, index: usize, record: Record) -> std::io::Result<()> {
        let id = self.targets[index].id;
        let mut new = Vec::new();
        for region in &record.regions {
            let function = self.plan.functions.get(*region as usize).copied();
            self.targets[index].functions.extend(function);
            if self.covered.add(*region) {
                new.push(*region);
                self.coverer.insert(*region, id);
                if let Some(open) = function.and_then(|function| self.open.get_mut(&function)) {
                    *open = open.saturating_sub(1);
                }
            }
        }
        if !new.is_empty() {
            self.last_news = self.executions;
            self.targets[index].energy += 12;
            self.offer(&record);
        }
        self.targets[index].energy = (self.targets[index].energy + 3).min(48);
        if let Outcome::Panicked { .. } = &record.outcome {
            self.find(id, record.choices.clone(), record.outcome.clone());
        }
        let mut line = Object::new("sighting");
        line.plain("candidate", id);
        line.plain("execution", record.execution);
        line.choices(&record.choices);
        line.outcome(&record.outcome);
        line.text("shape", &record.shape);
        line.seen(&record.seen, &[]);
        line.numbers("regions", &record.regions);
        line.numbers("new", &new);
        self.output.write_all(line.end().as_bytes())
    }

    /// Says that a candidate is dropped; one that a clock stopped also loses what it covered.
    fn drop_target(&mut self, index: usize, reason: &str) -> std::io::Result<()> {
        let id = self.targets[index].id;
        let void = reason == "cpu" || reason == "blocked";
        if void {
            let lost: Vec<u32> = self
                .coverer
                .iter()
                .filter(|(_, coverer)| **coverer == id)
                .map(|(region, _)| *region)
                .collect();
            for region in lost {
                self.coverer.remove(&region);
                self.covered.remove(region);
                if let Some(function) = self.plan.functions.get(region as usize) {
                    *self.open.entry(*function).or_insert(0) += 1;
                }
            }
        }
        let mut line = Object::new("dropped");
        line.plain("candidate", id);
        line.text("reason", reason);
        line.plain("void", void);
        self.output.write_all(line.end().as_bytes())
    }

    /// Offers the values of a find to all candidates, results included.
    fn offer(&mut self, record: &Record) {
        let seen = record.seen.first();
        let shown = seen.and_then(|seen| seen.display.clone());
        let literal = seen.and_then(|seen| {
            let inner = seen.debug.as_ref()?.strip_prefix('"')?.strip_suffix('"')?;
            (!inner.contains('\\')).then(|| inner.to_owned())
        });
        let texts = record.choices.iter().filter_map(|choice| match choice {
            Choice::Text(text) => Some(text.clone()),
            _ => None,
        });
        for text in texts.chain(shown).chain(literal) {
            let fits = !text.is_empty() && text.len() <= FOUND_LENGTH_MAX;
            if fits && !self.found.texts.contains(&text) {
                if self.found.texts.len() == FOUND_MAX {
                    self.found.texts.remove(0);
                }
                self.found.texts.push(text);
            }
        }
        for choice in &record.choices {
            let Choice::Bytes(bytes) = choice else { continue };
            let fits = !bytes.is_empty() && bytes.len() <= FOUND_LENGTH_MAX;
            if fits && self.found.bytes.len() < FOUND_MAX && !self.found.bytes.contains(bytes) {
                self.found.bytes.push(bytes.clone());
            }
        }
    }

    /// Keeps a panic, hang or death: per place or candidate the simplest one.
    fn find(&mut self, id: u32, choices: Vec<Choice>, outcome: Outcome) {
        let key = match &outcome {
            Outcome::Panicked { file, line, .. } => format!("panic {file}:{line}"),
            Outcome::Died { word, .. } => format!("died {id} {word}"),
            Outcome::Hang | Outcome::Returned => format!("hang {id}"),
        };
        let size = |choices: &[Choice]| -> usize {
            choices.iter().map(|choice| choice.to_string().len()).sum()
        };
        let known = self.findings.get(&key);
        if known.map_or(true, |(_, known, _)| size(&choices) < size(known)) {
            self.findings.insert(key, (id, choices, outcome));
        }
    }

    fn report_findings(&mut self) -> std::io::Result<()> {
        for (id, choices, outcome) in self.findings.values() {
            let mut line = Object::new("finding");
            line.plain("candidate", id);
            line.choices(choices);
            line.outcome(outcome);
            self.output.write_all(line.end().as_bytes())?;
        }
        Ok(())
    }

    fn show_progress(&self) {
        let active = self.targets.iter().filter(|target| target.over.is_none()).count();
        let goals = self.plan.regions.len() - self.plan.covered.len().min(self.plan.regions.len());
        let counts = [self.executions, self.coverer.len() as u64, goals as u64, active as u64];
        self.progress.show(counts);
    }
}

impl Work for Search {
    fn run(&self, job: usize, slot: Slot) -> Mark {
        let job = &self.jobs[job];
        Batch {
            plan: self.plan,
            regions: &self.regions,
            target: &self.targets[job.target],
            job,
            found: &self.found,
            pantry: self.pantry,
            round: self.round,
        }
        .run(slot)
    }

    fn finish(&mut self, job: usize, slot: Slot, death: &Outcome) -> bool {
        let job = &mut self.jobs[job];
        let target = &mut self.targets[job.target];
        let mut records = slot.records();
        // Only what the candidate did not know is kept, should a child repeat itself.
        records.retain(|record| {
            let news = target.corpus.news(record);
            if news.is_some() {
                target.corpus.add(record);
            }
            matches!(news, Some(News::Region | News::Shape))
        });
        let full_of_nothing = records.is_empty();
        job.records.extend(records);
        job.spans.extend(slot.spans());
        let under_way = slot.execution();
        let died = match slot.marked() {
            Mark::Finished => {
                job.done = job.count;
                return false;
            }
            Mark::Exhausted => {
                job.done = under_way + 1;
                job.exhausted = true;
                return false;
            }
            Mark::Full => {
                job.done = under_way + u32::from(full_of_nothing);
                return job.done < job.count;
            }
            Mark::Hang => {
                target.hangs += 1;
                Outcome::Hang
            }
            Mark::Cpu => {
                target.over = Some("cpu");
                Outcome::Hang
            }
            Mark::Blocked => {
                target.over = Some("blocked");
                Outcome::Hang
            }
            Mark::None => {
                target.deaths += 1;
                death.clone()
            }
        };
        if slot.built() {
            job.findings.push((slot.choices(), died));
        }
        job.done = under_way + 1;
        if DEATHS_MAX <= target.deaths {
            target.over = Some("deaths");
        } else if HANGS_MAX <= target.hangs {
            target.over = Some("hangs");
        }
        target.over.is_none() && job.done < job.count
    }
}
