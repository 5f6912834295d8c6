//! Refuses the system calls that reach beyond the files of a box, by seccomp.
//!
//! Most calls stay allowed, because the box is for ordinary programs; refused is what opens a
//! network, leaves the process group (by which everything is ended), touches other processes or
//! the kernel itself, or changes files in ways that landlock does not see.

use std::collections::BTreeMap;

use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition,
    SeccompFilter, SeccompRule, TargetArch, apply_filter, sock_filter,
};

use super::policy::Phase;
use crate::error::{Error, Result};

/// System calls that are refused whatever their arguments are.
const REFUSED: &[i64] = &[
    // The network; landlock does not know UDP, and the rest is a second wall.
    libc::SYS_socket,
    libc::SYS_connect,
    libc::SYS_bind,
    libc::SYS_listen,
    libc::SYS_accept,
    libc::SYS_accept4,
    // Other processes.
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_process_madvise,
    libc::SYS_pidfd_getfd,
    libc::SYS_kcmp,
    libc::SYS_migrate_pages,
    libc::SYS_move_pages,
    libc::SYS_setpriority,
    libc::SYS_ioprio_set,
    // Namespaces and mounts.
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_chroot,
    libc::SYS_pivot_root,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_mount_setattr,
    libc::SYS_move_mount,
    libc::SYS_open_tree,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    // The kernel and the machine.
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_kexec_load,
    libc::SYS_kexec_file_load,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_reboot,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_clock_adjtime,
    libc::SYS_adjtimex,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
    libc::SYS_syslog,
    libc::SYS_acct,
    libc::SYS_quotactl,
    libc::SYS_vhangup,
    libc::SYS_fanotify_init,
    // Keys of the user.
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_request_key,
    // Files by other ways than their path.
    libc::SYS_open_by_handle_at,
    libc::SYS_name_to_handle_at,
    // Memory that no limit counts, and objects that outlive the box.
    libc::SYS_memfd_create,
    libc::SYS_memfd_secret,
    libc::SYS_shmget,
];

/// Calls that leave the process group, by which a box without a namespace is ended.
const LEAVING: &[i64] = &[libc::SYS_setsid, libc::SYS_setpgid];

/// Calls that make objects which outlive a box without a namespace for them.
const OUTLIVING: &[i64] = &[libc::SYS_semget, libc::SYS_msgget, libc::SYS_mq_open];

/// Calls that change owner, mode, attributes and times of files, which landlock leaves open: where
/// files outside are not hidden by mounts, they could be meant.
const METADATA: &[i64] = &[
    libc::SYS_fchmodat,
    libc::SYS_fchmodat2,
    libc::SYS_fchown,
    libc::SYS_fchownat,
    libc::SYS_setxattr,
    libc::SYS_lsetxattr,
    libc::SYS_fsetxattr,
    libc::SYS_removexattr,
    libc::SYS_lremovexattr,
    libc::SYS_fremovexattr,
];

/// Calls that newer processors do not have, refused whatever their arguments are.
#[cfg(target_arch = "x86_64")]
const REFUSED_OLD: &[i64] = &[libc::SYS_iopl, libc::SYS_ioperm, libc::SYS_modify_ldt];
#[cfg(not(target_arch = "x86_64"))]
const REFUSED_OLD: &[i64] = &[];

/// Older forms of [`METADATA`].
#[cfg(target_arch = "x86_64")]
const METADATA_OLD: &[i64] = &[
    libc::SYS_chmod,
    libc::SYS_chown,
    libc::SYS_lchown,
    libc::SYS_utime,
    libc::SYS_utimes,
    libc::SYS_futimesat,
];
#[cfg(not(target_arch = "x86_64"))]
const METADATA_OLD: &[i64] = &[];

/// Flags of `clone` that make a namespace; the one for time exists in `clone3` only.
const CLONE_NEW: [libc::c_int; 7] = [
    libc::CLONE_NEWNS,
    libc::CLONE_NEWCGROUP,
    libc::CLONE_NEWUTS,
    libc::CLONE_NEWIPC,
    libc::CLONE_NEWUSER,
    libc::CLONE_NEWPID,
    libc::CLONE_NEWNET,
];

/// Calls that signal one process or thread, by its id.
const SIGNALS_TO_ONE: [i64; 5] = [
    libc::SYS_tkill,
    libc::SYS_tgkill,
    libc::SYS_pidfd_send_signal,
    libc::SYS_rt_sigqueueinfo,
    libc::SYS_rt_tgsigqueueinfo,
];

/// Terminal requests that type or paste as if the user did.
const TERMINAL_INPUT: [u64; 2] = [0x5412, 0x541C];

/// Since this version landlock refuses to cut files outside.
const LANDLOCK_TRUNCATE: u32 = 3;

/// Since this version landlock refuses signals to processes outside.
const LANDLOCK_SIGNAL: u32 = 6;

/// The numbers from which on a call belongs to the x32 interface of `x86_64`.
const X32_FIRST: u32 = 0x4000_0000;

/// The rules: refused calls, each with conditions of which one must hold; none means always.
type Rules = BTreeMap<i64, Vec<SeccompRule>>;

/// Where a filter is set up.
#[derive(Debug, Clone, Copy)]
pub(super) struct Site {
    /// The version of landlock in force.
    pub landlock_abi: u32,
    /// Whether processes, files and shared memory are in namespaces of their own.
    pub namespaces: bool,
    /// What for.
    pub phase: Phase,
}

/// Refuses system calls to this thread and what it starts, and makes up for what landlock lacks;
/// returns where that takes away more, or less, than it should.
///
/// Fails with [`Kind::Environment`](crate::error::Kind::Environment) if the kernel has no seccomp.
pub(super) fn refuse(site: Site) -> Result<Vec<String>> {
    let fail = |error: &dyn std::fmt::Display| {
        Error::environment("this kernel does not let seccomp filter system calls")
            .because(error.to_string())
    };
    let main = rules(site).and_then(main_filter).map_err(|error| fail(&error))?;
    apply_filter(&absent_filter()).map_err(|error| fail(&error))?;
    apply_filter(&main).map_err(|error| fail(&error))?;
    let mut gaps = Vec::new();
    if site.lacks(LANDLOCK_TRUNCATE) {
        gaps.push("files cannot be truncated by their path".to_owned());
    }
    if site.lacks(LANDLOCK_SIGNAL) {
        gaps.push("signals reach only the whole group".to_owned());
    }
    if !site.namespaces && site.phase == Phase::Build {
        gaps.push("builds can change mode and times of files outside".to_owned());
    }
    Ok(gaps)
}

impl Site {
    /// Whether landlock is too old for something that nothing else makes up for.
    fn lacks(self, version: u32) -> bool {
        !self.namespaces && self.landlock_abi < version
    }

    /// Whether owner, mode and times of files may be changed: linkers and archivers do.
    fn metadata(self) -> bool {
        self.namespaces || self.phase == Phase::Build
    }
}

/// The rules for a site.
fn rules(site: Site) -> Result<Rules, BackendError> {
    let mut refused = [REFUSED, REFUSED_OLD].concat();
    if !site.namespaces {
        refused.extend([LEAVING, OUTLIVING].concat());
    }
    if !site.metadata() {
        refused.extend([METADATA, METADATA_OLD].concat());
    }
    let mut rules: Rules = refused.into_iter().map(|call| (call, Vec::new())).collect();
    if site.lacks(LANDLOCK_TRUNCATE) {
        rules.insert(libc::SYS_truncate, Vec::new());
    }
    if site.lacks(LANDLOCK_SIGNAL) {
        rules.extend(SIGNALS_TO_ONE.iter().map(|call| (*call, Vec::new())));
        rules.insert(libc::SYS_kill, vec![when(0, SeccompCmpOp::Ne, 0)?]);
    }
    if !site.metadata() {
        // Times of files by path; by descriptor, without a path, the file must be visible.
        let path = SeccompCondition::new(1, SeccompCmpArgLen::Qword, SeccompCmpOp::Ne, 0)?;
        rules.insert(libc::SYS_utimensat, vec![SeccompRule::new(vec![path])?]);
        // Root owns the system's libraries, which the box can open: by descriptor it could change
        // them.
        if rustix::process::geteuid().is_root() {
            rules.insert(libc::SYS_fchmod, Vec::new());
        }
    }
    rules.insert(libc::SYS_socketpair, no_stream_pair()?);
    let clone = CLONE_NEW.map(|flag| u64::try_from(flag).unwrap_or(u64::MAX));
    let clone = clone.map(|flag| when(0, SeccompCmpOp::MaskedEq(flag), flag));
    rules.insert(libc::SYS_clone, clone.into_iter().collect::<Result<_, _>>()?);
    let ioctl = TERMINAL_INPUT.map(|request| when(1, SeccompCmpOp::Eq, request));
    rules.insert(libc::SYS_ioctl, ioctl.into_iter().collect::<Result<_, _>>()?);
    // Limits of others; a program's own go by the id 0.
    rules.insert(libc::SYS_prlimit64, vec![when(0, SeccompCmpOp::Ne, 0)?]);
    Ok(rules)
}

/// When a pair of sockets is refused: unless it is a pair of connected local streams, of bytes or
/// of packets (by which the standard library learns how a program started), which reach nobody. A
/// datagram socket could be given an address.
fn no_stream_pair() -> Result<Vec<SeccompRule>, BackendError> {
    let unix = u64::try_from(libc::AF_UNIX).unwrap_or(1);
    let mut rules = vec![when(0, SeccompCmpOp::Ne, unix)?];
    // A stream is type 1, one of packets 5; datagrams and raw sockets have one of these bits, and
    // no flag has.
    for bit in [2, 8] {
        rules.push(when(1, SeccompCmpOp::MaskedEq(bit), bit)?);
    }
    Ok(rules)
}

/// A rule that holds when the lower half of an argument compares so.
fn when(number: u8, operator: SeccompCmpOp, value: u64) -> Result<SeccompRule, BackendError> {
    let condition = SeccompCondition::new(number, SeccompCmpArgLen::Dword, operator, value)?;
    SeccompRule::new(vec![condition])
}

/// The filter that answers "not permitted" to the rules, and kills at another architecture.
fn main_filter(rules: Rules) -> Result<BpfProgram, BackendError> {
    let errno = SeccompAction::Errno(u32::try_from(libc::EPERM).unwrap_or(1));
    let arch = TargetArch::try_from(std::env::consts::ARCH)?;
    SeccompFilter::new(rules, SeccompAction::Allow, errno, arch)?.try_into()
}

/// The filter that answers "no such call" where programs then go another way.
///
/// `clone3` has its flags in memory, where no filter can look; the C library goes on with `clone`.
/// The x32 interface has every call a second time, under other numbers.
fn absent_filter() -> BpfProgram {
    let op = |code: u32, jt: u8, jf: u8, k: u32| {
        let code = u16::try_from(code).unwrap_or_default();
        sock_filter { code, jt, jf, k }
    };
    let clone3 = u32::try_from(libc::SYS_clone3).unwrap_or_default();
    let enosys = libc::SECCOMP_RET_ERRNO | u32::try_from(libc::ENOSYS).unwrap_or(1);
    vec![
        // The number of the call is the first field of `struct seccomp_data`.
        op(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0, 0),
        op(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, 1, 0, clone3),
        op(libc::BPF_JMP | libc::BPF_JGE | libc::BPF_K, 0, 1, X32_FIRST),
        op(libc::BPF_RET | libc::BPF_K, 0, 0, enosys),
        op(libc::BPF_RET | libc::BPF_K, 0, 0, libc::SECCOMP_RET_ALLOW),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_can_be_built_for_every_site() {
        for landlock_abi in 1..=9 {
            for (namespaces, phase) in
                [(false, Phase::Run), (false, Phase::Build), (true, Phase::Run)]
            {
                let rules = rules(Site { landlock_abi, namespaces, phase }).expect("valid rules");
                let refuses = |call| rules.contains_key(&call);
                let old = |version| !namespaces && landlock_abi < version;
                assert_eq!(refuses(libc::SYS_kill), old(LANDLOCK_SIGNAL));
                assert_eq!(refuses(libc::SYS_truncate), old(LANDLOCK_TRUNCATE));
                assert_eq!(refuses(libc::SYS_setsid), !namespaces);
                let run_alone = !namespaces && phase == Phase::Run;
                assert_eq!(refuses(libc::SYS_fchmodat), run_alone);
                assert!(refuses(libc::SYS_socket) && refuses(libc::SYS_unshare));
                assert!(main_filter(rules).expect("a filter").len() < 1000);
            }
        }
    }
}
