//! Cells made by podman, for machines on which containers are what is allowed.
//!
//! No image is needed: the root of the container is an empty folder, into which the same files are
//! mounted that bubblewrap would mount. The container holds one process, which waits at a pipe that
//! this program holds open: whenever and however this program ends, the pipe closes, the process
//! ends, and podman takes the container away.

use std::fs::File;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};

use super::cell::{KEEP_MODE, KEEP_READY, Mount, TMP};
use crate::error::{Error, Result};
use crate::sys::{Companion, Process, Stop, fs, id};

/// How long podman may take to start a container, or to say something.
const PATIENCE: Duration = Duration::from_mins(1);

/// How long a container may take to end.
const REST: Duration = Duration::from_secs(5);

/// What is set for every container.
const ALWAYS: [&str; 14] = [
    "run",
    "--rm",
    "--label=rustchain=cell",
    "--network=none",
    "--read-only",
    "--read-only-tmpfs=false",
    "--cap-drop=all",
    "--security-opt=no-new-privileges",
    "--no-hosts",
    "--log-driver=none",
    // Podman asks for more than this program may have, where that is limited.
    "--ulimit=nofile=1024:1024",
    "--ulimit=nproc=1024:1024",
    "--workdir=/",
    "--pull=never",
];

/// A container that is running.
#[derive(Debug)]
pub(super) struct Container {
    pipe: Option<File>,
    keeper: Companion,
    _root: tempfile::TempDir,
}

impl Container {
    /// Starts a container with these mounts, its own files below `folder`; returns it with the
    /// process in it.
    ///
    /// Fails with [`Kind::Environment`](crate::error::Kind::Environment) and podman's words.
    pub(super) fn start(
        mounts: &[(Utf8PathBuf, Mount)],
        folder: &Utf8Path,
        rustchain: &Utf8Path,
    ) -> Result<(Self, i32)> {
        let root_folder = fs::temporary_folder(folder)?;
        let root = Utf8Path::from_path(root_folder.path())
            .ok_or_else(|| Error::environment(format!("a path in `{folder}` is not UTF-8")))?;
        let name = format!("rustchain-{}", &id::hash(root.as_str().as_bytes()));
        let (files, pipe_path) = (root.join("root"), root.join("pipe"));
        fs::create_dir_all(&files.join(TMP.trim_start_matches('/')))?;
        let pipe = fs::make_pipe(&pipe_path)?;
        let mut args = ALWAYS.map(str::to_owned).to_vec();
        args.push(format!("--name={name}"));
        args.extend(mounted(&pipe_path, &pipe_path, ",ro"));
        for (place, mount) in mounts {
            match mount {
                Mount::Read(real) => args.extend(mounted(real, place, ",ro")),
                Mount::Write(real) => args.extend(mounted(real, place, "")),
                Mount::Link(target) => {
                    fs::symlink(target, &files.join(place.as_str().trim_start_matches('/')))?;
                }
                Mount::Device => (),
            }
        }
        args.push("--rootfs".to_owned());
        args.extend([&files, rustchain].map(ToString::to_string));
        args.extend([KEEP_MODE.to_owned(), pipe_path.into_string()]);
        let keeper = Companion::start(&Process::new("podman").args(args), KEEP_READY, PATIENCE)?;
        let container = Self { pipe: Some(pipe), keeper, _root: root_folder };
        Ok((container, process(&name)?))
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        drop(self.pipe.take());
        self.keeper.wait(REST);
    }
}

/// The arguments that show a file or folder in a container.
fn mounted(real: &Utf8Path, place: &Utf8Path, more: &str) -> [String; 1] {
    [format!("--mount=type=bind,src={real},dst={place}{more}")]
}

/// The process in a container.
fn process(name: &str) -> Result<i32> {
    let args = ["inspect", "--format", "{{.State.Pid}}", name];
    let done = Process::new("podman").args(args).timeout(PATIENCE).run(&Stop::never())?;
    let id = done.stdout_text().trim().parse().ok().filter(|id| *id != 0);
    id.ok_or_else(|| {
        Error::environment("podman does not tell which process it started")
            .because(done.stderr_text().trim().to_owned())
    })
}
