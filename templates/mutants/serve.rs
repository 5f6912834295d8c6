//! The server: a child for each job.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs::File;
use std::io::Write as _;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Instant;

use crate::plan::{self, Job, Kind, Plan};
use crate::sys::{self, Ended, Side};

/// Does the jobs of a plan, and ends the process; returns in the child of a job only.
///
/// The arguments that follow the options, one for each test that a job may have, get the names of
/// the tests.
pub fn serve(path: &OsStr, count: usize, arguments: *mut *mut u8) {
    let Some(plan) = plan::read(path) else { sys::leave(3) };
    let Ok(mut results) = File::options().append(true).create(true).open(&plan.results) else {
        sys::leave(4)
    };
    let Some(asked) = crate::share(plan.asked.as_os_str()) else { sys::leave(5) };
    sys::hold_signals();
    say(&mut results, "ready\n");
    let slots = slots(count, arguments);
    for job in &plan.jobs {
        for byte in asked.iter().filter(|_| matches!(job.kind, Kind::Trace)) {
            byte.store(0, Ordering::Relaxed);
        }
        say(&mut results, &format!("begin {}\n", job.number));
        let start = Instant::now();
        let Some(side) = sys::split() else { sys::leave(6) };
        match side {
            Side::Child => {
                drop(results);
                return child(&plan, job, &slots);
            }
            Side::Parent(pid) => {
                let ended = sys::wait(pid, job.limit_ms);
                let wall_us = start.elapsed().as_micros();
                say(&mut results, &result(job, &ended, wall_us, asked));
                if ended.late {
                    // What the tests have started themselves may be left: with this process its
                    // whole group is ended.
                    break;
                }
            }
        }
    }
    say(&mut results, "end\n");
    sys::leave(0)
}

/// The arguments that may be replaced: those behind the last option.
fn slots(count: usize, arguments: *mut *mut u8) -> Vec<*mut *mut u8> {
    // SAFETY: the C library passes as many pointers as it says, each to a text that ends with 0.
    let all = (0..count).map(|index| unsafe { arguments.add(index) });
    let is_slot = |slot: &*mut *mut u8| unsafe { **slot } != std::ptr::null_mut()
        && unsafe { std::ffi::CStr::from_ptr((**slot).cast()) }.to_bytes() == b"rustchain::slot";
    all.filter(is_slot).collect()
}

/// Makes this process one that runs the tests of a job.
fn child(plan: &Plan, job: &Job, slots: &[*mut *mut u8]) {
    sys::become_child(job.limit_ms);
    std::env::remove_var("RUSTCHAIN_MUTANTS_PLAN");
    let word = match job.kind {
        Kind::Clean => String::new(),
        Kind::Trace => "trace".to_owned(),
        Kind::Mutant(mutant) => mutant.to_string(),
    };
    std::env::set_var("RUSTCHAIN_MUTANT", word);
    std::env::set_var("RUSTCHAIN_MUTANTS_ASKED", &plan.asked);
    for (index, slot) in slots.iter().enumerate() {
        // Slots that are left over repeat a name, which changes nothing.
        let test = job.tests.get(index).or(job.tests.first());
        if let Some(name) = test.and_then(|test| plan.tests.get(*test)) {
            // SAFETY: the slot is a pointer to a text, and the name outlives this process.
            unsafe { **slot = name.clone().into_raw().cast() };
        }
    }
    crate::choose(match job.kind {
        Kind::Clean => crate::NONE,
        Kind::Trace => crate::TRACE,
        Kind::Mutant(mutant) => mutant,
    });
}

/// The line for a result: number, ending, times, and after a trace what was asked for.
fn result(job: &Job, ended: &Ended, wall_us: u128, asked: &[AtomicU8]) -> String {
    let how = match (ended.late, ended.signal) {
        (true, _) => "late 0".to_owned(),
        (_, 0) => format!("exit {}", ended.code),
        (_, signal) => format!("signal {signal}"),
    };
    let mut line = format!("result {} {how} {wall_us} {}", job.number, ended.cpu_us);
    if matches!(job.kind, Kind::Trace) {
        for (mutant, byte) in asked.iter().enumerate() {
            if byte.load(Ordering::Relaxed) != 0 {
                let _ = write!(line, " {mutant}");
            }
        }
    }
    line.push('\n');
    line
}

/// Writes a line, as a whole.
fn say(results: &mut File, line: &str) {
    if results.write_all(line.as_bytes()).is_err() {
        sys::leave(7);
    }
}
