//! Guards: processes that stand between this program and one that is not trusted.
//!
//! A guard waits for the program and ends as it ended. When this program dies, however it dies, the
//! guard ends all that was started: a group of processes, or a namespace of them.
#![expect(unsafe_code, reason = "a process is doubled, and moved, by system calls alone")]

use std::process::ExitCode;

use rustix::process::{Pid, PidfdFlags, Signal, WaitOptions, getppid, pidfd_open, waitpid};

use crate::error::{Error, Result};

/// How a guarded program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// By itself, with this code.
    Exited(i32),
    /// By this signal.
    Signalled(i32),
}

/// What becomes of a guarded program when the one above its guard dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loyalty {
    /// The guard ends its process group, itself included.
    Group(Option<Pid>),
    /// The guard dies at once, and with it the namespace of which it is the keeper.
    Namespace,
}

/// Returns the process above this one.
pub fn patron() -> Option<Pid> {
    getppid()
}

/// Moves this process, which must have one thread, into the namespaces of the process `id`.
///
/// What is started from then on has its process ids there, too.
pub fn join(id: i32) -> Result<()> {
    let fail = |error| {
        Error::environment(format!("cannot enter the namespaces of process {id}")).because(error)
    };
    let pid = Pid::from_raw(id).ok_or_else(|| Error::internal("no process to join"))?;
    let handle = pidfd_open(pid, PidfdFlags::empty()).map_err(|error| fail(error.into()))?;
    // Nobody may enter the user namespace that it is in already.
    let user = |who: &str| std::fs::read_link(format!("/proc/{who}/ns/user")).ok();
    let foreign = user("self").is_none() || user("self") != user(&id.to_string());
    let namespaces = if foreign { libc::CLONE_NEWUSER } else { 0 }
        | libc::CLONE_NEWNS
        | libc::CLONE_NEWPID
        | libc::CLONE_NEWNET
        | libc::CLONE_NEWIPC
        | libc::CLONE_NEWUTS;
    // SAFETY: the call takes two numbers; the descriptor is open.
    let done = unsafe { libc::setns(std::os::fd::AsRawFd::as_raw_fd(&handle), namespaces) };
    if done == 0 { Ok(()) } else { Err(fail(std::io::Error::last_os_error())) }
}

/// Gives what is started from now on process ids, shared memory and mounts of its own. The first
/// process is the namespace's first one, with whose end all others end: see [`fork_first`].
pub fn seclude() -> Result<()> {
    let namespaces = libc::CLONE_NEWPID | libc::CLONE_NEWIPC | libc::CLONE_NEWNS;
    // SAFETY: the call takes a number and changes only this process.
    if unsafe { libc::unshare(namespaces) } == 0 {
        return Ok(());
    }
    let cause = std::io::Error::last_os_error();
    Err(Error::environment("cannot make namespaces for a program").because(cause))
}

/// Doubles this process, which must have one thread; `None` in the new one.
pub fn fork() -> Result<Option<Pid>> {
    // SAFETY: there is one thread, so that the copy finds no lock held by another.
    match unsafe { libc::fork() } {
        -1 => {
            let cause = std::io::Error::last_os_error();
            Err(Error::environment("cannot start a process").because(cause))
        }
        child => Ok(Pid::from_raw(child)),
    }
}

/// Starts the first process of a new namespace, which only waits for those that nobody else does,
/// and returns its id.
pub fn fork_first() -> Result<Pid> {
    if let Some(first) = fork()? {
        return Ok(first);
    }
    die_with_parent(Signal::KILL);
    let signals = blocked(&[libc::SIGCHLD]);
    // SAFETY: no other code of this process uses its standard streams any more.
    unsafe { (0..3).for_each(|stream| _ = libc::close(stream)) };
    loop {
        while let Ok(Some(_)) = waitpid(None, WaitOptions::NOHANG) {}
        wait_for(&signals);
    }
}

/// Waits for the end of `child`; it is untouched by the signals that are meant for it.
pub fn guard(child: Pid, loyalty: Loyalty) -> Result<Ended> {
    let signals = blocked(&[libc::SIGCHLD, libc::SIGTERM, libc::SIGINT, libc::SIGHUP]);
    die_with_parent(match loyalty {
        Loyalty::Group(_) => Signal::TERM,
        Loyalty::Namespace => Signal::KILL,
    });
    loop {
        let status = waitpid(Some(child), WaitOptions::NOHANG)
            .map_err(|error| Error::environment("cannot wait for a program").because(error))?;
        if let Some((_, status)) = status {
            if let Some(code) = status.exit_status() {
                return Ok(Ended::Exited(code));
            }
            if let Some(signal) = status.terminating_signal() {
                return Ok(Ended::Signalled(signal));
            }
        }
        if let Loyalty::Group(patron) = loyalty
            && getppid() != patron
        {
            // SAFETY: the call takes two numbers; it ends this process, too.
            unsafe { libc::kill(0, libc::SIGKILL) };
        }
        wait_for(&signals);
    }
}

/// Ends the process `first` of a namespace, and waits until all others in it are gone.
pub fn dissolve(first: Pid) {
    // A process that is gone already is what was wanted.
    _ = rustix::process::kill_process(first, Signal::KILL);
    _ = waitpid(Some(first), WaitOptions::empty());
}

/// Ends this process as the guarded one ended; returns the code to leave with, if not by a signal.
pub fn end_like(ended: Ended) -> ExitCode {
    let signal = match ended {
        Ended::Exited(code) => return ExitCode::from(u8::try_from(code).unwrap_or(u8::MAX)),
        Ended::Signalled(signal) => signal,
    };
    // SAFETY: the calls take numbers and a set that is filled before it is read.
    unsafe {
        libc::signal(signal, libc::SIG_DFL);
        let mut set = std::mem::zeroed();
        libc::sigemptyset(&raw mut set);
        libc::sigprocmask(libc::SIG_SETMASK, &raw const set, std::ptr::null_mut());
        libc::kill(libc::getpid(), signal);
    }
    ExitCode::from(u8::try_from(128_i32.saturating_add(signal)).unwrap_or(u8::MAX))
}

/// Asks for a signal when the process above this one ends.
fn die_with_parent(signal: Signal) {
    // Where that is not possible, the end of the process group is what is left.
    _ = rustix::process::set_parent_process_death_signal(Some(signal));
}

/// Holds signals back, to wait for them.
fn blocked(signals: &[libc::c_int]) -> libc::sigset_t {
    // SAFETY: the set is emptied before it is used, and the calls change only this process.
    unsafe {
        let mut set = std::mem::zeroed();
        libc::sigemptyset(&raw mut set);
        for signal in signals {
            libc::sigaddset(&raw mut set, *signal);
        }
        libc::sigprocmask(libc::SIG_BLOCK, &raw const set, std::ptr::null_mut());
        set
    }
}

/// Waits until one of the signals comes.
fn wait_for(signals: &libc::sigset_t) {
    // SAFETY: the set is valid, and nothing is wanted beside the signal's number.
    unsafe { libc::sigwaitinfo(signals, std::ptr::null_mut()) };
}
