//! The plan of a server: a line for each thing.

use std::ffi::{CString, OsStr};
use std::path::PathBuf;

/// What a child does.
#[derive(Clone, Copy)]
pub enum Kind {
    /// It runs with no mutant on.
    Clean,
    /// It runs with no mutant on, and notes which are asked for.
    Trace,
    /// It runs with this mutant on.
    Mutant(u32),
}

/// One job.
pub struct Job {
    pub number: usize,
    pub kind: Kind,
    pub limit_ms: u64,
    /// The tests, by their place in the list.
    pub tests: Vec<usize>,
}

/// A plan.
pub struct Plan {
    /// The file for results.
    pub results: PathBuf,
    /// The file in which it is noted which mutants are asked for.
    pub asked: PathBuf,
    /// The names of the tests.
    pub tests: Vec<CString>,
    pub jobs: Vec<Job>,
}

/// Reads a plan; `None` if it is none.
pub fn read(path: &OsStr) -> Option<Plan> {
    let text = std::fs::read_to_string(path).ok()?;
    let (results, asked) = (PathBuf::new(), PathBuf::new());
    let mut plan = Plan { results, asked, tests: Vec::new(), jobs: Vec::new() };
    for line in text.lines() {
        let (word, rest) = line.split_once(' ')?;
        match word {
            "results" => plan.results = rest.into(),
            "asked" => plan.asked = rest.into(),
            "test" => plan.tests.push(CString::new(rest).ok()?),
            "job" => plan.jobs.push(job(rest)?),
            _ => return None,
        }
    }
    Some(plan)
}

/// Reads `<number> <kind> <limit> <test> <test> ..`.
fn job(text: &str) -> Option<Job> {
    let mut words = text.split(' ');
    let number = words.next()?.parse().ok()?;
    let kind = match words.next()? {
        "clean" => Kind::Clean,
        "trace" => Kind::Trace,
        mutant => Kind::Mutant(mutant.parse().ok()?),
    };
    let limit_ms = words.next()?.parse().ok()?;
    let tests = words.map(|word| word.parse().ok()).collect::<Option<_>>()?;
    Some(Job { number, kind, limit_ms, tests })
}
