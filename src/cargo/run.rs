//! Runs of test binaries, directly, as cargo would start them.

use std::collections::BTreeMap;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};

use super::build::TestBinary;
use super::libtest::{listed, printed};
use crate::error::Result;
use crate::sandbox;
use crate::sys::{Ending, Finished, Process, Stop, fs};

/// How long one test may take, when it is run alone to find out which one took the others down.
const ALONE_MAX: Duration = Duration::from_mins(1);

/// What became of a test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It passed.
    Passed,
    /// It failed, with what it wrote.
    Failed(String),
    /// It says itself that it should not run.
    Ignored,
    /// It ended the whole process: with this signal or exit code, in words.
    Crashed(String),
    /// It did not end in time.
    TimedOut,
}

impl Outcome {
    /// Returns whether the suite is red because of it.
    pub fn is_red(&self) -> bool {
        !matches!(self, Self::Passed | Self::Ignored)
    }
}

/// Which tests of a binary are run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which<'a> {
    /// All.
    All,
    /// Those with exactly these names.
    Only(&'a [String]),
    /// All but those with exactly these names.
    Without(&'a [String]),
}

/// How a binary is run.
pub struct Options<'a> {
    /// A folder for the profiles; without one none is kept.
    pub profiles: Option<&'a Utf8Path>,
    /// The time limit for the whole binary.
    pub timeout: Duration,
    /// How many tests run side by side; the harness decides if this is not set.
    pub threads: Option<usize>,
    /// Puts the process into a box; without one it runs in the user's own environment.
    pub wrap: Option<Wrap<'a>>,
    /// The place of the process among those that run side by side, from 0: each has a home of its
    /// own in the box.
    pub slot: usize,
}

/// What may put a process into a box that is told the same as the process.
pub type Wrap<'a> = &'a (dyn Fn(Process, &Launch) -> Result<Process> + Sync);

/// How a test binary is started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Launch {
    /// The program.
    pub program: Utf8PathBuf,
    /// The working folder.
    pub cwd: Utf8PathBuf,
    /// Variables that it needs beside those of any program.
    pub env: BTreeMap<String, String>,
    /// The folder into which it writes its profiles.
    pub profiles: Option<Utf8PathBuf>,
    /// Its place among the processes that run side by side.
    pub slot: usize,
}

impl std::fmt::Debug for Options<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options")
            .field("profiles", &self.profiles)
            .field("timeout", &self.timeout)
            .field("threads", &self.threads)
            .finish_non_exhaustive()
    }
}

/// What came of running a binary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// What became of each test.
    pub outcomes: BTreeMap<String, Outcome>,
    /// Whether the binary came to its end, so that its profile is that of one run of all tests.
    pub complete: bool,
    /// How long it took.
    pub wall: Duration,
}

impl Run {
    /// Returns whether no test failed.
    pub fn is_green(&self) -> bool {
        self.outcomes.values().all(|outcome| !outcome.is_red())
    }

    /// Returns the tests that make the suite red.
    pub fn red(&self) -> Vec<String> {
        let red = self.outcomes.iter().filter(|(_, outcome)| outcome.is_red());
        red.map(|(name, _)| name.clone()).collect()
    }
}

/// Returns the names of all tests in a binary; a harness of another kind is one test, called like
/// its target.
pub fn list(binary: &TestBinary, options: &Options<'_>, stop: &Stop) -> Result<Vec<String>> {
    Ok(known(binary, options, stop)?.unwrap_or_else(|| vec![binary.target.clone()]))
}

/// The names of all tests in a binary; `None` if it has a harness of another kind.
fn known(binary: &TestBinary, options: &Options<'_>, stop: &Stop) -> Result<Option<Vec<String>>> {
    if !binary.harness {
        return Ok(None);
    }
    let done = start(binary, options, &["--list", "--format", "terse"], stop)?;
    Ok(listed(&done.stdout_text()))
}

/// Runs tests of a binary.
///
/// When the process dies before its end, the tests without an outcome are run one by one, so that
/// each has one. A red test is no error here.
pub fn run(
    binary: &TestBinary,
    which: Which<'_>,
    options: &Options<'_>,
    stop: &Stop,
) -> Result<Run> {
    let arguments = arguments(which, options);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if !binary.harness {
        let done = start(binary, options, &[], stop)?;
        let outcome = whole(&done);
        let complete = outcome == Outcome::Passed;
        let outcomes = BTreeMap::from([(binary.target.clone(), outcome)]);
        return Ok(Run { outcomes, complete, wall: done.wall });
    }
    let done = start(binary, options, &arguments, stop)?;
    let printed = printed(&done.stdout_text());
    let mut run = Run { outcomes: printed.outcomes, complete: false, wall: done.wall };
    run.complete = match printed.totals {
        Some((_, failed)) => {
            let all_passed = failed == 0 && done.success();
            if all_passed && !agrees(&run.outcomes, printed.totals) {
                fill(binary, which, options, &mut run, stop)?;
            }
            true
        }
        None => false,
    };
    if !run.complete {
        examine(binary, which, options, (&mut run, &done), stop)?;
    }
    Ok(run)
}

/// The arguments for the standard harness.
fn arguments(which: Which<'_>, options: &Options<'_>) -> Vec<String> {
    let mut arguments = Vec::new();
    match which {
        Which::All => (),
        Which::Only(names) => {
            arguments.push("--exact".to_owned());
            arguments.extend(names.iter().cloned());
        }
        Which::Without(names) => {
            arguments.push("--exact".to_owned());
            for name in names {
                arguments.extend(["--skip".to_owned(), name.clone()]);
            }
        }
    }
    arguments.extend(options.threads.map(|threads| format!("--test-threads={threads}")));
    arguments
}

/// Whether as many tests passed as the last line says.
fn agrees(outcomes: &BTreeMap<String, Outcome>, totals: Option<(usize, usize)>) -> bool {
    let passed = outcomes.values().filter(|outcome| **outcome == Outcome::Passed).count();
    totals.is_some_and(|(total, _)| total == passed)
}

/// Gives the tests whose lines were torn apart by other output the outcome of the whole: passed.
fn fill(
    binary: &TestBinary,
    which: Which<'_>,
    options: &Options<'_>,
    run: &mut Run,
    stop: &Stop,
) -> Result<()> {
    for name in chosen(binary, which, options, stop)?.0 {
        run.outcomes.entry(name).or_insert(Outcome::Passed);
    }
    Ok(())
}

/// The names of the tests that are run, and whether the standard harness runs them.
fn chosen(
    binary: &TestBinary,
    which: Which<'_>,
    options: &Options<'_>,
    stop: &Stop,
) -> Result<(Vec<String>, bool)> {
    let without = Options { profiles: None, ..*options };
    let known = known(binary, &without, stop)?;
    let standard = known.is_some();
    let mut names = known.unwrap_or_else(|| vec![binary.target.clone()]);
    match which {
        Which::All => (),
        Which::Only(only) => names.retain(|name| only.contains(name)),
        Which::Without(skipped) => names.retain(|name| !skipped.contains(name)),
    }
    Ok((names, standard))
}

/// Finds out what became of the tests of a process that died, by running each alone.
fn examine(
    binary: &TestBinary,
    which: Which<'_>,
    options: &Options<'_>,
    (run, done): (&mut Run, &Finished),
    stop: &Stop,
) -> Result<()> {
    let (names, standard) = chosen(binary, which, options, stop)?;
    // A harness of another kind may end as it likes.
    let outcome = if standard { cut_off } else { whole };
    let missing: Vec<String> =
        names.into_iter().filter(|name| !run.outcomes.contains_key(name)).collect();
    if let [only] = missing.as_slice() {
        run.outcomes.insert(only.clone(), outcome(done));
        return Ok(());
    }
    let timeout = options.timeout.min(ALONE_MAX);
    let alone = Options { profiles: None, timeout, threads: Some(1), ..*options };
    for name in missing {
        let arguments = ["--exact", name.as_str()];
        let done = start(binary, &alone, &arguments, stop)?;
        let printed = printed(&done.stdout_text());
        let own = match (printed.totals, printed.outcomes.get(&name)) {
            (Some(_), Some(known)) => known.clone(),
            _ => outcome(&done),
        };
        run.outcomes.insert(name, own);
    }
    Ok(())
}

/// The outcome of a process that is one test.
fn whole(done: &Finished) -> Outcome {
    let words = || {
        let text = done.stderr_text();
        let text = text.trim();
        if text.is_empty() { String::new() } else { format!(": {text}") }
    };
    match done.ending {
        Ending::Exited(0) => Outcome::Passed,
        Ending::Exited(code) => Outcome::Crashed(format!("exit code {code}{}", words())),
        Ending::Signalled(signal) => Outcome::Crashed(format!("signal {signal}{}", words())),
        Ending::TimedOut | Ending::Interrupted => Outcome::TimedOut,
        Ending::Overran => Outcome::Crashed(done.overrun.clone().unwrap_or_default()),
    }
}

/// The outcome of a test whose process ended before the standard harness did: a test that ends it
/// with 0 did not pass, and kept the others from running.
fn cut_off(done: &Finished) -> Outcome {
    match whole(done) {
        Outcome::Passed => Outcome::Crashed("exit code 0 before its end".to_owned()),
        outcome => outcome,
    }
}

/// Starts a test binary with arguments of its harness, and waits for its end.
pub fn start(
    binary: &TestBinary,
    options: &Options<'_>,
    arguments: &[&str],
    stop: &Stop,
) -> Result<Finished> {
    // Set in any case: without it a profile would be written into the working folder. `%c` maps it
    // into memory, so that a process that is killed leaves it whole; `%p` is for the processes
    // that a test starts.
    let profile = match options.profiles {
        Some(folder) => {
            fs::create_dir_all(folder)?;
            folder.join("%p%c.profraw")
        }
        None => "/dev/null".into(),
    };
    let mut env = binary.env.clone();
    env.insert("LLVM_PROFILE_FILE".to_owned(), profile.into_string());
    let launch = Launch {
        program: binary.path.clone(),
        cwd: binary.cwd.clone(),
        env,
        profiles: options.profiles.map(Utf8Path::to_owned),
        slot: options.slot,
    };
    let mut process = Process::new(&launch.program).args(arguments).cwd(&launch.cwd);
    for (name, value) in &launch.env {
        process = process.env(name, value);
    }
    process = process.timeout(options.timeout);
    if let Some(wrap) = options.wrap {
        process = wrap(process, &launch)?;
    }
    let done = process.run(stop)?;
    sandbox::started(&done)?;
    if stop.is_signalled() {
        stop.check()?;
    }
    Ok(done)
}
