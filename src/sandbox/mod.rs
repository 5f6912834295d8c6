//! The box: what code that nobody has reviewed may reach, use and leave behind.
//!
//! [`boxed`] turns a process into one that starts this program first, in its box mode ([`enter`]).
//! There, in the child and before the untrusted program is loaded, it limits itself, gives up its
//! privileges, lets the kernel hide all files but the listed ones (landlock) and refuse the system
//! calls that reach further (seccomp), and then becomes the untrusted program. All of it holds for
//! whatever that program starts, and none of it can be taken back. A watch in the parent bounds
//! what the kernel does not: the tasks, memory and disk space of all its processes together.
//!
//! Left open by this rung: the names, sizes and times of files elsewhere can be asked for; space of
//! files that are deleted and still open counts only against the free space of the disk; processes
//! forked inside outlive this program if it is killed with SIGKILL, until their time is used up.

mod enter;
#[cfg(target_os = "linux")]
mod files;
mod launch;
mod policy;
#[cfg(target_os = "linux")]
mod syscalls;
mod watch;

pub use enter::enter;
pub use launch::{Rung, boxed, probe, started};
pub use policy::{Enforced, Limits, Mode, Policy};
