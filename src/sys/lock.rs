//! Locks that the kernel drops when their owner dies.

use camino::Utf8Path;
use rustix::fs::{FlockOperation, flock};

use super::fs;
use crate::error::{Error, Kind, Result};

/// A held lock; dropping it, or dying, lets go.
#[derive(Debug)]
pub struct Lock {
    _file: std::fs::File,
}

impl Lock {
    /// Takes the lock at `path`, whose file then names the owner's process id.
    ///
    /// Fails with [`Kind::Locked`] naming the owner if a live process holds it.
    pub fn take(path: &Utf8Path) -> Result<Self> {
        let mut file = fs::open_to_write(path)?;
        if flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
            let owner = fs::read_to_string(path).unwrap_or_default();
            return Err(Error::new(
                Kind::Locked,
                format!("another run is in progress (process {})", owner.trim()),
            )
            .hint("wait for it to end, or stop it with Ctrl-C"));
        }
        fs::replace_content(&mut file, path, format!("{}\n", std::process::id()).as_bytes())?;
        Ok(Self { _file: file })
    }
}
