//! Mutants that cannot share a build: each is built and run on its own, against all tests.

use std::collections::BTreeMap;
use std::time::Duration;

use super::lab::Lab;
use super::verdict::{Judgement, Verdict};
use crate::cargo::{self, Options, TestBinary, Which, Workshop, Wrap};
use crate::error::Result;
use crate::sys::{Ending, Stop};

/// How long a binary may take when no mutant is there.
const CLEAN_MAX: Duration = Duration::from_mins(10);

/// How long a build with a mutant may take.
const BUILD_MAX: Duration = Duration::from_mins(10);

/// The least time limit of a binary with a mutant.
const LIMIT_MIN: Duration = Duration::from_secs(1);

/// How many times as long as without a mutant a binary may take with one.
const LIMIT_FACTOR: u32 = 20;

/// What is known of a binary without mutants.
struct Usual {
    red: Vec<String>,
    wall: Duration,
}

/// Builds without mutants, and what is known of its tests.
pub(super) struct Alone<'a> {
    lab: &'a Lab,
    wrap: Wrap<'a>,
    /// What is usual, by target and kind.
    usual: BTreeMap<(String, String), Usual>,
}

impl<'a> Alone<'a> {
    /// Builds and runs the crate without any mutant, as a measure for those with one.
    pub(super) fn new(
        workshop: &mut Workshop,
        lab: &'a Lab,
        wrap: Wrap<'a>,
        stop: &Stop,
    ) -> Result<Self> {
        let built = lab.build_plain(workshop, stop)?;
        built.check("the crate without mutants")?;
        let mut usual = BTreeMap::new();
        for binary in &built.binaries {
            let options = Options {
                profiles: None,
                timeout: CLEAN_MAX,
                threads: None,
                wrap: Some(wrap),
                slot: 0,
            };
            let run = cargo::run(binary, Which::All, &options, stop)?;
            usual.insert(key(binary), Usual { red: run.red(), wall: run.wall });
        }
        Ok(Self { lab, wrap, usual })
    }

    /// Judges one mutant.
    pub(super) fn judge(
        &self,
        workshop: &mut Workshop,
        number: u32,
        stop: &Stop,
    ) -> Result<Judgement> {
        // The compiler itself may be led into an endless loop.
        let limited = stop.within(BUILD_MAX);
        let built = match self.lab.build_alone(workshop, number, &limited) {
            Err(_) if limited.is_late() && !stop.is_stopped() => {
                let words = "the compiler comes to no end";
                return Ok(Judgement::plain(Verdict::Unviable, words));
            }
            built => built?,
        };
        if !built.success {
            let error = built.diagnostics.iter().find(|one| one.is_error());
            let words = error.map(|error| error.message.clone()).unwrap_or_default();
            return Ok(Judgement::plain(Verdict::Unviable, words));
        }
        for binary in &built.binaries {
            let Some(usual) = self.usual.get(&key(binary)) else { continue };
            let mut ending = self.run(binary, usual, stop)?;
            if ending == Ending::TimedOut {
                ending = self.run(binary, usual, stop)?;
            }
            match ending {
                Ending::Exited(0) => (),
                Ending::TimedOut => {
                    return Ok(Judgement::plain(Verdict::Timeout, "twice longer than allowed"));
                }
                _ => return Ok(Judgement::plain(Verdict::Killed, "built alone")),
            }
        }
        Ok(Judgement::plain(Verdict::Missed, "built alone"))
    }

    /// Runs the tests of a binary that pass without a mutant.
    fn run(&self, binary: &TestBinary, usual: &Usual, stop: &Stop) -> Result<Ending> {
        let mut arguments = Vec::new();
        if binary.harness && !usual.red.is_empty() {
            arguments.push("--exact");
            arguments.extend(usual.red.iter().flat_map(|name| ["--skip", name.as_str()]));
        }
        let timeout = LIMIT_MIN.max(usual.wall * LIMIT_FACTOR);
        let options =
            Options { profiles: None, timeout, threads: None, wrap: Some(self.wrap), slot: 0 };
        Ok(cargo::start(binary, &options, &arguments, stop)?.ending)
    }
}

/// What names a binary in every build.
fn key(binary: &TestBinary) -> (String, String) {
    (format!("{:?} {}", binary.kind, binary.package), binary.target.clone())
}
