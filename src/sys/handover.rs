//! What a process does to itself just before it hands over to a program that is not trusted.
#![expect(clippy::disallowed_methods, reason = "a process changes itself through `/proc`")]
#![expect(unsafe_code, reason = "no safe wrapper closes a range of descriptors")]

use std::ffi::CString;

use camino::Utf8Path;
use rustix::mount::{MountFlags, mount, mount_bind};
use rustix::process::{Resource, Rlimit, setrlimit};

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

/// Keeps this process, and what it starts, from leaving a copy of its memory when it crashes.
pub fn forbid_core_dumps() {
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    // Lowering a limit is always allowed.
    _ = setrlimit(Resource::Core, none);
}

/// Covers a folder by an empty one in memory, of this many bytes at most.
pub fn mount_memory(folder: &Utf8Path, bytes: u64) -> Result<()> {
    let options = CString::new(format!("size={bytes},mode=0700")).unwrap_or_default();
    let flags = MountFlags::NOSUID | MountFlags::NODEV;
    mount("tmpfs", folder.as_str(), "tmpfs", flags, Some(options.as_c_str())).map_err(|error| {
        Error::environment(format!("cannot give `{folder}` a size")).because(error)
    })
}

/// Shows a folder at a second place, too.
pub fn mount_again(folder: &Utf8Path, place: &Utf8Path) -> Result<()> {
    mount_bind(folder.as_str(), place.as_str()).map_err(|error| {
        Error::environment(format!("cannot show `{folder}` as `{place}`")).because(error)
    })
}
