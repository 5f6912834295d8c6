//! The parts of the system that programs need: to start, or to build others.

use super::policy::Phase;

/// What a linked program needs to start, where it exists.
const RUN: &[&str] = &[
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/usr/local/lib",
    "/nix/store",
    "/gnu/store",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/usr/share/zoneinfo",
];

/// What compilers, linkers and build scripts need. Of `/etc` there is what everybody may know.
const BUILD: &[&str] = &[
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/usr",
    "/opt",
    "/nix/store",
    "/gnu/store",
    "/run/current-system",
    "/etc/alternatives",
    "/etc/ca-certificates",
    "/etc/group",
    "/etc/hosts",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/localtime",
    "/etc/mime.types",
    "/etc/nsswitch.conf",
    "/etc/os-release",
    "/etc/passwd",
    "/etc/perl",
    "/etc/pki/tls/certs",
    "/etc/protocols",
    "/etc/python3",
    "/etc/services",
    "/etc/ssl/certs",
    "/etc/ssl/openssl.cnf",
    "/sys/devices/system/cpu",
    "/sys/fs/cgroup",
];

/// Devices that may be read.
pub(super) const DEVICES_READ: [&str; 3] = ["/dev/random", "/dev/urandom", "/dev/zero"];

/// Devices that swallow what is written to them.
pub(super) const DEVICES_WRITE: [&str; 2] = ["/dev/null", "/dev/full"];

/// What a program may know of itself where it shares `/proc` with the machine.
pub(super) const PROC_OWN: &str = "/proc/self";

/// What a build may know of the machine, beside that.
const PROC_MACHINE: &[&str] = &["/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/version"];

/// Returns the files and folders of the system that may be read; not all of them exist.
pub(super) fn readable(phase: Phase) -> &'static [&'static str] {
    match phase {
        Phase::Build => BUILD,
        Phase::Run => RUN,
    }
}

/// Returns what may be read of the machine's `/proc`.
pub(super) fn proc(phase: Phase) -> impl Iterator<Item = &'static str> {
    let machine = if phase == Phase::Build { PROC_MACHINE } else { &[] };
    std::iter::once(PROC_OWN).chain(machine.iter().copied())
}
