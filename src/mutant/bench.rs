//! The tests of a build: which there are, how long they take, and which mutants each runs.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use camino::Utf8PathBuf;

use super::lab::Lab;
use super::serve::{How, Job, Kind, Server, serves};
use crate::cargo::{self, Options, TestBinary, Wrap};
use crate::error::Result;
use crate::sys::Stop;

/// How long a test may take when no mutant is on.
const CLEAN_MAX: Duration = Duration::from_mins(1);

/// How often each test is traced: chance may lead it to other places.
const TRACES: usize = 2;

/// How often a test is traced once more whose traces differ.
const TRACES_MORE: usize = 3;

/// What is known of one test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traced {
    /// Its name within its binary.
    pub name: String,
    /// Whether it passes in the box when no mutant is on.
    pub passes: bool,
    /// How long it takes, at most.
    pub wall: Duration,
    /// The mutants whose place it runs, by number.
    pub reaches: BTreeSet<u32>,
}

/// A test binary with what is known of its tests.
#[derive(Debug, Clone)]
pub struct Rig {
    /// The binary.
    pub binary: TestBinary,
    /// Its tests.
    pub tests: Vec<Traced>,
    /// Whether its tests pass in one process as they do alone.
    pub(super) sociable: bool,
    /// Whether its harness can end at the first test that fails.
    pub(super) fail_fast: bool,
    /// Whether it has no mutants itself, but programs that its tests may start.
    pub(super) once: bool,
}

/// What running tests needs.
#[expect(missing_debug_implementations, reason = "it holds functions")]
#[derive(Clone, Copy)]
pub struct Surety<'a> {
    /// Puts the tests into a box.
    pub wrap: Wrap<'a>,
    /// How many processes run tests at a time.
    pub workers: usize,
    /// Is told how many mutants are judged, of how many.
    pub tell: &'a (dyn Fn(usize, usize) + Sync),
}

impl Rig {
    /// Runs each test of a binary alone and notes which mutants of the build it reaches; only those
    /// in `only`, if there is such a list.
    ///
    /// `None` if the binary uses nothing that has mutants, and no program is there to be started.
    pub fn trace(
        lab: &Lab,
        binary: &TestBinary,
        only: Option<&[String]>,
        (folder, wrap): (Utf8PathBuf, Wrap<'_>),
        stop: &Stop,
    ) -> Result<Option<Self>> {
        let once = !serves(binary)?;
        if once && !lab.has_programs {
            return Ok(None);
        }
        let options = Options {
            profiles: None,
            timeout: CLEAN_MAX,
            threads: Some(1),
            wrap: Some(wrap),
            slot: 0,
        };
        let mut names = cargo::list(binary, &options, stop)?;
        names.retain(|name| only.is_none_or(|only| only.contains(name)));
        let server = |fail_fast| Server {
            binary,
            tests: &names,
            fail_fast,
            once,
            mutants: lab.count(),
            folder: folder.clone(),
            slot: 0,
            wrap,
        };
        let mut fail_fast = true;
        let mut tests = traced(&server(true), stop)?;
        if binary.harness && tests.iter().all(|test| !test.passes) {
            // It may be that the harness does not know how to.
            fail_fast = false;
            tests = traced(&server(false), stop)?;
        }
        let green = (0..tests.len()).filter(|index| tests.get(*index).is_some_and(|t| t.passes));
        let green: Vec<usize> = green.collect();
        let mut sociable = true;
        if 1 < green.len() {
            let job = Job { kind: Kind::Clean, tests: green, limit: CLEAN_MAX };
            let answers = server(fail_fast).run(&[job], stop)?;
            sociable = answers.iter().all(|answer| answer.how == How::Passed);
        }
        Ok(Some(Self { binary: binary.clone(), tests, sociable, fail_fast, once }))
    }

    /// Returns a server of this binary.
    pub(super) fn server<'a>(
        &'a self,
        lab: &Lab,
        names: &'a [String],
        (folder, slot, wrap): (Utf8PathBuf, usize, Wrap<'a>),
    ) -> Server<'a> {
        let mutants = lab.count();
        Server {
            binary: &self.binary,
            tests: names,
            fail_fast: self.fail_fast,
            once: self.once,
            mutants,
            folder,
            slot,
            wrap,
        }
    }

    /// Returns the names of all tests, in their order.
    pub(super) fn names(&self) -> Vec<String> {
        self.tests.iter().map(|test| test.name.clone()).collect()
    }
}

/// Traces every test.
fn traced(server: &Server<'_>, stop: &Stop) -> Result<Vec<Traced>> {
    let job = |test: usize| Job { kind: Kind::Trace, tests: vec![test], limit: CLEAN_MAX };
    let mut jobs: Vec<Job> = (0..server.tests.len()).map(job).collect();
    let mut known: BTreeMap<usize, Vec<super::serve::Answer>> = BTreeMap::new();
    for round in 0..TRACES + TRACES_MORE {
        let answers = server.run(&jobs, stop)?;
        for (job, answer) in jobs.iter().zip(answers) {
            known.entry(job.tests.first().copied().unwrap_or(0)).or_default().push(answer);
        }
        if TRACES <= round + 1 {
            let differ = known.iter().filter(|(_, all)| {
                all.windows(2)
                    .any(|pair| pair.first().map(|a| &a.asked) != pair.last().map(|a| &a.asked))
            });
            jobs = differ.map(|(test, _)| job(*test)).collect();
        }
        if jobs.is_empty() {
            break;
        }
    }
    let tests = server.tests.iter().enumerate().map(|(index, name)| {
        let all = known.get(&index).map(Vec::as_slice).unwrap_or_default();
        Traced {
            name: name.clone(),
            passes: !all.is_empty() && all.iter().all(|answer| answer.how == How::Passed),
            wall: all.iter().map(|answer| answer.wall).max().unwrap_or_default(),
            reaches: all.iter().flat_map(|answer| answer.asked.iter().copied()).collect(),
        }
    });
    Ok(tests.collect())
}
