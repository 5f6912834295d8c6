//! One output stream of a program, read while it runs and ended with it.
#![expect(clippy::disallowed_methods, reason = "`/proc` is read where the processes are started")]

use std::io::Read;
use std::os::fd::AsFd;
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

/// How long a stream may stay open after its program has ended.
const GRACE: Duration = Duration::from_millis(200);

/// How long the reading of what is left may take then.
const END: Duration = Duration::from_secs(10);

/// A stream that a thread reads.
pub(super) struct Stream {
    kept: Arc<Mutex<Vec<u8>>>,
    ended: Receiver<()>,
    /// The number of the pipe.
    pipe: Option<u64>,
}

impl Stream {
    /// Reads a stream to its end on a thread of its own, keeping at most `limit` bytes.
    pub(super) fn read(stream: Option<impl Read + AsFd + Send + 'static>, limit: usize) -> Self {
        let kept = Arc::new(Mutex::new(Vec::new()));
        let (end, ended) = mpsc::channel();
        let pipe = stream.as_ref().and_then(|stream| rustix::fs::fstat(stream).ok());
        let pipe = pipe.map(|stat| stat.st_ino);
        let shared = Arc::clone(&kept);
        if let Some(mut stream) = stream {
            std::thread::spawn(move || {
                let mut chunk = vec![0_u8; 64 << 10];
                while let Ok(count) = stream.read(&mut chunk) {
                    if count == 0 {
                        break;
                    }
                    let mut kept = shared.lock().unwrap_or_else(PoisonError::into_inner);
                    let room = limit.saturating_sub(kept.len()).min(count);
                    kept.extend(chunk.iter().take(room));
                }
                // Nobody listens any more if the grace was over.
                let _ = end.send(());
            });
        }
        Self { kept, ended, pipe }
    }

    /// Returns what was read of a program that has ended.
    ///
    /// A process that left the program's group and still holds the stream would keep it open for
    /// as long as it likes: it is killed after a grace.
    pub(super) fn finish(self) -> Vec<u8> {
        use mpsc::RecvTimeoutError::Timeout;
        if self.ended.recv_timeout(GRACE) == Err(Timeout) {
            for pid in self.pipe.map(writers).unwrap_or_default() {
                // It may have ended meanwhile.
                let _ = kill_process(pid, Signal::KILL);
            }
            // Now nobody can write any more, so that the end comes as soon as all is read.
            let _ = self.ended.recv_timeout(END);
        }
        std::mem::take(&mut *self.kept.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The processes that can write to a pipe, this one left out.
fn writers(pipe: u64) -> Vec<Pid> {
    let own = std::process::id().to_string();
    let name = format!("pipe:[{pipe}]");
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(number) = entry.file_name().to_str().map(str::to_owned) else { continue };
        let Some(pid) = number.parse().ok().and_then(Pid::from_raw) else { continue };
        let files = std::fs::read_dir(entry.path().join("fd")).into_iter().flatten().flatten();
        let mut pipes = files.filter(|file| {
            std::fs::read_link(file.path()).is_ok_and(|link| link.to_str() == Some(&name))
        });
        // The flags are octal, and their last bit is `O_WRONLY`: a child that another thread is
        // just starting may hold the end for reading.
        let writes = pipes.any(|file| {
            let path = entry.path().join("fdinfo").join(file.file_name());
            let info = std::fs::read_to_string(path).unwrap_or_default();
            let flags = info.lines().find_map(|line| line.strip_prefix("flags:"));
            flags.is_some_and(|flags| flags.trim_end().ends_with('1'))
        });
        if writes && number != own {
            found.push(pid);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::sys::{Clock, Ending, Process, Stop};

    #[test]
    fn a_process_that_left_its_group_does_not_hold_up_the_end() {
        let start = Clock::now();
        let script = "echo first; setsid sleep 600 & echo last";
        let done = Process::new("sh").args(["-c", script]).run(&Stop::never()).unwrap();
        assert_eq!(done.ending, Ending::Exited(0));
        assert_eq!(done.stdout_text(), "first\nlast\n");
        assert!(start.elapsed() < Duration::from_mins(1));
    }
}
