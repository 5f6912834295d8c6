//! What a process group uses: processes, threads and memory, read from `/proc`.
#![expect(clippy::disallowed_methods, reason = "`/proc` is read where the processes are started")]

use std::collections::BTreeSet;

/// What all processes of a group use together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Processes and threads.
    pub tasks: u64,
    /// Resident memory in bytes; pages that processes share count once for each.
    pub resident_bytes: u64,
}

/// Returns how many processes and threads this machine has, which costs one small read; `None`
/// where the system does not say.
pub fn machine_tasks() -> Option<u64> {
    let load = std::fs::read_to_string("/proc/loadavg").ok()?;
    load.split_whitespace().nth(3)?.rsplit('/').next()?.parse().ok()
}

/// Returns what the process group `group` uses, together with all descendants of the process of the
/// same number; nothing where the system does not say.
///
/// A descendant counts in whatever group it is, and a member of the group whoever started it. It
/// reads a file for every process of the machine, a few milliseconds for some hundreds.
pub fn usage(group: u32) -> Usage {
    let mut usage = Usage::default();
    let Ok(entries) = std::fs::read_dir("/proc") else { return usage };
    let mut all = Vec::new();
    for entry in entries.flatten() {
        let name = entry.file_name();
        if !name.to_string_lossy().starts_with(|c: char| c.is_ascii_digit()) {
            continue;
        }
        // A process that has ended meanwhile has no file any more.
        let Ok(stat) = std::fs::read_to_string(entry.path().join("stat")) else { continue };
        all.extend(Member::read(&stat));
    }
    let group = u64::from(group);
    let mut family = BTreeSet::from([group]);
    loop {
        let before = family.len();
        let related = |one: &&Member| one.group == group || family.contains(&one.parent);
        let more: Vec<u64> = all.iter().filter(related).map(|one| one.id).collect();
        family.extend(more);
        if family.len() == before {
            break;
        }
    }
    for one in all.iter().filter(|one| family.contains(&one.id)) {
        usage.tasks = usage.tasks.saturating_add(one.tasks);
        usage.resident_bytes = usage.resident_bytes.saturating_add(one.resident_bytes);
    }
    usage
}

/// What `/proc` says of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Member {
    id: u64,
    parent: u64,
    group: u64,
    tasks: u64,
    resident_bytes: u64,
}

impl Member {
    /// Reads the `stat` line of a process.
    ///
    /// The fields are those of `proc_pid_stat(5)`; the name in parentheses may hold anything, so
    /// the count starts behind its last parenthesis, at the third field.
    fn read(stat: &str) -> Option<Self> {
        let fields: Vec<&str> = stat.rsplit(')').next()?.split_whitespace().collect();
        let field = |number: usize| fields.get(number.checked_sub(3)?)?.parse::<u64>().ok();
        let page = u64::try_from(rustix::param::page_size()).unwrap_or(4096);
        Some(Self {
            id: stat.split_whitespace().next()?.parse().ok()?,
            parent: field(4)?,
            group: field(5)?,
            tasks: field(20)?,
            resident_bytes: field(24)?.saturating_mul(page),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_parentheses_does_not_shift_the_fields() {
        let stat = "7 (a) b) S 1 42 42 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 3 0 9 1000 10 18446";
        let page = u64::try_from(rustix::param::page_size()).expect("small");
        let expected = Member { id: 7, parent: 1, group: 42, tasks: 3, resident_bytes: 10 * page };
        assert_eq!(Member::read(stat), Some(expected));
    }

    #[test]
    fn this_process_is_a_member_of_its_group() {
        let group = rustix::process::getpgrp().as_raw_nonzero().get();
        let usage = usage(u32::try_from(group).expect("positive"));
        assert!(1 <= usage.tasks && 0 < usage.resident_bytes, "{usage:?}");
        assert!(usage.tasks <= machine_tasks().expect("known on Linux"));
    }
}
