//! One execution of a candidate: from clean counters to an outcome.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::sync::Mutex;

use crate::choice::Choice;
use crate::counters::{self, Regions};
use crate::outcome::{Outcome, Record, Seen};
use crate::picks::{GivenUp, Picks};
use crate::reach;
use crate::shape::shape;

/// A candidate.
pub type Case = fn(&mut Picks);

/// Most bytes kept of the message of a panic.
const MESSAGE_MAX: usize = 4096;

/// What the last panic of the driving thread said: message, file and line.
static LAST_PANIC: Mutex<Option<(String, String, u32)>> = Mutex::new(None);

thread_local! {
    /// Whether this thread runs candidates.
    static DRIVING: Cell<bool> = const { Cell::new(false) };
}

/// What an execution left.
pub struct Execution {
    pub choices: Vec<Choice>,
    pub seen: Vec<Seen>,
    pub regions: Vec<u32>,
    pub steps: u64,
    /// Whether parts failed and were made again, which shows in the regions.
    pub retried: bool,
    /// How it ended; `None` if it is invalid.
    pub outcome: Option<Outcome>,
}

impl Execution {
    /// Returns it as a record; `None` if it is invalid.
    pub fn into_record(self, execution: u64) -> Option<Record> {
        let outcome = self.outcome?;
        let shape = shape(&outcome, &self.seen);
        let Self { choices, seen, regions, .. } = self;
        Some(Record { execution, choices, outcome, shape, seen, regions })
    }
}

/// Makes panics silent and remembered.
pub fn listen_to_panics() {
    std::panic::set_hook(Box::new(remember));
}

/// Runs a candidate once.
pub fn execute(case: Case, mut picks: Picks, regions: &Regions) -> Execution {
    DRIVING.with(|driving| driving.set(true));
    forget_panic();
    reach::watch();
    let result = catch_unwind(AssertUnwindSafe(|| case(&mut picks)));
    let reached = reach::watched();
    let (hit, steps) = counters::read(regions);
    let outcome = match result {
        Ok(()) => Some(Outcome::Returned),
        Err(payload) => {
            let given_up = payload.is::<GivenUp>();
            // Dropping the payload could run code of the crate under test.
            std::mem::forget(payload);
            (!given_up && picks.is_built()).then(last_panic)
        }
    };
    let outcome = outcome.filter(|_| !reached);
    let retried = picks.has_retried();
    let (choices, seen) = picks.into_parts();
    Execution { choices, seen, regions: hit, steps, retried, outcome }
}

fn last_panic() -> Outcome {
    let last = LAST_PANIC.try_lock().ok().and_then(|mut last| last.take());
    let (message, file, line) = last.unwrap_or_default();
    Outcome::Panicked { message, file, line }
}

fn forget_panic() {
    if let Ok(mut last) = LAST_PANIC.try_lock() {
        *last = None;
    }
}

/// The panic hook.
fn remember(info: &PanicHookInfo<'_>) {
    if !DRIVING.try_with(Cell::get).unwrap_or(false) {
        return;
    }
    let payload = info.payload();
    let message = match (payload.downcast_ref::<&str>(), payload.downcast_ref::<String>()) {
        (Some(text), _) => *text,
        (_, Some(text)) => text,
        _ => "",
    };
    let end = (0..=MESSAGE_MAX.min(message.len())).rev().find(|end| message.is_char_boundary(*end));
    let message = message.get(..end.unwrap_or(0)).unwrap_or_default().to_owned();
    let (file, line) = match info.location() {
        Some(location) => (location.file().to_owned(), location.line()),
        None => (String::new(), 0),
    };
    if let Ok(mut last) = LAST_PANIC.try_lock() {
        *last = Some((message, file, line));
    }
}
