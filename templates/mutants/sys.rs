//! The system calls this crate needs, declared by hand because it may depend on nothing.

use std::ffi::{c_int, c_long, c_void, OsStr};
use std::os::fd::AsRawFd as _;

const SIGCHLD: c_int = 17;
const SIGKILL: c_int = 9;
const SIG_BLOCK: c_int = 0;
const SIG_UNBLOCK: c_int = 1;
const PROT_READ_WRITE: c_int = 3;
const MAP_SHARED: c_int = 1;
const PR_SET_PDEATHSIG: c_int = 1;
const RLIMIT_CPU: c_int = 0;

/// `sigset_t` of glibc.
#[repr(C)]
struct Signals([u64; 16]);

#[repr(C)]
struct TimeSpec {
    seconds: i64,
    nanos: c_long,
}

/// `struct rusage`: two times and 14 numbers.
#[repr(C)]
#[derive(Default)]
struct Usage {
    user: [c_long; 2],
    system: [c_long; 2],
    others: [c_long; 14],
}

#[repr(C)]
struct RLimit {
    soft: u64,
    hard: u64,
}

unsafe extern "C" {
    fn fork() -> c_int;
    fn wait4(pid: c_int, status: *mut c_int, options: c_int, usage: *mut Usage) -> c_int;
    fn kill(pid: c_int, signal: c_int) -> c_int;
    fn _exit(code: c_int) -> !;
    fn mmap(at: *mut c_void, length: usize, prot: c_int, flags: c_int, fd: c_int, offset: i64)
        -> *mut c_void;
    fn sigprocmask(how: c_int, set: *const Signals, old: *mut Signals) -> c_int;
    fn sigtimedwait(set: *const Signals, info: *mut c_void, timeout: *const TimeSpec) -> c_int;
    fn prctl(option: c_int, ...) -> c_int;
    fn getrlimit(resource: c_int, limit: *mut RLimit) -> c_int;
    fn setrlimit(resource: c_int, limit: *const RLimit) -> c_int;
    fn dup2(from: c_int, to: c_int) -> c_int;
}

/// Which side of a fork this is.
pub enum Side {
    Child,
    Parent(c_int),
}

/// How a child ended.
#[derive(Default)]
pub struct Ended {
    /// It was killed because its time was up.
    pub late: bool,
    pub signal: c_int,
    pub code: c_int,
    pub cpu_us: i64,
}

/// Ends the process at once.
pub fn leave(code: c_int) -> ! {
    // SAFETY: nothing is left to be done.
    unsafe { _exit(code) }
}

/// Splits the process; `None` if the system refuses.
pub fn split() -> Option<Side> {
    // SAFETY: there is one thread, as `main` has not begun.
    match unsafe { fork() } {
        -1 => None,
        0 => Some(Side::Child),
        pid => Some(Side::Parent(pid)),
    }
}

/// The set with the signal that tells of a child's end.
fn child_signal() -> Signals {
    let mut set = Signals([0; 16]);
    set.0[0] = 1 << (SIGCHLD - 1);
    set
}

/// Lets the end of a child be waited for with a time limit.
pub fn hold_signals() {
    // SAFETY: the set is initialised.
    unsafe { sigprocmask(SIG_BLOCK, &child_signal(), std::ptr::null_mut()) };
}

/// Waits for a child; kills it when its time is up.
pub fn wait(pid: c_int, limit_ms: u64) -> Ended {
    let start = std::time::Instant::now();
    let mut ended = Ended::default();
    loop {
        let mut status = 0;
        let mut usage = Usage::default();
        // SAFETY: both are places to write to; 1 is WNOHANG.
        let done = unsafe { wait4(pid, &mut status, i32::from(!ended.late), &mut usage) };
        if done == pid {
            ended.signal = status & 0x7f;
            ended.code = status >> 8 & 0xff;
            let us = |time: [c_long; 2]| time[0] as i64 * 1_000_000 + time[1] as i64;
            ended.cpu_us = us(usage.user) + us(usage.system);
            return ended;
        }
        let passed = start.elapsed().as_millis() as u64;
        if limit_ms <= passed {
            ended.late = true;
            // SAFETY: the child has not been waited for, so the number is still its own.
            unsafe { kill(pid, SIGKILL) };
            continue;
        }
        let left = limit_ms - passed;
        let nanos = (left % 1000 * 1_000_000) as c_long;
        let timeout = TimeSpec { seconds: (left / 1000) as i64, nanos };
        // SAFETY: the set and the time are initialised; nobody wants the details.
        unsafe { sigtimedwait(&child_signal(), std::ptr::null_mut(), &timeout) };
    }
}

/// Makes a child silent, mortal and short-lived.
pub fn become_child(limit_ms: u64) {
    // SAFETY: plain system calls on values of this function.
    unsafe {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        sigprocmask(SIG_UNBLOCK, &child_signal(), std::ptr::null_mut());
        if let Ok(null) = std::fs::File::options().read(true).write(true).open("/dev/null") {
            for stream in 0..3 {
                dup2(null.as_raw_fd(), stream);
            }
        }
        let mut limit = RLimit { soft: 0, hard: 0 };
        if getrlimit(RLIMIT_CPU, &mut limit) == 0 {
            // Several threads use more than the time that passes.
            limit.soft = limit.soft.min(limit_ms / 100 + 10);
            setrlimit(RLIMIT_CPU, &limit);
        }
    }
}

/// Maps a file into memory that is shared; `None` if that fails.
pub fn map(path: &OsStr) -> Option<(*mut u8, usize)> {
    let file = std::fs::File::options().read(true).write(true).open(path).ok()?;
    let length = file.metadata().ok()?.len() as usize;
    let null = std::ptr::null_mut();
    // SAFETY: a new mapping of a file that is as long.
    let at = unsafe { mmap(null, length, PROT_READ_WRITE, MAP_SHARED, file.as_raw_fd(), 0) };
    (at as isize != -1).then_some((at.cast(), length))
}
