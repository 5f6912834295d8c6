//! The walk over a folder of the checkout: what of it is copied, and how.

use camino::{Utf8Path, Utf8PathBuf};

use crate::error::{Error, Result};
use crate::sys::Stop;
use crate::sys::fs::{self, FileKind};

/// The first bytes of a `CACHEDIR.TAG`, as its specification says.
const CACHE_SIGNATURE: &[u8] = b"Signature: 8a477f597d28d172789f06886806bc55";

/// How many links out of the tree may follow each other.
const LINKS_MAX: u32 = 4;

/// Most files a lane copies.
const FILES_MAX: usize = 200_000;

/// One thing to copy, with the path of the original.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Item {
    /// A folder, which may be empty.
    Folder(Utf8PathBuf),
    /// A file, or a link to a file outside: its content.
    File(Utf8PathBuf),
    /// A link that stays inside, and what it leads to.
    Link(Utf8PathBuf, Utf8PathBuf),
}

/// What the walk leaves out, and where inside is.
pub(super) struct Borders<'a> {
    /// Folders that are copied.
    pub inside: &'a [Utf8PathBuf],
    /// Folders that are left out.
    pub skipped: &'a [Utf8PathBuf],
}

impl Borders<'_> {
    /// Returns everything below `folder` that is copied, folders before what they hold.
    pub(super) fn walk(&self, folder: &Utf8Path, stop: &Stop) -> Result<Vec<Item>> {
        let mut items = vec![Item::Folder(folder.to_owned())];
        let mut pending = vec![(folder.to_owned(), 0)];
        while let Some((folder, links)) = pending.pop() {
            stop.check()?;
            for entry in fs::read_dir(&folder)? {
                let name = entry.path.file_name().unwrap_or_default();
                if name == ".git" || self.skipped.contains(&entry.path) {
                    continue;
                }
                match entry.kind {
                    FileKind::File => items.push(Item::File(entry.path)),
                    FileKind::Other => (),
                    FileKind::Folder if is_cache(&entry.path) => (),
                    FileKind::Folder => {
                        items.push(Item::Folder(entry.path.clone()));
                        pending.push((entry.path, links));
                    }
                    FileKind::Link => match self.link(entry.path) {
                        Some(Item::Folder(path)) if links < LINKS_MAX => {
                            items.push(Item::Folder(path.clone()));
                            pending.push((path, links + 1));
                        }
                        Some(Item::Folder(_)) | None => (),
                        Some(item) => items.push(item),
                    },
                }
            }
            if FILES_MAX < items.len() {
                return Err(Error::usage(format!("`{folder}` has more than {FILES_MAX} files"))
                    .hint("move data that the tests do not need out of the workspace"));
            }
        }
        Ok(items)
    }

    /// What becomes of a link: a link if it stays inside, else what it leads to.
    fn link(&self, path: Utf8PathBuf) -> Option<Item> {
        let text = fs::read_link(&path).ok()?;
        let Ok(end) = fs::canonicalize(&path) else {
            return text.is_relative().then_some(Item::Link(path, text));
        };
        if self.inside.iter().any(|folder| end.starts_with(folder)) {
            return Some(Item::Link(path, text));
        }
        match fs::kind(&end)? {
            FileKind::File => Some(Item::File(path)),
            FileKind::Folder if !is_cache(&end) => Some(Item::Folder(path)),
            _ => None,
        }
    }
}

/// Whether the folder declares itself a cache, as cargo's target folders do.
fn is_cache(folder: &Utf8Path) -> bool {
    let tag = folder.join("CACHEDIR.TAG");
    fs::exists(&tag) && fs::read(&tag).is_ok_and(|bytes| bytes.starts_with(CACHE_SIGNATURE))
}
