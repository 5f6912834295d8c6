//! The box, seen from inside: a small program tries to get out of it in every way we know.

#![expect(clippy::disallowed_methods, reason = "a test prepares and inspects files itself")]

use std::fs;
use std::os::unix::net::UnixListener;
use std::sync::OnceLock;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use rustchain::error::Kind;
use rustchain::sandbox::{self, Choice, Mode, Policy, Rung, Sandbox};
use rustchain::sys::{Ending, Finished, Process, Stop};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, pidfd_open};

use crate::harness::remove_at_exit;

/// The program that tries; each argument is one attempt.
const ESCAPE: &str = include_str!("../programs/escape.rs.txt");

/// This program itself.
fn rustchain() -> &'static Utf8Path {
    Utf8Path::new(env!("CARGO_BIN_EXE_rustchain"))
}

/// The compiled program, made once.
pub fn escape() -> &'static Utf8Path {
    static PROGRAM: OnceLock<(tempfile::TempDir, Utf8PathBuf)> = OnceLock::new();
    let (_, path) = PROGRAM.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a temporary folder");
        remove_at_exit(folder.path());
        let root = Utf8PathBuf::from_path_buf(folder.path().to_owned()).expect("UTF-8");
        let (source, program) = (root.join("escape.rs"), root.join("escape"));
        fs::write(&source, ESCAPE).expect("written");
        let args = ["--edition=2021", "-o", program.as_str(), source.as_str()];
        let built = Process::new("rustc").args(args).run(&Stop::never()).expect("rustc runs");
        assert!(built.success(), "{}", built.stderr_text());
        (folder, program)
    });
    path
}

/// A temporary folder with a home for the box, a folder it may write, and a secret outside.
struct Place {
    _folder: tempfile::TempDir,
    root: Utf8PathBuf,
    policy: Policy,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let root = Utf8PathBuf::from_path_buf(folder.path().to_owned()).expect("UTF-8");
        fs::create_dir(root.join("work")).expect("made");
        fs::write(root.join("secret"), "token").expect("written");
        let mut policy = Policy::new(root.join("home"));
        policy.write.push(root.join("work"));
        Self { _folder: folder, root, policy }
    }

    fn process(&self, attempt: &[&str]) -> Process {
        let process = Process::new(escape()).args(attempt).timeout(Duration::from_mins(1));
        sandbox::boxed(process, &self.policy, rustchain()).expect("the home can be made")
    }

    fn run(&self, attempt: &[&str]) -> Finished {
        let finished = self.process(attempt).run(&Stop::never()).expect("it can be started");
        sandbox::started(&finished).expect("this machine has a box");
        finished
    }

    /// Runs an attempt that ends well and returns what it printed.
    #[track_caller]
    fn says(&self, attempt: &[&str]) -> String {
        let finished = self.run(attempt);
        assert!(finished.success(), "{:?}: {}", finished.ending, finished.stderr_text());
        finished.stdout_text().trim_end().to_owned()
    }
}

#[test]
fn the_machine_is_asked_by_trying() {
    let place = Place::new();
    let folder = place.root.join("probe");
    let found = Sandbox::find(Choice::Landlock, rustchain(), &folder, &Stop::never());
    let found = found.expect("this machine has landlock");
    let Rung::Landlock(enforced) = found.rung() else { panic!("{:?}", found.rung()) };
    assert!(1 <= enforced.landlock_abi && enforced.seccomp, "{enforced:?}");
}

#[test]
fn files_outside_can_neither_be_written_nor_read_nor_changed() {
    let place = Place::new();
    let secret = place.root.join("secret");
    for attempt in ["write", "append", "truncate", "remove", "rename", "link", "read", "chmod"] {
        assert_eq!(place.says(&[attempt, secret.as_str()]), "PermissionDenied", "{attempt}");
    }
    assert_eq!(place.says(&["read-through-link", secret.as_str()]), "PermissionDenied");
    assert_eq!(place.says(&["list", place.root.as_str()]), "PermissionDenied");
    assert_eq!(place.says(&["write", place.root.join("new").as_str()]), "PermissionDenied");
    assert_eq!(fs::read_to_string(&secret).expect("still there"), "token");
    assert!(!place.root.join("new").exists());
}

#[test]
fn the_home_of_the_user_is_not_there() {
    let place = Place::new();
    let real = std::env::home_dir().expect("a home");
    assert_eq!(place.says(&["list", &real.to_string_lossy()]), "PermissionDenied");
    let home = fs::canonicalize(place.root.join("home")).expect("made");
    assert_eq!(place.says(&["home"]), home.to_string_lossy());
}

#[test]
fn listed_folders_can_be_written_and_listed_files_read() {
    let mut place = Place::new();
    let file = place.root.join("work/file");
    assert_eq!(place.says(&["write", file.as_str()]), "ok");
    assert_eq!(fs::read_to_string(&file).expect("written"), "text");
    let secret = place.root.join("secret");
    place.policy.read.push(secret.clone());
    assert_eq!(place.says(&["read", secret.as_str()]), "ok");
    assert_eq!(place.says(&["write", secret.as_str()]), "PermissionDenied");
}

#[test]
fn there_is_no_network_not_even_to_this_machine() {
    let place = Place::new();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let path = place.root.join("work/socket");
    let _listener = UnixListener::bind(&path).expect("a socket");
    assert_eq!(place.says(&["tcp", &address]), "PermissionDenied");
    assert_eq!(place.says(&["udp"]), "PermissionDenied");
    assert_eq!(place.says(&["unix", path.as_str()]), "PermissionDenied");
    assert_eq!(place.says(&["pair"]), "ok");
    assert_eq!(place.says(&["datagram-pair"]), "PermissionDenied");
}

#[test]
fn a_program_cannot_leave_its_group_or_namespace_or_gain_privileges() {
    let place = Place::new();
    for attempt in ["setsid", "setpgid", "unshare", "clone-namespace", "ptrace", "x32"] {
        let said = place.says(&[attempt]);
        assert!(["PermissionDenied", "Unsupported"].contains(&&*said), "{attempt}: {said}");
    }
    assert_eq!(place.says(&["capabilities"]), "0000000000000000");
}

#[test]
fn signals_reach_the_program_s_own_children_only() {
    let place = Place::new();
    assert_eq!(place.says(&["kill", &std::process::id().to_string()]), "PermissionDenied");
    assert_eq!(place.says(&["fork-and-kill"]), "killed");
}

#[test]
fn forks_and_threads_are_allowed() {
    let place = Place::new();
    assert_eq!(place.says(&["fork"]), "child 7");
    assert_eq!(place.says(&["thread"]), "ok");
}

#[test]
fn what_a_program_leaves_behind_is_gone_when_it_has_ended() {
    let place = Place::new();
    let left = place.says(&["leave-a-child"]);
    let pid = left.parse().ok().and_then(Pid::from_raw).expect("a process id");
    // It is being ended; a moment may pass until it has.
    let Ok(handle) = pidfd_open(pid, PidfdFlags::empty()) else { return };
    let patience = Timespec { tv_sec: 10, tv_nsec: 0 };
    let ended = poll(&mut [PollFd::new(&handle, PollFlags::IN)], Some(&patience));
    assert_eq!(ended, Ok(1), "process {pid} still runs");
}

#[test]
fn an_endless_loop_is_ended_by_both_clocks() {
    let mut place = Place::new();
    let finished = place.process(&["loop"]).timeout(Duration::from_millis(200));
    let finished = finished.run(&Stop::never()).expect("started");
    assert_eq!(finished.ending, Ending::TimedOut);
    place.policy.limits.cpu_seconds = 1;
    let signal = place.run(&["loop"]).ending;
    assert_eq!(signal, Ending::Signalled(24), "SIGXCPU");
}

#[test]
fn memory_files_and_disk_are_bounded() {
    let mut place = Place::new();
    place.policy.limits.address_space_bytes = 1 << 30;
    place.policy.limits.file_bytes = 1 << 20;
    place.policy.limits.disk_bytes = 16 << 20;
    assert_eq!(place.says(&["allocate", "2048"]), "no memory");
    let work = place.root.join("work");
    assert_eq!(place.run(&["big-file", work.as_str()]).ending, Ending::Signalled(25), "SIGXFSZ");
    let finished = place.run(&["many-files", work.as_str()]);
    assert_eq!(finished.ending, Ending::Overran);
    assert_eq!(finished.overrun.as_deref(), Some("more than 16 MiB on disk"));
}

#[test]
fn a_fork_bomb_is_ended() {
    let mut place = Place::new();
    place.policy.limits.processes = 32;
    let finished = place.run(&["fork-bomb"]);
    assert_eq!(finished.ending, Ending::Overran);
    assert_eq!(finished.overrun.as_deref(), Some("more than 32 processes and threads"));
}

#[test]
fn only_the_listed_variables_and_no_open_files_come_in() {
    let mut place = Place::new();
    place.policy.env.insert("RUST_BACKTRACE".to_owned(), "0".to_owned());
    let variables = place.says(&["variables"]);
    assert_eq!(variables, "HOME RUST_BACKTRACE TMPDIR");
    let file = fs::File::open(place.root.join("secret")).expect("opened");
    let inherited = rustix::io::dup(&file).expect("a descriptor that programs inherit");
    let number = std::os::fd::AsRawFd::as_raw_fd(&inherited).to_string();
    assert_eq!(place.says(&["descriptor", &number]), "closed");
}

#[test]
fn a_box_that_cannot_be_closed_starts_nothing() {
    let place = Place::new();
    let missing = place.root.join("work/none");
    let process = sandbox::boxed(Process::new(&missing), &place.policy, rustchain());
    let finished = process.and_then(|process| process.run(&Stop::never())).expect("box mode runs");
    let error = sandbox::started(&finished).expect_err("nothing to start");
    assert_eq!(error.kind(), Kind::Environment);
    assert!(error.chain().join(": ").contains(missing.as_str()), "{:?}", error.chain());
}

#[test]
fn without_a_box_the_limits_stay() {
    let mut place = Place::new();
    place.policy.mode = Mode::None;
    place.policy.limits.file_bytes = 1 << 20;
    assert_eq!(place.says(&["write", place.root.join("new").as_str()]), "ok");
    let work = place.root.join("work");
    assert_eq!(place.run(&["big-file", work.as_str()]).ending, Ending::Signalled(25), "SIGXFSZ");
}
