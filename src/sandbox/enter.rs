//! Box mode: this program limits itself for good and then becomes an untrusted one.

use std::ffi::OsString;
use std::io::Write as _;
use std::process::ExitCode;

use camino::{Utf8Path, Utf8PathBuf};
use rustix::process::{Resource, Rlimit, setrlimit};

use super::cell::{KEEP_MODE, KEEP_READY};
use super::launch::{BOX_FAILED, BOX_FAILED_PREFIX, BOX_MODE, Cell, Order};
use super::policy::{Enforced, Mode, Policy};
use crate::error::{Error, Result};
use crate::sys::guard::{self, Loyalty};
use crate::sys::{Process, fs, group, handover};

/// Where programs expect a folder that all may write to.
const TMP: &str = "/tmp";

/// Enters box mode if the arguments, without the program's name, ask for it; else returns `None`.
///
/// To be called first of all, as long as there is only one thread: others would stay outside. It
/// returns an exit code if the box cannot be closed, or was only tried out.
pub fn enter(args: impl IntoIterator<Item = OsString>) -> Option<ExitCode> {
    let mut args = args.into_iter();
    let mode = args.next()?;
    if mode == KEEP_MODE {
        return Some(keep(args.next()));
    }
    if mode != BOX_MODE {
        return None;
    }
    let done = order(args.next()).and_then(|order| obey(&order, args));
    Some(match done {
        Ok(code) => code,
        Err(error) => {
            let message = error.chain().join(": ");
            // Without standard error there is nobody to tell.
            drop(writeln!(std::io::stderr(), "{BOX_FAILED_PREFIX}{message}"));
            ExitCode::from(u8::try_from(BOX_FAILED).unwrap_or(1))
        }
    })
}

/// Keeps a cell open: says that it is there, and waits until nobody needs it any more, which is
/// when standard input, or the pipe that is named, ends.
fn keep(pipe: Option<OsString>) -> ExitCode {
    let said = writeln!(std::io::stdout(), "{KEEP_READY}");
    let nowhere = &mut std::io::sink();
    let until = match pipe {
        None => std::io::copy(&mut std::io::stdin(), nowhere),
        Some(path) => fs::open(Utf8Path::new(&*path.to_string_lossy()))
            .map_err(std::io::Error::other)
            .and_then(|mut pipe| std::io::copy(&mut pipe, nowhere)),
    };
    if said.is_ok() && until.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Reads the order.
fn order(text: Option<OsString>) -> Result<Order> {
    let text = text.unwrap_or_default();
    serde_json::from_str(&text.to_string_lossy())
        .map_err(|error| Error::usage("the order for a box is not valid").because(error))
}

/// Closes the box and starts the program, or tries to get out; returns in the guard, when the
/// program has ended.
fn obey(order: &Order, mut args: impl Iterator<Item = OsString>) -> Result<ExitCode> {
    let patron = guard::patron();
    let program = args.next().unwrap_or_default();
    handover::close_inherited()?;
    handover::offer_to_die_first();
    handover::forbid_core_dumps();
    if let Some(cell) = &order.cell {
        guard::join(cell.process)?;
    }
    if let Some(child) = guard::fork()? {
        return guard::guard(child, Loyalty::Group(patron)).map(guard::end_like);
    }
    if let Some(cell) = &order.cell {
        guard::seclude()?;
        let first = guard::fork_first()?;
        furnish(&order.policy, cell)?;
        if let Some(child) = guard::fork()? {
            let ended = guard::guard(child, Loyalty::Namespace);
            guard::dissolve(first);
            return ended.map(guard::end_like);
        }
    }
    within(order, program, args)
}

/// Gives the home of a program in a cell a size, and `/tmp` to the same place.
fn furnish(policy: &Policy, cell: &Cell) -> Result<()> {
    handover::mount_memory(&policy.home, policy.limits.home_bytes)?;
    if cell.tmp { handover::mount_again(&policy.home, Utf8Path::new(TMP)) } else { Ok(()) }
}

/// Limits this process for good, and becomes the program.
fn within(
    order: &Order,
    program: OsString,
    args: impl Iterator<Item = OsString>,
) -> Result<ExitCode> {
    let policy = &order.policy;
    limit(policy)?;
    let enforced = match policy.mode {
        Mode::Enforce => Some(enforce(policy, &program, order.cell.as_ref())?),
        Mode::None => None,
    };
    if let Some(secret) = &order.probe {
        tell(enforced.as_ref(), secret)?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut process = Process::new(program).args(args).env_clear();
    for (name, value) in &policy.env {
        process = process.env(name, value);
    }
    let home = policy.home.as_str();
    Err(process.env("HOME", home).env("TMPDIR", home).cwd(&policy.cwd).exec())
}

/// Sets the limits that the kernel keeps for each process.
fn limit(policy: &Policy) -> Result<()> {
    let limits = &policy.limits;
    // The kernel counts all tasks of the user, not those of the box (and none for root): with all
    // tasks of the machine added the limit never refuses too early. The watch counts exactly.
    let tasks = group::machine_tasks().unwrap_or(4096).saturating_add(limits.processes);
    let set = [
        (Resource::Core, 0),
        (Resource::As, limits.address_space_bytes),
        (Resource::Fsize, limits.file_bytes),
        (Resource::Nofile, limits.open_files),
        (Resource::Nproc, tasks),
        (Resource::Cpu, limits.cpu_seconds),
    ];
    for (resource, wanted) in set {
        let allowed = rustix::process::getrlimit(resource).maximum.unwrap_or(u64::MAX);
        let limit = wanted.min(allowed);
        // A second later SIGKILL ends a process that ignores SIGXCPU.
        let last = if resource == Resource::Cpu { limit.saturating_add(1) } else { limit };
        let both = Rlimit { current: Some(limit), maximum: Some(last.min(allowed)) };
        setrlimit(resource, both).map_err(|error| {
            Error::environment(format!("cannot limit `{resource:?}` to {limit}")).because(error)
        })?;
    }
    Ok(())
}

/// Gives up privileges, then hides files and filters system calls.
#[cfg(target_os = "linux")]
fn enforce(policy: &Policy, program: &OsString, cell: Option<&Cell>) -> Result<Enforced> {
    let empty = rustix::thread::CapabilitySet::empty();
    let none =
        rustix::thread::CapabilitySets { effective: empty, permitted: empty, inheritable: empty };
    // No program started from here on gains a privilege, so root stays without them too.
    rustix::thread::set_no_new_privs(true)
        .and_then(|()| rustix::thread::set_capabilities(None, none))
        .map_err(|error| Error::environment("cannot give up privileges").because(error))?;
    let program = Utf8PathBuf::from(program.to_string_lossy().into_owned());
    let mut read: Vec<Utf8PathBuf> =
        Some(program).filter(|path| path.is_absolute()).into_iter().collect();
    let mut write = Vec::new();
    if let Some(cell) = cell {
        // Here `/proc` has nothing but the cell's own processes.
        read.extend(cell.proc.then(|| "/proc".into()));
        write.extend(cell.tmp.then(|| TMP.into()));
    }
    let landlock_abi = match super::files::hide(policy, (&read, &write)) {
        // A cell hides the files by its mounts, with or without landlock.
        Err(_) if cell.is_some() && !super::files::there() => 0,
        other => other?,
    };
    let namespaces = cell.is_some();
    let site = super::syscalls::Site { landlock_abi, namespaces, phase: policy.phase };
    let gaps = super::syscalls::refuse(site)?;
    let proc = cell.is_some_and(|cell| cell.proc);
    Ok(Enforced { landlock_abi, seccomp: true, namespaces, proc, gaps })
}

/// There is no box without landlock and seccomp.
#[cfg(not(target_os = "linux"))]
fn enforce(_policy: &Policy, _program: &OsString, _cell: Option<&Cell>) -> Result<Enforced> {
    Err(Error::environment("this system has neither landlock nor seccomp"))
}

/// Tries to get out, and prints what was enforced if that fails; `secret` is a file outside.
fn tell(enforced: Option<&Enforced>, secret: &Utf8Path) -> Result<()> {
    if fs::read(secret).is_ok() {
        return Err(Error::environment("files outside of the box can be read"));
    }
    if std::net::UdpSocket::bind("127.0.0.1:0").is_ok() {
        return Err(Error::environment("seccomp is on, and yet there is a network"));
    }
    let answer = serde_json::to_string(&enforced)
        .map_err(|error| Error::internal("cannot write the answer of a box").because(error))?;
    writeln!(std::io::stdout(), "{answer}")
        .map_err(|error| Error::environment("cannot answer").because(error))
}
