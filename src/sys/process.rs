//! Programs: each in a process group of its own, with a time limit, and with bounded output.
#![expect(clippy::disallowed_methods, reason = "this is the one place that starts programs")]
#![expect(unsafe_code, reason = "a child has to be tied to its parent before it runs")]

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io::Write as _;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{Pid, PidfdFlags, Signal, kill_process_group, pidfd_open};

use super::Stop;
use super::stream::Stream;
use crate::error::{Error, Kind, Result};

/// Most bytes kept of each output stream, unless told otherwise.
pub const OUTPUT_MAX: usize = 64 << 20;

/// How soon a waiting parent first asks whether it should stop; it doubles up to [`TICK`], so
/// that a fork bomb is met early.
const TICK_FIRST: Duration = Duration::from_millis(10);

/// How often a waiting parent asks whether it should stop.
const TICK: Duration = Duration::from_millis(50);

/// How long a process group may take to end after SIGTERM, before SIGKILL.
const GRACE: Duration = Duration::from_millis(500);

/// How a program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// It ended by itself with this code.
    Exited(i32),
    /// This signal ended it.
    Signalled(i32),
    /// It was ended because its time was up.
    TimedOut,
    /// It was ended because a person or a signal stopped the run.
    Interrupted,
    /// Its watch ended it because it used more than it may; [`Finished::overrun`] says what.
    Overran,
}

/// What is left of a program that has ended.
#[derive(Debug, Clone)]
pub struct Finished {
    /// How it ended.
    pub ending: Ending,
    /// Its standard output, at most the limit of [`Process::output_max`] bytes.
    pub stdout: Vec<u8>,
    /// Its standard error, at most the same.
    pub stderr: Vec<u8>,
    /// How long it ran.
    pub wall: Duration,
    /// What its watch ended it for.
    pub overrun: Option<String>,
}

impl Finished {
    /// Returns whether it ended by itself with code 0.
    pub fn success(&self) -> bool {
        self.ending == Ending::Exited(0)
    }

    /// Returns the standard output as text; bytes that are not UTF-8 are replaced.
    pub fn stdout_text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// Returns the standard error as text; bytes that are not UTF-8 are replaced.
    pub fn stderr_text(&self) -> String {
        String::from_utf8_lossy(&self.stderr).into_owned()
    }
}

/// Looks at a running process group, given its id; a reason ends the group.
#[derive(Clone)]
struct Watch(Arc<dyn Fn(u32) -> Option<String> + Send + Sync>);

impl std::fmt::Debug for Watch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Watch")
    }
}

/// A program to run.
#[derive(Debug, Clone)]
pub struct Process {
    program: OsString,
    args: Vec<OsString>,
    cwd: Option<Utf8PathBuf>,
    env: BTreeMap<OsString, Option<OsString>>,
    env_clear: bool,
    stdin: Vec<u8>,
    timeout: Option<Duration>,
    output_max: usize,
    watch: Option<Watch>,
}

impl Process {
    /// Creates a process for `program`, which is looked up in PATH if it has no slash.
    pub fn new(program: impl AsRef<OsStr>) -> Self {
        Self {
            program: program.as_ref().to_owned(),
            args: Vec::new(),
            cwd: None,
            env: BTreeMap::new(),
            env_clear: false,
            stdin: Vec::new(),
            timeout: None,
            output_max: OUTPUT_MAX,
            watch: None,
        }
    }

    /// Adds an argument.
    #[must_use]
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.args.push(arg.as_ref().to_owned());
        self
    }

    /// Adds arguments.
    #[must_use]
    pub fn args<I: IntoIterator<Item: AsRef<OsStr>>>(mut self, args: I) -> Self {
        self.args.extend(args.into_iter().map(|arg| arg.as_ref().to_owned()));
        self
    }

    /// Sets the working folder.
    #[must_use]
    pub fn cwd(mut self, cwd: &Utf8Path) -> Self {
        self.cwd = Some(cwd.to_owned());
        self
    }

    /// Sets a variable.
    #[must_use]
    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.env.insert(name.as_ref().to_owned(), Some(value.as_ref().to_owned()));
        self
    }

    /// Removes a variable.
    #[must_use]
    pub fn env_remove(mut self, name: impl AsRef<OsStr>) -> Self {
        self.env.insert(name.as_ref().to_owned(), None);
        self
    }

    /// Starts from an empty environment; variables set or removed before are forgotten.
    #[must_use]
    pub fn env_clear(mut self) -> Self {
        self.env.clear();
        self.env_clear = true;
        self
    }

    /// Sets what it reads from standard input; nothing by default.
    #[must_use]
    pub fn stdin(mut self, bytes: Vec<u8>) -> Self {
        self.stdin = bytes;
        self
    }

    /// Sets the time limit, after which its process group is ended; none by default.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Sets how many bytes of each output stream are kept; the rest is read and dropped.
    #[must_use]
    pub fn output_max(mut self, bytes: usize) -> Self {
        self.output_max = bytes;
        self
    }

    /// Sets a function that looks at the running process group, given its id, about twenty times a
    /// second; when it returns a reason, the group is ended at once ([`Ending::Overran`]).
    #[must_use]
    pub fn watch(mut self, watch: impl Fn(u32) -> Option<String> + Send + Sync + 'static) -> Self {
        self.watch = Some(Watch(Arc::new(watch)));
        self
    }

    /// Returns the program, as it was given.
    pub fn program(&self) -> &OsStr {
        &self.program
    }

    /// Returns the variables that it would see, as far as they are UTF-8.
    pub fn environment(&self) -> BTreeMap<String, String> {
        let mut all: BTreeMap<OsString, OsString> =
            if self.env_clear { BTreeMap::new() } else { std::env::vars_os().collect() };
        for (name, value) in &self.env {
            match value {
                Some(value) => all.insert(name.clone(), value.clone()),
                None => all.remove(name),
            };
        }
        let text = |(name, value): (OsString, OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        all.into_iter().filter_map(text).collect()
    }

    /// Returns a process that runs `launcher` with this program and its arguments appended.
    ///
    /// Environment, folder, input and limits stay.
    #[must_use]
    pub fn launched_by(mut self, launcher: impl AsRef<OsStr>, args: Vec<OsString>) -> Self {
        let program = std::mem::replace(&mut self.program, launcher.as_ref().to_owned());
        let own = std::mem::take(&mut self.args);
        self.args = args.into_iter().chain([program]).chain(own).collect();
        self
    }

    /// Returns a process that runs another program, without arguments, in the same environment and
    /// folder and with the same limits.
    #[must_use]
    pub fn instead(mut self, program: impl AsRef<OsStr>) -> Self {
        program.as_ref().clone_into(&mut self.program);
        self.args.clear();
        self
    }

    /// Runs the program to its end and returns what is left of it.
    ///
    /// When `stop` or the time limit says so, the whole process group is ended: SIGTERM, half a
    /// second later SIGKILL. Fails with [`Kind::Environment`] if it cannot be started.
    pub fn run(self, stop: &Stop) -> Result<Finished> {
        let start = Instant::now();
        let name = self.program.to_string_lossy().into_owned();
        let mut child = self.command().spawn().map_err(|error| cannot_start(&name, error))?;
        let stdin = child.stdin.take();
        let input = self.stdin;
        let feeder = stdin.map(|mut pipe| std::thread::spawn(move || drop(pipe.write_all(&input))));
        let stdout = Stream::read(child.stdout.take(), self.output_max);
        let stderr = Stream::read(child.stderr.take(), self.output_max);
        let deadline = self.timeout.and_then(|timeout| start.checked_add(timeout));
        let limits = Limits { deadline, stop, watch: self.watch.as_ref() };
        let (ending, overrun) = wait(&mut child, &limits)
            .map_err(|e| Error::environment(format!("cannot wait for `{name}`")).because(e))?;
        if let Some(feeder) = feeder {
            drop(feeder.join());
        }
        let (stdout, stderr) = (stdout.finish(), stderr.finish());
        Ok(Finished { ending, stdout, stderr, wall: start.elapsed(), overrun })
    }

    /// Starts the program with pipes to it, for a parent that does not wait for its end; its
    /// descriptor `second` leads where its standard output does.
    pub(super) fn spawn(&self, second: i32) -> Result<Child> {
        let name = self.program.to_string_lossy().into_owned();
        let mut command = self.command();
        command.stdin(Stdio::piped());
        // SAFETY: the closure makes one system call, which takes two numbers.
        unsafe {
            command.pre_exec(move || match libc::dup2(1, second) {
                -1 => Err(std::io::Error::last_os_error()),
                _ => Ok(()),
            });
        }
        command.spawn().map_err(|error| cannot_start(&name, error))
    }

    /// Replaces the current process by this program; returns only if that fails.
    ///
    /// Time limit and input do not apply.
    pub fn exec(self) -> Error {
        let name = self.program.to_string_lossy().into_owned();
        let mut command = Command::new(&self.program);
        self.prepare(&mut command);
        cannot_start(&name, command.exec())
    }

    /// The command with pipes, a process group, and tied to the life of this thread.
    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        self.prepare(&mut command);
        let stdin = if self.stdin.is_empty() { Stdio::null() } else { Stdio::piped() };
        command.stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        #[cfg(target_os = "linux")]
        // SAFETY: the closure makes one system call and allocates nothing.
        unsafe {
            command.pre_exec(|| {
                let signal = Some(Signal::KILL);
                rustix::process::set_parent_process_death_signal(signal).map_err(Into::into)
            });
        }
        command
    }

    /// Arguments, folder and environment.
    fn prepare(&self, command: &mut Command) {
        command.args(&self.args);
        if let Some(cwd) = &self.cwd {
            command.current_dir(cwd);
        }
        if self.env_clear {
            command.env_clear();
        }
        for (name, value) in &self.env {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
    }
}

/// Returns the folder and the variables of this process, those that are UTF-8: for a stand-in that
/// tells how it was started.
pub fn surroundings() -> Result<(Utf8PathBuf, BTreeMap<String, String>)> {
    let gone = |error| Error::environment("cannot find the current folder").because(error);
    let folder = std::env::current_dir().map_err(gone)?;
    let folder = Utf8PathBuf::from_path_buf(folder).map_err(|folder| {
        Error::environment(format!("the folder `{}` is not UTF-8", folder.display()))
    })?;
    let variables = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    Ok((folder, variables.collect()))
}

/// Returns where this program is, for starting it once more.
///
/// The path stays good when the file is replaced meanwhile, as an update or a build does.
pub fn own_program() -> Utf8PathBuf {
    Utf8PathBuf::from("/proc/self/exe")
}

/// Returns how many processors this program may use.
pub fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// Returns the processor seconds used so far by this process and by its ended descendants.
pub fn cpu_seconds() -> f64 {
    let Ok(stat) = std::fs::read_to_string("/proc/self/stat") else { return 0.0 };
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    let ticks: u32 = fields.skip(11).take(4).filter_map(|field| field.parse::<u32>().ok()).sum();
    f64::from(ticks) / 100.0
}

/// The error for a program that cannot be started.
fn cannot_start(name: &str, error: std::io::Error) -> Error {
    let missing = error.kind() == std::io::ErrorKind::NotFound;
    let failure = Error::new(Kind::Environment, format!("cannot start `{name}`")).because(error);
    if missing { failure.hint(format!("install `{name}` or put it into PATH")) } else { failure }
}

/// What may end a process before its time.
struct Limits<'a> {
    deadline: Option<Instant>,
    stop: &'a Stop,
    watch: Option<&'a Watch>,
}

impl Limits<'_> {
    /// Why the process group must end now, if it must.
    fn forced(&self, group: u32) -> Option<(Ending, Option<String>)> {
        if self.stop.is_signalled() {
            return Some((Ending::Interrupted, None));
        }
        let late = self.deadline.is_some_and(|deadline| deadline <= Instant::now());
        if late || self.stop.is_late() {
            return Some((Ending::TimedOut, None));
        }
        let reason = self.watch.and_then(|watch| (watch.0)(group));
        reason.map(|reason| (Ending::Overran, Some(reason)))
    }
}

/// Waits for the child; ends its process group when time is up or a stop is asked for, and also
/// after it has ended by itself, so that nothing it started stays behind.
fn wait(child: &mut Child, limits: &Limits<'_>) -> std::io::Result<(Ending, Option<String>)> {
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    let pid = pid.ok_or_else(|| std::io::Error::other("process id out of range"))?;
    let handle = pidfd_open(pid, PidfdFlags::empty())?;
    let mut forced = None;
    let mut tick = TICK_FIRST;
    loop {
        let mut fds = [PollFd::new(&handle, PollFlags::IN)];
        let timeout = rustix::event::Timespec::try_from(tick).unwrap_or_default();
        if 0 < poll(&mut fds, Some(&timeout)).unwrap_or(0) {
            break;
        }
        tick = (tick * 2).min(TICK);
        forced = limits.forced(child.id());
        if let Some((ending, _)) = &forced {
            if *ending != Ending::Overran {
                let _ = kill_process_group(pid, Signal::TERM);
                let grace = rustix::event::Timespec::try_from(GRACE).unwrap_or_default();
                let _ = poll(&mut [PollFd::new(&handle, PollFlags::IN)], Some(&grace));
            }
            break;
        }
    }
    // Before the child is reaped, so that its group id cannot belong to anybody else.
    let _ = kill_process_group(pid, Signal::KILL);
    let status = child.wait()?;
    Ok(forced.unwrap_or_else(|| match status.code() {
        Some(code) => (Ending::Exited(code), None),
        None => (Ending::Signalled(status.signal().unwrap_or_default()), None),
    }))
}
