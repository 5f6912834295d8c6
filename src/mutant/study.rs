//! Everything in a row: build, trace, judge, and what has to be built alone.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use super::alone::Alone;
use super::bench::{Rig, Surety};
use super::files::FileMutants;
use super::judge::{judge, untested};
use super::lab::{Fate, Lab};
use super::verdict::{Judgement, Verdict};
use crate::cargo::{Selection, Targets, Workshop};
use crate::error::{Error, Kind, Result};
use crate::sys::{Stop, fs};

/// Which mutants are judged.
#[derive(Debug, Clone)]
pub struct Order<'a> {
    /// The packages and features.
    pub selection: &'a Selection,
    /// The files and their mutants; a mutant's number is its place among all.
    pub files: Vec<FileMutants>,
    /// The mutants that are tried.
    pub chosen: BTreeSet<u32>,
    /// What is known already.
    pub known: BTreeMap<u32, Judgement>,
}

/// What came of it.
#[derive(Debug, Clone, Default)]
pub struct Findings {
    /// The files and their mutants.
    pub files: Vec<FileMutants>,
    /// What became of each mutant, by its number.
    pub judgements: BTreeMap<u32, Judgement>,
    /// How many tests there are.
    pub tests: usize,
    /// Tests that fail in the box without any mutant, and so have no say.
    pub red: Vec<String>,
    /// How often the compiler was asked for the common build.
    pub rounds: usize,
    /// How many mutants were built alone.
    pub alone: usize,
    /// How many verdicts are those of an earlier run.
    pub resumed: usize,
}

/// Judges mutants. Each judgement that took a test or a build is handed to `note` as soon as it
/// stands. The lane is left as it was synchronised.
///
/// Fails with [`Kind::BaselineRed`] if no test passes.
pub fn study(
    workshop: &mut Workshop,
    order: Order<'_>,
    surety: Surety<'_>,
    note: &(dyn Fn(u32, &Judgement) -> Result<()> + Sync),
    stop: &Stop,
) -> Result<Findings> {
    let open: BTreeSet<u32> =
        order.chosen.iter().filter(|number| !order.known.contains_key(number)).copied().collect();
    if open.is_empty() {
        let (files, judgements) = (order.files, order.known);
        return Ok(Findings { files, judgements, ..Findings::default() });
    }
    let what = (order.selection, Targets::Tested);
    let lab = Lab::build(workshop, what, order.files, &open, stop)?;
    let mut judgements = untested(&lab);
    judgements.extend(order.known);
    let folder = workshop.lane.scratch().join("mutants");
    fs::create_dir_all(&folder)?;
    let mut rigs = Vec::new();
    for binary in &lab.binaries {
        stop.check()?;
        rigs.extend(Rig::trace(&lab, binary, None, (folder.join("0"), surety.wrap), stop)?);
    }
    let tests = rigs.iter().flat_map(|rig| &rig.tests);
    let red: Vec<String> =
        tests.clone().filter(|test| !test.passes).map(|test| test.name.clone()).collect();
    let count = tests.count();
    if 0 < count && red.len() == count {
        return Err(Error::new(Kind::BaselineRed, "no test of the crate passes in the box")
            .hint("`cargo test` shows what is wrong"));
    }
    let found = Mutex::new(judgements);
    let keep = |number: u32, judgement: Judgement| -> Result<()> {
        // A `const fn` that no test noticed is still to be built alone.
        if !lab.is_const_fn(number) || !survives(judgement.verdict) {
            note(number, &judgement)?;
        }
        if let Ok(mut found) = found.lock() {
            found.insert(number, judgement);
        }
        Ok(())
    };
    let known = found.lock().map(|found| found.clone()).unwrap_or_default();
    judge(&lab, &rigs, (surety, &folder), &known, (&keep, stop))?;
    let mut judgements = found.into_inner().unwrap_or_default();
    let alone = for_alone(&lab, &judgements);
    if !alone.is_empty() {
        let measure = Alone::new(workshop, &lab, surety.wrap, stop)?;
        for (done, number) in alone.iter().enumerate() {
            (surety.tell)(done, alone.len());
            let judgement = measure.judge(workshop, *number, stop)?;
            note(*number, &judgement)?;
            judgements.insert(*number, judgement);
        }
    }
    lab.restore(workshop)?;
    let (rounds, alone) = (lab.rounds, alone.len());
    Ok(Findings { files: lab.files, judgements, tests: count, red, rounds, alone, resumed: 0 })
}

/// The mutants that are built alone: those that have to be, and those in a `const fn` that no test
/// noticed, as the compiler may have run the function.
fn for_alone(lab: &Lab, judgements: &BTreeMap<u32, Judgement>) -> Vec<u32> {
    let all = lab.mutants().zip(&lab.fates).filter(|((number, _, mutant), fate)| match fate {
        Fate::Alone(_) => !judgements.contains_key(number),
        Fate::Together if mutant.in_const_fn => {
            judgements.get(number).is_some_and(|judgement| survives(judgement.verdict))
        }
        _ => false,
    });
    all.map(|((number, ..), _)| number).collect()
}

/// Whether no test noticed.
fn survives(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Missed | Verdict::Unreached)
}
