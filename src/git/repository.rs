//! A repository around a folder.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use crate::error::{Error, Result};
use crate::sys::{Finished, Process, Stop, fs};

/// Settings that keep git from starting programs that the repository names.
const SAFE: &[&str] = &["-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"];

/// A git repository.
#[derive(Debug, Clone)]
pub struct Repository {
    root: Utf8PathBuf,
}

impl Repository {
    /// Finds the repository around `dir`; `None` if there is none, or no git.
    ///
    /// Fails only when interrupted.
    pub fn find(dir: &Utf8Path, stop: &Stop) -> Result<Option<Self>> {
        let inside = dir.ancestors().any(|folder| fs::exists(&folder.join(".git")));
        if !inside {
            return Ok(None);
        }
        let done = git(dir, &["rev-parse", "--show-toplevel"], stop);
        stop.check()?;
        Ok(done.ok().filter(Finished::success).map(|done| {
            let text = done.stdout_text();
            Self { root: Utf8PathBuf::from(text.trim_end_matches('\n')) }
        }))
    }

    /// Returns the folder that the repository is about.
    pub fn root(&self) -> &Utf8Path {
        &self.root
    }

    /// Returns the commit that is checked out; `None` before the first one.
    pub fn head(&self, stop: &Stop) -> Result<Option<String>> {
        let done = self.git(&["rev-parse", "--verify", "--quiet", "HEAD^{commit}"], stop)?;
        Ok(done.success().then(|| done.stdout_text().trim().to_owned()))
    }

    /// Returns the files that differ between the point where the checkout left `reference` and the
    /// checkout as it is, untracked ones included, as absolute paths; deleted ones are left out.
    ///
    /// Fails with [`Kind::Usage`](crate::error::Kind::Usage) if git does not know `reference`.
    pub fn changed_since(&self, reference: &str, stop: &Stop) -> Result<Vec<Utf8PathBuf>> {
        let base = self.base(reference, stop)?;
        let differ = ["diff", "--name-only", "-z", "--no-renames", "--diff-filter=d", &base, "--"];
        let mut files = self.names(&differ, stop)?;
        files.extend(self.names(&["ls-files", "-z", "--others", "--exclude-standard"], stop)?);
        files.sort();
        files.dedup();
        Ok(files)
    }

    /// Returns the lines of files in the checkout that differ since the point where it left
    /// `reference`, first and last included, by absolute path; of an untracked file all.
    ///
    /// Where lines were only taken away, those before and behind differ. Fails with
    /// [`Kind::Usage`](crate::error::Kind::Usage) if git does not know `reference`.
    pub fn changed_lines(
        &self,
        reference: &str,
        stop: &Stop,
    ) -> Result<BTreeMap<Utf8PathBuf, Vec<(u32, u32)>>> {
        let base = self.base(reference, stop)?;
        let diff = ["-c", "core.quotePath=false", "diff", "-U0", "--no-color", "--no-ext-diff"];
        let which = ["--no-renames", "--diff-filter=d", "--src-prefix=a/", "--dst-prefix=b/"];
        let text = self.checked(&[&diff[..], &which, &[&base, "--"]].concat(), stop)?.stdout_text();
        let mut changed: BTreeMap<Utf8PathBuf, Vec<(u32, u32)>> = BTreeMap::new();
        let mut file = None;
        for line in text.lines() {
            if let Some(name) = line.strip_prefix("+++ b/") {
                file = Some(self.root.join(name.trim_end_matches('\t')));
            } else if let (Some(file), Some(lines)) = (&file, hunk(line)) {
                changed.entry(file.clone()).or_default().push(lines);
            }
        }
        for file in self.names(&["ls-files", "-z", "--others", "--exclude-standard"], stop)? {
            changed.insert(file, vec![(1, u32::MAX)]);
        }
        Ok(changed)
    }

    /// Returns whether a file has changes that are not committed; an untracked one has.
    pub fn is_dirty(&self, path: &Utf8Path, stop: &Stop) -> Result<bool> {
        let args = ["status", "--porcelain", "-z", "--untracked-files=all", "--", path.as_str()];
        let done = self.checked(&args, stop)?;
        Ok(!done.stdout.is_empty())
    }

    /// The commit at which the checkout left `reference`.
    fn base(&self, reference: &str, stop: &Stop) -> Result<String> {
        let commit = format!("{reference}^{{commit}}");
        let known =
            self.git(&["rev-parse", "--verify", "--quiet", "--end-of-options", &commit], stop)?;
        if !known.success() {
            return Err(Error::usage(format!("git does not know `{reference}`"))
                .hint("name a branch, a tag or a commit"));
        }
        let commit = known.stdout_text().trim().to_owned();
        let base = self.git(&["merge-base", &commit, "HEAD"], stop)?;
        Ok(if base.success() { base.stdout_text().trim().to_owned() } else { commit })
    }

    /// The absolute paths that a command prints with NUL between them.
    fn names(&self, args: &[&str], stop: &Stop) -> Result<Vec<Utf8PathBuf>> {
        let text = self.checked(args, stop)?.stdout_text();
        let names = text.split('\0').filter(|name| !name.is_empty());
        Ok(names.map(|name| self.root.join(name)).collect())
    }

    /// Runs git, and fails with its words if it does.
    fn checked(&self, args: &[&str], stop: &Stop) -> Result<Finished> {
        let done = self.git(args, stop)?;
        if done.success() {
            return Ok(done);
        }
        Err(Error::environment(format!("git does not work in `{}`", self.root))
            .because(done.stderr_text().trim().to_owned()))
    }

    /// Runs git at the root, so that names are relative to it.
    fn git(&self, args: &[&str], stop: &Stop) -> Result<Finished> {
        let done = git(&self.root, args, stop)?;
        stop.check()?;
        Ok(done)
    }
}

/// The lines of the new file in `@@ -1,2 +3,4 @@`.
fn hunk(line: &str) -> Option<(u32, u32)> {
    let new = line.strip_prefix("@@ -")?.split(' ').find_map(|word| word.strip_prefix('+'))?;
    let (first, count) = new.split_once(',').unwrap_or((new, "1"));
    let (first, count): (u32, u32) = (first.parse().ok()?, count.parse().ok()?);
    // Nothing is left between line `first` and the next.
    Some(if count == 0 { (first, first + 1) } else { (first, first + count - 1) })
}

/// Runs git in a folder.
fn git(dir: &Utf8Path, args: &[&str], stop: &Stop) -> Result<Finished> {
    let mut process = Process::new("git").args(SAFE).args(args).cwd(dir);
    // Set inside of a git hook, where they would name another repository than the folder's.
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"] {
        process = process.env_remove(name);
    }
    process.env("GIT_OPTIONAL_LOCKS", "0").env("LC_ALL", "C").run(stop)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A repository with one commit.
    fn repository() -> (tempfile::TempDir, Repository) {
        let folder = tempfile::tempdir().unwrap();
        let path = fs::canonicalize(Utf8Path::from_path(folder.path()).unwrap()).unwrap();
        write(&path.join("a.rs"), "one");
        write(&path.join("b.rs"), "one");
        let stop = Stop::never();
        let author = ["-c", "user.name=x", "-c", "user.email=x@x", "-c", "commit.gpgsign=false"];
        for args in [&["init", "-q"][..], &["add", "-A"], &["commit", "-q", "-m", "x"]] {
            assert!(git(&path, &[&author[..], args].concat(), &stop).unwrap().success());
        }
        let repository = Repository::find(&path.join("."), &stop).unwrap().unwrap();
        (folder, repository)
    }

    fn write(path: &Utf8Path, text: &str) {
        fs::write_copy(path, text.as_bytes(), false).unwrap();
    }

    #[test]
    fn changed_files_are_those_on_disk_that_differ() {
        let (_folder, repository) = repository();
        let stop = Stop::never();
        assert_eq!(repository.changed_since("HEAD", &stop).unwrap(), Vec::<Utf8PathBuf>::new());
        let root = repository.root();
        write(&root.join("a.rs"), "two");
        write(&root.join("new.rs"), "new");
        fs::remove_file(&root.join("b.rs")).unwrap();
        let changed = repository.changed_since("HEAD", &stop).unwrap();
        assert_eq!(changed, [root.join("a.rs"), root.join("new.rs")]);
        assert!(repository.is_dirty(&root.join("new.rs"), &stop).unwrap());
        assert!(repository.changed_since("nowhere", &stop).is_err());
    }

    #[test]
    fn changed_lines_are_those_of_the_file_on_disk() {
        let (_folder, repository) = repository();
        let stop = Stop::never();
        let root = repository.root();
        write(&root.join("a.rs"), "zero\none\ntwo\n");
        write(&root.join("new.rs"), "new");
        let lines = repository.changed_lines("HEAD", &stop).unwrap();
        assert_eq!(lines[&root.join("a.rs")], [(1, 3)]);
        assert_eq!(lines[&root.join("new.rs")], [(1, u32::MAX)]);
        assert_eq!(lines.len(), 2);
        assert_eq!(hunk("@@ -1,2 +3,0 @@ fn f()"), Some((3, 4)));
        assert_eq!(hunk("@@ -1 +7 @@"), Some((7, 7)));
    }

    #[test]
    fn a_committed_file_is_clean_and_has_a_commit() {
        let (_folder, repository) = repository();
        let stop = Stop::never();
        assert!(!repository.is_dirty(&repository.root().join("a.rs"), &stop).unwrap());
        assert_eq!(repository.head(&stop).unwrap().map(|head| head.len()), Some(40));
    }

    #[test]
    fn a_folder_without_git_has_no_repository() {
        let folder = tempfile::tempdir().unwrap();
        let path = Utf8Path::from_path(folder.path()).unwrap();
        assert!(Repository::find(path, &Stop::never()).unwrap().is_none());
    }
}
