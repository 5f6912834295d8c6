//! The system calls this crate needs, declared by hand because it may depend on nothing.

use std::ffi::{c_int, c_long, c_void};

/// `struct sigaction` of glibc and musl on `x86_64` and `aarch64`.
#[repr(C)]
struct SigAction {
    handler: usize,
    mask: [u64; 16],
    flags: c_int,
    restorer: usize,
}

#[repr(C)]
#[derive(Default)]
struct TimeVal {
    seconds: c_long,
    micros: c_long,
}

#[repr(C)]
#[derive(Default)]
struct ITimerVal {
    interval: TimeVal,
    value: TimeVal,
}

#[repr(C)]
struct RLimit {
    soft: u64,
    hard: u64,
}

unsafe extern "C" {
    fn fork() -> c_int;
    fn waitpid(pid: c_int, status: *mut c_int, options: c_int) -> c_int;
    fn _exit(code: c_int) -> !;
    fn mmap(
        address: *mut c_void,
        length: usize,
        protection: c_int,
        flags: c_int,
        file: c_int,
        offset: i64,
    ) -> *mut c_void;
    fn sigaction(signal: c_int, new: *const SigAction, old: *mut SigAction) -> c_int;
    fn setitimer(which: c_int, new: *const ITimerVal, old: *mut ITimerVal) -> c_int;
    fn setrlimit(resource: c_int, limit: *const RLimit) -> c_int;
    fn prctl(option: c_int, ...) -> c_int;
    fn dup2(from: c_int, to: c_int) -> c_int;
}

pub const SIGALRM: c_int = 14;
pub const SIGPROF: c_int = 27;

/// Which side of a fork this is.
pub enum Side {
    Child,
    Parent(c_int),
}

/// How a child ended.
#[derive(Clone, Copy)]
pub struct Ended {
    pub pid: c_int,
    /// The signal that ended it, or 0.
    pub signal: c_int,
    /// Its exit code, if no signal ended it.
    pub code: c_int,
}

/// Splits the process; `None` if the system refuses.
pub fn split() -> Option<Side> {
    // SAFETY: the child only touches memory of this thread, and locks of the allocator are handled
    // by the C library.
    match unsafe { fork() } {
        -1 => None,
        0 => Some(Side::Child),
        pid => Some(Side::Parent(pid)),
    }
}

/// Waits until any child ends; `None` if there is none.
pub fn wait_any() -> Option<Ended> {
    loop {
        let mut status = 0;
        // SAFETY: `status` outlives the call.
        let pid = unsafe { waitpid(-1, &mut status, 0) };
        if 0 < pid {
            return Some(Ended { pid, signal: status & 0x7f, code: (status >> 8) & 0xff });
        }
        if std::io::Error::last_os_error().kind() != std::io::ErrorKind::Interrupted {
            return None;
        }
    }
}

/// Ends the process at once: no destructors, no exit handlers, no profile.
pub fn exit_now(code: c_int) -> ! {
    // SAFETY: always sound.
    unsafe { _exit(code) }
}

/// Returns zeroed memory that stays shared with children; `None` if the system refuses.
pub fn shared_memory(length: usize) -> Option<*mut u8> {
    const READ_WRITE: c_int = 3;
    const SHARED_ANONYMOUS_NORESERVE: c_int = 0x01 | 0x20 | 0x4000;
    // SAFETY: a new mapping at an address the system chooses.
    let address = unsafe {
        mmap(std::ptr::null_mut(), length, READ_WRITE, SHARED_ANONYMOUS_NORESERVE, -1, 0)
    };
    (address as isize != -1).then_some(address.cast())
}

/// Installs a signal handler, which must be async-signal-safe; it runs on the signal stack.
pub fn on_signal(signal: c_int, handler: extern "C" fn(c_int)) {
    const ON_STACK_RESTART: c_int = 0x1800_0000;
    let action = SigAction {
        handler: handler as *const () as usize,
        mask: [0; 16],
        flags: ON_STACK_RESTART,
        restorer: 0,
    };
    // SAFETY: `action` has the layout of the C library and outlives the call.
    unsafe { sigaction(signal, &action, std::ptr::null_mut()) };
}

/// Asks for SIGPROF every `cpu_ms` of processor time and SIGALRM every `wall_ms` of wall time.
pub fn start_timers(cpu_ms: i64, wall_ms: i64) {
    for (which, ms) in [(2, cpu_ms), (0, wall_ms)] {
        let value = || TimeVal { seconds: ms / 1000, micros: ms % 1000 * 1000 };
        let timer = ITimerVal { interval: value(), value: value() };
        // SAFETY: `timer` outlives the call.
        unsafe { setitimer(which, &timer, std::ptr::null_mut()) };
    }
}

/// Bounds this process: address space, size of files, no core; and ties it to its parent.
pub fn bound_child(memory_max: u64, file_max: u64) {
    for (resource, limit) in [(9, memory_max), (1, file_max), (4, 0)] {
        let limit = RLimit { soft: limit, hard: limit };
        // SAFETY: `limit` outlives the call.
        unsafe { setrlimit(resource, &limit) };
    }
    const PR_SET_PDEATHSIG: c_int = 1;
    const SIGKILL: c_long = 9;
    // SAFETY: plain integers.
    unsafe { prctl(PR_SET_PDEATHSIG, SIGKILL) };
}

/// Makes `to` mean the same file as `from`.
pub fn redirect(from: c_int, to: c_int) {
    // SAFETY: plain integers.
    unsafe { dup2(from, to) };
}
