//! The watch over a running box: what the kernel does not limit for a whole process group.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use camino::Utf8PathBuf;

use super::policy::{Limits, Policy};
use crate::sys::{Clock, fs, group};

/// How often the processes of the group are counted, unless there are suddenly many more.
const GROUP_INTERVAL: Duration = Duration::from_millis(250);

/// How often the writable folders are measured at most.
const DISK_INTERVAL: Duration = Duration::from_millis(250);

/// A measurement waits this many times as long as the last one took.
const DISK_REST_FACTOR: u32 = 20;

/// Free disk space in bytes below which a box is ended, so that it cannot fill the disk.
const DISK_FREE_MIN: u64 = 128 << 20;

/// Looks at a running box, again and again.
#[derive(Debug)]
pub(super) struct Watch {
    limits: Limits,
    folders: Vec<Utf8PathBuf>,
    memory: Mutex<Memory>,
}

/// What a watch remembers between two looks.
#[derive(Debug)]
struct Memory {
    tasks_at_start: u64,
    next_group: Instant,
    next_disk: Instant,
}

impl Watch {
    /// Creates a watch for boxes with this policy.
    pub(super) fn new(policy: &Policy) -> Self {
        let mut folders = policy.write.clone();
        folders.push(policy.home.clone());
        // A folder below another would count twice.
        let all = folders.clone();
        folders.retain(|path| !all.iter().any(|other| other != path && path.starts_with(other)));
        folders.dedup();
        let memory = Memory {
            tasks_at_start: group::machine_tasks().unwrap_or(0),
            next_group: Clock::now() + GROUP_INTERVAL,
            next_disk: Clock::now() + DISK_INTERVAL,
        };
        Self { limits: policy.limits.clone(), folders, memory: Mutex::new(memory) }
    }

    /// Returns what the box with this process group uses too much of, if anything.
    pub(super) fn look(&self, group: u32) -> Option<String> {
        let Ok(mut memory) = self.memory.lock() else { return None };
        let now = Clock::now();
        if memory.next_group <= now || self.tasks_jumped(&memory) {
            memory.next_group = now + GROUP_INTERVAL;
            let reason = self.group(group);
            if reason.is_some() {
                return reason;
            }
        }
        if memory.next_disk <= now {
            let reason = self.disk();
            let took = now.elapsed() * DISK_REST_FACTOR;
            memory.next_disk = now + took.max(DISK_INTERVAL);
            return reason;
        }
        None
    }

    /// Whether the machine has so many more tasks than at the start that this box may be why.
    fn tasks_jumped(&self, memory: &Memory) -> bool {
        let now = group::machine_tasks().unwrap_or(0);
        self.limits.processes < now.saturating_sub(memory.tasks_at_start)
    }

    /// Too many tasks, or too much memory.
    fn group(&self, group: u32) -> Option<String> {
        let usage = group::usage(group);
        let Limits { processes, address_space_bytes, .. } = self.limits;
        if processes < usage.tasks {
            return Some(format!("more than {processes} processes and threads"));
        }
        let mib = address_space_bytes >> 20;
        (address_space_bytes < usage.resident_bytes).then(|| format!("more than {mib} MiB memory"))
    }

    /// Too much disk space.
    fn disk(&self) -> Option<String> {
        let mut used = 0_u64;
        for folder in &self.folders {
            if fs::disk_free(folder).is_ok_and(|free| free < DISK_FREE_MIN) {
                return Some(format!("the disk of `{folder}` is nearly full"));
            }
            used = used.saturating_add(fs::disk_usage(folder));
        }
        let mib = self.limits.disk_bytes >> 20;
        (self.limits.disk_bytes < used).then(|| format!("more than {mib} MiB on disk"))
    }
}
