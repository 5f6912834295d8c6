//! Chance and the calendar as the code under test sees them: the same in every search, others in
//! the runs that check whether an outcome is steady.
//!
//! The linker resolves `getrandom` and `clock_gettime` of the C library to these. So hash maps
//! iterate in the same order in every search, no date of today finds its way into a test, and what
//! depends on either is told from what does not within milliseconds.

use std::ffi::{c_int, c_long, c_uint, c_void};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

#[cfg(target_arch = "x86_64")]
const SYS_CLOCK_GETTIME: c_long = 228;
#[cfg(not(target_arch = "x86_64"))]
const SYS_CLOCK_GETTIME: c_long = 113;

const CLOCK_REALTIME: c_int = 0;
const CLOCK_REALTIME_COARSE: c_int = 5;

/// The calendar begins here (in November 2023), and later by this for each further run.
const BEGIN_SECONDS: i64 = 1_700_000_000;
const RUN_SECONDS: i64 = 43_210_987;

static CHANCE: AtomicU64 = AtomicU64::new(1);
/// Milliseconds of the calendar, one more each time it is read; 0 as long as it is the real one.
static CALENDAR_MS: AtomicI64 = AtomicI64::new(0);

#[repr(C)]
pub struct TimeSpec {
    seconds: i64,
    nanos: i64,
}

unsafe extern "C" {
    fn syscall(number: c_long, ...) -> c_long;
}

/// Gives the code under test the chance and the calendar of a run; those of run 0 are the usual.
pub fn disturb(run: u64) {
    CHANCE.store(run.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1, Ordering::SeqCst);
    let seconds = BEGIN_SECONDS + run as i64 * RUN_SECONDS;
    CALENDAR_MS.store(seconds * 1000, Ordering::SeqCst);
}

/// Fills `buffer` with numbers that are the same in every process.
///
/// # Safety
///
/// `buffer` must be writable for `length` bytes.
#[no_mangle]
pub unsafe extern "C" fn getrandom(buffer: *mut c_void, length: usize, _flags: c_uint) -> isize {
    for offset in 0..length {
        let bits = CHANCE.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed);
        let bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        // SAFETY: the caller owns the buffer.
        unsafe { buffer.cast::<u8>().add(offset).write((bits >> 33) as u8) };
    }
    length as isize
}

/// Reads a clock; the calendar is not that of today.
///
/// # Safety
///
/// `time` must be null or writable.
#[no_mangle]
pub unsafe extern "C" fn clock_gettime(clock: c_int, time: *mut TimeSpec) -> c_int {
    let calendar = matches!(clock, CLOCK_REALTIME | CLOCK_REALTIME_COARSE);
    if calendar && CALENDAR_MS.load(Ordering::Relaxed) != 0 && !time.is_null() {
        let ms = CALENDAR_MS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller owns it.
        unsafe { time.write(TimeSpec { seconds: ms / 1000, nanos: ms % 1000 * 1_000_000 }) };
        return 0;
    }
    // SAFETY: the kernel checks the pointer.
    unsafe { syscall(SYS_CLOCK_GETTIME, c_long::from(clock), time) as c_int }
}
