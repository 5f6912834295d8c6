//! The arguments of the benchmark.

use camino::Utf8PathBuf;
use clap::{Parser, ValueEnum};

/// Run the real binary on pinned published crates and print what it reaches
#[derive(Debug, Parser)]
#[command(name = "corpus", bin_name = "cargo bench --bench corpus --")]
pub struct Options {
    /// Measure this set; may be repeated [default: easy, unless crates are drawn]
    #[arg(long, value_enum)]
    pub set: Vec<Set>,
    /// Measure only this crate of any set; may be repeated
    #[arg(long, value_name = "NAME")]
    pub only: Vec<String>,
    /// Draw COUNT further crates by SEED
    #[arg(long, num_args = 2, value_names = ["SEED", "COUNT"])]
    pub drawn: Vec<u64>,
    /// Work in this folder and leave everything there
    #[arg(long, value_name = "DIR")]
    pub keep: Option<Utf8PathBuf>,
    /// Write the results to this file, as JSON
    #[arg(long, value_name = "FILE")]
    pub json: Option<Utf8PathBuf>,
    /// Seed of the runs, and of the orders in which the new tests are run
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    pub seed: u64,
    /// Use this program instead of the one built with the benchmark
    #[arg(long, value_name = "PROGRAM")]
    pub program: Option<Utf8PathBuf>,
    /// End a run after this many seconds; 120 are promised
    #[arg(long, value_name = "SECONDS", default_value_t = 600)]
    pub timeout: u64,
    /// Run each crate a second time and compare the files
    #[arg(long)]
    pub twice: bool,
    /// Only check that the crates build without their tests
    #[arg(long)]
    pub prepare: bool,
    /// Leave out what the crates' own tests reach
    #[arg(long)]
    pub skip_own: bool,
}

/// A set of the manifest that can be asked for by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Set {
    /// Small libraries of strings, numbers and parsers
    Easy,
    /// Generics, unsafe, IO, async, larger or stateful code
    Hard,
}

impl Options {
    /// Returns the arguments of this process, without the `--bench` that cargo adds.
    pub fn read() -> Self {
        Self::parse_from(std::env::args_os().filter(|argument| argument != "--bench"))
    }
}
