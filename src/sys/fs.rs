//! Files: every read and write, with errors that name the path, and writes that are whole or not
//! at all.
#![expect(clippy::disallowed_methods, reason = "this is the one place that touches files")]

use std::fs::{File, OpenOptions};
use std::io::{self, Seek as _, Write as _};
use std::time::SystemTime;

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Kind, Result};

/// Free disk space in bytes below which a program that failed is taken to have failed for that.
const SPACE_MIN: u64 = 256 << 10;

/// What programs say that cannot write, in the words of the system.
const SAID_WITHOUT_SPACE: &[(&str, io::ErrorKind)] = &[
    ("No space left on device", io::ErrorKind::StorageFull),
    ("File too large", io::ErrorKind::FileTooLarge),
    ("Disk quota exceeded", io::ErrorKind::QuotaExceeded),
];

/// How the names of files begin and end that are written and not yet in their place.
const UNFINISHED: (&str, &str) = (".rustchain-", ".tmp");

/// How many letters and digits stand between.
const UNFINISHED_LETTERS: usize = 6;

/// What a path is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link, whatever it leads to.
    Link,
    /// A socket, a device or a pipe.
    Other,
}

/// One entry of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The whole path.
    pub path: Utf8PathBuf,
    /// What it is, links not followed.
    pub kind: FileKind,
}

/// What tells whether a file is still the one that was seen before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// Size in bytes.
    pub size: u64,
    /// Time of the last change of the content, in nanoseconds since 1970.
    pub modified_ns: i64,
    /// Time of the last change of anything about it, in nanoseconds since 1970.
    pub changed_ns: i64,
    /// Number of the file in its file system.
    pub inode: u64,
}

/// Turns an IO error on `path` into ours: a full disk is the machine's fault, a missing file the
/// user's.
fn failure(verb: &str, path: &Utf8Path, error: io::Error) -> Error {
    let kind = match error.kind() {
        io::ErrorKind::NotFound => Kind::Usage,
        _ => Kind::Environment,
    };
    let hint = match error.kind() {
        io::ErrorKind::StorageFull => Some("free some disk space and run the command again"),
        io::ErrorKind::FileTooLarge => Some("raise the limit on the size of files (`ulimit -f`)"),
        io::ErrorKind::QuotaExceeded => Some("free some of your disk quota"),
        io::ErrorKind::PermissionDenied => Some("check the owner and the permissions"),
        io::ErrorKind::ReadOnlyFilesystem => Some("the file system is read-only"),
        _ => None,
    };
    let failure = Error::new(kind, format!("cannot {verb} `{path}`")).because(error);
    match hint {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

/// Reads a file.
pub fn read(path: &Utf8Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|error| failure("read", path, error))
}

/// Reads a file as UTF-8; other bytes are a [`Kind::Usage`] error.
pub fn read_to_string(path: &Utf8Path) -> Result<String> {
    String::from_utf8(read(path)?).map_err(|error| {
        let line = error.as_bytes().iter().take(error.utf8_error().valid_up_to());
        let line = 1 + line.filter(|byte| **byte == b'\n').count();
        Error::usage(format!("`{path}` is not UTF-8 (line {line})"))
    })
}

/// Opens a file for reading.
pub fn open(path: &Utf8Path) -> Result<File> {
    File::open(path).map_err(|error| failure("open", path, error))
}

/// Opens a file for writing without emptying it; missing folders and the file are made.
pub fn open_to_write(path: &Utf8Path) -> Result<File> {
    create_parent(path)?;
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true);
    options.open(path).map_err(|error| failure("open", path, error))
}

/// Opens a file for appending; missing folders and the file are made.
pub fn open_to_append(path: &Utf8Path) -> Result<File> {
    create_parent(path)?;
    let mut options = OpenOptions::new();
    options.create(true).append(true).open(path).map_err(|error| failure("open", path, error))
}

/// Appends `bytes` with one write; a short write is an error.
pub fn append(file: &mut File, path: &Utf8Path, bytes: &[u8]) -> Result<()> {
    match file.write(bytes) {
        Ok(written) if written == bytes.len() => Ok(()),
        Ok(_) => {
            Err(failure("write", path, io::Error::new(io::ErrorKind::StorageFull, "short write")))
        }
        Err(error) => Err(failure("write", path, error)),
    }
}

/// Cuts an open file to `length` bytes.
pub fn set_length(file: &File, path: &Utf8Path, length: u64) -> Result<()> {
    file.set_len(length).map_err(|error| failure("cut", path, error))
}

/// Waits until what was written to `file` is on disk.
pub fn sync(file: &File, path: &Utf8Path) -> Result<()> {
    file.sync_all().map_err(|error| failure("sync", path, error))
}

/// Replaces the content of an open file; only for files nobody reads as a whole (locks).
pub fn replace_content(file: &mut File, path: &Utf8Path, bytes: &[u8]) -> Result<()> {
    let result = file.set_len(0).and_then(|()| file.rewind()).and_then(|()| file.write_all(bytes));
    result.map_err(|error| failure("write", path, error))
}

/// Writes a file whole or not at all: temporary file beside it, sync, rename, sync of the folder.
///
/// An existing file keeps its permissions. A read-only file is refused, although a rename could
/// replace it.
pub fn write_atomic(path: &Utf8Path, bytes: &[u8]) -> Result<()> {
    create_parent(path)?;
    let folder = parent(path);
    let fail = |error| failure("write", path, error);
    let permissions = std::fs::metadata(path).ok().map(|meta| meta.permissions());
    if permissions.as_ref().is_some_and(std::fs::Permissions::readonly) {
        return Err(Error::new(
            Kind::Environment,
            format!("cannot write `{path}`: it is read-only"),
        )
        .hint("make the file writable"));
    }
    let mut builder = tempfile::Builder::new();
    let (prefix, suffix) = UNFINISHED;
    builder.prefix(prefix).suffix(suffix).rand_bytes(UNFINISHED_LETTERS);
    let mut temporary = builder.tempfile_in(folder).map_err(fail)?;
    temporary.write_all(bytes).map_err(fail)?;
    let permissions = permissions.unwrap_or_else(default_permissions);
    temporary.as_file().set_permissions(permissions).map_err(fail)?;
    temporary.as_file().sync_all().map_err(fail)?;
    temporary.persist(path).map_err(|error| fail(error.error))?;
    sync_folder(folder)
}

/// Removes what [`write_atomic`] leaves in a folder when the process is killed within it; a folder
/// that is not there is no error.
pub fn remove_unfinished(folder: &Utf8Path) -> Result<()> {
    if !exists(folder) {
        return Ok(());
    }
    let unfinished = |entry: &Entry| {
        let (prefix, suffix) = UNFINISHED;
        let letters = entry.path.file_name().and_then(|name| name.strip_prefix(prefix));
        let letters = letters.and_then(|name| name.strip_suffix(suffix)).unwrap_or_default();
        let random = letters.chars().all(|letter| letter.is_ascii_alphanumeric());
        entry.kind == FileKind::File && letters.len() == UNFINISHED_LETTERS && random
    };
    let entries = read_dir(folder)?.into_iter().filter(unfinished);
    entries.into_iter().try_for_each(|entry| remove_file(&entry.path))
}

/// Refuses a file whose permissions say that it is not to be written, although a rename could
/// replace it; fails with [`Kind::Environment`].
pub fn check_writable(path: &Utf8Path) -> Result<()> {
    match std::fs::metadata(path) {
        Ok(meta) if meta.permissions().readonly() => {
            Err(Error::new(Kind::Environment, format!("cannot write `{path}`: it is read-only"))
                .hint("make the file writable"))
        }
        _ => Ok(()),
    }
}

/// The permissions of a new file: readable by all, writable by its owner.
fn default_permissions() -> std::fs::Permissions {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::Permissions::from_mode(0o644)
}

/// Syncs a folder, so that a rename in it is durable.
pub fn sync_folder(folder: &Utf8Path) -> Result<()> {
    let file = File::open(folder).map_err(|error| failure("open", folder, error))?;
    file.sync_all().map_err(|error| failure("sync", folder, error))
}

/// Copies a file with its permissions; missing folders are made.
pub fn copy(from: &Utf8Path, to: &Utf8Path) -> Result<()> {
    create_parent(to)?;
    std::fs::copy(from, to).map(drop).map_err(|error| failure("copy", from, error))
}

/// Writes a file that can be made again: no sync, and a file or link in its place is removed first.
///
/// Missing folders are made; `executable` sets the permission bits for that.
pub fn write_copy(path: &Utf8Path, bytes: &[u8], executable: bool) -> Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;
    create_parent(path)?;
    remove_file(path)?;
    let mut options = OpenOptions::new();
    options.create_new(true).write(true).mode(if executable { 0o755 } else { 0o644 });
    let result = options.open(path).and_then(|mut file| file.write_all(bytes));
    result.map_err(|error| failure("write", path, error))
}

/// Returns what a symbolic link says, unresolved; a target that is not UTF-8 is an error.
pub fn read_link(path: &Utf8Path) -> Result<Utf8PathBuf> {
    path.read_link_utf8().map_err(|error| failure("read", path, error))
}

/// Makes a symbolic link at `path` that says `target`; a file or link in its place is removed.
pub fn symlink(target: &Utf8Path, path: &Utf8Path) -> Result<()> {
    create_parent(path)?;
    remove_file(path)?;
    std::os::unix::fs::symlink(target, path).map_err(|error| failure("link", path, error))
}

/// Makes a pipe with a name, and returns an end of it for writing: as long as that is open, whoever
/// reads there waits.
pub fn make_pipe(path: &Utf8Path) -> Result<File> {
    let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
    rustix::fs::mknodat(rustix::fs::CWD, path.as_str(), rustix::fs::FileType::Fifo, mode, 0)
        .map_err(|error| failure("make", path, error.into()))?;
    // For reading, too, or else it would wait for a reader.
    let opened = OpenOptions::new().read(true).write(true).open(path);
    opened.map_err(|error| failure("open", path, error))
}

/// Moves a file within one file system and syncs both folders.
pub fn rename(from: &Utf8Path, to: &Utf8Path) -> Result<()> {
    create_parent(to)?;
    std::fs::rename(from, to).map_err(|error| failure("move", from, error))?;
    sync_folder(parent(to))?;
    sync_folder(parent(from))
}

/// Removes a file; one that is not there is no error.
pub fn remove_file(path: &Utf8Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(failure("remove", path, error))
        }
        _ => Ok(()),
    }
}

/// Removes a folder and all below it; one that is not there is no error.
pub fn remove_dir_all(path: &Utf8Path) -> Result<()> {
    match std::fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(failure("remove", path, error))
        }
        _ => Ok(()),
    }
}

/// Removes whatever is at `path`: a link, not what it leads to; a folder with all below it.
pub fn remove(path: &Utf8Path) -> Result<()> {
    match kind(path) {
        Some(FileKind::Folder) => remove_dir_all(path),
        Some(_) => remove_file(path),
        None => Ok(()),
    }
}

/// Removes a folder if it is empty; otherwise, or if that fails, it stays.
pub fn remove_empty_dir(path: &Utf8Path) {
    drop(std::fs::remove_dir(path));
}

/// Makes a folder and those above it.
pub fn create_dir_all(path: &Utf8Path) -> Result<()> {
    std::fs::create_dir_all(path).map_err(|error| failure("create", path, error))
}

/// Makes the folder in which `path` lives.
fn create_parent(path: &Utf8Path) -> Result<()> {
    create_dir_all(parent(path))
}

/// The folder of `path`, `.` for a bare name.
fn parent(path: &Utf8Path) -> &Utf8Path {
    match path.parent() {
        Some(folder) if !folder.as_str().is_empty() => folder,
        _ => Utf8Path::new("."),
    }
}

/// Returns what is at `path`, links not followed; `None` if nothing is.
pub fn kind(path: &Utf8Path) -> Option<FileKind> {
    std::fs::symlink_metadata(path).ok().map(|meta| kind_of(meta.file_type()))
}

/// Returns whether something is at `path`, links followed.
pub fn exists(path: &Utf8Path) -> bool {
    path.exists()
}

/// Returns size in bytes and time of the last change, links followed.
pub fn size_and_time(path: &Utf8Path) -> Result<(u64, SystemTime)> {
    let meta = std::fs::metadata(path).map_err(|error| failure("read", path, error))?;
    let time = meta.modified().map_err(|error| failure("read", path, error))?;
    Ok((meta.len(), time))
}

/// Returns the stamp of what is at `path`, links followed; `None` if nothing is.
pub fn stamp(path: &Utf8Path) -> Option<Stamp> {
    use std::os::unix::fs::MetadataExt as _;
    let meta = std::fs::metadata(path).ok()?;
    let ns = |seconds: i64, rest: i64| seconds.saturating_mul(1_000_000_000).saturating_add(rest);
    Some(Stamp {
        size: meta.size(),
        modified_ns: ns(meta.mtime(), meta.mtime_nsec()),
        changed_ns: ns(meta.ctime(), meta.ctime_nsec()),
        inode: meta.ino(),
    })
}

/// Returns whether the owner may execute the file.
pub fn is_executable(path: &Utf8Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).is_ok_and(|meta| meta.permissions().mode() & 0o100 != 0)
}

/// Returns the absolute path without links and dots.
pub fn canonicalize(path: &Utf8Path) -> Result<Utf8PathBuf> {
    path.canonicalize_utf8().map_err(|error| failure("find", path, error))
}

/// Returns the entries of a folder sorted by path; names that are not UTF-8 are left out.
pub fn read_dir(path: &Utf8Path) -> Result<Vec<Entry>> {
    let fail = |error| failure("read", path, error);
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(path).map_err(fail)? {
        let entry = entry.map_err(fail)?;
        if let Ok(path) = Utf8PathBuf::from_path_buf(entry.path()) {
            entries.push(Entry { path, kind: kind_of(entry.file_type().map_err(fail)?) });
        }
    }
    entries.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(entries)
}

/// Makes a new empty folder with an unguessable name below `folder`; it is removed on drop.
pub fn temporary_folder(folder: &Utf8Path) -> Result<tempfile::TempDir> {
    create_dir_all(folder)?;
    let mut builder = tempfile::Builder::new();
    let made = builder.prefix("rc-").tempdir_in(folder);
    made.map_err(|error| failure("create a folder in", folder, error))
}

/// Returns the disk space in bytes that `path` and all below it take, links not followed; what
/// vanishes meanwhile counts as nothing.
pub fn disk_usage(path: &Utf8Path) -> u64 {
    use std::os::unix::fs::MetadataExt as _;
    let mut pending = vec![path.as_std_path().to_owned()];
    let mut bytes = 0_u64;
    while let Some(path) = pending.pop() {
        let Ok(meta) = std::fs::symlink_metadata(&path) else { continue };
        bytes = bytes.saturating_add(meta.blocks().saturating_mul(512));
        if meta.is_dir() {
            let entries = std::fs::read_dir(&path).into_iter().flatten().flatten();
            pending.extend(entries.map(|entry| entry.path()));
        }
    }
    bytes
}

/// Returns the free disk space in bytes where `path` is.
pub fn disk_free(path: &Utf8Path) -> Result<u64> {
    let space = rustix::fs::statvfs(path.as_std_path());
    let space = space.map_err(|error| failure("find the free space of", path, error.into()))?;
    Ok(space.f_bavail.saturating_mul(space.f_frsize))
}

/// Tells a program that failed for want of disk space from one that failed by itself: it worked in
/// `folder` and said `words`.
///
/// Fails with [`Kind::Environment`] if the words say so, or if there is no space any more.
pub fn check_space(folder: &Utf8Path, words: &str) -> Result<()> {
    let said = SAID_WITHOUT_SPACE.iter().find(|(said, _)| words.contains(said));
    let full = || disk_free(folder).is_ok_and(|free| free < SPACE_MIN);
    let why = match said {
        Some((_, why)) => *why,
        None if full() => io::ErrorKind::StorageFull,
        None => return Ok(()),
    };
    Err(failure("write into", folder, why.into()))
}

/// Classifies a file type.
fn kind_of(kind: std::fs::FileType) -> FileKind {
    if kind.is_symlink() {
        FileKind::Link
    } else if kind.is_dir() {
        FileKind::Folder
    } else if kind.is_file() {
        FileKind::File
    } else {
        FileKind::Other
    }
}
