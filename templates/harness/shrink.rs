//! Shrinking: simpler choices with the same effect, then the final ones several times over.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write as _};

use crate::child::{Crew, Work};
use crate::choice::Choice;
use crate::counters::Regions;
use crate::execute::{Case, Execution, execute};
use crate::interpose::disturb;
use crate::json::Object;
use crate::outcome::{Outcome, Record, Seen};
use crate::picks::{Picks, Style};
use crate::plan::{Plan, Request};
use crate::pools::Tiers;
use crate::progress::Progress;
use crate::random::Random;
use crate::shared::{Mark, Slot};
use crate::shrinker::Shrinker;

/// How often the final choices run, each time in a process of its own.
const RUNS: usize = 5;

/// Most bytes kept of one observation in the final runs.
const OBSERVED_MAX: usize = 64 << 10;

/// All requests of a plan.
pub struct Shrink {
    plan: &'static Plan,
    regions: Regions,
    items: Vec<Item>,
    /// Whether the final runs are under way.
    checking: bool,
    progress: Progress,
    style: &'static Style,
    final_style: &'static Style,
}

/// One request.
struct Item {
    request: &'static Request,
    case: Option<Case>,
    shrinker: Shrinker,
    attempts: u32,
    reproduced: bool,
    done: bool,
    runs: Vec<Option<Record>>,
}

impl Shrink {
    /// Returns the work for the requests of a plan.
    pub fn new(plan: &'static Plan, regions: Regions, cases: &BTreeMap<u32, Case>) -> Self {
        let style = |observed_max| -> &'static Style {
            Box::leak(Box::new(Style {
                tiers: Tiers::default(),
                length_max: usize::MAX,
                depth_max: plan.depth_max,
                simplest: true,
                observed_max,
                pantry: None,
            }))
        };
        let item = |request: &'static Request| Item {
            request,
            case: cases.get(&request.candidate).copied(),
            shrinker: Shrinker::new(request.choices.clone()),
            attempts: 0,
            reproduced: false,
            done: false,
            runs: vec![None; RUNS],
        };
        Self {
            plan,
            regions,
            items: plan.requests.iter().map(item).collect(),
            checking: false,
            progress: Progress::new(&plan.progress),
            style: style(plan.observed_max),
            final_style: style(OBSERVED_MAX),
        }
    }

    /// Shrinks, checks and reports; fails if the output cannot be written.
    pub fn run(&mut self, crew: &mut Crew) -> std::io::Result<()> {
        let refused = || std::io::Error::other("the system refuses processes");
        let mut output = BufWriter::new(File::create(&self.plan.output)?);
        let count = self.items.len();
        if !crew.work(self, count) {
            return Err(refused());
        }
        self.checking = true;
        if !crew.work(self, count * RUNS) {
            return Err(refused());
        }
        for item in &self.items {
            output.write_all(item.report().as_bytes())?;
        }
        let mut end = Object::new("end");
        end.text("reason", "done");
        end.plain(
            "executions",
            self.items.iter().map(|item| u64::from(item.attempts)).sum::<u64>(),
        );
        end.plain("rounds", 1);
        end.plain("regions", 0);
        output.write_all(end.end().as_bytes())?;
        output.flush()
    }

    /// Shows the requests that are done as covered goals.
    fn show_progress(&self) {
        let attempts = self.items.iter().map(|item| u64::from(item.attempts)).sum();
        let all = self.items.len() as u64;
        let done = self.items.iter().filter(|item| item.done).count() as u64;
        self.progress.show([attempts, done, all, all - done]);
    }

    fn execute(&self, case: Case, choices: &[Choice], style: &'static Style) -> Execution {
        let picks = Picks::new(style, choices.to_vec(), Random::new(&[]));
        execute(case, picks, &self.regions)
    }

    /// Tries simpler and simpler sequences, in a child.
    fn simplify(&self, item: &Item, slot: Slot) -> Mark {
        let Some(case) = item.case else { return Mark::Finished };
        let mut shrinker = item.shrinker.clone();
        let mut scratch = Vec::new();
        for attempt in item.attempts..self.plan.attempts_max {
            let Some(choices) = item.attempt(attempt, &mut shrinker) else { break };
            slot.begin(attempt);
            let execution = self.execute(case, &choices, self.style);
            if self.plan.steps_max < execution.steps {
                return Mark::Hang;
            }
            let record = execution.into_record(u64::from(attempt));
            let record = record.filter(|record| item.holds(record));
            match record {
                Some(mut record) if attempt == 0 || shrinker.is_better(&record.choices) => {
                    record.seen.clear();
                    record.regions.clear();
                    if !slot.add(&record, &mut scratch) {
                        return Mark::Full;
                    }
                    shrinker.accept(record.choices);
                }
                None if attempt == 0 => break,
                _ => (),
            }
        }
        Mark::Finished
    }

    /// Runs the final choices once, each time in other circumstances, in a child.
    fn check(&self, index: usize, run: usize, slot: Slot) -> Mark {
        let item = &self.items[index];
        let Some(case) = item.case.filter(|_| item.reproduced) else { return Mark::Finished };
        slot.begin(0);
        disturb(run as u64);
        // Another place for what is allocated, so that addresses do not look steady.
        Box::leak(vec![0_u8; 1 + run * 40_016].into_boxed_slice());
        if 0 < run {
            for name in ["HOME", "USER", "LOGNAME", "TZ", "TMPDIR"] {
                std::env::set_var(name, format!("/nowhere/{run}"));
            }
        }
        match run {
            2 => drop(self.execute(case, &item.request.choices, self.style)),
            3 => {
                let neighbour = &self.items[(index + 1) % self.items.len()];
                if let Some(case) = neighbour.case.filter(|_| neighbour.reproduced) {
                    self.execute(case, neighbour.shrinker.best(), self.style);
                }
            }
            _ => (),
        }
        let last = || self.execute(case, item.shrinker.best(), self.final_style);
        let execution = if run == 4 {
            match std::thread::scope(|scope| scope.spawn(last).join()) {
                Ok(execution) => execution,
                Err(_) => return Mark::Finished,
            }
        } else {
            last()
        };
        if self.plan.steps_max < execution.steps {
            return Mark::Hang;
        }
        if let Some(mut record) = execution.into_record(run as u64) {
            if 0 < run {
                make_addresses_differ(&mut record.seen, run);
            }
            slot.add(&record, &mut Vec::new());
        }
        Mark::Finished
    }
}

/// Makes what shows an address of this process differ from run to run, as it would elsewhere: the
/// processes of one run share their addresses.
fn make_addresses_differ(seen: &mut [Seen], run: usize) {
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap_or_default();
    let number = |word: &str| u64::from_str_radix(word, 16).ok();
    let range = |line: &str| {
        let (from, to) = line.split_whitespace().next()?.split_once('-')?;
        Some(number(from)?..number(to)?)
    };
    let mapped: Vec<_> = maps.lines().filter_map(range).collect();
    let is_address = |piece: &str| {
        let end = piece.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(piece.len());
        let address = piece.get(..end).and_then(number).unwrap_or(0);
        mapped.iter().any(|range| range.contains(&address))
    };
    for text in seen.iter_mut().flat_map(|seen| [&mut seen.debug, &mut seen.display]).flatten() {
        if text.split("0x").skip(1).any(is_address) {
            *text = format!("{run}");
        }
    }
}

impl Work for Shrink {
    fn run(&self, job: usize, slot: Slot) -> Mark {
        if self.checking {
            self.check(job / RUNS, job % RUNS, slot)
        } else {
            self.simplify(&self.items[job], slot)
        }
    }

    fn finish(&mut self, job: usize, slot: Slot, _death: &Outcome) -> bool {
        let records = slot.records();
        if self.checking {
            self.items[job / RUNS].runs[job % RUNS] = records.into_iter().next();
            return false;
        }
        let whole = slot.marked() == Mark::Finished;
        let item = &mut self.items[job];
        item.catch_up(records, slot.execution(), whole);
        let again = !whole && item.reproduced && item.attempts < self.plan.attempts_max;
        item.done = !again;
        self.show_progress();
        again
    }
}

impl Item {
    /// The sequence of an attempt: the first is the request itself.
    fn attempt(&self, attempt: u32, shrinker: &mut Shrinker) -> Option<Vec<Choice>> {
        if attempt == 0 { Some(self.request.choices.clone()) } else { shrinker.propose() }
    }

    /// Whether an execution does all that is asked for.
    fn holds(&self, record: &Record) -> bool {
        let hit = |region: &u32| record.regions.binary_search(region).is_ok();
        record.shape == self.request.shape && self.request.keep.iter().all(hit)
    }

    /// Repeats what a child did up to the attempt `last`, without executing anything.
    fn catch_up(&mut self, records: Vec<Record>, last: u32, whole: bool) {
        let mut accepted: BTreeMap<u64, Vec<Choice>> =
            records.into_iter().map(|record| (record.execution, record.choices)).collect();
        if self.attempts == 0 {
            self.reproduced = accepted.contains_key(&0);
        }
        let mut shrinker = self.shrinker.clone();
        for attempt in self.attempts..=last {
            if self.attempt(attempt, &mut shrinker).is_none() {
                break;
            }
            if let Some(choices) = accepted.remove(&u64::from(attempt)) {
                shrinker.accept(choices);
            }
        }
        self.shrinker = shrinker;
        self.attempts = last + 1;
        if !whole && self.attempts == 1 {
            self.reproduced = false;
        }
    }

    fn report(&self) -> String {
        let runs: Vec<&Record> = self.runs.iter().flatten().collect();
        let whole = runs.len() == RUNS;
        let first = runs.first().copied();
        let always = |same: &dyn Fn(&Record, &Record) -> bool| {
            whole && first.is_some_and(|first| runs.iter().all(|run| same(first, run)))
        };
        let steady_outcome = always(&|a, b| {
            a.outcome == b.outcome && a.shape == b.shape && a.seen.len() == b.seen.len()
        });
        let steady_regions = always(&|a, b| a.regions == b.regions);
        let slots = first.map_or(0, |first| first.seen.len());
        let steady: Vec<bool> =
            (0..slots).map(|at| always(&|a, b| a.seen.get(at) == b.seen.get(at))).collect();
        let mut line = Object::new("shrunk");
        line.plain("request", self.request.id);
        line.plain("candidate", self.request.candidate);
        line.plain("reproduced", self.reproduced);
        line.plain("stable_outcome", steady_outcome);
        line.plain("stable_regions", steady_regions);
        line.plain("attempts", self.attempts);
        line.choices(first.map_or(self.shrinker.best(), |first| &first.choices));
        let outcome = first.map_or(Outcome::Returned, |first| first.outcome.clone());
        line.outcome(&outcome);
        line.text("shape", first.map_or("", |first| &first.shape));
        line.seen(first.map_or(&[], |first| &first.seen), &steady);
        line.numbers("regions", first.map_or(&[], |first| &first.regions));
        line.end()
    }
}
