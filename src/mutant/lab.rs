//! A build that holds all mutants of some files.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use camino::{Utf8Path, Utf8PathBuf};

use super::files::FileMutants;
use super::model::{Graft, Mutant};
use super::runtime::{NAME, Runtime};
use super::schema::{Blame, Schema, write};
use crate::cargo::{
    self, BuildOutput, Diagnostic, Extra, Goal, Package, Plan, Request, Selection, TargetKind,
    Targets, TestBinary, Workshop,
};
use crate::error::{Error, Result};
use crate::sys::{Stop, fs};

/// Most builds until all mutants that do not compile are found.
const ROUNDS_MAX: usize = 24;

/// How a mutant is built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// Together with all others.
    Together,
    /// Alone, for this reason.
    Alone(String),
    /// Not at all: it does not compile, for this reason.
    Never(String),
    /// Not at all: it was not asked for.
    Left,
}

/// A build that holds mutants, and the test binaries that came of it.
///
/// A mutant is known by its number: its place among all mutants of all files, from 0.
#[derive(Debug, Clone)]
pub struct Lab {
    /// The files and their mutants.
    pub files: Vec<FileMutants>,
    /// How each mutant is built, by its number.
    pub fates: Vec<Fate>,
    /// The test binaries.
    pub binaries: Vec<TestBinary>,
    /// Whether there are programs that tests may start.
    pub has_programs: bool,
    /// How often the compiler was asked.
    pub rounds: usize,
    /// The packages and features.
    pub selection: Selection,
    /// The targets that were built.
    pub targets: Targets,
}

impl Lab {
    /// Builds the mutants in `chosen`, by number, into the lane as it is now; the files' texts have
    /// to be those in the lane, overlays included.
    ///
    /// The lane is left with the mutants in it: [`Lab::restore`] takes them out. Fails with
    /// [`Kind::Usage`](crate::error::Kind::Usage) if the code does not build without mutants.
    pub fn build(
        workshop: &mut Workshop,
        (selection, targets): (&Selection, Targets),
        files: Vec<FileMutants>,
        chosen: &BTreeSet<u32>,
        stop: &Stop,
    ) -> Result<Self> {
        let shared = workshop.shared_runtime().join("mutants");
        let runtime = Runtime::build(&shared, &workshop.toolchain, stop)?;
        let mut lab = Self {
            files,
            fates: Vec::new(),
            binaries: Vec::new(),
            has_programs: false,
            rounds: 0,
            selection: selection.clone(),
            targets,
        };
        let all = lab.mutants();
        let fates = all.map(|(number, file, mutant)| match &mutant.graft {
            _ if !chosen.contains(&number) => Fate::Left,
            _ if is_macro(workshop, &file.package) => {
                Fate::Alone("the compiler runs the crate".to_owned())
            }
            Graft::Alone(reason) => Fate::Alone((*reason).to_owned()),
            Graft::Never(reason) => Fate::Never((*reason).to_owned()),
            _ if mutant.in_const_fn && !runtime.in_const => {
                Fate::Alone("this compiler has no switch for `const fn`".to_owned())
            }
            _ => Fate::Together,
        });
        lab.fates = fates.collect();
        let plan = plan(workshop, Some(&runtime));
        lab.rounds(workshop, &plan, stop)?;
        Ok(lab)
    }

    /// Returns every mutant with its number and its file.
    pub fn mutants(&self) -> impl Iterator<Item = (u32, &FileMutants, &Mutant)> {
        let all =
            self.files.iter().flat_map(|file| file.mutants.iter().map(move |one| (file, one)));
        (0..).zip(all).map(|(number, (file, mutant))| (number, file, mutant))
    }

    /// Returns whether a mutant is in a `const fn`.
    pub(super) fn is_const_fn(&self, number: u32) -> bool {
        self.mutants().any(|(one, _, mutant)| one == number && mutant.in_const_fn)
    }

    /// Returns how many mutants there are.
    pub fn count(&self) -> usize {
        self.files.iter().map(|file| file.mutants.len()).sum()
    }

    /// Returns the numbers of the mutants that were built together.
    pub fn together(&self) -> impl Iterator<Item = u32> {
        let built = (0..).zip(&self.fates).filter(|(_, fate)| **fate == Fate::Together);
        built.map(|(number, _)| number)
    }

    /// Writes the files without mutants into the lane.
    pub fn restore(&self, workshop: &mut Workshop) -> Result<()> {
        for file in &self.files {
            workshop.lane.overlay(Utf8Path::new(&file.file), &file.text)?;
        }
        Ok(())
    }

    /// Builds the crate without mutants.
    pub(super) fn build_plain(&self, workshop: &mut Workshop, stop: &Stop) -> Result<BuildOutput> {
        self.restore(workshop)?;
        let plan = plan(workshop, None);
        cargo::build(workshop, &self.request(plan), stop)
    }

    /// Builds one mutant alone, without a switch, and returns what came of it.
    pub(super) fn build_alone(
        &self,
        workshop: &mut Workshop,
        number: u32,
        stop: &Stop,
    ) -> Result<BuildOutput> {
        self.restore(workshop)?;
        let Some((_, file, mutant)) = self.mutants().find(|(one, ..)| *one == number) else {
            return Err(Error::internal(format!("there is no mutant {number}")));
        };
        let text = mutant.apply(&file.text).ok_or_else(|| Error::internal("another text"))?;
        workshop.lane.overlay(Utf8Path::new(&file.file), &text)?;
        let plan = plan(workshop, None);
        cargo::build(workshop, &self.request(plan), stop)
    }

    /// What is built.
    fn request(&self, plan: Plan) -> Request {
        let (selection, targets) = (self.selection.clone(), self.targets.clone());
        Request { selection, targets, goal: Goal::Binaries, plan }
    }

    /// Builds again and again, each time without the mutants that do not compile.
    fn rounds(&mut self, workshop: &mut Workshop, plan: &Plan, stop: &Stop) -> Result<()> {
        for round in 1..=ROUNDS_MAX {
            let schemas = self.write(workshop)?;
            let built = cargo::build(workshop, &self.request(plan.clone()), stop)?;
            self.rounds = round;
            if built.success {
                self.has_programs = !built.programs.is_empty();
                self.binaries = built.binaries;
                return Ok(());
            }
            if self.together().next().is_none() {
                return built.check(&format!("`{}`", workshop.workspace.root));
            }
            if round + 1 == ROUNDS_MAX || !self.blame(&schemas, &built.diagnostics) {
                // Nobody knows which of them it is.
                let reason = "the crate does not compile with all the others";
                for fate in self.fates.iter_mut().filter(|fate| **fate == Fate::Together) {
                    *fate = Fate::Alone(reason.to_owned());
                }
            }
        }
        Err(Error::internal("the crate does not compile without mutants either"))
    }

    /// Writes the mutants that are built together into the lane.
    fn write(&self, workshop: &mut Workshop) -> Result<BTreeMap<Utf8PathBuf, Schema>> {
        let together: BTreeSet<u32> = self.together().collect();
        let mut schemas = BTreeMap::new();
        for file in &self.files {
            let all = self.mutants().filter(|(_, owner, _)| owner.file == file.file);
            let own = all.filter(|(number, ..)| together.contains(number));
            let own: Vec<(u32, &Mutant)> = own.map(|(number, _, one)| (number, one)).collect();
            let schema = write(&file.text, &own);
            let path = Utf8PathBuf::from(&file.file);
            workshop.lane.overlay(&path, &schema.text)?;
            schemas.insert(path, schema);
        }
        Ok(schemas)
    }

    /// Takes mutants out that errors lead to; returns whether there were any.
    fn blame(&mut self, schemas: &BTreeMap<Utf8PathBuf, Schema>, said: &[Diagnostic]) -> bool {
        let mut own: BTreeMap<u32, String> = BTreeMap::new();
        let mut around: BTreeMap<u32, String> = BTreeMap::new();
        for error in said.iter().filter(|one| one.is_error()) {
            let blame = blamed(schemas, error);
            own.extend(blame.own.iter().map(|number| (*number, error.message.clone())));
            if blame.own.is_empty() {
                around.extend(blame.around.iter().map(|number| (*number, error.message.clone())));
            }
        }
        // What is wrong around others may be right once those that are wrong themselves are gone.
        let alone = if own.is_empty() { around } else { BTreeMap::new() };
        let mut found = false;
        let own = own.into_iter().map(|(number, words)| (number, Fate::Never(words)));
        let alone = alone.into_iter().map(|(number, words)| (number, Fate::Alone(words)));
        for (number, fate) in own.chain(alone) {
            let place = usize::try_from(number).ok().and_then(|at| self.fates.get_mut(at));
            if let Some(place) = place.filter(|place| **place == Fate::Together) {
                *place = fate;
                found = true;
            }
        }
        found
    }
}

/// The mutants that an error leads to: those whose own Rust is wrong, wherever it is mentioned, or
/// else those around its first place.
fn blamed(schemas: &BTreeMap<Utf8PathBuf, Schema>, error: &Diagnostic) -> Blame {
    let mut all = Blame::default();
    for (path, schema) in schemas {
        for span in error.spans_in(path) {
            let bytes = |byte: u32| usize::try_from(byte).unwrap_or(usize::MAX);
            let bytes: Range<usize> = bytes(span.byte_start)..bytes(span.byte_end);
            let blame = schema.blame(&bytes);
            all.own.extend(blame.own);
            all.around.extend(blame.around);
        }
    }
    all
}

/// Whether a package is a procedural macro.
fn is_macro(workshop: &Workshop, package: &str) -> bool {
    let package = workshop.workspace.packages.iter().find(|one| one.name == package);
    package.and_then(Package::lib).is_some_and(|lib| lib.kind == TargetKind::ProcMacro)
}

/// How the members are compiled: without lints, and able to use the runtime.
fn plan(workshop: &Workshop, runtime: Option<&Runtime>) -> Plan {
    let mut args = vec!["--cap-lints".to_owned(), "allow".to_owned()];
    if let Some(runtime) = runtime {
        args.extend(["--extern".to_owned(), format!("{NAME}={}", runtime.rlib)]);
        args.extend(["-L".to_owned(), format!("dependency={}", runtime.folder)]);
    }
    let targets = workshop.workspace.packages.iter().flat_map(|package| &package.targets);
    let extra = targets.flat_map(|target| {
        let source = workshop.lane.path_of(&target.source);
        [true, false].map(|test| Extra { source: source.clone(), test, args: args.clone() })
    });
    Plan { coverage: false, extra: extra.collect() }
}

/// Returns the mutants of a file of the lane as it is now, overlays included.
pub fn of_lane(workshop: &Workshop, file: &str, package: &str) -> Result<FileMutants> {
    let text = fs::read_to_string(&workshop.lane.root().join(file))?;
    let mutants = super::find(&text)?;
    Ok(FileMutants { file: file.to_owned(), package: package.to_owned(), text, mutants })
}
