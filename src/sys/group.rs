//! What a process group uses: processes, threads and memory, read from `/proc`.
#![expect(clippy::disallowed_methods, reason = "`/proc` is read where the processes are started")]

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

/// Returns what the process group `group` uses; nothing where the system does not say.
///
/// It reads a file for every process of the machine, a few milliseconds for some hundreds.
pub fn usage(group: u32) -> Usage {
    let mut usage = Usage::default();
    let Ok(entries) = std::fs::read_dir("/proc") else { return usage };
    for entry in entries.flatten() {
        let name = entry.file_name();
        if !name.to_string_lossy().starts_with(|c: char| c.is_ascii_digit()) {
            continue;
        }
        // A process that has ended meanwhile has no file any more.
        let Ok(stat) = std::fs::read_to_string(entry.path().join("stat")) else { continue };
        let Some((tasks, resident)) = member(&stat, group) else { continue };
        usage.tasks = usage.tasks.saturating_add(tasks);
        usage.resident_bytes = usage.resident_bytes.saturating_add(resident);
    }
    usage
}

/// Threads and resident bytes of the process whose `stat` line this is, if it is in `group`.
///
/// The fields are those of `proc_pid_stat(5)`; the name in parentheses may hold anything, so the
/// count starts behind its last parenthesis, at the third field.
fn member(stat: &str, group: u32) -> Option<(u64, u64)> {
    let fields: Vec<&str> = stat.rsplit(')').next()?.split_whitespace().collect();
    let field = |number: usize| fields.get(number.checked_sub(3)?)?.parse::<u64>().ok();
    (field(5)? == u64::from(group)).then_some(())?;
    let page = u64::try_from(rustix::param::page_size()).unwrap_or(4096);
    Some((field(20)?, field(24)?.saturating_mul(page)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_parentheses_does_not_shift_the_fields() {
        let stat = "7 (a) b) S 1 42 42 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 3 0 9 1000 10 18446";
        let page = u64::try_from(rustix::param::page_size()).expect("small");
        assert_eq!(member(stat, 42), Some((3, 10 * page)));
        assert_eq!(member(stat, 43), None);
    }

    #[test]
    fn this_process_is_a_member_of_its_group() {
        let group = rustix::process::getpgrp().as_raw_nonzero().get();
        let usage = usage(u32::try_from(group).expect("positive"));
        assert!(1 <= usage.tasks && 0 < usage.resident_bytes, "{usage:?}");
        assert!(usage.tasks <= machine_tasks().expect("known on Linux"));
    }
}
