//! `rustchain_mu`: the switch of the mutants that are built into a crate, and what runs its tests.
//!
//! A crate with mutants asks [`on`] and [`off`] at each of them. Which one is on is said by the
//! environment: none, one, or none while it is noted which are asked for (a trace).
//!
//! A test binary that is given a plan serves instead: before `main` it forks a child for each job
//! of the plan. The child turns the mutant on and goes on to `main`, where the test harness runs the
//! tests whose names were put into the arguments; the parent waits, and writes how it ended. So a
//! mutant costs a fork, and no start of a program.
//!
//! Compiled with `--cfg rustchain_const` (which needs unstable features) the switch can be asked in
//! a `const fn` too; when the compiler runs the function, no mutant is on.
#![cfg_attr(rustchain_const, feature(core_intrinsics, const_eval_select))]
#![cfg_attr(rustchain_const, allow(internal_features))]

mod plan;
mod serve;
mod sys;

use std::sync::atomic::{AtomicPtr, AtomicU32, Ordering};

/// No mutant is on.
const NONE: u32 = u32::MAX;
/// No mutant is on, and which are asked for is noted.
const TRACE: u32 = u32::MAX - 1;

static ACTIVE: AtomicU32 = AtomicU32::new(NONE);
/// A byte for each mutant: whether it was asked for.
static ASKED: AtomicPtr<u8> = AtomicPtr::new(std::ptr::null_mut());
static MUTANTS: AtomicU32 = AtomicU32::new(0);

/// Returns whether the mutant is on.
#[cfg(rustchain_const)]
pub const fn on(mutant: u32) -> bool {
    core::intrinsics::const_eval_select((mutant,), never, ask)
}

/// Returns whether the mutant is off.
#[cfg(rustchain_const)]
pub const fn off(mutant: u32) -> bool {
    !on(mutant)
}

/// Returns whether the mutant is on.
#[cfg(not(rustchain_const))]
#[inline(never)]
pub fn on(mutant: u32) -> bool {
    ask(mutant)
}

/// Returns whether the mutant is off.
#[cfg(not(rustchain_const))]
#[inline(never)]
pub fn off(mutant: u32) -> bool {
    !ask(mutant)
}

/// What the compiler sees.
#[cfg(rustchain_const)]
const fn never(_: u32) -> bool {
    false
}

/// What the program sees.
fn ask(mutant: u32) -> bool {
    let active = ACTIVE.load(Ordering::Relaxed);
    if active == TRACE {
        note(mutant);
    }
    active == mutant
}

/// Notes that a mutant was asked for.
#[cold]
fn note(mutant: u32) {
    let asked = ASKED.load(Ordering::Relaxed);
    if !asked.is_null() && mutant < MUTANTS.load(Ordering::Relaxed) {
        // SAFETY: `ASKED` points to `MUTANTS` bytes that stay mapped.
        unsafe { asked.add(mutant as usize).write(1) };
    }
}

/// Turns a mutant, none, or a trace on.
fn choose(mutant: u32) {
    ACTIVE.store(mutant, Ordering::Relaxed);
}

/// Runs before `main`, in every program that has mutants.
#[used]
#[cfg_attr(target_os = "linux", link_section = ".init_array")]
static BEGIN: extern "C" fn(i32, *mut *mut u8, *mut *mut u8) = begin;

extern "C" fn begin(count: i32, arguments: *mut *mut u8, _: *mut *mut u8) {
    if let Some(path) = std::env::var_os("RUSTCHAIN_MUTANTS_PLAN") {
        // Only in the child of a job does this return.
        serve::serve(&path, count as usize, arguments);
    } else if let Ok(word) = std::env::var("RUSTCHAIN_MUTANT") {
        // A program that a test has started.
        if word == "trace" {
            if let Some(path) = std::env::var_os("RUSTCHAIN_MUTANTS_ASKED") {
                share(&path);
                choose(TRACE);
            }
        } else if let Ok(mutant) = word.parse() {
            choose(mutant);
        }
    }
}

/// Maps the file in which it is noted which mutants are asked for.
fn share(path: &std::ffi::OsStr) -> Option<&'static [std::sync::atomic::AtomicU8]> {
    let (bytes, length) = sys::map(path)?;
    MUTANTS.store(length as u32, Ordering::Relaxed);
    ASKED.store(bytes, Ordering::Relaxed);
    // SAFETY: the mapping is as long, and is never taken back.
    Some(unsafe { std::slice::from_raw_parts(bytes.cast(), length) })
}
