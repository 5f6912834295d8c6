//! Receipts: what each kept test showed at the gates.

use serde::{Deserialize, Serialize};

/// The record of the gates that a kept test has passed: the event `test.receipt`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Receipt {
    /// The mission that kept it: its file, relative to the project.
    pub mission: String,
    /// The source file that it covers, relative to the project.
    pub file: String,
    /// Its name as the test binary knows it.
    pub test: String,
    /// The file it stands in, relative to the project.
    pub test_file: String,
    /// Where it comes from: `explorer`.
    pub source: String,
    /// How many cases it has.
    pub cases: u64,
    /// The lines that it covered first, as numbered before the mission, as in `3-5, 9`.
    pub lines: String,
    /// How many lines these are.
    pub lines_gained: u64,
    /// How many regions it covered first.
    pub regions: u64,
    /// How many `?` error paths it covered first.
    pub error_paths: u64,
    /// How many mutants it killed; nothing if none were tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mutants_killed: Option<u64>,
    /// How often each of its cases passed.
    pub runs: u32,
    /// How long its cases take alone, in milliseconds, the start of a process for each included.
    pub milliseconds: u64,
}
