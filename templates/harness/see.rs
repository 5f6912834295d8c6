//! Looking at a value through whatever it implements, without leaving a trace in the coverage.

use std::fmt::{self, Debug, Display, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::counters;
use crate::outcome::Seen;
use crate::picks::Picks;

/// A value to look at; [`crate::see!`] picks the most able of the four traits.
pub struct See<'a, T: ?Sized>(pub &'a T);

/// Values with both a debug and a display text.
pub trait LookBoth {
    /// Records what is seen.
    fn rustchain_look(&self, picks: &mut Picks, slot: u32);
}

/// Values with a debug text.
pub trait LookDebug {
    /// Records what is seen.
    fn rustchain_look(&self, picks: &mut Picks, slot: u32);
}

/// Values with a display text.
pub trait LookDisplay {
    /// Records what is seen.
    fn rustchain_look(&self, picks: &mut Picks, slot: u32);
}

/// Values with no text.
pub trait LookNothing {
    /// Records that nothing can be seen.
    fn rustchain_look(&self, picks: &mut Picks, slot: u32);
}

impl<T: Debug + Display + ?Sized> LookBoth for &&&See<'_, T> {
    fn rustchain_look(&self, picks: &mut Picks, slot: u32) {
        let value = self.0;
        look(picks, slot, Some(&|f| write!(f, "{value:?}")), Some(&|f| write!(f, "{value}")));
    }
}

impl<T: Debug + ?Sized> LookDebug for &&See<'_, T> {
    fn rustchain_look(&self, picks: &mut Picks, slot: u32) {
        let value = self.0;
        look(picks, slot, Some(&|f| write!(f, "{value:?}")), None);
    }
}

impl<T: Display + ?Sized> LookDisplay for &See<'_, T> {
    fn rustchain_look(&self, picks: &mut Picks, slot: u32) {
        let value = self.0;
        look(picks, slot, None, Some(&|f| write!(f, "{value}")));
    }
}

impl<T: ?Sized> LookNothing for See<'_, T> {
    fn rustchain_look(&self, picks: &mut Picks, slot: u32) {
        look(picks, slot, None, None);
    }
}

/// Writes one text of a value.
type Writes<'a> = &'a dyn Fn(&mut Bounded) -> fmt::Result;

/// Records the texts of a value; one whose implementation panics is left out.
fn look(picks: &mut Picks, slot: u32, debug: Option<Writes<'_>>, display: Option<Writes<'_>>) {
    let mut seen = Seen { slot, debug: None, display: None, truncated: false };
    let limit = picks.observed_max();
    counters::hidden(|| {
        for (writes, text) in [(debug, &mut seen.debug), (display, &mut seen.display)] {
            let Some(writes) = writes else { continue };
            let mut out = Bounded { text: String::new(), limit, cut: false };
            let written = catch_unwind(AssertUnwindSafe(|| writes(&mut out)));
            let whole = matches!(written, Ok(Ok(())));
            if whole || out.cut {
                seen.truncated |= out.cut;
                *text = Some(out.text);
            }
        }
    });
    picks.saw(seen);
}

/// A text with a limit.
struct Bounded {
    text: String,
    limit: usize,
    cut: bool,
}

impl Write for Bounded {
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        let room = self.limit.saturating_sub(self.text.len());
        if piece.len() <= room {
            self.text.push_str(piece);
            return Ok(());
        }
        let end = (0..=room).rev().find(|end| piece.is_char_boundary(*end)).unwrap_or(0);
        self.text.push_str(piece.get(..end).unwrap_or_default());
        self.cut = true;
        Err(fmt::Error)
    }
}
