//! The box: what code that nobody has reviewed may reach, use and leave behind.
//!
//! A box starts this program first, in its box mode ([`enter`]). There, in the child and before the
//! untrusted program is loaded, it limits itself, gives up its privileges, lets the kernel hide all
//! files but the listed ones (landlock) and refuse the system calls that reach further (seccomp),
//! and then becomes the untrusted program. All of it holds for whatever that program starts, and
//! none of it can be taken back. A watch in the parent bounds what the kernel does not: the tasks,
//! memory and disk space of all its processes together. A guard between the two ends everything
//! that was started when this program dies.
//!
//! Where bubblewrap works, the same happens inside of a *cell*: namespaces in which nothing else
//! is, opened once for many boxes. [`Sandbox::find`] goes down this ladder by trying.
//!
//! Left open without a cell: the names, sizes and times of files elsewhere can be asked for; space
//! of files that are deleted and still open counts only against the free space of the disk.

mod cell;
mod enter;
#[cfg(target_os = "linux")]
mod files;
mod ladder;
mod launch;
mod podman;
mod policy;
#[cfg(target_os = "linux")]
mod syscalls;
mod system;
mod watch;

pub use cell::View;
pub use enter::enter;
pub use ladder::{Choice, Rung, Sandbox};
pub use launch::{boxed, started};
pub use policy::{Enforced, Limits, Mode, Phase, Policy};
