//! Shared by the tests: a temporary project, and the real binary run in it.
#![expect(clippy::disallowed_methods, reason = "tests prepare folders and start the binary")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;

/// A temporary folder with a project and a HOME of its own.
pub struct Project {
    folder: tempfile::TempDir,
}

impl Project {
    /// Returns an empty project.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::create_dir_all(folder.path().join("project")).expect("a project folder");
        fs::create_dir_all(folder.path().join("home")).expect("a home folder");
        Self { folder }
    }

    /// Returns a path in the project.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("project").join(name)
    }

    /// Returns the folder around project and home.
    pub fn folder(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    /// Returns the home folder of the runs.
    pub fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// Writes a file of the project.
    pub fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        fs::write(path, text).expect("the file is written");
    }

    /// Reads a file of the project.
    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).expect(name)
    }

    /// Returns every file of the project with its bytes, sorted.
    pub fn tree(&self) -> BTreeMap<String, Vec<u8>> {
        let root = self.path("");
        let mut pending = vec![root.clone()];
        let mut files = BTreeMap::new();
        while let Some(folder) = pending.pop() {
            for entry in fs::read_dir(folder).expect("a readable folder") {
                let path = entry.expect("a readable entry").path();
                if path.is_dir() {
                    pending.push(path);
                } else {
                    files.insert(relative(&root, &path), fs::read(&path).expect("a file"));
                }
            }
        }
        files
    }
}

/// The path below `root`, with forward slashes.
fn relative(root: &Path, path: &Path) -> String {
    path.strip_prefix(root).expect("below the root").to_string_lossy().replace('\\', "/")
}

/// What a finished run of the binary left.
pub struct Done {
    /// The exit code; -1 if a signal ended it.
    pub code: i32,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
}

/// Runs the binary in the project's folder.
pub fn run(project: &Project, args: &[&str]) -> Done {
    run_in(project, "", args)
}

/// Runs the binary in a folder of the project.
pub fn run_in(project: &Project, folder: &str, args: &[&str]) -> Done {
    done(&mut command(project, folder, args))
}

/// Runs a command to its end.
fn done(command: &mut Command) -> Done {
    let output = command.output().expect("it starts");
    Done {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Runs the binary with files limited to so many blocks of 512 bytes, as on a disk that is nearly
/// full.
pub fn run_short_of_space(project: &Project, blocks: u32, args: &[&str]) -> Done {
    let script = r#"trap "" XFSZ; ulimit -f "$1"; shift; exec "$@""#;
    let whole = command(project, "", args);
    let mut limited = Command::new("sh");
    limited.args(["-c", script, "sh", &blocks.to_string()]).arg(whole.get_program()).args(args);
    limited.current_dir(project.path("")).stdin(Stdio::null());
    for (name, value) in whole.get_envs() {
        match value {
            Some(value) => limited.env(name, value),
            None => limited.env_remove(name),
        };
    }
    done(&mut limited)
}

/// The folder with the search runtime that all tests share.
pub fn shared_runtime() -> PathBuf {
    let shared = Path::new(env!("CARGO_TARGET_TMPDIR")).join("runtime");
    fs::create_dir_all(&shared).expect("a folder for the runtime");
    shared
}

/// Lets a project use the search runtime that an earlier test compiled; all else in its cache is
/// its own.
pub fn share_runtime(project: &Project) {
    let shared = shared_runtime();
    let cache = project.home().join("cache/rustchain");
    fs::create_dir_all(&cache).expect("a cache folder");
    std::os::unix::fs::symlink(shared, cache.join("runtime")).expect("a link");
}

/// Removes a folder when this process has ended: what a `static` owns is never dropped.
///
/// A shell waits for the end of its input, which comes with the end of this process, however that
/// ends.
pub fn remove_at_exit(folder: &Path) {
    static WAITING: Mutex<Vec<Child>> = Mutex::new(Vec::new());
    let mut shell = Command::new("sh");
    shell.args(["-c", "read -r _; rm -rf -- \"$1\"", "sh"]).arg(folder).current_dir("/");
    shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let shell = shell.spawn().expect("a shell starts");
    WAITING.lock().expect("no test panics here").push(shell);
}

/// The binary with its arguments, a folder of the project, and a private cache.
pub fn command(project: &Project, folder: &str, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rustchain"));
    command.args(args).current_dir(project.path(folder)).stdin(Stdio::null());
    command.env("XDG_CACHE_HOME", project.home().join("cache"));
    for name in ["NO_COLOR", "CARGO_TARGET_DIR", "RUSTFLAGS", "RUSTC_WRAPPER"] {
        command.env_remove(name);
    }
    command
}

/// The repository as text.
pub mod repository {
    use std::fs;
    use std::path::{Path, PathBuf};

    /// Reads a file of the repository.
    pub fn read(name: &str) -> String {
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).expect(name)
    }

    /// Returns every Rust file below these folders with its text.
    pub fn rust_files(folders: &[&str]) -> Vec<(PathBuf, String)> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut pending: Vec<PathBuf> = folders.iter().map(|folder| root.join(folder)).collect();
        let mut files = Vec::new();
        while let Some(folder) = pending.pop() {
            for entry in fs::read_dir(folder).expect("a readable folder") {
                let path = entry.expect("a readable entry").path();
                if path.is_dir() {
                    pending.push(path);
                } else if path.extension().is_some_and(|extension| extension == "rs") {
                    let text = fs::read_to_string(&path).expect("UTF-8");
                    files.push((path, text));
                }
            }
        }
        files
    }

    /// Returns the missions of the repository, those that are done too, with their texts.
    pub fn missions() -> Vec<(String, String)> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("missions");
        let mut missions = Vec::new();
        for folder in [root.clone(), root.join("done")] {
            let Ok(entries) = fs::read_dir(folder) else { continue };
            for entry in entries {
                let path = entry.expect("a readable entry").path();
                if path.is_file() {
                    let name = path.file_name().expect("a name").to_string_lossy().into_owned();
                    missions.push((name, fs::read_to_string(&path).expect("UTF-8")));
                }
            }
        }
        missions.sort();
        missions
    }
}
