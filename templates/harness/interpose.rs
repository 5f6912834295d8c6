//! Chance and time as the code under test sees them: fixed during a search, shifted afterwards.
//!
//! The linker resolves `getrandom` and `clock_gettime` of the C library to these. So hash maps
//! iterate in the same order in every search, and in another one in every check for steadiness;
//! and what depends on the date does not look steady only because a check takes no time.

use std::ffi::{c_int, c_long, c_uint, c_void};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

#[cfg(target_arch = "x86_64")]
const SYS_CLOCK_GETTIME: c_long = 228;
#[cfg(not(target_arch = "x86_64"))]
const SYS_CLOCK_GETTIME: c_long = 113;

const CLOCK_REALTIME: c_int = 0;

static CHANCE: AtomicU64 = AtomicU64::new(1);
static SHIFT_SECONDS: AtomicI64 = AtomicI64::new(0);

#[repr(C)]
pub struct TimeSpec {
    seconds: i64,
    nanos: i64,
}

unsafe extern "C" {
    fn syscall(number: c_long, ...) -> c_long;
}

/// Gives the code under test another chance and another date.
pub fn disturb(run: u64) {
    CHANCE.store(run.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1, Ordering::SeqCst);
    SHIFT_SECONDS.store(run as i64 * 43_210_987, Ordering::SeqCst);
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

/// Reads a clock; the calendar may be shifted.
///
/// # Safety
///
/// `time` must be null or writable.
#[no_mangle]
pub unsafe extern "C" fn clock_gettime(clock: c_int, time: *mut TimeSpec) -> c_int {
    // SAFETY: the kernel checks the pointer.
    let result = unsafe { syscall(SYS_CLOCK_GETTIME, c_long::from(clock), time) } as c_int;
    if result == 0 && clock == CLOCK_REALTIME {
        // SAFETY: the kernel has just written there.
        unsafe { (*time).seconds += SHIFT_SECONDS.load(Ordering::Relaxed) };
    }
    result
}
