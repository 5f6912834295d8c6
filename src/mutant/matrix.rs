//! Which test kills which mutants: for judging tests instead of mutants.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use camino::Utf8Path;

use super::bench::Rig;
use super::lab::Lab;
use super::serve::{How, Job, Kind};
use crate::cargo::Wrap;
use crate::error::Result;
use crate::sys::Stop;

/// The least time limit of a test with a mutant.
const LIMIT_MIN: Duration = Duration::from_secs(1);

/// How many times as long as without a mutant a test may take with one.
const LIMIT_FACTOR: u32 = 20;

/// What one test does to mutants, by their numbers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Kills {
    /// Those whose place it runs.
    pub reached: BTreeSet<u32>,
    /// Those with which it fails.
    pub killed: BTreeSet<u32>,
    /// Those with which it does not end, twice.
    pub timeouts: BTreeSet<u32>,
}

/// Runs every test of a rig alone with each mutant that it reaches and that `wanted` names, and
/// returns what each test does; tests that do not pass without a mutant are left out.
///
/// A mutant that has to be built alone is in nobody's list. `folder` is for passing things to the
/// box.
pub fn matrix(
    lab: &Lab,
    rig: &Rig,
    wanted: &dyn Fn(u32) -> bool,
    (folder, wrap): (&Utf8Path, Wrap<'_>),
    stop: &Stop,
) -> Result<BTreeMap<String, Kills>> {
    let names = rig.names();
    let server = rig.server(lab, &names, (folder.to_owned(), 0, wrap));
    let mut found = BTreeMap::new();
    let mut jobs = Vec::new();
    let mut owners = Vec::new();
    for (index, test) in rig.tests.iter().enumerate().filter(|(_, test)| test.passes) {
        let kills = Kills { reached: test.reaches.clone(), ..Kills::default() };
        found.insert(test.name.clone(), kills);
        for number in test.reaches.iter().copied().filter(|number| wanted(*number)) {
            let limit = LIMIT_MIN.max(test.wall * LIMIT_FACTOR);
            jobs.push(Job { kind: Kind::Mutant(number), tests: vec![index], limit });
            owners.push((test.name.clone(), number));
        }
    }
    let answers = server.run(&jobs, stop)?;
    for (((name, number), job), answer) in owners.into_iter().zip(&jobs).zip(answers) {
        let mut how = answer.how;
        if how == How::Late {
            let again = server.run(std::slice::from_ref(job), stop)?;
            how = again.into_iter().next().map_or(How::Late, |answer| answer.how);
        }
        let Some(kills) = found.get_mut(&name) else { continue };
        match how {
            How::Passed => (),
            How::Late => drop(kills.timeouts.insert(number)),
            How::Failed | How::Broke(_) => drop(kills.killed.insert(number)),
        }
    }
    Ok(found)
}
