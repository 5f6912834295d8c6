//! The choices of one execution: taken from a recorded sequence where it fits, else new.

use std::sync::Mutex;

use crate::choice::Choice;
use crate::fresh::Fresh;
use crate::making::RETRIES_MAX;
use crate::outcome::Seen;
use crate::pantry::Pantry;
use crate::pools::Tiers;
use crate::random::Random;
use crate::shared::Slot;

/// Most choices of one execution; beyond, it is invalid.
const CHOICES_MAX: usize = 4096;

/// How far ahead a recorded choice of the wanted kind is looked for.
const LOOK_AHEAD: usize = 8;

/// How choices are made that the recorded sequence does not answer.
#[derive(Clone)]
pub struct Style {
    pub tiers: Tiers,
    /// Longest new text, in characters, and byte string.
    pub length_max: usize,
    /// Depth at which only leaves are built.
    pub depth_max: u32,
    /// Take the simplest value instead of a random one.
    pub simplest: bool,
    /// Most bytes kept of what is observed of one value.
    pub observed_max: usize,
    /// Parts of values that worked; without it, parts are made as recorded and only once.
    pub pantry: Option<&'static Mutex<Pantry>>,
}

/// The payload of the panic by which an execution is given up.
pub struct GivenUp;

/// Hands out the choices of one execution and records them.
pub struct Picks {
    pub(crate) style: &'static Style,
    pub(crate) replay: Vec<Choice>,
    pub(crate) at: usize,
    pub(crate) taken: Vec<Choice>,
    pub(crate) random: Random,
    pub(crate) depth: u32,
    /// How many failed parts may still be tried again.
    pub(crate) retries: u32,
    built: bool,
    seen: Vec<Seen>,
    pub(crate) scratch: Vec<u8>,
}

impl Picks {
    /// Returns the picks of an execution that follows `replay` as far as it fits.
    pub(crate) fn new(style: &'static Style, replay: Vec<Choice>, random: Random) -> Self {
        Self {
            style,
            replay,
            at: 0,
            taken: Vec::new(),
            random,
            depth: 0,
            retries: RETRIES_MAX,
            built: false,
            seen: Vec::new(),
            scratch: Vec::new(),
        }
    }

    /// Chooses a text.
    #[inline(never)]
    pub fn text(&mut self) -> &'static str {
        let known = self.recorded(&Choice::Text(String::new()), |_| true);
        let choice = known.unwrap_or_else(|| Choice::Text(self.fresh(|fresh| fresh.text())));
        self.take(&choice);
        match choice {
            Choice::Text(text) => Box::leak(text.into_boxed_str()),
            _ => "",
        }
    }

    /// Chooses a byte string.
    #[inline(never)]
    pub fn bytes(&mut self) -> &'static [u8] {
        let known = self.recorded(&Choice::Bytes(Vec::new()), |_| true);
        let choice = known.unwrap_or_else(|| Choice::Bytes(self.fresh(|fresh| fresh.bytes())));
        self.take(&choice);
        match choice {
            Choice::Bytes(bytes) => Box::leak(bytes.into_boxed_slice()),
            _ => &[],
        }
    }

    /// Chooses a number from `low` to `high`, both included.
    #[inline(never)]
    pub fn int(&mut self, low: i128, high: i128) -> i128 {
        let fits = |int: i128| low <= int && int <= high;
        let known = self
            .recorded(&Choice::Int(0), |choice| matches!(choice, Choice::Int(int) if fits(*int)));
        let choice =
            known.unwrap_or_else(|| Choice::Int(self.fresh(|fresh| fresh.int(low, high.max(low)))));
        self.take(&choice);
        match choice {
            Choice::Int(int) => int,
            _ => low,
        }
    }

    /// Chooses a length, an index or a count.
    #[inline(never)]
    pub fn size(&mut self) -> usize {
        let fits = |size: u64| usize::try_from(size).is_ok();
        let known = self.recorded(
            &Choice::Size(0),
            |choice| matches!(choice, Choice::Size(size) if fits(*size)),
        );
        let choice = known.unwrap_or_else(|| Choice::Size(self.fresh(|fresh| fresh.size())));
        self.take(&choice);
        match choice {
            Choice::Size(size) => size as usize,
            _ => 0,
        }
    }

    /// Chooses a character.
    #[inline(never)]
    pub fn char(&mut self) -> char {
        let known = self.recorded(&Choice::Char('a'), |_| true);
        let choice = known.unwrap_or_else(|| Choice::Char(self.fresh(|fresh| fresh.char())));
        self.take(&choice);
        match choice {
            Choice::Char(c) => c,
            _ => 'a',
        }
    }

    /// Chooses a float.
    #[inline(never)]
    pub fn float(&mut self) -> f64 {
        let known = self.recorded(&Choice::Float(0), |_| true);
        let choice =
            known.unwrap_or_else(|| Choice::Float(self.fresh(|fresh| fresh.float()).to_bits()));
        self.take(&choice);
        match choice {
            Choice::Float(bits) => f64::from_bits(bits),
            _ => 0.0,
        }
    }

    /// Chooses yes or no.
    #[inline(never)]
    pub fn flag(&mut self) -> bool {
        let known = self.recorded(&Choice::Flag(false), |_| true);
        let choice = known.unwrap_or_else(|| Choice::Flag(self.fresh(|fresh| fresh.flag())));
        self.take(&choice);
        choice == Choice::Flag(true)
    }

    /// Chooses one of `arms` alternatives, of which the first `leaves` are not recursive.
    ///
    /// At the depth limit only leaves are chosen; if there are none, the execution is given up.
    #[inline(never)]
    pub fn arm(&mut self, arms: u32, leaves: u32) -> u32 {
        let deep = self.style.depth_max <= self.depth;
        let arms = if deep { leaves.min(arms) } else { arms };
        if arms == 0 {
            self.give_up();
        }
        let known = self
            .recorded(&Choice::Arm(0), |choice| matches!(choice, Choice::Arm(arm) if *arm < arms));
        let (depth, depth_max) = (self.depth, self.style.depth_max);
        let choice = known.unwrap_or_else(|| {
            Choice::Arm(self.fresh(|fresh| fresh.arm((arms, leaves), (depth, depth_max))))
        });
        self.take(&choice);
        match choice {
            Choice::Arm(arm) => arm,
            _ => 0,
        }
    }

    /// Chooses how many there are, at most `max`: list elements, method calls.
    #[inline(never)]
    pub fn count(&mut self, max: u32) -> u32 {
        let known = self.recorded(
            &Choice::Count(0),
            |choice| matches!(choice, Choice::Count(count) if *count <= max),
        );
        let choice = known.unwrap_or_else(|| Choice::Count(self.fresh(|fresh| fresh.count(max))));
        self.take(&choice);
        match choice {
            Choice::Count(count) => count,
            _ => 0,
        }
    }

    /// Keeps a value for as long as the process lives.
    pub fn keep<T>(&mut self, value: T) -> &'static mut T {
        Box::leak(Box::new(value))
    }

    /// Keeps a value for as long as the process lives, to be shared.
    pub fn keep_ref<T>(&mut self, value: T) -> &'static T {
        Box::leak(Box::new(value))
    }

    /// Gives this execution up: an argument could not be built.
    pub fn give_up(&mut self) -> ! {
        std::panic::resume_unwind(Box::new(GivenUp))
    }

    /// Says that the arguments are complete and the target call begins.
    pub fn built(&mut self) {
        self.built = true;
        if let Some(slot) = Slot::current() {
            slot.note_built();
        }
    }

    /// Returns whether the arguments were complete.
    pub(crate) fn is_built(&self) -> bool {
        self.built
    }

    /// Returns whether a part failed and was made again.
    pub(crate) fn has_retried(&self) -> bool {
        self.retries < RETRIES_MAX
    }

    /// Returns the limit of what is observed of one value, in bytes.
    pub(crate) fn observed_max(&self) -> usize {
        self.style.observed_max
    }

    /// Adds what was seen of a value.
    pub(crate) fn saw(&mut self, seen: Seen) {
        self.seen.push(seen);
    }

    /// Returns the choices that were made, and what was seen.
    pub(crate) fn into_parts(self) -> (Vec<Choice>, Vec<Seen>) {
        (self.taken, self.seen)
    }

    /// Takes the next recorded choice of the kind of `like`, if there is one near and it `fits`.
    ///
    /// One of another kind stays for later calls; one of this kind that does not fit is used up.
    fn recorded(&mut self, like: &Choice, fits: impl Fn(&Choice) -> bool) -> Option<Choice> {
        let ahead = self.replay.iter().skip(self.at).take(LOOK_AHEAD);
        let distance = ahead.clone().position(|choice| choice.same_kind(like))?;
        let choice = ahead.clone().nth(distance).filter(|choice| fits(choice)).cloned();
        if choice.is_some() || distance == 0 {
            self.at += distance + 1;
        }
        choice
    }

    fn fresh<T>(&mut self, draw: impl FnOnce(&mut Fresh<'_>) -> T) -> T {
        draw(&mut Fresh { random: &mut self.random, style: self.style, earlier: &self.taken })
    }

    fn take(&mut self, choice: &Choice) {
        if CHOICES_MAX <= self.taken.len() {
            self.give_up();
        }
        if let Some(slot) = Slot::current() {
            slot.note_choice(choice, &mut self.scratch);
        }
        self.taken.push(choice.clone());
    }
}
