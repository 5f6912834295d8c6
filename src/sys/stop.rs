//! The wish to stop: a signal or a deadline, asked for by everything that waits.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use camino::Utf8Path;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use super::{Clock, fs};
use crate::error::{Error, Kind, Result};

/// Tells whether work should end: because a person said so, or because its time is up.
///
/// Clones share the signal; each may have an earlier deadline of its own.
#[derive(Debug, Clone)]
pub struct Stop {
    signalled: Arc<AtomicBool>,
    deadline: Option<Instant>,
}

impl Stop {
    /// Returns one that never stops anything.
    pub fn never() -> Self {
        Self { signalled: Arc::new(AtomicBool::new(false)), deadline: None }
    }

    /// Returns one that stops at SIGINT, SIGTERM and SIGHUP; a second signal ends the process at
    /// once with 130.
    ///
    /// A SIGHUP that the process was started to ignore stays ignored.
    ///
    /// Fails with [`Kind::Internal`] if the handlers cannot be installed.
    pub fn on_signals() -> Result<Self> {
        let stop = Self::never();
        let install = |signal| -> std::io::Result<()> {
            let flag = &stop.signalled;
            let code = i32::from(Kind::Interrupted.exit_code());
            signal_hook::flag::register_conditional_shutdown(signal, code, Arc::clone(flag))?;
            signal_hook::flag::register(signal, Arc::clone(flag))?;
            Ok(())
        };
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            // `nohup` asks that the work outlives its terminal.
            if signal == SIGHUP && is_ignored(signal) {
                continue;
            }
            install(signal)
                .map_err(|e| Error::internal("cannot install signal handlers").because(e))?;
        }
        Ok(stop)
    }

    /// Returns a clone that also stops after `duration` from now; an earlier deadline stays.
    #[must_use]
    pub fn within(&self, duration: Duration) -> Self {
        let deadline = Clock::now().checked_add(duration);
        let deadline = [self.deadline, deadline].into_iter().flatten().min();
        Self { signalled: Arc::clone(&self.signalled), deadline }
    }

    /// Asks for a stop, as a signal would.
    pub fn signal(&self) {
        self.signalled.store(true, Ordering::SeqCst);
    }

    /// Returns whether a person or a signal asked for a stop.
    pub fn is_signalled(&self) -> bool {
        self.signalled.load(Ordering::SeqCst)
    }

    /// Returns whether the deadline has passed.
    pub fn is_late(&self) -> bool {
        self.deadline.is_some_and(|deadline| deadline <= Clock::now())
    }

    /// Returns whether work should end, for either reason.
    pub fn is_stopped(&self) -> bool {
        self.is_signalled() || self.is_late()
    }

    /// Returns an error if work should end: interrupted, or out of time.
    pub fn check(&self) -> Result<()> {
        if self.is_signalled() {
            Err(Error::interrupted())
        } else if self.is_late() {
            Err(Error::new(Kind::Failed, "out of time"))
        } else {
            Ok(())
        }
    }
}

/// Whether the process was started to ignore a signal, where the system tells.
fn is_ignored(signal: i32) -> bool {
    let status = fs::read_to_string(Utf8Path::new("/proc/self/status")).unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
}
