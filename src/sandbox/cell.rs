//! Cells: namespaces that bubblewrap or podman makes once, in which many boxes are closed.
//!
//! To set up mounts takes them some milliseconds, too many for programs that run for two. So
//! one process in the cell only waits, and each box enters its namespaces, which takes
//! microseconds, and adds its own: process ids, shared memory, and a home in memory.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};

use super::launch::Cell;
use super::podman::Container;
use super::policy::Phase;
use super::system;
use crate::error::{Error, Result};
use crate::sys::companion::SECOND_STDOUT;
use crate::sys::fs::{self, FileKind};
use crate::sys::{Companion, Process};

/// The first argument that starts this program as the keeper of a cell.
pub(super) const KEEP_MODE: &str = "__keep";

/// What the keeper says when the cell is there.
pub(super) const KEEP_READY: &str = "ready";

/// Where bubblewrap is looked for: not in PATH, which anybody may have set.
const BUBBLEWRAP: [&str; 4] =
    ["/usr/bin/bwrap", "/usr/local/bin/bwrap", "/bin/bwrap", "/run/current-system/sw/bin/bwrap"];

/// How long a cell may take to get ready.
const PATIENCE: Duration = Duration::from_secs(10);

/// What is set for every cell. Root needs the first and the last: without them it could mount the
/// files of the machine again, to write to them.
const ALWAYS: [&str; 10] = [
    "--unshare-user",
    "--unshare-pid",
    "--unshare-net",
    "--unshare-ipc",
    "--unshare-uts",
    "--unshare-cgroup-try",
    "--die-with-parent",
    "--new-session",
    "--cap-drop",
    "ALL",
];

/// The folder for everybody's temporary files.
pub(super) const TMP: &str = "/tmp";

/// What all boxes of a cell may see together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// What the programs are started for.
    pub phase: Phase,
    /// Files and folders that some of them may read.
    pub read: Vec<Utf8PathBuf>,
    /// Files and folders that some of them may write.
    pub write: Vec<Utf8PathBuf>,
}

/// A cell that is open.
#[derive(Debug, Clone)]
pub(super) struct Open {
    /// How to get in.
    pub cell: Cell,
    /// It ends with the last of its users.
    _keeper: Arc<Keeper>,
}

/// What holds a cell open.
#[derive(Debug)]
#[expect(dead_code, reason = "it is held, and dropped in the end")]
enum Keeper {
    Bubblewrap(Companion),
    Podman(Container),
}

/// Who makes a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Maker {
    /// Bubblewrap, with or without a `/proc`.
    Bubblewrap {
        /// Whether it is mounted.
        proc: bool,
    },
    /// Podman.
    Podman,
}

/// Opens a cell.
///
/// Fails with [`Kind::Environment`](crate::error::Kind::Environment) if its maker is not there or
/// not able to.
pub(super) fn open(view: &View, maker: Maker, rustchain: &Utf8Path) -> Result<Open> {
    let rustchain = fs::canonicalize(rustchain)?;
    for path in &view.write {
        fs::create_dir_all(path)?;
    }
    let mounts = mounts(view, &rustchain);
    let tmp = !mounts.iter().any(|(path, _)| path.starts_with(TMP));
    let (keeper, process, proc) = match maker {
        Maker::Bubblewrap { proc } => {
            let mut args = arguments(&mounts, proc);
            args.extend(["--".to_owned(), rustchain.into_string(), KEEP_MODE.to_owned()]);
            let keeper = bubblewrap(args)?;
            let process = child(keeper.said()).ok_or_else(|| {
                Error::environment("bubblewrap does not tell which process it started")
            })?;
            (Keeper::Bubblewrap(keeper), process, proc)
        }
        Maker::Podman => {
            let folder = view.write.first().ok_or_else(|| Error::internal("nothing to write"))?;
            let (container, process) = Container::start(&mounts, folder, &rustchain)?;
            (Keeper::Podman(container), process, true)
        }
    };
    Ok(Open { cell: Cell { process, proc, tmp }, _keeper: Arc::new(keeper) })
}

/// Starts bubblewrap.
fn bubblewrap(args: Vec<String>) -> Result<Companion> {
    let program = BUBBLEWRAP.iter().find(|path| fs::exists(Utf8Path::new(path)));
    let program = program.ok_or_else(|| {
        Error::environment("bubblewrap is not installed").hint("install the package `bubblewrap`")
    })?;
    let process = Process::new(program).args(args).env_clear().cwd(Utf8Path::new("/"));
    Companion::start(&process, KEEP_READY, PATIENCE)
}

/// The process that bubblewrap started, from what it tells as JSON.
fn child(said: &str) -> Option<i32> {
    let end = said.find('}')?;
    let told: serde_json::Value = serde_json::from_str(said.get(..=end)?).ok()?;
    told.get("child-pid")?.as_i64()?.try_into().ok()
}

/// How a path comes into a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Mount {
    /// A file or folder to read.
    Read(Utf8PathBuf),
    /// A file or folder to write, too.
    Write(Utf8PathBuf),
    /// A device.
    Device,
    /// A link to there.
    Link(Utf8PathBuf),
}

/// What comes into a cell, each thing before what is in it, which it would cover otherwise.
fn mounts(view: &View, rustchain: &Utf8Path) -> Vec<(Utf8PathBuf, Mount)> {
    let mut mounts = BTreeMap::new();
    for path in system::readable(view.phase).iter().map(Utf8Path::new).filter(|p| fs::exists(p)) {
        let top = path.components().count() == 2;
        let mount = match fs::read_link(path) {
            Ok(target) if top => Mount::Link(target),
            _ => Mount::Read(path.to_owned()),
        };
        mounts.insert(path.to_owned(), mount);
    }
    for path in system::DEVICES_READ.into_iter().chain(system::DEVICES_WRITE) {
        mounts.insert(path.into(), Mount::Device);
    }
    for path in view.read.iter().map(Utf8PathBuf::as_path).chain([rustchain]) {
        for (place, real) in places(path) {
            mounts.entry(place).or_insert(Mount::Read(real));
        }
    }
    for path in &view.write {
        for (place, real) in places(path) {
            mounts.insert(place, Mount::Write(real));
        }
    }
    // What lies in a folder that is there to be read is there with it.
    let shown = |place: &Utf8Path, mount: &Mount| {
        let above = place.ancestors().skip(1).find_map(|above| mounts.get(above));
        matches!(above, Some(Mount::Read(_))) && matches!(mount, Mount::Read(real) if real == place)
    };
    let all = mounts.iter().filter(|(place, mount)| !shown(place, mount));
    all.map(|(place, mount)| (place.clone(), mount.clone())).collect()
}

/// The arguments for bubblewrap.
fn arguments(mounts: &[(Utf8PathBuf, Mount)], proc: bool) -> Vec<String> {
    let mut args = ALWAYS.map(str::to_owned).to_vec();
    args.extend(["--info-fd".to_owned(), SECOND_STDOUT.to_string()]);
    for (place, mount) in mounts {
        let words = match mount {
            Mount::Read(real) => ["--ro-bind", real.as_str(), place.as_str()],
            Mount::Write(real) => ["--bind", real.as_str(), place.as_str()],
            Mount::Device => ["--dev-bind-try", place.as_str(), place.as_str()],
            Mount::Link(target) => ["--symlink", target.as_str(), place.as_str()],
        };
        args.extend(words.map(str::to_owned));
    }
    if proc {
        args.extend(["--proc", "/proc"].map(str::to_owned));
    }
    args.extend(["--dir", TMP, "--remount-ro", "/"].map(str::to_owned));
    args
}

/// Where a path has to be in a cell, with where it really is: a link on the way to it is not there.
fn places(path: &Utf8Path) -> Vec<(Utf8PathBuf, Utf8PathBuf)> {
    let Ok(real) = fs::canonicalize(path) else { return Vec::new() };
    if fs::kind(&real).is_none_or(|kind| kind == FileKind::Link) {
        return Vec::new();
    }
    let mut places = vec![(real.clone(), real.clone())];
    if real != path {
        places.push((path.to_owned(), real));
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_process_of_a_cell_is_read_from_what_bubblewrap_tells() {
        let said = "{\n    \"child-pid\": 4711,\n    \"mnt-namespace\": 4026532\n}\nready\n";
        assert_eq!(child(said), Some(4711));
        assert_eq!(child("ready\n"), None);
    }

    #[test]
    fn a_folder_is_mounted_before_what_may_be_written_in_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = fs::canonicalize(Utf8Path::from_path(folder.path()).expect("UTF-8"));
        let root = root.expect("real");
        let inner = root.join("inner");
        fs::create_dir_all(&inner).expect("made");
        let view = View { phase: Phase::Run, read: vec![root.clone()], write: vec![inner.clone()] };
        let args = arguments(&mounts(&view, Utf8Path::new("/usr/lib")), true);
        let at = |path: &Utf8Path| args.iter().position(|arg| *arg == path.as_str());
        assert!(at(&root) < at(&inner), "{args:?}");
        assert!(args.ends_with(&["--remount-ro".to_owned(), "/".to_owned()]), "{args:?}");
    }
}
