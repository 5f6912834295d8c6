//! The lines that cargo, and our stand-in for the runner, print for programs.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;
use serde::{Deserialize, Serialize};

use super::diagnostic::Diagnostic;

/// One line.
#[derive(Debug, Deserialize)]
#[serde(tag = "reason")]
pub(super) enum Message {
    /// A target was built, or found fresh.
    #[serde(rename = "compiler-artifact")]
    Built(Artifact),
    /// The compiler says something about a package.
    #[serde(rename = "compiler-message")]
    Said {
        /// What it says.
        message: Diagnostic,
    },
    /// The build is over.
    #[serde(rename = "build-finished")]
    Finished {
        /// Whether all was built.
        success: bool,
    },
    /// The runner was asked to start a test binary.
    #[serde(rename = "rustchain-started")]
    Started(Started),
    /// Anything else.
    #[serde(other)]
    Other,
}

/// A target that was built.
#[derive(Debug, Deserialize)]
pub(super) struct Artifact {
    /// Its package's manifest.
    pub manifest_path: Utf8PathBuf,
    /// The target.
    pub target: ArtifactTarget,
    /// How it was built.
    pub profile: ArtifactProfile,
    /// The program, if it is one.
    pub executable: Option<Utf8PathBuf>,
    /// Whether it was there already.
    #[serde(default)]
    pub fresh: bool,
}

/// The target of an artifact.
#[derive(Debug, Deserialize)]
pub(super) struct ArtifactTarget {
    /// Its kinds; one, except for libraries.
    pub kind: Vec<String>,
    /// Its name.
    pub name: String,
    /// Its crate root.
    pub src_path: Utf8PathBuf,
}

/// The profile of an artifact.
#[derive(Debug, Deserialize)]
pub(super) struct ArtifactProfile {
    /// Whether it was built as a test.
    pub test: bool,
}

/// How cargo would start a test binary.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Started {
    /// The binary.
    pub binary: Utf8PathBuf,
    /// The working folder.
    pub cwd: Utf8PathBuf,
    /// All its variables.
    pub env: BTreeMap<String, String>,
}

impl Started {
    /// Returns the line that says so.
    pub(super) fn to_line(&self) -> String {
        let tagged = serde_json::json!({
            "reason": "rustchain-started",
            "binary": self.binary,
            "cwd": self.cwd,
            "env": self.env,
        });
        format!("{tagged}\n")
    }
}

/// Reads the messages among the lines of `text`; what is no message is left out.
pub(super) fn messages(text: &str) -> Vec<Message> {
    let lines = text.lines().filter(|line| line.starts_with('{'));
    lines.filter_map(|line| serde_json::from_str(line).ok()).collect()
}
