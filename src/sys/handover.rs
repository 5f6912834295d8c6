//! What a process does to itself just before it hands over to a program that is not trusted.
#![expect(clippy::disallowed_methods, reason = "a process changes itself through `/proc`")]
#![expect(unsafe_code, reason = "no safe wrapper closes a range of descriptors")]

use crate::error::{Error, Result};

/// Makes every open descriptor but standard input, output and error close at the next program
/// start.
pub fn close_inherited() -> Result<()> {
    let (first, last, flags) = (3, libc::c_uint::MAX, libc::CLOSE_RANGE_CLOEXEC);
    // Not through the C library, whose older versions lack the function.
    // SAFETY: the call takes three numbers and only sets a flag on descriptors of this process.
    if unsafe { libc::syscall(libc::SYS_close_range, first, last, flags) } == 0 {
        return Ok(());
    }
    let cause = std::io::Error::last_os_error();
    Err(Error::environment("cannot close inherited files").because(cause))
}

/// Asks the system to end this process before any other when memory runs out.
///
/// Where that is not possible nothing happens: it is a courtesy to the rest of the machine.
pub fn offer_to_die_first() {
    drop(std::fs::write("/proc/self/oom_score_adj", "1000"));
}
