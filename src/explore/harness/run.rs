//! Running a test binary with a plan.

use std::time::Duration;

use camino::Utf8Path;

use super::{Plan, Progress, Results, parse, write};
use crate::error::{Error, Kind, Result};
use crate::sys::{Clock, Ending, Process, Stop, fs};

/// What the names of the test functions that register candidates contain.
pub const TEST_NAME: &str = "rustchain_explore";

/// The variable that names the plan.
const PLAN: &str = "RUSTCHAIN_PLAN";

/// How the runtime says that the system refused it a child.
const NO_PROCESSES: &str = "no processes";

/// The file of the plan.
const PLAN_FILE: &str = "plan";

/// How often progress is looked for.
const LOOK: Duration = Duration::from_millis(200);

/// Runs test binaries that hold candidates and the runtime.
#[expect(missing_debug_implementations, reason = "it holds functions")]
pub struct Harness<'a> {
    /// The test binary of the crate, instrumented.
    pub binary: &'a Utf8Path,
    /// The folder in which it runs: that of its package.
    pub package: &'a Utf8Path,
    /// A folder for plan and results, which the wrapped process must be able to write to.
    pub scratch: &'a Utf8Path,
    /// Puts the process into a box, which has to let it see the [`Harness::variables`].
    pub wrap: &'a dyn Fn(Process) -> Result<Process>,
    /// Is told how far the work is, several times a second, on another thread.
    pub on_progress: &'a (dyn Fn(Progress) + Sync),
}

impl Harness<'_> {
    /// Returns the variables that the binary has to see: a box hides all others.
    pub fn variables(&self) -> [(String, String); 2] {
        [
            (PLAN.to_owned(), self.scratch.join(PLAN_FILE).into_string()),
            // The binary ends without writing a profile, unless it is not run by a plan.
            ("LLVM_PROFILE_FILE".to_owned(), "/dev/null".to_owned()),
        ]
    }

    /// Runs a plan to its end.
    ///
    /// Fails with [`Kind::Interrupted`] or [`Kind::Failed`] when `stop` says so, and with
    /// [`Kind::Environment`] if the binary ends before its work is done.
    pub fn run(&self, plan: &Plan, stop: &Stop) -> Result<Results> {
        let [plan_file, output, progress] =
            [PLAN_FILE, "results", "progress"].map(|name| self.scratch.join(name));
        fs::write_atomic(&plan_file, write::text(plan, &output, &progress).as_bytes())?;
        for file in [&output, &progress] {
            fs::remove(file)?;
        }
        let process = Process::new(self.binary)
            .args([TEST_NAME, "--test-threads=1", "--nocapture"])
            .cwd(self.package)
            .output_max(64 << 10);
        let variables = self.variables().into_iter();
        let process = variables.fold(process, |process, (name, value)| process.env(name, value));
        let process = (self.wrap)(process)?;
        let ended = Stop::never();
        let done = std::thread::scope(|scope| {
            let (on_progress, progress, ended) = (self.on_progress, &progress, &ended);
            scope.spawn(move || follow(progress, ended, on_progress));
            let done = process.run(stop);
            ended.signal();
            done
        })?;
        stop.check()?;
        let text = if fs::exists(&output) { fs::read_to_string(&output)? } else { String::new() };
        let results = parse::results(&text)?;
        let whole = |results: &Results| done.success() && results.ending.reason != NO_PROCESSES;
        results.filter(whole).ok_or_else(|| {
            let how = match done.ending {
                Ending::Exited(code) => format!("exit code {code}"),
                Ending::Signalled(signal) => format!("signal {signal}"),
                Ending::TimedOut => "it ran out of time".to_owned(),
                Ending::Interrupted => "it was interrupted".to_owned(),
                Ending::Overran => done.overrun.clone().unwrap_or_default(),
            };
            let said = done.stderr_text();
            let said = said.lines().last().unwrap_or_default();
            let said = if done.success() { "the system refused it more processes" } else { said };
            Error::new(Kind::Environment, format!("the search in `{}` did not end", self.binary))
                .because(if said.is_empty() { how } else { format!("{how}: {said}") })
        })
    }
}

/// Reads the progress file until `ended` says so.
fn follow(file: &Utf8Path, ended: &Stop, on_progress: &(dyn Fn(Progress) + Sync)) {
    let mut last = Progress::default();
    while !ended.is_stopped() {
        Clock::sleep(LOOK, ended);
        let now = fs::read(file).ok().and_then(|bytes| read_progress(&bytes));
        if let Some(now) = now.filter(|now| *now != last) {
            on_progress(now);
            last = now;
        }
    }
}

/// Reads the four numbers of a progress file; `None` if they are not all there.
fn read_progress(bytes: &[u8]) -> Option<Progress> {
    let text = std::str::from_utf8(bytes).ok()?;
    let numbers: Vec<u64> = text.split_whitespace().map_while(|word| word.parse().ok()).collect();
    let [executions, covered, goals, active] = *numbers.as_slice() else { return None };
    Some(Progress { executions, covered, goals, active })
}
