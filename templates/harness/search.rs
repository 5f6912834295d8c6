//! The search within one candidate: its corpus, its energy, and a batch of its executions.

use std::collections::BTreeSet;
use std::sync::Mutex;

use crate::bits::Bits;
use crate::choice::Choice;
use crate::counters::Regions;
use crate::execute::{Case, Execution, execute};
use crate::mutate::mutated;
use crate::outcome::{Outcome, Record};
use crate::pantry::Pantry;
use crate::picks::{Picks, Style};
use crate::plan::{Candidate, Plan};
use crate::pools::{Pool, Tiers};
use crate::random::Random;
use crate::shared::{Mark, Slot};

/// Most sequences kept of a candidate.
const CORPUS_MAX: usize = 48;

/// Most shapes of returned values, and of panics, that a candidate is rewarded for.
const SHAPES_MAX: usize = 16;

/// Longest new text of the first rounds and of three in four executions later.
const SHORT_MAX: usize = 80;

/// Longest new text.
const LONG_MAX: usize = 40_000;

/// Rounds in which only short texts are drawn.
const SHORT_ROUNDS: u64 = 3;

/// Weights of the pools of a candidate, nearest first, and of values found by the search.
const TIER_WEIGHTS: [usize; 3] = [8, 3, 1];
const FOUND_WEIGHT: usize = 2;

/// A candidate and what is known of it.
pub struct Target {
    pub id: u32,
    pub case: Case,
    pub tiers: Tiers,
    pub corpus: Corpus,
    /// Functions it is meant for or has reached.
    pub functions: BTreeSet<u32>,
    pub energy: u32,
    pub executions: u64,
    pub deaths: u32,
    pub hangs: u32,
    /// Why it takes no further part.
    pub over: Option<&'static str>,
}

/// What a candidate has found.
#[derive(Clone)]
pub struct Corpus {
    entries: Vec<Vec<Choice>>,
    hit: Bits,
    shapes: BTreeSet<String>,
    panics: usize,
}

/// What an execution adds to a corpus.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum News {
    Region,
    Shape,
}

impl Corpus {
    /// Returns an empty corpus for so many regions.
    pub fn new(regions: usize) -> Self {
        Self { entries: Vec::new(), hit: Bits::new(regions), shapes: BTreeSet::new(), panics: 0 }
    }

    /// Returns whether nothing has been found yet.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Returns what is new about a record, if anything.
    pub fn news(&self, record: &Record) -> Option<News> {
        if record.regions.iter().any(|region| !self.hit.has(*region)) {
            return Some(News::Region);
        }
        let panicked = record.outcome != Outcome::Returned;
        let known = if panicked { self.panics } else { self.shapes.len() - self.panics };
        let new = known < SHAPES_MAX && !self.shapes.contains(&record.shape);
        new.then_some(News::Shape)
    }

    /// Takes a record in.
    pub fn add(&mut self, record: &Record) {
        for region in &record.regions {
            self.hit.add(*region);
        }
        let new = self.shapes.insert(record.shape.clone());
        self.panics += usize::from(new && record.outcome != Outcome::Returned);
        if self.entries.len() == CORPUS_MAX {
            let place = Random::new(&[record.execution]).below(CORPUS_MAX);
            self.entries.remove(place);
        }
        self.entries.push(record.choices.clone());
    }

    /// Returns an entry, rather a late one.
    fn draw(&self, random: &mut Random) -> Option<&Vec<Choice>> {
        let late = self.entries.len().saturating_sub(4);
        let entries = if random.once_in(2) { self.entries.get(late..)? } else { &self.entries };
        random.pick(entries)
    }
}

/// A piece of work for one child: executions of one candidate.
pub struct Job {
    pub target: usize,
    /// Number of the first execution of the batch.
    pub first: u64,
    pub count: u32,
    pub done: u32,
    pub records: Vec<Record>,
    pub findings: Vec<(Vec<Choice>, Outcome)>,
    /// Makers that worked, and their choices.
    pub spans: Vec<(u64, Vec<Choice>)>,
    pub exhausted: bool,
}

/// Runs what is left of a batch, in a child.
pub struct Batch<'a> {
    pub plan: &'a Plan,
    pub regions: &'a Regions,
    pub target: &'a Target,
    pub job: &'a Job,
    pub found: &'a Pool,
    pub pantry: &'static Mutex<Pantry>,
    pub round: u64,
}

impl Target {
    /// Returns the target for a candidate of the plan.
    pub fn new(candidate: &Candidate, case: Case, plan: &'static Plan) -> Self {
        let pools = candidate.pools.iter().filter_map(|pool| plan.pools.get(*pool));
        let weights = TIER_WEIGHTS.into_iter().chain(std::iter::repeat(1));
        Self {
            id: candidate.id,
            case,
            tiers: Tiers(weights.zip(pools).collect()),
            corpus: Corpus::new(plan.regions.len()),
            functions: candidate.function.into_iter().collect(),
            energy: 0,
            executions: 0,
            deaths: 0,
            hangs: 0,
            over: None,
        }
    }
}

impl Batch<'_> {
    /// Executes until the batch is done, or something ends it early.
    pub fn run(&self, slot: Slot) -> Mark {
        let short = self.style(SHORT_MAX, Some(self.pantry));
        let long = self.style(LONG_MAX, Some(self.pantry));
        let plain = self.style(LONG_MAX, None);
        let mut corpus = self.target.corpus.clone();
        let mut scratch = Vec::new();
        for offset in self.job.done..self.job.count {
            slot.begin(offset);
            let execution = self.job.first + u64::from(offset);
            let seeds = [self.plan.seed, u64::from(self.target.id), execution];
            let mut random = Random::new(&seeds);
            let big = SHORT_ROUNDS <= self.round && random.once_in(4);
            let style = if big { long } else { short };
            let replay = replay(&corpus, style, &mut random);
            let picks = Picks::new(style, replay, random);
            let outcome = execute(self.target.case, picks, self.regions);
            if self.plan.steps_max < outcome.steps {
                return Mark::Hang;
            }
            let once = outcome.choices.is_empty();
            let retried = outcome.retried;
            let record = outcome.into_record(execution);
            let mut record = record.filter(|record| corpus.news(record).is_some());
            if let Some(first) = record.as_ref().filter(|_| retried) {
                // The attempts that failed have left traces: once more without them.
                slot.begin(offset);
                let again = self.follow(plain, first.choices.clone());
                if self.plan.steps_max < again.steps {
                    return Mark::Hang;
                }
                record = again.into_record(execution);
            }
            if let Some(record) = record {
                if corpus.news(&record).is_some() {
                    if !slot.add(&record, &mut scratch) {
                        return Mark::Full;
                    }
                    corpus.add(&record);
                }
            }
            if once {
                return Mark::Exhausted;
            }
        }
        Mark::Finished
    }

    /// A style for this process; a candidate that hangs gets shorter and shorter values.
    fn style(&self, length_max: usize, pantry: Option<&'static Mutex<Pantry>>) -> &'static Style {
        let mut tiers = self.target.tiers.clone();
        tiers.0.push((FOUND_WEIGHT, Box::leak(Box::new(self.found.clone()))));
        Box::leak(Box::new(Style {
            tiers,
            length_max: (length_max >> (2 * self.target.hangs)).max(12),
            depth_max: self.plan.depth_max,
            simplest: false,
            observed_max: self.plan.observed_max,
            pantry,
        }))
    }

    /// Executes exactly what was chosen before.
    fn follow(&self, style: &'static Style, choices: Vec<Choice>) -> Execution {
        let picks = Picks::new(style, choices, Random::new(&[]));
        execute(self.target.case, picks, self.regions)
    }
}

/// A sequence to follow: mostly a changed one of the corpus, sometimes none.
fn replay(corpus: &Corpus, style: &'static Style, random: &mut Random) -> Vec<Choice> {
    if random.once_in(4) {
        return Vec::new();
    }
    let Some(base) = corpus.draw(random) else { return Vec::new() };
    let other = corpus.draw(random).cloned().unwrap_or_default();
    mutated(base, &other, style, random)
}
