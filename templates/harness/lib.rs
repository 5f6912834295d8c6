//! `rustchain_rt`: what candidate tests call while the explorer searches for good ones.
//!
//! The explorer compiles this crate by itself (`rustc -O --crate-type rlib`) and passes it to the
//! test build of the crate under test with `--extern rustchain_rt`. It uses the standard library
//! only, and it runs on Linux.
//!
//! # What generated code looks like
//!
//! ```ignore
//! #[cfg(test)]
//! mod rustchain_explore {
//!     static CASES: &[(u32, fn(&mut rustchain_rt::Picks))] = &[(12, c12)];
//!
//!     #[test]
//!     fn rustchain_explore() {
//!         rustchain_rt::register(CASES);
//!     }
//!
//!     fn c12(p: &mut rustchain_rt::Picks) {
//!         let a0 = p.text();
//!         let a1 = p.int(0, 255) as u8;
//!         let a2 = match super::Thing::new(a0, a1) {
//!             Ok(value) => p.keep(value),
//!             Err(_) => p.give_up(),
//!         };
//!         p.built();
//!         let r = super::target(a2);
//!         rustchain_rt::see!(p, 0, &r);
//!     }
//! }
//! ```
//!
//! Paths begin with `rustchain_rt::`, without `::` before it: that is found in the extern prelude in
//! every edition, 2015 included, and in crates without `std`.
//!
//! # The calls
//!
//! Every call that returns a choice takes exactly one choice of the recorded sequence, in the order
//! of the calls. The text in brackets is how the choice is written in plans and results.
//!
//! | call | returns |
//! |---|---|
//! | `p.text()` | `&'static str` (`T` and the UTF-8 bytes in hexadecimal) |
//! | `p.bytes()` | `&'static [u8]` (`B` and the bytes in hexadecimal) |
//! | `p.int(low: i128, high: i128)` | `i128` in the inclusive range (`I` and a decimal) |
//! | `p.size()` | `usize`: a length, index or count, mostly small (`Z` and a decimal) |
//! | `p.char()` | `char` (`C` and the code point in decimal) |
//! | `p.float()` | `f64` (`F` and the bits in hexadecimal) |
//! | `p.flag()` | `bool` (`G0`, `G1`) |
//! | `p.arm(arms: u32, leaves: u32)` | `u32` below `arms`; below `leaves` at the depth limit, where no leaves means `give_up` (`A` and a decimal) |
//! | `p.count(max: u32)` | `u32`, at most `max`, mostly small: list elements, method calls (`N` and a decimal) |
//! | `p.make(maker: u64, \|p\| part)` | a part of a value; one that fails is made again, the choices of one that worked are used again for the same `maker`. [`Picks::arm`] looks at how deep such calls are nested |
//! | `p.keep(value: T)` | `&'static mut T` (the value is leaked) |
//! | `p.keep_ref(value: T)` | `&'static T` |
//! | `p.give_up()` | never: this execution is invalid and counts for nothing |
//! | `p.built()` | nothing; from here on a panic is an outcome, before it the execution is invalid |
//! | `see!(p, slot: u32, &value)` | nothing; records the `{:?}` and `{}` text of `value`, whichever exist |
//!
//! [`register`] takes the candidates of one module. When as many modules have registered as the
//! plan says, the search starts within that call and the process ends with it. Without the
//! variable `RUSTCHAIN_PLAN` it does nothing.

#![deny(unsafe_op_in_unsafe_fn)]

mod bits;
mod child;
mod choice;
mod counters;
mod driver;
mod execute;
mod fresh;
mod interpose;
mod json;
mod making;
mod mutate;
mod outcome;
mod pantry;
mod picks;
mod plan;
mod pools;
mod progress;
mod random;
mod reach;
mod rounds;
mod search;
#[doc(hidden)]
pub mod see;
mod shape;
mod shared;
mod shrink;
mod shrinker;
mod sys;
mod wire;

#[doc(hidden)]
pub extern crate std;

pub use counters::hidden;
pub use driver::register;
pub use picks::Picks;
#[doc(hidden)]
pub use see::See;

/// Records what can be observed of a value: `see!(p, slot, &value)`.
///
/// Works for every type: `{:?}`, `{}`, both or neither. It needs no import, in any edition.
#[macro_export]
macro_rules! see {
    ($picks:expr, $slot:expr, $value:expr) => {{
        #[allow(unused_imports)]
        use $crate::see::{LookBoth as _, LookDebug as _, LookDisplay as _, LookNothing as _};
        (&&&&$crate::See($value)).rustchain_look(&mut *$picks, $slot)
    }};
}
