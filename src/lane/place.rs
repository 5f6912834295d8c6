//! What a lane copies.

use camino::{Utf8Path, Utf8PathBuf};

/// Most bytes a lane copies.
pub const BYTES_MAX: u64 = 512 << 20;

/// What a lane copies: the workspace, and what it reaches outside.
#[derive(Debug, Clone)]
pub struct Sources {
    /// The workspace root: absolute, without links.
    pub root: Utf8PathBuf,
    /// Folders outside the root that are copied whole.
    pub folders: Vec<Utf8PathBuf>,
    /// Single files outside the root.
    pub files: Vec<Utf8PathBuf>,
    /// Folders that are left out, such as the user's own target folder.
    pub skipped: Vec<Utf8PathBuf>,
    /// Names what a copied file refers to, as absolute paths; those that exist are copied too.
    pub follow: fn(&Utf8Path, &[u8]) -> Vec<Utf8PathBuf>,
}
