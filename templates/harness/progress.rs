//! How far the work is, in a file that the host reads now and then.

use std::fs::File;
use std::os::unix::fs::FileExt as _;

/// The file, if it could be made.
pub struct Progress(Option<File>);

impl Progress {
    /// Makes the file.
    pub fn new(path: &str) -> Self {
        Self(File::create(path).ok())
    }

    /// Writes executions, covered goals, all goals and active candidates: one line of fixed width
    /// over the last one, so that nobody ever reads half of it.
    pub fn show(&self, counts: [u64; 4]) {
        let words = counts.map(|count| count.to_string()).join(" ");
        if let Some(file) = &self.0 {
            let _ = file.write_all_at(format!("{words:<80}\n").as_bytes(), 0);
        }
    }
}
