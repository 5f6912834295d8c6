//! Programs that run beside this one until it lets them go.
#![expect(clippy::disallowed_methods, reason = "a companion is a program that is started")]

use std::io::Read;
use std::os::fd::AsFd;
use std::process::{Child, ChildStdin};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, pidfd_open};

use super::Process;
use crate::error::{Error, Result};

/// Most bytes that a companion may say before it is ready.
const SAID_MAX: usize = 64 << 10;

/// How long the last words of one that does not get ready are waited for: what it started may
/// still hold the pipe.
const REST: Duration = Duration::from_millis(200);

/// A second descriptor that leads where standard output does, for what a companion closes when it
/// has told it.
pub const SECOND_STDOUT: i32 = 100;

/// A program that runs until this is dropped.
#[derive(Debug)]
pub struct Companion {
    child: Child,
    /// It reads from here; that there is no more to come tells it to end.
    _stdin: Option<ChildStdin>,
    said: String,
}

impl Companion {
    /// Starts a program, and waits until it has written the line `ready`.
    ///
    /// Fails with [`crate::error::Kind::Environment`] and what it wrote to standard error if it
    /// ends before, or is not ready in `patience`.
    pub fn start(process: &Process, ready: &str, patience: Duration) -> Result<Self> {
        let mut child = process.spawn(SECOND_STDOUT)?;
        let stdin = child.stdin.take();
        let mut companion = Self { child, _stdin: stdin, said: String::new() };
        if companion.listen(ready, patience) {
            return Ok(companion);
        }
        let name = process.program().to_string_lossy().into_owned();
        drop(companion.child.kill());
        let words = match &mut companion.child.stderr {
            Some(stderr) => heard(stderr, REST, |_| false).1,
            None => String::new(),
        };
        let said = if words.trim().is_empty() { "it did not get ready" } else { words.trim() };
        Err(Error::environment(format!("`{name}` does not start")).because(said.to_owned()))
    }

    /// Returns what it wrote before it was ready.
    pub fn said(&self) -> &str {
        &self.said
    }

    /// Waits until it ends by itself, but not longer than `patience`.
    pub fn wait(&mut self, patience: Duration) {
        let id = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        let handle = id.and_then(|id| pidfd_open(id, PidfdFlags::empty()).ok());
        if let Some(handle) = handle {
            let timeout = Timespec::try_from(patience).unwrap_or_default();
            // One that has not ended by then is ended when this is dropped.
            _ = poll(&mut [PollFd::new(&handle, PollFlags::IN)], Some(&timeout));
        }
    }

    /// Reads until the line comes; `false` if it does not.
    fn listen(&mut self, ready: &str, patience: Duration) -> bool {
        let Some(stdout) = &mut self.child.stdout else { return false };
        let (came, said) = heard(stdout, patience, |said| said.lines().any(|line| line == ready));
        self.said = said;
        came
    }
}

/// Reads from a pipe until `enough` says so, but not longer than `patience`; returns whether it
/// did, and what came.
fn heard(
    pipe: &mut (impl Read + AsFd),
    patience: Duration,
    enough: impl Fn(&str) -> bool,
) -> (bool, String) {
    let deadline = Instant::now() + patience;
    let mut bytes = Vec::new();
    let mut said = String::new();
    while bytes.len() < SAID_MAX && !enough(&said) {
        let left = deadline.saturating_duration_since(Instant::now());
        let timeout = Timespec::try_from(left).unwrap_or_default();
        match poll(&mut [PollFd::new(pipe, PollFlags::IN)], Some(&timeout)) {
            Ok(0) => break,
            Err(rustix::io::Errno::INTR) => continue,
            _ => (),
        }
        let mut buffer = [0; 4096];
        let Ok(count @ 1..) = pipe.read(&mut buffer) else { break };
        bytes.extend_from_slice(buffer.get(..count).unwrap_or_default());
        said = String::from_utf8_lossy(&bytes).into_owned();
    }
    (enough(&said), said)
}

impl Drop for Companion {
    fn drop(&mut self) {
        // One that has ended already is what is wanted.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
