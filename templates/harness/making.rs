//! Makers of parts of values: what fails is tried again, what worked before is used again.
//!
//! Neither shows in the choices that are recorded: they are those of the parts that worked, in the
//! order of the calls, so that following them makes the same value without trying anything twice.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Mutex, MutexGuard};

use crate::choice::Choice;
use crate::mutate::mutated;
use crate::pantry::Pantry;
use crate::picks::{GivenUp, Picks};
use crate::shared::Slot;

/// Most attempts to make one part, and most further attempts of one execution.
const ATTEMPTS_MAX: u32 = 8;
pub const RETRIES_MAX: u32 = 24;

/// A part that is being made.
pub struct Making {
    maker: u64,
    attempt: u32,
    depth: u32,
    /// Choices made before, and how much of them is noted in shared memory.
    taken: usize,
    noted: u32,
    /// The sequence that is followed around this part, if another one is followed within.
    around: Option<(Vec<Choice>, usize)>,
}

impl Picks {
    /// Makes a part of a value with the code of a maker, a few times if need be.
    pub fn make<T>(&mut self, maker: u64, way: impl Fn(&mut Self) -> T) -> T {
        let mut making = self.enter(maker);
        if self.style.pantry.is_none() {
            let made = way(self);
            self.leave(&mut making);
            return made;
        }
        loop {
            self.begin(&mut making);
            match catch_unwind(AssertUnwindSafe(|| way(self))) {
                Ok(made) => {
                    self.leave(&mut making);
                    return made;
                }
                Err(payload) => self.fail(&mut making, payload),
            }
        }
    }

    fn enter(&mut self, maker: u64) -> Making {
        let noted = Slot::current().map_or(0, Slot::noted);
        let taken = self.taken.len();
        self.depth += 1;
        Making { maker, attempt: 0, depth: self.depth, taken, noted, around: None }
    }

    /// Decides which sequence an attempt follows: the one around, or one that worked before.
    #[inline(never)]
    fn begin(&mut self, making: &mut Making) {
        let again = 0 < making.attempt;
        if !again && self.at < self.replay.len() {
            return;
        }
        let stored = self.stored(making.maker);
        if again || stored.is_some() {
            let around = std::mem::replace(&mut self.replay, stored.unwrap_or_default());
            making.around = Some((around, std::mem::take(&mut self.at)));
        }
    }

    /// Returns choices by which a maker worked before, now and then changed.
    fn stored(&mut self, maker: u64) -> Option<Vec<Choice>> {
        if self.random.once_in(3) {
            return None;
        }
        let pantry = lock(self.style.pantry?)?;
        let base = pantry.draw(maker, &mut self.random)?;
        if self.random.once_in(2) {
            return Some(base.to_vec());
        }
        let other = pantry.draw(maker, &mut self.random).unwrap_or_default();
        Some(mutated(base, other, self.style, &mut self.random))
    }

    /// Ends a part that was made; its choices are kept if they are not a matter of course.
    #[inline(never)]
    fn leave(&mut self, making: &mut Making) {
        self.depth = making.depth.saturating_sub(1);
        self.follow_around(making);
        let Some(mut pantry) = self.style.pantry.and_then(lock) else { return };
        let Some(span) = self.taken.get(making.taken..) else { return };
        if pantry.is_fallible(making.maker) && pantry.offer(making.maker, span) {
            if let Some(slot) = Slot::current() {
                slot.add_span(making.maker, span, &mut self.scratch);
            }
        }
    }

    /// Takes an attempt back; gives up if there were too many.
    #[inline(never)]
    fn fail(&mut self, making: &mut Making, payload: Box<dyn Any + Send>) {
        self.follow_around(making);
        if let Some(mut pantry) = self.style.pantry.and_then(lock) {
            pantry.note_failure(making.maker);
        }
        // What the code under test threw may not be dropped: that could run its code.
        std::mem::forget(payload);
        making.attempt += 1;
        if ATTEMPTS_MAX <= making.attempt || self.retries == 0 {
            resume_unwind(Box::new(GivenUp));
        }
        self.retries -= 1;
        self.depth = making.depth;
        self.taken.truncate(making.taken);
        if let Some(slot) = Slot::current() {
            slot.forget_noted(making.noted);
        }
    }

    fn follow_around(&mut self, making: &mut Making) {
        if let Some((replay, at)) = making.around.take() {
            self.replay = replay;
            self.at = at;
        }
    }
}

fn lock(pantry: &'static Mutex<Pantry>) -> Option<MutexGuard<'static, Pantry>> {
    pantry.try_lock().ok()
}
