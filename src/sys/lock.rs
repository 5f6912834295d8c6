//! Locks that the kernel drops when their owner dies.

use camino::Utf8Path;
use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use super::fs;
use crate::error::{Error, Kind, Result};

/// A held lock; dropping it, or dying, lets go.
#[derive(Debug)]
pub struct Lock {
    _file: std::fs::File,
}

impl Lock {
    /// Takes the lock at `path`, whose file then names the owner's process id and machine.
    ///
    /// Fails with [`Kind::Locked`] naming the owner if a live process holds it.
    pub fn take(path: &Utf8Path) -> Result<Self> {
        let mut file = fs::open_to_write(path)?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => (),
            Err(Errno::WOULDBLOCK) => return Err(held(path)),
            Err(error) => {
                return Err(Error::environment(format!("cannot lock `{path}`")).because(error));
            }
        }
        let host = fs::read_to_string(Utf8Path::new("/proc/sys/kernel/hostname"));
        let host = host.unwrap_or_default();
        let owner = format!("process {} on {}\n", std::process::id(), host.trim());
        fs::replace_content(&mut file, path, owner.as_bytes())?;
        Ok(Self { _file: file })
    }
}

/// The error for a lock that a live process holds.
fn held(path: &Utf8Path) -> Error {
    let owner = fs::read_to_string(path).unwrap_or_default();
    let message = format!("another run is in progress ({})", owner.trim());
    Error::new(Kind::Locked, message).hint("wait for it to end, or stop it with Ctrl-C")
}
