//! The arguments: every command, option and help text.

use camino::Utf8PathBuf;
use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
use serde::{Deserialize, Serialize};

use super::config::Environment;
use super::output::Talk;
use crate::sandbox::Choice;

/// The end of the program's help.
const EXIT_CODES: &str = "\
Exit codes: 0 done · 1 wrong arguments, configuration or input · 2 a mission failed or missed its \
target · 3 limit reached · 4 the crate's tests fail already · 5 a person has to decide · 6 the \
machine lacks something · 7 another run is in progress · 70 internal error · 130 interrupted";

/// Raise the test coverage of Rust crates
#[derive(Debug, Parser)]
#[command(name = "rustchain", version, disable_help_subcommand = true, disable_help_flag = true)]
#[command(after_help = EXIT_CODES)]
pub struct Arguments {
    /// Options of every command.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Options that every command knows, before or after its name.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Everywhere")]
pub struct Global {
    /// Work on the project in this folder instead of the current one
    #[arg(long, value_name = "DIR", global = true)]
    pub project: Option<Utf8PathBuf>,
    /// Choose when to use colour
    #[arg(long, value_enum, value_name = "WHEN", default_value = "auto", global = true)]
    pub color: Colour,
    /// Say nothing but errors and results
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say more about what happens
    #[arg(short, long, global = true)]
    pub verbose: bool,
    /// Print help
    #[arg(short, long, global = true, action = ArgAction::HelpShort)]
    pub help: Option<bool>,
}

impl Global {
    /// Returns how much to say.
    pub fn talk(&self) -> Talk {
        match (self.quiet, self.verbose) {
            (true, _) => Talk::Quiet,
            (_, true) => Talk::Verbose,
            _ => Talk::Normal,
        }
    }
}

/// When to use colour.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Colour {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Colour {
    /// Returns whether this choice means colour in `environment`.
    pub fn applies(self, environment: &Environment) -> bool {
        match self {
            Self::Auto => environment.stderr_is_terminal && !environment.no_colour,
            Self::Always => true,
            Self::Never => false,
        }
    }
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Measure, search for tests, verify them and write them: all at once
    Improve(Improve),
    /// Show what the tests cover, by file and in total
    Measure(Measure),
    /// Change the code in small ways, and show which changes no test notices
    Mutate(Mutate),
    /// Write a mission for every file below its target
    Generate(Generate),
    /// Run missions and campaigns
    Run(Run),
    /// Check mission files without running them
    Validate(Validate),
    /// Show what is known of each file
    Registry {
        /// What to do with the registry.
        #[command(subcommand)]
        command: Registry,
    },
    /// Show what each kept test showed at the gates
    Receipts(Receipts),
    /// Look into what runs did
    Logs {
        /// What to look for.
        #[command(subcommand)]
        command: Logs,
    },
    /// Take back what a run added
    Undo(Undo),
    /// Prepare a project: folders and a commented `rustchain.toml`
    Init,
    /// Check what this machine has, and say what follows
    Doctor,
}

/// The commands about the registry.
#[derive(Debug, Subcommand)]
pub enum Registry {
    /// Print a line for each file, those that need tests most first
    Show {
        /// Print JSON instead of a table
        #[arg(long)]
        json: bool,
    },
}

/// Options of `receipts`.
#[derive(Debug, Args)]
pub struct Receipts {
    /// Show the tests of this source or test file only
    #[arg(value_name = "FILE")]
    pub file: Option<Utf8PathBuf>,
    /// Print JSON instead of a table
    #[arg(long)]
    pub json: bool,
}

/// The commands about what runs did.
#[derive(Debug, Subcommand)]
pub enum Logs {
    /// Print how a mission ended, and why tests of it were rejected
    Why(Why),
}

/// Options of `logs why`.
#[derive(Debug, Args)]
pub struct Why {
    /// A part of the mission's file, its name or the file it works on
    pub mission: String,
    /// The run, as in `.rustchain/runs/`; else the latest with such a mission
    #[arg(long, value_name = "RUN")]
    pub run: Option<String>,
}

/// Options of `undo`.
#[derive(Debug, Args)]
pub struct Undo {
    /// The run, as in `.rustchain/runs/`; `last` is the latest that left something
    pub run: String,
    /// Show what would change, and change nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Which packages and features a command is about.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Packages and features")]
pub struct Select {
    /// Work on this package of the workspace only
    #[arg(short, long, value_name = "NAME")]
    pub package: Vec<String>,
    /// Turn on features of the crate
    #[arg(short = 'F', long, value_name = "NAMES", value_delimiter = ',')]
    pub features: Vec<String>,
    /// Turn on all features of the crate
    #[arg(long)]
    pub all_features: bool,
    /// Turn off the default features of the crate
    #[arg(long)]
    pub no_default_features: bool,
}

/// Options of `measure`.
#[derive(Debug, Args)]
pub struct Measure {
    /// Show these files only
    #[arg(value_name = "FILE")]
    pub files: Vec<Utf8PathBuf>,
    /// List every `?` with whether an error ever left by it, and where failures are not handled
    #[arg(long)]
    pub error_paths: bool,
    /// Print JSON instead of a table
    #[arg(long)]
    pub json: bool,
    /// Run the tests in a box, too, and choose which; without this only builds are in one
    #[arg(long, value_enum, value_name = "BOX")]
    pub sandbox: Option<Sandbox>,
    /// Packages and features.
    #[command(flatten)]
    pub select: Select,
}

/// Options of `mutate`.
#[derive(Debug, Args)]
pub struct Mutate {
    /// Mutate these files only, or the files in these folders
    #[arg(short, long = "file", value_name = "FILE")]
    pub files: Vec<Utf8PathBuf>,
    /// Mutate lines only that differ from this git commit or branch
    #[arg(long, value_name = "REF")]
    pub in_diff: Option<String>,
    /// Show the mutants, and run nothing
    #[arg(long)]
    pub list: bool,
    /// Try every n-th mutant only, beginning with the k-th
    #[arg(long, value_name = "K/N", value_parser = shard)]
    pub shard: Option<Shard>,
    /// Go on where an earlier run on the same sources ended
    #[arg(long)]
    pub resume: bool,
    /// Have another tool judge a sample of the mutants, and fail if it says otherwise too often
    #[arg(long, value_enum, value_name = "TOOL")]
    pub verify_with: Option<Rival>,
    /// Choose how many mutants the other tool judges
    #[arg(long, value_name = "N", default_value = "20", requires = "verify_with")]
    pub sample: usize,
    /// Print JSON instead of a table
    #[arg(long)]
    pub json: bool,
    /// Run this many tests at a time [default: the number of processors]
    #[arg(long, value_name = "N")]
    pub jobs: Option<usize>,
    /// Choose the box for code under test; `none` runs it unprotected [default: auto]
    #[arg(long, value_enum, value_name = "BOX")]
    pub sandbox: Option<Sandbox>,
    /// Packages and features.
    #[command(flatten)]
    pub select: Select,
}

/// A tool that judges mutants, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Rival {
    /// cargo-mutants, which has to be installed.
    CargoMutants,
}

/// One of several shares of the mutants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// Which one, from 1.
    pub share: u32,
    /// How many there are.
    pub shares: u32,
}

impl Shard {
    /// Returns whether a mutant with this number, from 0, belongs to it.
    pub fn holds(self, number: u32) -> bool {
        number % self.shares == self.share - 1
    }
}

/// Reads `K/N`.
fn shard(text: &str) -> Result<Shard, String> {
    let numbers = text.split_once('/').map(|(share, shares)| (share.parse(), shares.parse()));
    match numbers {
        Some((Ok(share), Ok(shares))) if 1 <= share && share <= shares => {
            Ok(Shard { share, shares })
        }
        _ => Err("not of the form K/N with K from 1 to N".to_owned()),
    }
}

/// Options of `improve`.
#[derive(Debug, Args)]
pub struct Improve {
    /// Work on these files only
    #[arg(value_name = "FILE")]
    pub files: Vec<Utf8PathBuf>,
    /// Work on files only that differ from this git commit or branch
    #[arg(long, value_name = "REF")]
    pub since: Option<String>,
    /// Ask for this percentage of covered lines instead of the configured one
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    pub target: Option<f64>,
    /// Packages and features.
    #[command(flatten)]
    pub select: Select,
    /// How the run goes on and what it shows.
    #[command(flatten)]
    pub limits: Limits,
}

/// Options of `generate`.
#[derive(Debug, Args)]
pub struct Generate {
    /// Packages and features.
    #[command(flatten)]
    pub select: Select,
    /// Ask for this percentage of covered lines instead of the configured one
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    pub target: Option<f64>,
    /// Leave out files that match this glob (besides the configured ones)
    #[arg(long, value_name = "GLOB")]
    pub exclude: Vec<String>,
    /// Write into this folder instead of `missions/` in the project
    #[arg(long, value_name = "DIR")]
    pub missions: Option<Utf8PathBuf>,
    /// Take the coverage from a file that `measure --json` wrote, instead of measuring
    #[arg(long, value_name = "FILE")]
    pub from: Option<Utf8PathBuf>,
    /// Write missions and the campaign anew that exist and differ
    #[arg(long)]
    pub force: bool,
    /// Show what would be written, and write nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Options of `run`.
#[derive(Debug, Args)]
pub struct Run {
    /// Missions and campaigns, YAML or JSON
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<Utf8PathBuf>,
    /// Set a parameter of the missions
    #[arg(long, value_name = "NAME=VALUE", value_parser = assignment)]
    pub set: Vec<(String, String)>,
    /// Treat warnings about mission files as errors
    #[arg(long)]
    pub strict: bool,
    /// Skip steps that this version cannot run, instead of failing
    #[arg(long)]
    pub skip_unsupported: bool,
    /// Bring back archived missions whose file has lost its target
    #[arg(long)]
    pub reopen: bool,
    /// How the run goes on and what it shows.
    #[command(flatten)]
    pub limits: Limits,
}

/// Options of everything that runs missions.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "The run")]
pub struct Limits {
    /// End the run after this many seconds; nothing is kept of the mission in hand
    #[arg(long, value_name = "N")]
    pub max_seconds: Option<u64>,
    /// Keep no more than this many tests
    #[arg(long, value_name = "N")]
    pub max_tests: Option<u64>,
    /// Show what would be done, and write nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Choose between words for a person and one event in JSON a line
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "human")]
    pub format: Format,
    /// How tests are found and where they go.
    #[command(flatten)]
    pub tests: Tests,
}

/// Options of everything that makes tests; what is not given is as configured.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "The tests")]
pub struct Tests {
    /// Choose the number that all chance depends on [default: 1]
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Choose how hard the explorer tries [default: normal]
    #[arg(long, value_enum, value_name = "EFFORT")]
    pub effort: Option<Effort>,
    /// Choose how often a test has to pass before it is kept [default: 10]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=RUNS_MAX))]
    pub runs: Option<u32>,
    /// Choose where tests go if a file has no test module [default: inline]
    #[arg(long, value_enum, value_name = "PLACE")]
    pub placement: Option<Placement>,
    /// Choose the box for generated code; `none` runs it unprotected [default: auto]
    #[arg(long, value_enum, value_name = "BOX")]
    pub sandbox: Option<Sandbox>,
    /// Keep nothing of a mission that misses its target
    #[arg(long)]
    pub all_or_nothing: bool,
    /// Change files that have uncommitted changes, too
    #[arg(long)]
    pub force: bool,
}

/// Most runs of a test that can be asked for.
pub const RUNS_MAX: i64 = 1_000;

/// How hard the explorer tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effort {
    /// A first result.
    Quick,
    /// As much as is usually worth while.
    Normal,
    /// Several times as much.
    Thorough,
}

/// Where tests go if a file has no test module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Placement {
    /// Into a module in the file.
    Inline,
    /// Into a file beside.
    Sibling,
}

/// The box for code under test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sandbox {
    /// The best that the machine allows; refuse to run without one.
    Auto,
    /// Bubblewrap, with landlock inside.
    Bwrap,
    /// Landlock, seccomp and limits.
    Landlock,
    /// A container of podman, with landlock inside.
    Podman,
    /// None at all.
    None,
}

impl Sandbox {
    /// Returns the box that is meant.
    pub fn choice(self) -> Choice {
        match self {
            Self::Auto => Choice::Auto,
            Self::Bwrap => Choice::Bwrap,
            Self::Landlock => Choice::Landlock,
            Self::Podman => Choice::Podman,
            Self::None => Choice::None,
        }
    }
}

/// The shape of the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For a person.
    Human,
    /// One event a line.
    Json,
}

/// Reads `NAME=VALUE`.
fn assignment(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("not of the form NAME=VALUE".to_owned()),
    }
}

/// Options of `validate`.
#[derive(Debug, Args)]
pub struct Validate {
    /// The files to check
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<Utf8PathBuf>,
    /// Treat warnings as errors
    #[arg(long)]
    pub strict: bool,
}

/// Reads a percentage.
fn percent(text: &str) -> Result<f64, String> {
    match text.trim_end_matches('%').trim().parse() {
        Ok(percent) if (0.0..=100.0).contains(&percent) => Ok(percent),
        _ => Err("not a percentage between 0 and 100".to_owned()),
    }
}
