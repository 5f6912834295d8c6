//! The memory a child shares with its parent: what it does now, and what it found.

use std::sync::atomic::{AtomicPtr, AtomicU32, Ordering};

use crate::choice::Choice;
use crate::outcome::Record;
use crate::sys;
use crate::wire::{self, Reader};

/// Room for the choices of the execution that is under way.
const PENDING_MAX: usize = 1 << 20;

/// Room for records.
const RECORDS_MAX: usize = 8 << 20;

/// Room for parts of values that worked.
const SPANS_MAX: usize = 1 << 20;

/// Where pending choices, parts and records begin.
const PENDING_AT: usize = 4096;
const SPANS_AT: usize = PENDING_AT + PENDING_MAX;
const RECORDS_AT: usize = SPANS_AT + SPANS_MAX;

/// Why a child ended, as it noted itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Mark {
    /// It noted nothing: the code under test ended it.
    None,
    /// It did all it was asked for.
    Finished,
    /// The records are full; the execution under way counts as not done.
    Full,
    /// The candidate makes no choices: once is enough.
    Exhausted,
    /// An execution made more steps than allowed.
    Hang,
    /// An execution used more processor time than allowed.
    Cpu,
    /// An execution waited for longer than allowed.
    Blocked,
}

const MARKS: [Mark; 7] =
    [Mark::None, Mark::Finished, Mark::Full, Mark::Exhausted, Mark::Hang, Mark::Cpu, Mark::Blocked];

/// One child's share of memory.
#[derive(Clone, Copy)]
pub struct Slot {
    base: *mut u8,
}

/// The slot of this process, for the signal handlers.
static OWN: AtomicPtr<u8> = AtomicPtr::new(std::ptr::null_mut());

impl Slot {
    /// Returns a new slot; `None` if there is no memory.
    pub fn new() -> Option<Self> {
        Some(Self { base: sys::shared_memory(RECORDS_AT + RECORDS_MAX)? })
    }

    /// Forgets everything; the parent calls it before it forks.
    pub fn reset(self) {
        for word in 0..6 {
            self.word(word).store(0, Ordering::SeqCst);
        }
    }

    /// Makes this the slot of this process.
    pub fn own(self) {
        OWN.store(self.base, Ordering::SeqCst);
    }

    /// Returns the slot of this process, if it is a child.
    pub fn current() -> Option<Self> {
        let base = OWN.load(Ordering::Relaxed);
        (!base.is_null()).then_some(Self { base })
    }

    /// Notes why the child ends; the first note counts.
    pub fn mark(self, mark: Mark) {
        let none = Mark::None as u32;
        let _ =
            self.word(0).compare_exchange(none, mark as u32, Ordering::SeqCst, Ordering::SeqCst);
    }

    /// Returns why the child ended.
    pub fn marked(self) -> Mark {
        let mark = self.word(0).load(Ordering::SeqCst) as usize;
        MARKS.get(mark).copied().unwrap_or(Mark::None)
    }

    /// Begins an execution: nothing is chosen yet.
    pub fn begin(self, execution: u32) {
        self.word(1).store(execution, Ordering::Relaxed);
        self.word(2).store(0, Ordering::Relaxed);
        self.word(3).store(0, Ordering::Relaxed);
    }

    /// Returns the number of the execution under way within the batch.
    pub fn execution(self) -> u32 {
        self.word(1).load(Ordering::SeqCst)
    }

    /// Notes that the arguments are complete.
    pub fn note_built(self) {
        self.word(2).store(1, Ordering::Relaxed);
    }

    /// Returns whether the arguments of the execution under way were complete.
    pub fn built(self) -> bool {
        self.word(2).load(Ordering::SeqCst) == 1
    }

    /// Notes a choice of the execution under way; left out if there is no room.
    pub fn note_choice(self, choice: &Choice, scratch: &mut Vec<u8>) {
        scratch.clear();
        wire::put_choice(scratch, choice);
        self.append(3, (PENDING_AT, PENDING_MAX), scratch);
    }

    /// Returns the choices of the execution under way.
    pub fn choices(self) -> Vec<Choice> {
        let mut reader = Reader(self.bytes(3, (PENDING_AT, PENDING_MAX)));
        std::iter::from_fn(|| reader.choice()).collect()
    }

    /// Returns how much is noted of the execution under way.
    pub fn noted(self) -> u32 {
        self.word(3).load(Ordering::Relaxed)
    }

    /// Forgets what was noted after that.
    pub fn forget_noted(self, noted: u32) {
        self.word(3).store(noted, Ordering::Relaxed);
    }

    /// Adds the choices of a maker that worked; left out if there is no room.
    pub fn add_span(self, maker: u64, choices: &[Choice], scratch: &mut Vec<u8>) {
        scratch.clear();
        wire::put_span(scratch, maker, choices);
        self.append(5, (SPANS_AT, SPANS_MAX), scratch);
    }

    /// Returns the makers that worked, and their choices.
    pub fn spans(self) -> Vec<(u64, Vec<Choice>)> {
        let mut reader = Reader(self.bytes(5, (SPANS_AT, SPANS_MAX)));
        std::iter::from_fn(|| reader.span()).collect()
    }

    /// Adds a record; returns false if there is no room.
    pub fn add(self, record: &Record, scratch: &mut Vec<u8>) -> bool {
        scratch.clear();
        wire::put_record(scratch, record);
        self.append(4, (RECORDS_AT, RECORDS_MAX), scratch)
    }

    /// Returns the records.
    pub fn records(self) -> Vec<Record> {
        let mut reader = Reader(self.bytes(4, (RECORDS_AT, RECORDS_MAX)));
        std::iter::from_fn(|| reader.record()).collect()
    }

    /// Appends to the area `(at, max)`, whose length is in `word`.
    fn append(self, word: usize, (at, max): (usize, usize), bytes: &[u8]) -> bool {
        let length = self.word(word).load(Ordering::Relaxed) as usize;
        if max < length + bytes.len() {
            return false;
        }
        // SAFETY: the target lies within the area, which only this process writes now.
        unsafe {
            let target = self.base.add(at + length);
            std::ptr::copy_nonoverlapping(bytes.as_ptr(), target, bytes.len());
        }
        self.word(word).store((length + bytes.len()) as u32, Ordering::Release);
        true
    }

    fn bytes(&self, word: usize, (at, max): (usize, usize)) -> &[u8] {
        let length = (self.word(word).load(Ordering::Acquire) as usize).min(max);
        // SAFETY: the range lies within the area, and the child that wrote it has ended.
        unsafe { std::slice::from_raw_parts(self.base.add(at), length) }
    }

    fn word(&self, index: usize) -> &AtomicU32 {
        // SAFETY: the first page holds only such words, and the mapping is never removed.
        unsafe { &*self.base.cast::<AtomicU32>().add(index) }
    }
}
