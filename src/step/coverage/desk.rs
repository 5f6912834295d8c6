//! What the missions of one run share: work copies, measurements and searches.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};

use serde_json::json;

use super::boxed::Boxes;
use super::mission::Runner;
use crate::cargo::{Selection, Surroundings, Workshop};
use crate::coverage::Report;
use crate::error::{Error, Kind, Result};
use crate::explore::search::{Effort, Session};
use crate::journal::Journal;
use crate::measure::{self, Measured};
use crate::mission::Target;
use crate::policy::Gates;
use crate::sandbox::{Choice, Sandbox};
use crate::source::edit::Placement;
use crate::sys::{Clock, Stop, fs, id};

/// How many measurements are remembered: those around a mission in hand, for a few selections.
const MEASURED_MAX: usize = 6;

/// How the coverage steps work.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The machine.
    pub surroundings: Surroundings,
    /// The box that is asked for.
    pub sandbox: Choice,
    /// What all chance depends on.
    pub seed: u64,
    /// How hard the explorer tries.
    pub effort: Effort,
    /// How often a test has to pass before it is kept.
    pub runs: u32,
    /// Where tests go if a module has none.
    pub placement: Placement,
    /// Whether files with uncommitted changes of somebody else may be changed.
    pub force: bool,
    /// Whether a mission that misses its target keeps nothing.
    pub all_or_nothing: bool,
    /// Which gates hold where a mission does not say.
    pub gates: Gates,
    /// The command that has the last word.
    pub validator: Validator,
    /// Most tests that one run keeps.
    pub tests_max: Option<u64>,
    /// Features to build with, beside those of the missions.
    pub features: Selection,
}

/// A command of the user that has the last word on the tests of a mission.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Validator {
    /// The program with its arguments; there is no validator if this is empty.
    pub command: Vec<String>,
    /// How long it may take.
    pub timeout: Duration,
}

/// What the missions of one run share.
#[derive(Debug)]
pub struct Desk<'j> {
    /// How the steps work.
    pub settings: Settings,
    /// The journal of the run; without one nothing is written into the checkout.
    pub journal: Option<&'j Journal>,
    /// How many tests the missions that have ended left in the checkout.
    pub kept: Cell<u64>,
    /// The time.
    pub clock: Clock,
    /// The box of the run, found when it is needed first.
    sandbox: RefCell<Option<Sandbox>>,
    incompatible: RefCell<BTreeSet<String>>,
    wanted: RefCell<BTreeSet<(Utf8PathBuf, String)>>,
    shops: RefCell<BTreeMap<Utf8PathBuf, Rc<RefCell<Shop>>>>,
}

/// One workspace.
#[derive(Debug)]
pub struct Shop {
    /// The work copy.
    pub workshop: Workshop,
    /// The box of its processes.
    pub boxes: Boxes,
    /// What was covered last, by package, features and state of the sources; the newest last.
    measured: VecDeque<(String, Covered)>,
    /// Whether the run has added tests: they never run outside of the box.
    has_new_tests: bool,
    /// What was searched, by package and features.
    pub searched: BTreeMap<String, Rc<Session>>,
}

/// What is covered now.
#[derive(Debug, Clone)]
pub struct Covered {
    /// Production code alone.
    pub report: Report,
    /// Tests that pass in the user's environment and fail in the box, with their binaries.
    pub incompatible: BTreeSet<(String, String)>,
    /// Why the crate does not build in the box, although it does in the user's environment.
    pub unboxed: Option<String>,
}

impl<'j> Desk<'j> {
    /// Creates the desk of a run; `journal` is needed by whatever writes.
    pub fn new(settings: Settings, journal: Option<&'j Journal>) -> Self {
        Self {
            settings,
            journal,
            kept: Cell::new(0),
            clock: Clock::real(),
            sandbox: RefCell::default(),
            incompatible: RefCell::default(),
            wanted: RefCell::default(),
            shops: RefCell::default(),
        }
    }

    /// Tells which files the missions of the run are about, so that one search serves all.
    pub fn expect(&self, root: &Utf8Path, targets: &[&Target]) {
        for target in targets {
            let folder = folder_of(root, target);
            let folder = fs::canonicalize(&folder).unwrap_or(folder);
            if let Some(file) = &target.file {
                self.wanted.borrow_mut().insert((folder, file.clone()));
            }
        }
    }

    /// Returns the files that missions of the run are about in a workspace.
    pub fn wanted(&self, root: &Utf8Path) -> BTreeSet<String> {
        let wanted = self.wanted.borrow();
        wanted.iter().filter(|(folder, _)| folder == root).map(|(_, file)| file.clone()).collect()
    }

    /// Returns the runner of the coverage steps of one mission.
    pub fn runner(&self) -> Runner<'_, 'j> {
        Runner::new(self)
    }

    /// Returns the workspace of a target; its work copy is up to date.
    ///
    /// Fails with [`Kind::Usage`] if there is none, [`Kind::Locked`] if another process has it.
    pub fn shop(&self, root: &Utf8Path, target: &Target, stop: &Stop) -> Result<Rc<RefCell<Shop>>> {
        let folder = fs::canonicalize(&folder_of(root, target))?;
        if let Some(shop) = self.shops.borrow().get(&folder) {
            shop.borrow_mut().workshop.refresh(stop)?;
            return Ok(Rc::clone(shop));
        }
        let sandbox = self.sandbox(stop)?;
        let mut workshop = Workshop::open(&folder, self.settings.surroundings.clone(), stop)?;
        workshop.enclose(&sandbox)?;
        let boxes = Boxes::open(&workshop, &sandbox)?;
        let (measured, searched, has_new_tests) = (VecDeque::new(), BTreeMap::new(), false);
        let shop = Shop { workshop, boxes, measured, has_new_tests, searched };
        let shop = Rc::new(RefCell::new(shop));
        self.shops.borrow_mut().insert(folder, Rc::clone(&shop));
        Ok(shop)
    }

    /// Returns the box of the run, and notes in the journal what it enforces.
    fn sandbox(&self, stop: &Stop) -> Result<Sandbox> {
        if let Some(known) = &*self.sandbox.borrow() {
            return Ok(known.clone());
        }
        let Surroundings { cache, program, .. } = &self.settings.surroundings;
        let sandbox = Sandbox::find_in(self.settings.sandbox, program, cache, stop)?;
        *self.sandbox.borrow_mut() = Some(sandbox.clone());
        if let Some(journal) = self.journal {
            let fields = json!({
                "asked": self.settings.sandbox,
                "box": sandbox.rung().name(),
                "enforced": sandbox.rung().enforced(),
                "words": sandbox.rung().to_string(),
                "missing": sandbox.missing(),
            });
            journal.event("box.chosen", fields)?;
        }
        Ok(sandbox)
    }

    /// Returns the box of the run; `None` if none was needed so far.
    pub fn sandbox_found(&self) -> Option<Sandbox> {
        self.sandbox.borrow().clone()
    }

    /// Returns what of the crate itself works outside of the box alone.
    pub fn incompatible(&self) -> Vec<String> {
        self.incompatible.borrow().iter().cloned().collect()
    }

    /// Notes what of the crate itself works outside of the box alone.
    pub fn note_incompatible(&self, names: impl IntoIterator<Item = String>) {
        self.incompatible.borrow_mut().extend(names);
    }

    /// Returns packages and features as a target and the settings name them.
    pub fn selection(&self, target: &Target) -> Selection {
        let mut selection = self.settings.features.clone();
        selection.packages = target.package.iter().cloned().collect();
        selection.features.extend(target.features.iter().cloned());
        selection.features.sort();
        selection.features.dedup();
        selection
    }
}

impl Shop {
    /// Returns what is covered now, measured in the user's environment unless it is known.
    ///
    /// Once the run has added tests it is measured in the box, and what fails there is left out.
    /// Fails with [`Kind::BaselineRed`] if tests fail in the user's environment.
    pub fn covered(&mut self, selection: &Selection, stop: &Stop) -> Result<Covered> {
        let key = self.key(selection);
        if let Some((_, known)) = self.measured.iter().find(|(other, _)| *other == key) {
            return Ok(known.clone());
        }
        let covered = if self.has_new_tests {
            let measured = self.measure_boxed(selection, stop)?;
            let incompatible = red(&measured);
            Covered { report: measured.report, incompatible, unboxed: None }
        } else {
            self.baseline(selection, stop)?
        };
        self.remember(key, covered.clone());
        Ok(covered)
    }

    /// Measures in the user's environment, and finds the tests that fail in the box.
    fn baseline(&mut self, selection: &Selection, stop: &Stop) -> Result<Covered> {
        let options = measure::Options::default();
        let (measured, unboxed) = measure::baseline(&mut self.workshop, selection, &options, stop)?;
        refuse_red(&measured)?;
        let incompatible = match self.incompatible(selection, &measured, stop) {
            // Its tests cannot be made in the box, so that none of them can run there.
            Err(error) if unboxed.is_some() && error.kind() == Kind::Usage => BTreeSet::new(),
            other => other?,
        };
        Ok(Covered { report: measured.report, incompatible, unboxed })
    }

    /// Remembers what is covered after tests were added.
    pub fn set_covered(&mut self, selection: &Selection, covered: Covered) {
        let key = self.key(selection);
        self.remember(key, covered);
    }

    /// Notes that tests are about to be added.
    pub fn expect_new_tests(&mut self) {
        self.has_new_tests = true;
    }

    /// Remembers a measurement, and forgets old ones.
    fn remember(&mut self, key: String, covered: Covered) {
        self.measured.retain(|(other, _)| *other != key);
        self.measured.push_back((key, covered));
        if MEASURED_MAX < self.measured.len() {
            self.measured.pop_front();
        }
    }

    /// What a measurement belongs to: package, features, and the sources as they were copied last.
    fn key(&self, selection: &Selection) -> String {
        let mut key = format!("{selection:?}");
        for (path, hash) in self.workshop.lane.hashes() {
            if matches!(path.extension(), Some("rs" | "toml")) {
                key.push_str(path.as_str());
                key.push_str(hash);
            }
        }
        id::hash(key.as_bytes())
    }

    /// Measures in the box.
    pub fn measure_boxed(&self, selection: &Selection, stop: &Stop) -> Result<Measured> {
        let boxes = &self.boxes;
        let wrap = |process, launch: &_| boxes.test(process, launch);
        let options = measure::Options { wrap: Some(&wrap), ..measure::Options::default() };
        measure::run(&self.workshop, selection, &options, stop)
    }

    /// Finds the tests that pass outside the box and fail inside.
    fn incompatible(
        &self,
        selection: &Selection,
        outside: &Measured,
        stop: &Stop,
    ) -> Result<BTreeSet<(String, String)>> {
        if outside.tests.is_empty() {
            return Ok(BTreeSet::new());
        }
        Ok(red(&self.measure_boxed(selection, stop)?))
    }
}

/// The tests that fail, with their binaries.
fn red(measured: &Measured) -> BTreeSet<(String, String)> {
    measured.red().map(|test| (test.target.clone(), test.name.clone())).collect()
}

/// An error that names the red tests of a suite, if there are any.
fn refuse_red(measured: &Measured) -> Result<()> {
    let names: Vec<&str> = measured.red().map(|test| test.name.as_str()).collect();
    if names.is_empty() {
        return Ok(());
    }
    let shown = names.iter().take(5).copied().collect::<Vec<_>>().join("`, `");
    let more = names.len().saturating_sub(5);
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    let message = format!("tests of the crate fail already: `{shown}`{more}");
    Err(Error::new(Kind::BaselineRed, message).hint("make `cargo test` pass first"))
}

/// The folder a target names.
fn folder_of(root: &Utf8Path, target: &Target) -> Utf8PathBuf {
    target.project.as_ref().map_or_else(|| root.to_owned(), |project| root.join(project))
}
