//! One search over the files of a crate: from its documentation to executions worth keeping.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use super::goals::Goals;
use super::install::Install;
use super::judge::judge;
use super::pools::Pools;
use crate::cargo::{
    self, Extra, Goal, Plan as WrapperPlan, Request, Selection, Targets as Built, Workshop,
};
use crate::coverage::{FileCoverage, Report};
use crate::error::{Error, Result};
use crate::explore::harness::{self, Harness, Plan, Progress, Results, Runtime, Work};
use crate::explore::model::{self, Crate};
use crate::explore::reason::Reason;
use crate::explore::target::{self, Candidate, Host, Targets};
use crate::sys::{Process, Stop, fs};

/// How hard the explorer tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    /// A first result.
    Quick,
    /// The default.
    Normal,
    /// Five times the default.
    Thorough,
}

impl Effort {
    /// Most executions of a search, and how many without anything new end it.
    ///
    /// Both grow with the candidates; what a large crate finds late is not worth its time.
    fn executions(self, candidates: usize) -> (u64, u64) {
        let candidates = u64::try_from(candidates).unwrap_or(u64::MAX).clamp(80, 1_000_000);
        let all = (1_000 * candidates).min(600_000);
        let patience = 50_000 + 50 * candidates;
        match self {
            Self::Quick => (all / 5, patience / 3),
            Self::Normal => (all, patience),
            Self::Thorough => (all * 5, patience * 5),
        }
    }
}

/// What to explore, and how.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The package.
    pub package: String,
    /// Its features.
    pub selection: Selection,
    /// The files whose functions are called, relative to the workspace root.
    pub files: BTreeSet<String>,
    /// What all chance depends on.
    pub seed: u64,
    /// How hard to try.
    pub effort: Effort,
    /// How many processes run candidates at a time; results do not depend on it.
    pub workers: usize,
}

/// What the explorer tells while it works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The API is read.
    Reading,
    /// Candidates are compiled; so many were made.
    Judging(usize),
    /// The search runs.
    Searching(Progress),
    /// What was found is made simpler.
    Shrinking,
}

/// What a boxed search needs.
#[derive(Debug, Clone)]
pub struct Boxing<'a> {
    /// The folder in which it starts.
    pub cwd: &'a Utf8Path,
    /// The folder into which it writes.
    pub scratch: &'a Utf8Path,
    /// The variables it needs.
    pub variables: BTreeMap<String, String>,
}

/// What the explorer needs of those who call it.
#[expect(missing_debug_implementations, reason = "it holds functions")]
#[derive(Clone, Copy)]
pub struct Hooks<'a> {
    /// Puts a process that runs code of the crate into a box.
    pub wrap: &'a (dyn Fn(Process, &Boxing<'_>) -> Result<Process> + Sync),
    /// Is told what happens.
    pub tell: &'a (dyn Fn(Stage) + Sync),
}

/// What a search found.
#[derive(Debug)]
pub struct Session {
    /// The crate.
    pub krate: Crate,
    /// Its candidates, as far as they compiled.
    pub hosts: Vec<Host>,
    /// Why functions have no candidate, by their index.
    pub without: BTreeMap<usize, Reason>,
    /// The regions.
    pub goals: Goals,
    /// What the harness found.
    pub results: Results,
    /// How often the compiler was asked.
    pub rounds: usize,
    /// The place of each candidate: host and index, by id.
    places: BTreeMap<u32, (usize, usize)>,
    settings: Settings,
    binary: Utf8PathBuf,
    package_dir: Utf8PathBuf,
    scratch: Utf8PathBuf,
    plan: Plan,
}

impl Session {
    /// Searches. The lane must be up to date; it is left with overlays, which the next
    /// synchronisation undoes.
    ///
    /// `baseline` is what the crate's own tests cover, production code alone. Fails with
    /// `Kind::Usage` if the package has no library or does not build, with `Kind::Failed` if
    /// nothing generated for it compiles.
    pub fn search(
        workshop: &mut Workshop,
        settings: Settings,
        baseline: &Report,
        hooks: Hooks<'_>,
        stop: &Stop,
    ) -> Result<Self> {
        (hooks.tell)(Stage::Reading);
        let json = cargo::document(workshop, &settings.package, &settings.selection, stop)?;
        let krate = model::read(&fs::read_to_string(&json)?)?;
        let package = workshop.workspace.package(&settings.package)?.clone();
        let library = package.lib().ok_or_else(|| Error::usage("no library"))?.clone();
        let sources = sources(workshop, &krate)?;
        let literals = !sources.values().any(|text| text.contains("unsafe {"));
        let Targets { mut hosts, without } = target::plan(&krate, &settings.files, literals);
        let made: usize = hosts.iter().map(|host| host.candidates.len()).sum();
        (hooks.tell)(Stage::Judging(made));
        let scratch = workshop.lane.scratch().join("explore").join(&package.name);
        let runtime = Runtime::build(&workshop.shared_runtime(), &workshop.toolchain, stop)?;
        let install =
            Install::new(workshop, &krate, &hosts, scratch.join("code"), &package.edition)?;
        let request = request(workshop, &settings, &library.source, &runtime);
        let verdict = judge(workshop, &install, &mut hosts, &request, stop)?;
        let built = cargo::build(workshop, &request, stop)?;
        built.check("the crate with the candidates of the explorer")?;
        let binary = built.binaries.first().ok_or_else(|| Error::internal("no test binary"))?;
        let kept = scratch.join("candidates");
        fs::copy(&binary.path, &kept)?;
        let keep = |file: &str| workshop.lane.relative(Utf8Path::new(file)).map(String::from);
        let goals = Goals::read(&fs::read(&kept)?, baseline, keep)?;
        let pools = Pools::new(&krate, &sources, &readme(workshop, &package.dir));
        let plan = plan(&krate, &hosts, &goals, &pools, &settings);
        let places = places(&hosts);
        let mut session = Self {
            krate,
            hosts,
            without,
            goals,
            results: Results::default(),
            rounds: verdict.rounds,
            places,
            binary: kept,
            package_dir: workshop.lane.path_of(&package.dir),
            scratch: scratch.join("run"),
            settings,
            plan,
        };
        session.note_refused(&verdict.refused);
        fs::create_dir_all(&session.scratch)?;
        let plan = session.plan.clone();
        let ids: usize = session.places.len();
        session.results =
            if ids == 0 { Results::default() } else { session.run(&plan, hooks, stop)? };
        Ok(session)
    }

    /// Runs a plan in the box.
    pub(super) fn run(&self, plan: &Plan, hooks: Hooks<'_>, stop: &Stop) -> Result<Results> {
        let shrinking = matches!(plan.work, Work::Shrink(_));
        let tell = |progress: Progress| {
            (hooks.tell)(if shrinking { Stage::Shrinking } else { Stage::Searching(progress) });
        };
        let harness = |wrap| Harness {
            binary: &self.binary,
            package: &self.package_dir,
            scratch: &self.scratch,
            wrap,
            on_progress: &tell,
        };
        let boxing = Boxing {
            cwd: &self.package_dir,
            scratch: &self.scratch,
            variables: harness(&Ok).variables().into_iter().collect(),
        };
        let wrap = |process: Process| (hooks.wrap)(process, &boxing);
        let harness = harness(&wrap);
        harness.run(plan, stop)
    }

    /// Returns the plan of the search, for further work with the same regions and pools.
    pub(super) fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Returns what was asked for.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Returns how many candidates compiled.
    pub fn candidates(&self) -> usize {
        self.places.len()
    }

    /// Returns whether the search knows regions of a file.
    pub fn has(&self, file: &str) -> bool {
        self.goals.locations.iter().any(|location| location.file == file)
    }

    /// Returns the goals in a file that are not covered, by index; `covered` has the places of the
    /// text that was searched.
    pub fn open_goals(&self, file: &str, covered: &FileCoverage) -> BTreeSet<usize> {
        let hit: BTreeSet<_> = covered
            .regions
            .iter()
            .filter(|region| region.count != 0)
            .map(|region| (region.start, region.end))
            .collect();
        let goals = self.goals.locations.iter().enumerate();
        goals
            .filter(|(_, at)| at.file == file && !hit.contains(&(at.start, at.end)))
            .map(|(index, _)| index)
            .collect()
    }

    /// Returns a candidate and its host by its number.
    pub fn candidate(&self, id: u32) -> Option<(&Candidate, &Host)> {
        let (host, index) = self.places.get(&id)?;
        let host = self.hosts.get(*host)?;
        Some((host.candidates.get(*index)?, host))
    }

    /// Remembers the reasons of functions none of whose candidates compiled.
    fn note_refused(&mut self, refused: &BTreeMap<u32, Reason>) {
        let mut alive: BTreeSet<usize> = BTreeSet::new();
        let mut dead: BTreeMap<usize, Reason> = BTreeMap::new();
        for candidate in self.hosts.iter().flat_map(|host| &host.candidates) {
            if candidate.alive {
                alive.insert(candidate.function);
            } else if let Some(reason) = refused.get(&candidate.id) {
                dead.entry(candidate.function).or_insert_with(|| reason.clone());
            }
        }
        self.without.extend(dead.into_iter().filter(|(function, _)| !alive.contains(function)));
    }
}

/// The place of each living candidate, by its number.
fn places(hosts: &[Host]) -> BTreeMap<u32, (usize, usize)> {
    let mut places = BTreeMap::new();
    for (number, host) in hosts.iter().enumerate() {
        for (index, candidate) in host.candidates.iter().enumerate().filter(|(_, c)| c.alive) {
            places.insert(candidate.id, (number, index));
        }
    }
    places
}

/// The texts of the crate's files, by path relative to the workspace root.
fn sources(workshop: &Workshop, krate: &Crate) -> Result<BTreeMap<String, String>> {
    let files: BTreeSet<&String> = krate.modules.values().map(|module| &module.span.file).collect();
    let root = workshop.lane.root();
    files
        .into_iter()
        .map(|file| Ok((file.clone(), fs::read_to_string(&root.join(file))?)))
        .collect()
}

/// The README of the package, if it has one.
fn readme(workshop: &Workshop, package: &Utf8Path) -> String {
    let path = workshop.lane.path_of(package).join("README.md");
    if fs::exists(&path) { fs::read_to_string(&path).unwrap_or_default() } else { String::new() }
}

/// How the candidates are compiled.
fn request(
    workshop: &Workshop,
    settings: &Settings,
    root: &Utf8Path,
    runtime: &Runtime,
) -> Request {
    let extern_flag = format!("rustchain_rt={}", runtime.rlib);
    let args = ["--extern", &extern_flag, "--cap-lints", "allow"].map(str::to_owned).to_vec();
    let extra = Extra { source: workshop.lane.path_of(root), test: true, args };
    let packages = vec![settings.package.clone()];
    Request {
        selection: Selection { packages, ..settings.selection.clone() },
        targets: Built::Lib,
        goal: Goal::Binaries,
        plan: WrapperPlan { coverage: true, extra: vec![extra] },
    }
}

/// The plan of the search.
fn plan(krate: &Crate, hosts: &[Host], goals: &Goals, pools: &Pools, settings: &Settings) -> Plan {
    let alive = || hosts.iter().flat_map(|host| &host.candidates).filter(|c| c.alive);
    let candidates: Vec<harness::Candidate> = alive()
        .map(|candidate| {
            let function = &krate.functions[candidate.function];
            harness::Candidate {
                id: candidate.id,
                function: goals.function(function),
                pools: pools.of(function),
            }
        })
        .collect();
    let modules =
        hosts.iter().filter(|host| host.candidates.iter().any(|candidate| candidate.alive)).count();
    let (executions, patience) = settings.effort.executions(candidates.len());
    let covered = goals.covered.iter().enumerate().filter(|(_, covered)| **covered);
    Plan {
        seed: settings.seed,
        modules,
        workers: settings.workers,
        limits: harness::Limits { executions, patience, ..harness::Limits::default() },
        regions: goals.regions.clone(),
        covered: covered.map(|(index, _)| index).collect(),
        pools: pools.list().to_vec(),
        work: Work::Search(candidates),
    }
}
