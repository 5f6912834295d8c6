//! Children: processes that run candidates and may die of it.

use std::ffi::c_int;
use std::fs::File;
use std::io::{Read as _, Seek as _};
use std::os::fd::AsRawFd as _;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use crate::counters;
use crate::interpose;
use crate::outcome::Outcome;
use crate::plan::Plan;
use crate::shared::{Mark, Slot};
use crate::sys::{self, Ended, Side};

/// How often a child's steps are looked at, in milliseconds of processor time.
const CPU_TICK_MS: u64 = 10;

/// How often it is asked whether a child does anything, in milliseconds.
const WALL_TICK_MS: u64 = 250;

/// Largest file a child may write.
const FILE_MAX: u64 = 64 << 20;

static STEPS_MAX: AtomicU64 = AtomicU64::new(0);
static CPU_TICKS_MAX: AtomicU32 = AtomicU32::new(0);
static WALL_TICKS_MAX: AtomicU32 = AtomicU32::new(0);

/// Ticks of each clock within the execution under way.
static CPU_TICKS: AtomicU32 = AtomicU32::new(0);
static WALL_TICKS: AtomicU32 = AtomicU32::new(0);
/// The execution that the ticks belong to.
static TICKED: AtomicU32 = AtomicU32::new(u32::MAX);
static WAITED: AtomicU32 = AtomicU32::new(u32::MAX);
/// Ticks of processor time ever, to see whether anything happens.
static CPU_EVER: AtomicU32 = AtomicU32::new(0);
static CPU_SEEN: AtomicU32 = AtomicU32::new(u32::MAX);

/// Prepares the limits of all children.
pub fn prepare(plan: &Plan) {
    let ticks = |ms: u64, tick: u64| u32::try_from(ms.div_ceil(tick)).unwrap_or(u32::MAX);
    STEPS_MAX.store(plan.steps_max, Ordering::SeqCst);
    CPU_TICKS_MAX.store(ticks(plan.cpu_ms_max, CPU_TICK_MS), Ordering::SeqCst);
    WALL_TICKS_MAX.store(ticks(plan.blocked_ms_max, WALL_TICK_MS), Ordering::SeqCst);
    sys::on_signal(sys::SIGPROF, on_cpu_tick);
    sys::on_signal(sys::SIGALRM, on_wall_tick);
}

/// Ends a child whose execution makes too many steps or uses too much time.
extern "C" fn on_cpu_tick(_signal: c_int) {
    let Some(slot) = Slot::current() else { return };
    CPU_EVER.fetch_add(1, Ordering::Relaxed);
    if STEPS_MAX.load(Ordering::Relaxed) < counters::steps() {
        slot.mark(Mark::Hang);
        sys::exit_now(0);
    }
    let execution = slot.execution();
    if TICKED.swap(execution, Ordering::Relaxed) != execution {
        CPU_TICKS.store(0, Ordering::Relaxed);
    }
    if CPU_TICKS_MAX.load(Ordering::Relaxed) < CPU_TICKS.fetch_add(1, Ordering::Relaxed) {
        slot.mark(Mark::Cpu);
        sys::exit_now(0);
    }
}

/// Ends a child whose execution waits and does nothing.
extern "C" fn on_wall_tick(_signal: c_int) {
    let Some(slot) = Slot::current() else { return };
    let (execution, cpu) = (slot.execution(), CPU_EVER.load(Ordering::Relaxed));
    let moved = WAITED.swap(execution, Ordering::Relaxed) != execution;
    if CPU_SEEN.swap(cpu, Ordering::Relaxed) != cpu || moved {
        WALL_TICKS.store(0, Ordering::Relaxed);
    }
    if WALL_TICKS_MAX.load(Ordering::Relaxed) < WALL_TICKS.fetch_add(1, Ordering::Relaxed) {
        slot.mark(Mark::Blocked);
        sys::exit_now(0);
    }
}

/// The children of this process and what they share with it.
pub struct Crew {
    workers: Vec<Worker>,
    null: File,
    memory_max: u64,
}

struct Worker {
    slot: Slot,
    /// What the child says before it dies, if it could be made.
    words: Option<File>,
    /// The child and its job.
    busy: Option<(c_int, usize)>,
}

/// Work for children: jobs by number.
pub trait Work {
    /// Does a job, in a child; returns why the child ends.
    fn run(&self, job: usize, slot: Slot) -> Mark;

    /// Takes what a child left; returns whether its job needs another child.
    fn finish(&mut self, job: usize, slot: Slot, death: &Outcome) -> bool;
}

impl Crew {
    /// Returns a crew of at least one; `None` if the system refuses.
    pub fn new(plan: &Plan) -> Option<Self> {
        let worker = |index| {
            let name = format!("{}.words{index}", plan.output);
            let mut options = File::options();
            let words = options.create(true).read(true).write(true).open(&name).ok();
            // Nobody else needs its name.
            let _ = std::fs::remove_file(name);
            Some(Worker { slot: Slot::new()?, words, busy: None })
        };
        let workers = (0..plan.workers.clamp(1, 64)).map(worker).collect::<Option<_>>()?;
        let null = File::options().read(true).write(true).open("/dev/null").ok()?;
        Some(Self { workers, null, memory_max: plan.memory_mib_max << 20 })
    }

    /// Does the jobs `0..count`, several at a time; false if the system refuses children.
    pub fn work(&mut self, work: &mut impl Work, count: usize) -> bool {
        let mut next = 0;
        loop {
            for index in 0..self.workers.len() {
                if self.workers[index].busy.is_none() && next < count {
                    if !self.start(work, index, next) {
                        return false;
                    }
                    next += 1;
                }
            }
            if self.workers.iter().all(|worker| worker.busy.is_none()) {
                return true;
            }
            let Some(ended) = sys::wait_any() else { return false };
            let mine = |worker: &Worker| worker.busy.is_some_and(|(pid, _)| pid == ended.pid);
            let Some(index) = self.workers.iter().position(mine) else { continue };
            let worker = &mut self.workers[index];
            let Some((_, job)) = worker.busy.take() else { continue };
            let death = worker.death(ended);
            if work.finish(job, worker.slot, &death) && !self.start(work, index, job) {
                return false;
            }
        }
    }

    fn start(&mut self, work: &impl Work, index: usize, job: usize) -> bool {
        let worker = &mut self.workers[index];
        worker.slot.reset();
        match sys::split() {
            Some(Side::Parent(pid)) => {
                worker.busy = Some((pid, job));
                true
            }
            Some(Side::Child) => {
                let slot = worker.slot;
                for stream in [0, 1] {
                    sys::redirect(self.null.as_raw_fd(), stream);
                }
                let words = worker.words.as_ref().unwrap_or(&self.null);
                sys::redirect(words.as_raw_fd(), 2);
                sys::bound_child(self.memory_max, FILE_MAX);
                slot.own();
                sys::start_timers(CPU_TICK_MS as i64, WALL_TICK_MS as i64);
                counters::clear();
                interpose::disturb(0);
                let mark = work.run(job, slot);
                slot.mark(mark);
                sys::exit_now(0)
            }
            None => false,
        }
    }
}

impl Worker {
    /// Describes the death of a child that noted no reason.
    fn death(&mut self, ended: Ended) -> Outcome {
        let mut said = Vec::new();
        if let Some(words) = &mut self.words {
            if ended.signal != 0 {
                // The child's writes have moved the place that both share.
                let _ = words.rewind();
                let _ = (&*words).take(64 << 10).read_to_end(&mut said);
            }
            let _ = words.set_len(0);
            let _ = words.rewind();
        }
        let said = String::from_utf8_lossy(&said);
        let known = [
            ("overflowed its stack", "stack overflow"),
            ("memory allocation of", "memory allocation failed"),
            ("capacity overflow", "capacity overflow"),
            ("double free", "double free"),
            ("free(): invalid", "invalid free"),
            ("corrupted", "memory corrupted"),
            ("panic in a function that cannot unwind", "panic that cannot unwind"),
            ("panicked while processing panic", "panic within a panic"),
            ("panic in a destructor during cleanup", "panic within a panic"),
        ];
        let word = known.iter().find(|(sign, _)| said.contains(sign)).map_or("", |(_, word)| word);
        Outcome::Died { signal: ended.signal, code: ended.code, word: word.to_owned() }
    }
}
