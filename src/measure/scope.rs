//! Which code a report is about: the production code of the selected packages.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use crate::cargo::{BuildOutput, Package, Selection, TargetKind, Workshop};
use crate::coverage::{CoverageMap, LineSet, Profile, Report, mark_error_paths, report, subtract};
use crate::error::Result;
use crate::source::{CfgSet, ModuleTree, Role, module_subtree, module_tree, plain_path};
use crate::sys::fs;

/// Folders of a package whose files are test code unless they are modules of its library or of one
/// of its programs.
const TEST_FOLDERS: &[&str] = &["tests", "benches", "examples"];

/// What belongs into a report.
#[derive(Debug, Clone)]
pub struct Scope {
    /// The workspace root, in the lane.
    root: Utf8PathBuf,
    /// Folders of the selected packages, in the lane.
    packages: BTreeSet<Utf8PathBuf>,
    /// Folders of all members, in the lane.
    members: BTreeSet<Utf8PathBuf>,
    /// Lines that are no production code, by the name of the file in reports.
    not_production: BTreeMap<String, LineSet>,
    /// The lines of production code that write for `Display`, by the name of the file in reports.
    fmt_lines: BTreeMap<String, Vec<(u32, u32)>>,
    /// The files that were compiled, in the lane.
    compiled: BTreeSet<Utf8PathBuf>,
    /// The text of production code, by the name of the file in reports.
    texts: BTreeMap<String, String>,
    /// What is odd about the module trees, in words.
    problems: Vec<String>,
}

impl Scope {
    /// Finds the production code of the selected packages, as it is in the lane.
    ///
    /// `map` names the files that were compiled. Fails with
    /// [`Kind::Usage`](crate::error::Kind::Usage) for a package that is not there.
    pub fn of(
        workshop: &Workshop,
        (selection, build): (&Selection, &BuildOutput),
        map: &CoverageMap,
    ) -> Result<Self> {
        let lane = &workshop.lane;
        let folder = |package: &Package| lane.path_of(&package.dir);
        let selected = workshop.workspace.selected(selection)?;
        let mut scope = Self {
            root: lane.root(),
            packages: selected.iter().map(|package| folder(package)).collect(),
            members: workshop.workspace.packages.iter().map(folder).collect(),
            not_production: BTreeMap::new(),
            fmt_lines: BTreeMap::new(),
            compiled: map.files.iter().map(|file| plain_path(Utf8Path::new(file))).collect(),
            texts: BTreeMap::new(),
            problems: Vec::new(),
        };
        for package in selected {
            scope.add(workshop, package, selection, build);
        }
        Ok(scope)
    }

    /// Returns what is odd about the module trees, in words: files that are missing or not Rust.
    pub fn problems(&self) -> &[String] {
        &self.problems
    }

    /// Returns the lines that are no production code, by the name of the file in reports.
    pub fn not_production(&self) -> &BTreeMap<String, LineSet> {
        &self.not_production
    }

    /// Returns the text of a file with production code, by its name in reports.
    pub(super) fn text(&self, file: &str) -> Option<&str> {
        self.texts.get(file).map(String::as_str)
    }

    /// Whether a line of such a file is production code.
    pub(super) fn is_production(&self, file: &str, line: u32) -> bool {
        self.not_production.get(file).is_none_or(|lines| !lines.contains(line))
    }

    /// Returns the name in reports of a file in the lane: its path relative to the workspace root.
    /// `None` if it is not part of the selected packages.
    pub fn name(&self, file: &str) -> Option<String> {
        let file = plain_path(Utf8Path::new(file));
        let relative = file.strip_prefix(&self.root).ok()?;
        self.packages.contains(self.owner(&file)?).then(|| relative.as_str().to_owned())
    }

    /// The folder of the package that a file in the lane belongs to.
    fn owner<'a>(&self, file: &'a Utf8Path) -> Option<&'a Utf8Path> {
        file.ancestors().find(|folder| self.members.contains(*folder))
    }

    /// Returns the raw report on all files of the selected packages: equal to LLVM's own.
    pub fn raw(&self, map: &CoverageMap, profile: &Profile) -> Report {
        report(map, profile, |file| self.name(file))
    }

    /// Returns the report on production code alone, with its error paths.
    pub fn production(&self, raw: &Report) -> Report {
        let mut report = raw.clone();
        let mut lines = self.not_production.clone();
        for file in raw.files.keys().filter(|file| self.is_test_file(file)) {
            let whole = LineSet { whole_file: true, lines: Vec::new() };
            lines.entry(file.clone()).or_insert(whole);
        }
        subtract(&mut report, &lines);
        let text = |file: &str| self.texts.get(file).cloned();
        let in_fmt = |file: &str| self.fmt_lines.get(file).cloned().unwrap_or_default();
        mark_error_paths(&mut report, &text, &in_fmt);
        report
    }

    /// Whether a file outside every module tree of production code is test code, by its place.
    fn is_test_file(&self, file: &str) -> bool {
        let path = self.root.join(file);
        let first =
            self.owner(&path).and_then(|owner| path.strip_prefix(owner).ok()?.components().next());
        first.is_some_and(|first| {
            TEST_FOLDERS.contains(&first.as_str()) || path.file_name() == Some("build.rs")
        })
    }

    /// Adds the module trees of one package.
    fn add(
        &mut self,
        workshop: &Workshop,
        package: &Package,
        selection: &Selection,
        build: &BuildOutput,
    ) {
        let mut files = Files::default();
        let mut any_cfg = None;
        for target in &package.targets {
            let root = workshop.lane.path_of(&target.source);
            let is_code =
                matches!(target.kind, TargetKind::Lib | TargetKind::ProcMacro | TargetKind::Bin);
            if !is_code {
                files.test_only.insert(root);
                continue;
            }
            let built = build.binaries.iter().find(|binary| binary.source == target.source);
            let cfg = if let Some(cfgs) = built.and_then(|binary| binary.cfgs.as_ref()) {
                CfgSet::new(&format!("{}\n{cfgs}", workshop.toolchain.cfg), [])
            } else {
                // It is not tested: the features it should have been built with.
                let features = package.enabled_features(selection);
                CfgSet::new(&workshop.toolchain.cfg, features.iter().map(String::as_str))
            };
            let tree = module_tree(&root, &read, &cfg);
            self.problems.extend(tree.problems.iter().cloned());
            files.add(tree);
            any_cfg.get_or_insert(cfg);
        }
        if let Some(cfg) = any_cfg {
            self.add_strays(&mut files, &workshop.lane.path_of(&package.dir), &cfg);
        }
        for (path, (sets, apart)) in files.production {
            files.test_only.remove(&path);
            let mut lines = common(&sets);
            if let Some(text) = read(&path).filter(|_| !lines.whole_file) {
                lines.lines.extend(apart.doc);
                if let Some(name) = self.name(path.as_str()) {
                    self.fmt_lines.insert(name.clone(), apart.fmt);
                    self.texts.insert(name, text);
                }
            }
            self.set(&path, lines);
        }
        for path in files.test_only {
            self.set(&path, LineSet { whole_file: true, lines: Vec::new() });
        }
    }

    /// Adds the files of a package that were compiled and are in no module tree: a macro of its own
    /// declares them. One that another one of them declares has its place there.
    fn add_strays(&self, files: &mut Files, package: &Utf8Path, cfg: &CfgSet) {
        let strays = self.compiled.iter().filter(|file| {
            let own = self.owner(file) == Some(package) && file.extension() == Some("rs");
            own && !files.know(file)
                && self.name(file.as_str()).is_some_and(|n| !self.is_test_file(&n))
        });
        let trees: Vec<_> =
            strays.map(|file| (file.clone(), module_subtree(file, &read, cfg))).collect();
        let declared: BTreeSet<Utf8PathBuf> = trees
            .iter()
            .flat_map(|(root, tree)| tree.files.keys().filter(move |file| *file != root).cloned())
            .collect();
        for (_, tree) in trees.into_iter().filter(|(root, _)| !declared.contains(root)) {
            files.add(tree);
        }
    }

    /// Notes what of a file is no production code.
    fn set(&mut self, path: &Utf8Path, lines: LineSet) {
        if let Some(name) = self.name(path.as_str()) {
            self.not_production.insert(name, lines);
        }
    }
}

/// Reads a file of the lane, if it is there.
fn read(path: &Utf8Path) -> Option<String> {
    fs::read_to_string(path).ok()
}

/// Lines of a file that count apart.
#[derive(Debug, Default)]
struct Apart {
    doc: Vec<(u32, u32)>,
    fmt: Vec<(u32, u32)>,
}

/// The files of a package.
#[derive(Default)]
struct Files {
    /// Those with production code, each with its test code in every crate that has it.
    production: BTreeMap<Utf8PathBuf, (Vec<LineSet>, Apart)>,
    /// Those that are test code in some crate; they may be production code in another one.
    test_only: BTreeSet<Utf8PathBuf>,
}

impl Files {
    /// Adds the files of a module tree.
    fn add(&mut self, tree: ModuleTree) {
        for (path, file) in tree.files {
            if file.role == Role::Production {
                let code = file.test_code;
                let lines = LineSet { whole_file: code.whole_file, lines: code.lines };
                let known = self.production.entry(path).or_default();
                known.0.push(lines);
                known.1 = Apart { doc: file.doc_lines, fmt: file.fmt_lines };
            } else {
                self.test_only.insert(path);
            }
        }
    }

    /// Whether a file is among them.
    fn know(&self, file: &Utf8Path) -> bool {
        self.production.contains_key(file) || self.test_only.contains(file)
    }
}

/// The lines that are in every set: what several crates share is production code if it is so in
/// one of them.
fn common(sets: &[LineSet]) -> LineSet {
    match sets {
        [only] => only.clone(),
        _ if sets.iter().all(|set| set.whole_file) => {
            LineSet { whole_file: true, lines: Vec::new() }
        }
        _ => {
            let partial = sets.iter().filter(|set| !set.whole_file);
            let candidates = partial.clone().next().map(|set| set.lines.clone());
            let lines = candidates.unwrap_or_default().into_iter().filter(|(first, last)| {
                partial.clone().all(|set| set.contains(*first) && set.contains(*last))
            });
            LineSet { whole_file: false, lines: lines.collect() }
        }
    }
}
