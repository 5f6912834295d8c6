//! One test binary that serves: it forks a child for each job, in one box for all of them.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};

use crate::cargo::{Launch, TestBinary, Wrap};
use crate::error::{Error, Result};
use crate::sandbox;
use crate::sys::{Ending, Finished, Process, Stop, fs};

/// What a job runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Tests with no mutant on.
    Clean,
    /// The same, and it is noted which mutants are asked for.
    Trace,
    /// Tests with this mutant on.
    Mutant(u32),
}

impl Kind {
    /// The word for it in a plan.
    fn word(self) -> String {
        match self {
            Self::Clean => "clean".to_owned(),
            Self::Trace => "trace".to_owned(),
            Self::Mutant(mutant) => mutant.to_string(),
        }
    }
}

/// Returns whether a test binary has mutants, and so can serve.
pub(super) fn serves(binary: &TestBinary) -> Result<bool> {
    let runtime = regex::bytes::Regex::new("RUSTCHAIN_MUTANTS_PLAN")
        .map_err(|error| Error::internal("cannot look for the runtime").because(error))?;
    Ok(runtime.is_match(&fs::read(&binary.path)?))
}

/// A job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Job {
    pub(super) kind: Kind,
    /// The tests, by their place in the list of the server.
    pub(super) tests: Vec<usize>,
    pub(super) limit: Duration,
}

/// How a job ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum How {
    /// All tests passed.
    Passed,
    /// Some test did not.
    Failed,
    /// Its time was up.
    Late,
    /// It took the server with it, twice.
    Broke(String),
}

/// What came of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) how: How,
    pub(super) wall: Duration,
    /// The mutants that were asked for in a trace.
    pub(super) asked: Vec<u32>,
}

/// A test binary that serves.
pub(super) struct Server<'a> {
    pub(super) binary: &'a TestBinary,
    /// The names of its tests.
    pub(super) tests: &'a [String],
    /// Whether the harness can end at the first test that fails.
    pub(super) fail_fast: bool,
    /// Whether it has to be started for each job: it has no mutants itself, but programs that its
    /// tests start do.
    pub(super) once: bool,
    /// How many mutants there are.
    pub(super) mutants: usize,
    /// A folder for plan and results, which nobody else uses.
    pub(super) folder: Utf8PathBuf,
    /// Which of several places it works in, each with a home of its own.
    pub(super) slot: usize,
    /// Puts it into a box that may write into the folder.
    pub(super) wrap: Wrap<'a>,
}

impl Server<'_> {
    /// Does jobs and returns an answer for each, in their order.
    ///
    /// After a job that came to its time limit, or that broke the server, a new one is started:
    /// with the old one, all that its tests had started is gone.
    pub(super) fn run(&self, jobs: &[Job], stop: &Stop) -> Result<Vec<Answer>> {
        if self.once {
            return jobs.iter().map(|job| self.start_once(job, stop)).collect();
        }
        let mut answers: BTreeMap<usize, Answer> = BTreeMap::new();
        let mut suspects: BTreeSet<usize> = BTreeSet::new();
        while answers.len() < jobs.len() {
            stop.check()?;
            let all = jobs.iter().enumerate();
            let open: Vec<_> = all.filter(|(number, _)| !answers.contains_key(number)).collect();
            let (done, text) = self.start(&open, stop)?;
            let results = read(&text);
            if !results.ready {
                return Err(self.broken(&done));
            }
            let before = answers.len();
            answers.extend(results.answers);
            if let Some(lost) = results.begun.filter(|number| !answers.contains_key(number)) {
                if !suspects.insert(lost) {
                    let how = How::Broke(done.overrun.clone().unwrap_or_default());
                    let wall = done.wall;
                    answers.insert(lost, Answer { how, wall, asked: Vec::new() });
                }
            } else if answers.len() == before {
                return Err(self.broken(&done));
            }
        }
        Ok(answers.into_values().collect())
    }

    /// Starts the server with the jobs that are open, and returns what it wrote.
    fn start(&self, jobs: &[(usize, &Job)], stop: &Stop) -> Result<(Finished, String)> {
        let [plan, results, asked] =
            ["plan", "results", "asked"].map(|name| self.folder.join(name));
        fs::create_dir_all(&self.folder)?;
        fs::remove(&results)?;
        fs::write_copy(&asked, &vec![0; self.mutants.max(1)], false)?;
        fs::write_copy(&plan, self.plan(jobs, &results, &asked).as_bytes(), false)?;
        let slots = jobs.iter().map(|(_, job)| job.tests.len()).max().unwrap_or(1);
        let names = vec!["rustchain::slot"; slots];
        let limits: Duration = jobs.iter().map(|(_, job)| job.limit).sum();
        let env = [("RUSTCHAIN_MUTANTS_PLAN", plan.into_string())];
        let done = self.launch(&names, (&env, limits + Duration::from_mins(1)), stop)?;
        Ok((done, fs::read_to_string(&results).unwrap_or_default()))
    }

    /// Does one job by a start of the binary, whose programs know what to do with the mutant.
    fn start_once(&self, job: &Job, stop: &Stop) -> Result<Answer> {
        let asked = self.folder.join("asked");
        fs::create_dir_all(&self.folder)?;
        fs::write_copy(&asked, &vec![0; self.mutants.max(1)], false)?;
        let names = job.tests.iter().filter_map(|test| self.tests.get(*test));
        let names: Vec<&str> = names.map(String::as_str).collect();
        let word = job.kind.word().replace("clean", "");
        let env =
            [("RUSTCHAIN_MUTANT", word), ("RUSTCHAIN_MUTANTS_ASKED", asked.clone().into_string())];
        let done = self.launch(&names, (&env, job.limit), stop)?;
        let how = match done.ending {
            Ending::Exited(0) => How::Passed,
            Ending::TimedOut => How::Late,
            _ => How::Failed,
        };
        let bytes = fs::read(&asked)?;
        let asked = (0..).zip(bytes).filter(|(_, byte)| *byte != 0).map(|(mutant, _)| mutant);
        Ok(Answer { how, wall: done.wall, asked: asked.collect() })
    }

    /// Starts the binary with the names of tests, in the box.
    fn launch(
        &self,
        names: &[&str],
        (further, limit): (&[(&str, String)], Duration),
        stop: &Stop,
    ) -> Result<Finished> {
        let mut env = self.binary.env.clone();
        env.extend(further.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        let mut process = Process::new(&self.binary.path);
        if self.binary.harness {
            process = process.args(["--exact", "--test-threads=1", "-q"]);
            if self.fail_fast {
                process = process.args(["-Zunstable-options", "--fail-fast"]);
                env.insert("RUSTC_BOOTSTRAP".to_owned(), "1".to_owned());
            }
            process = process.args(names);
        }
        let launch = Launch {
            program: self.binary.path.clone(),
            cwd: self.binary.cwd.clone(),
            env,
            profiles: Some(self.folder.clone()),
            slot: self.slot,
        };
        process = process.cwd(&launch.cwd).output_max(1 << 16).timeout(limit);
        for (name, value) in &launch.env {
            process = process.env(name, value);
        }
        let done = (self.wrap)(process, &launch)?.run(stop)?;
        sandbox::started(&done)?;
        stop.check()?;
        Ok(done)
    }

    /// The plan as the runtime reads it.
    fn plan(&self, jobs: &[(usize, &Job)], results: &Utf8Path, asked: &Utf8Path) -> String {
        let mut lines = vec![format!("results {results}"), format!("asked {asked}")];
        lines.extend(self.tests.iter().map(|name| format!("test {name}")));
        for (number, job) in jobs {
            let mut words = vec![
                "job".to_owned(),
                number.to_string(),
                job.kind.word(),
                job.limit.as_millis().to_string(),
            ];
            words.extend(job.tests.iter().map(ToString::to_string));
            lines.push(words.join(" "));
        }
        lines.join("\n") + "\n"
    }

    /// The error for a server that does not work.
    fn broken(&self, done: &Finished) -> Error {
        let said = done.stderr_text();
        let words = said.lines().last().unwrap_or_default();
        let how = format!("{:?}{}{words}", done.ending, if words.is_empty() { "" } else { ": " });
        Error::environment(format!("`{}` does not run its tests in turn", self.binary.path))
            .because(done.overrun.clone().unwrap_or(how))
    }
}

/// What a server has written.
#[derive(Default)]
struct Results {
    ready: bool,
    /// The last job that was begun.
    begun: Option<usize>,
    answers: BTreeMap<usize, Answer>,
}

/// Reads what a server has written; a torn last line is left out.
fn read(text: &str) -> Results {
    let mut results = Results::default();
    for line in text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n')) {
        let mut words = line.split(' ');
        match words.next() {
            Some("ready") => results.ready = true,
            Some("begin") => results.begun = words.next().and_then(|word| word.parse().ok()),
            Some("result") => results.answers.extend(answer(&mut words)),
            _ => (),
        }
    }
    results
}

/// Reads `<number> <how> <code> <wall> <cpu> <mutant> ..`.
fn answer(words: &mut dyn Iterator<Item = &str>) -> Option<(usize, Answer)> {
    let number = words.next()?.parse().ok()?;
    let how = match (words.next()?, words.next()?) {
        ("late", _) => How::Late,
        ("exit", "0") => How::Passed,
        _ => How::Failed,
    };
    let wall = Duration::from_micros(words.next()?.parse().ok()?);
    let _cpu: u64 = words.next()?.parse().ok()?;
    let asked = words.map_while(|word| word.parse().ok()).collect();
    Some((number, Answer { how, wall, asked }))
}
