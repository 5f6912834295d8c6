//! A program that tries everything to get out of its box, on every rung of the ladder that this
//! machine has, as this user and, if that is root, as an ordinary one.

#![expect(clippy::disallowed_methods, reason = "a test prepares and inspects files itself")]
#![expect(clippy::print_stdout, reason = "what stopped each attempt is shown when one succeeds")]
#![expect(clippy::panic, reason = "an attempt that nothing stopped fails its test")]

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use rustchain::sandbox::{self, Choice, Phase, Policy, Rung, Sandbox, View};
use rustchain::sys::{Ending, Finished, Process, Stop};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// Tells a run as another user where this program, and the one that tries, lie.
const PROGRAMS: &str = "RUSTCHAIN_TEST_PROGRAMS";

/// The ordinary user that CI makes; where it is missing, nobody stands in for it.
const USER: &str = "rustchain-ci";

/// The name of the test that is started again as that user.
const ATTEMPTS: &str = "escape::every_attempt_is_stopped_and_named_on_every_rung";

/// The name of the test that only helps another one.
const DOOMED: &str = "escape::doomed";

/// A secret in the environment of the one who starts the box.
const SECRET: &str = "RUSTCHAIN_TEST_TOKEN";

/// This program and the one that tries to escape.
fn programs() -> (Utf8PathBuf, Utf8PathBuf) {
    match std::env::var(PROGRAMS) {
        Ok(folder) => {
            let folder = Utf8PathBuf::from(folder);
            (folder.join("rustchain"), folder.join("escape"))
        }
        Err(_) => (env!("CARGO_BIN_EXE_rustchain").into(), crate::sandbox::escape().to_owned()),
    }
}

/// A work tree, a folder that may be written, and what lies outside.
struct Ground {
    _folder: tempfile::TempDir,
    root: Utf8PathBuf,
    sandbox: Sandbox,
    policy: Policy,
    program: Utf8PathBuf,
}

impl Ground {
    /// Prepares everything for a box; the reason if this machine does not offer it.
    fn new(choice: Choice) -> Result<Self, String> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let root = Utf8PathBuf::from_path_buf(folder.path().to_owned()).expect("UTF-8");
        let root = root.canonicalize_utf8().expect("a real path");
        for name in ["tree/.git/hooks", "tree/.cargo", "work", "outside"] {
            fs::create_dir_all(root.join(name)).expect("made");
        }
        fs::write(root.join("tree/.git/config"), "[core]").expect("written");
        fs::write(root.join("outside/secret"), "token").expect("written");
        let (rustchain, program) = programs();
        let stop = Stop::never();
        let found = Sandbox::find(choice, &rustchain, &root.join("probe"), &stop);
        let found = found.map_err(|error| error.chain().join(": "))?;
        let mut policy = Policy::new(root.join("home"));
        policy.read = vec![root.join("tree"), program.clone()];
        policy.write = vec![root.join("work")];
        policy.limits.address_space_bytes = 256 << 20;
        policy.limits.disk_bytes = 16 << 20;
        policy.limits.home_bytes = 16 << 20;
        policy.limits.processes = 32;
        let view = View {
            phase: Phase::Run,
            read: policy.read.clone(),
            write: vec![root.join("work"), root.join("home")],
        };
        let sandbox = found.opened(&view).expect("the box is opened");
        Ok(Self { _folder: folder, root, sandbox, policy, program })
    }

    /// Runs an attempt.
    fn run(&self, attempt: &[&str], seconds: u64) -> Finished {
        let process = Process::new(&self.program).args(attempt).env(SECRET, "hunter2");
        let process = process.timeout(Duration::from_secs(seconds));
        let process = self.sandbox.boxed(process, &self.policy).expect("a box");
        let finished = process.run(&Stop::never()).expect("it is started");
        sandbox::started(&finished).expect("the box is closed");
        finished
    }

    /// Takes away what an attempt left where it may write.
    fn clear(&self) {
        for name in ["work", "home"] {
            for entry in fs::read_dir(self.root.join(name)).into_iter().flatten().flatten() {
                // A folder there is podman's own.
                if entry.file_type().is_ok_and(|kind| !kind.is_dir()) {
                    fs::remove_file(entry.path()).expect("removed");
                }
            }
        }
    }

    /// Runs an attempt and returns in a word what stopped it; `None` if nothing did.
    fn stopped(&self, attempt: &[&str], seconds: u64) -> Option<String> {
        let finished = self.run(attempt, seconds);
        match finished.ending {
            Ending::Exited(0) => {
                Some(finished.stdout_text().trim().to_owned()).filter(|said| said != "ok")
            }
            Ending::Exited(code) => Some(format!("exit code {code}")),
            Ending::Signalled(signal) => Some(format!("signal {signal}")),
            Ending::TimedOut => Some("out of time".to_owned()),
            Ending::Interrupted => None,
            Ending::Overran => finished.overrun,
        }
    }
}

/// Says what was left out, also when all goes well.
pub fn say(words: &str) {
    writeln!(std::io::stderr(), "note: {words}").expect("stderr");
}

/// What the tests ask for, best first.
const RUNGS: [Choice; 3] = [Choice::Bwrap, Choice::Podman, Choice::Landlock];

/// Does something on every rung of this machine; says which are missing.
fn on_every_rung(mut work: impl FnMut(&Ground)) {
    let mut there = 0;
    for choice in RUNGS {
        match Ground::new(choice) {
            Ok(ground) => {
                println!("{choice:?}: {}", ground.sandbox.rung());
                work(&ground);
                there += 1;
            }
            Err(reason) => say(&format!("{choice:?} is not on this machine: {reason}")),
        }
    }
    assert!(0 < there, "this machine has no rung at all");
}

#[test]
fn every_attempt_is_stopped_and_named_on_every_rung() {
    let tcp = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let tcp = tcp.local_addr().expect("an address").to_string();
    on_every_rung(|ground| {
        let outside = |name: &str| ground.root.join("outside").join(name).into_string();
        let tree = |name: &str| ground.root.join("tree").join(name).into_string();
        let home = std::env::home_dir().expect("a home").to_string_lossy().into_owned();
        let own_file = format!("{home}/.rustchain-was-here");
        let (work, own) = (ground.root.join("work"), ground.root.join("home"));
        let attempts: Vec<(&str, Vec<String>)> = [
            ("a file outside is written", vec!["write".into(), outside("new")]),
            ("the system is written", vec!["write".into(), "/etc/rustchain-was-here".into()]),
            ("the home is written", vec!["write".into(), own_file]),
            ("a secret is read", vec!["read".into(), outside("secret")]),
            ("the system's passwords are read", vec!["read".into(), "/etc/shadow".into()]),
            ("the home is listed", vec!["list".into(), home]),
            ("a link leads to a secret", vec!["read-through-link".into(), outside("secret")]),
            ("a link leads to a new file", vec!["write-through-link".into(), outside("new")]),
            ("tcp to this machine", vec!["tcp".into(), tcp.clone()]),
            ("tcp to the cloud", vec!["tcp".into(), "169.254.169.254:80".into()]),
            ("udp to this machine", vec!["send".into(), "127.0.0.1:53".into()]),
            ("udp to the cloud", vec!["send".into(), "169.254.169.254:53".into()]),
            ("a hook of git is planted", vec!["write".into(), tree(".git/hooks/post-checkout")]),
            ("git is configured", vec!["append".into(), tree(".git/config")]),
            ("git is replaced", vec!["rename".into(), tree(".git")]),
            ("cargo is configured", vec!["write".into(), tree(".cargo/config.toml")]),
            ("a build script is planted", vec!["write".into(), tree("build.rs")]),
            ("the mode of a file is changed", vec!["chmod".into(), outside("secret")]),
            ("memory is filled", vec!["allocate".into(), "512".into()]),
            ("memory is filled by many", vec!["allocate-in-many".into()]),
            ("the disk is filled", vec!["many-files".into(), work.into_string()]),
            ("the home is filled", vec!["many-files".into(), own.into_string()]),
            ("forks without end", vec!["fork-bomb".into()]),
            ("a namespace", vec!["unshare".into()]),
            ("a debugger", vec!["ptrace".into()]),
        ]
        .into();
        for (name, attempt) in attempts {
            let attempt: Vec<&str> = attempt.iter().map(String::as_str).collect();
            let stopped = ground.stopped(&attempt, 60);
            let stopped = stopped.unwrap_or_else(|| panic!("{name}: nothing stopped it"));
            println!("  {name}: {stopped}");
            assert!(!stopped.is_empty(), "{name} was stopped without a word");
            ground.clear();
        }
        let hang = ground.stopped(&["loop"], 1);
        assert_eq!(hang.as_deref(), Some("out of time"));
        let variables = ground.run(&["variables"], 60).stdout_text();
        assert_eq!(variables.trim(), "HOME TMPDIR", "{SECRET} and all others are hidden");
        let secret = fs::read_to_string(ground.root.join("outside/secret")).expect("there");
        assert_eq!(secret, "token");
        let mode = fs::metadata(ground.root.join("outside/secret")).expect("there").permissions();
        assert_eq!(mode.mode() & 0o022, 0, "its mode was changed");
        assert!(!ground.root.join("outside/new").exists());
        assert!(!ground.root.join("tree/build.rs").exists());
        assert_eq!(fs::read(ground.root.join("tree/.git/config")).expect("there"), b"[core]");
    });
}

#[test]
fn without_a_box_the_attempts_succeed() {
    let ground = Ground::new(Choice::None).expect("it needs nothing");
    assert_eq!(*ground.sandbox.rung(), Rung::None);
    let outside = ground.root.join("outside/new");
    assert_eq!(ground.stopped(&["write", outside.as_str()], 60), None);
    assert_eq!(ground.stopped(&["write-through-link", outside.as_str()], 60), None);
    let secret = ground.root.join("outside/secret");
    assert_eq!(ground.stopped(&["read", secret.as_str()], 60), None);
    let planted = ground.root.join("tree/.cargo/config.toml");
    assert_eq!(ground.stopped(&["write", planted.as_str()], 60), None);
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    assert_eq!(ground.stopped(&["tcp", &address], 60), None);
    assert_eq!(ground.stopped(&["send", &address], 60), None);
}

#[test]
fn an_ordinary_user_has_the_same_rungs() {
    if !rustix::process::geteuid().is_root() {
        println!("this is an ordinary user: the test beside this one is about it");
        return;
    }
    let user = user();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let root = Utf8Path::from_path(folder.path()).expect("UTF-8");
    let (rustchain, escape) = programs();
    let own = std::env::current_exe().expect("this program");
    let own = Utf8PathBuf::from_path_buf(own).expect("UTF-8");
    for (from, name) in [(&rustchain, "rustchain"), (&escape, "escape"), (&own, "tests")] {
        let to = root.join(name);
        if fs::hard_link(from, &to).is_err() {
            fs::copy(from, &to).expect("copied");
        }
    }
    fs::create_dir(root.join("tmp")).expect("made");
    chown(root.join("tmp"), Some(user), Some(user)).expect("given away");
    fs::set_permissions(root, fs::Permissions::from_mode(0o755)).expect("opened");
    let mut command = Command::new(root.join("tests"));
    command.args(["--exact", ATTEMPTS, "--nocapture"]).uid(user).gid(user).current_dir("/");
    command.env(PROGRAMS, root).env("TMPDIR", root.join("tmp")).env("HOME", root.join("tmp"));
    let output = command.output().expect("the tests start");
    let said = String::from_utf8_lossy(&output.stdout);
    println!("as user {user}: {said}");
    assert!(output.status.success() && said.contains("1 passed"), "{output:?}");
}

/// The number of the ordinary user.
fn user() -> u32 {
    let passwd = fs::read_to_string("/etc/passwd").expect("users");
    let line = passwd.lines().find(|line| line.starts_with(&format!("{USER}:")));
    let number = line.and_then(|line| line.split(':').nth(2)?.parse().ok());
    number.unwrap_or_else(|| {
        say(&format!("there is no user `{USER}`: nobody stands in"));
        65_534
    })
}

#[test]
fn a_daemon_does_not_outlive_its_box() {
    on_every_rung(|ground| {
        let pipe = ground.root.join("work/pipe");
        fifo(&pipe);
        let pipe_of_reader = open(&pipe);
        let finished = ground.run(&["daemon", pipe.as_str()], 60);
        assert!(finished.success(), "{:?}: {}", finished.ending, finished.stderr_text());
        ended(pipe_of_reader);
    });
}

#[test]
fn nothing_outlives_this_program_when_it_is_killed() {
    on_every_rung(|ground| {
        let pipe = ground.root.join("work/pipe");
        fifo(&pipe);
        let reader = open(&pipe);
        let own = std::env::current_exe().expect("this program");
        let mut doomed = Command::new(own)
            .args(["--exact", DOOMED, "--ignored", "--nocapture"])
            .env("DOOMED_ROOT", &ground.root)
            .env("DOOMED_RUNG", ground.sandbox.rung().name())
            .stdout(Stdio::null())
            .spawn()
            .expect("the tests start");
        let mut reader = wait_readable(reader);
        let mut byte = [0];
        assert_eq!(reader.read(&mut byte).expect("a byte"), 1, "the boxed program runs");
        doomed.kill().expect("killed");
        doomed.wait().expect("ended");
        ended(reader);
    });
}

#[test]
#[ignore = "it is started by another test, which kills it"]
fn doomed() {
    let root = Utf8PathBuf::from(std::env::var("DOOMED_ROOT").expect("a folder"));
    let rung = std::env::var("DOOMED_RUNG").expect("a rung");
    let choice = match rung.as_str() {
        "bwrap" => Choice::Bwrap,
        "podman" => Choice::Podman,
        _ => Choice::Landlock,
    };
    let ground = Ground::new(choice).expect("a rung");
    let work = root.join("work");
    let view = View {
        phase: Phase::Run,
        read: ground.policy.read.clone(),
        write: vec![work.clone(), ground.root.join("home")],
    };
    let sandbox = ground.sandbox.opened(&view).expect("a box");
    let policy = Policy { write: vec![work.clone()], ..ground.policy.clone() };
    let pipe = work.join("pipe");
    let process = Process::new(&ground.program).args(["hold-in-many", pipe.as_str()]);
    let process = sandbox.boxed(process, &policy).expect("a box");
    let finished = process.run(&Stop::never()).expect("it is started");
    panic!("it ended by itself: {finished:?}");
}

/// Makes a pipe with a name.
fn fifo(path: &Utf8Path) {
    let made = Command::new("mkfifo").arg(path).status().expect("mkfifo starts");
    assert!(made.success());
}

/// Opens the reading end without waiting for a writer.
fn open(path: &Utf8Path) -> fs::File {
    use std::os::unix::fs::OpenOptionsExt as _;
    let flags = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).expect("a flag");
    fs::OpenOptions::new().read(true).custom_flags(flags).open(path).expect("opened")
}

/// Waits until there is something to read.
fn wait_readable(file: fs::File) -> fs::File {
    let patience = Timespec { tv_sec: 60, tv_nsec: 0 };
    let ready = poll(&mut [PollFd::new(&file, PollFlags::IN)], Some(&patience));
    assert_eq!(ready, Ok(1), "nobody writes");
    file
}

/// Holds that all who had the writing end are gone soon.
fn ended(file: fs::File) {
    let mut file = wait_readable(file);
    let mut rest = [0; 64];
    loop {
        match file.read(&mut rest) {
            Ok(0) => return,
            Ok(_) => (),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                // Hung up is readable, too; more than that is not waited for.
                let patience = Timespec { tv_sec: 10, tv_nsec: 0 };
                let ready = poll(&mut [PollFd::new(&file, PollFlags::IN)], Some(&patience));
                assert_eq!(ready, Ok(1), "a process still holds the pipe");
            }
            Err(error) => panic!("{error}"),
        }
    }
}
