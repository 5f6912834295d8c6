//! The module tree: which files belong to a crate, and which of them only to its tests.

use std::collections::BTreeMap;

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

use super::cfg::{CfgSet, World};
use super::lines::{TestCode, doc_lines, fmt_lines, test_code_of};
use super::outline::{Entry, EntryKind, outline};
use super::syntax::parse;

/// Most levels of files that declare each other.
const DEPTH_MAX: usize = 128;

/// When a file is part of its crate; the first that fits counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Also when `test` is off.
    Production,
    /// Only when `test` is on.
    Test,
    /// Only with another target or other features.
    Absent,
}

/// A file of the module tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModuleFile {
    /// The path of its module from the crate root, as in `parser::number`; empty for the root.
    pub module: String,
    /// When it is part of the crate.
    pub role: Role,
    /// Its test code; all of it unless its role is [`Role::Production`].
    pub test_code: TestCode,
    /// The lines of its doc comments, as ranges.
    pub doc_lines: Vec<(u32, u32)>,
    /// The lines of what writes for `Display` and its like.
    pub fmt_lines: Vec<(u32, u32)>,
}

/// The files of a crate.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ModuleTree {
    /// The files by path; the paths begin as that of the root does.
    pub files: BTreeMap<Utf8PathBuf, ModuleFile>,
    /// What went wrong with modules that are part of the crate, in words: files that are missing
    /// or not Rust.
    pub problems: Vec<String>,
}

/// Returns the files of the crate whose root is `root`.
///
/// Follows `mod x;`, `#[path = ".."]` (also in `cfg_attr`), inline modules, `include!("..")` of
/// items, `cfg_if!`, `cfg_select!` and macros that are given items, by the rules of the compiler.
/// `read` returns the text of a file, or nothing if there is none. `cfg` is what is set besides
/// `test`.
pub fn module_tree(
    root: &Utf8Path,
    read: &dyn Fn(&Utf8Path) -> Option<String>,
    cfg: &CfgSet,
) -> ModuleTree {
    tree(root, &Place { folder: folder_of(root), own: None }, read, cfg)
}

/// Returns the same for a file somewhere in a crate: the file and what it leads to, as if it were
/// part of the crate unconditionally.
///
/// For files that a macro declares, so that [`module_tree`] does not find them.
pub fn module_subtree(
    file: &Utf8Path,
    read: &dyn Fn(&Utf8Path) -> Option<String>,
    cfg: &CfgSet,
) -> ModuleTree {
    let own = file.file_stem().filter(|stem| *stem != "mod").map(str::to_owned);
    tree(file, &Place { folder: folder_of(file), own }, read, cfg)
}

/// Returns a path without `.` and `..` in it, as far as it does not lead above its beginning.
pub fn plain_path(path: &Utf8Path) -> Utf8PathBuf {
    let mut plain = Utf8PathBuf::new();
    for component in path.components() {
        match component {
            Utf8Component::ParentDir if plain.file_name().is_some() || plain.has_root() => {
                plain.pop();
            }
            Utf8Component::CurDir => (),
            other => plain.push(other),
        }
    }
    plain
}

/// The tree below a file in its place.
fn tree(
    root: &Utf8Path,
    place: &Place,
    read: &dyn Fn(&Utf8Path) -> Option<String>,
    cfg: &CfgSet,
) -> ModuleTree {
    let mut files = Files { read, cfg, known: BTreeMap::new() };
    let mut tree = ModuleTree::default();
    let worlds = [
        (Role::Production, World::Production(cfg)),
        (Role::Test, World::Testing(cfg)),
        (Role::Absent, World::Anything),
    ];
    for (role, world) in worlds {
        let mut walk = Walk { files: &mut files, tree: &mut tree, world, role, open: Vec::new() };
        walk.file(root, "", place);
    }
    tree.problems.sort();
    tree.problems.dedup();
    tree
}

/// What is known about one file on its own.
struct Parsed {
    entries: Vec<Entry>,
    test_code: TestCode,
    doc_lines: Vec<(u32, u32)>,
    fmt_lines: Vec<(u32, u32)>,
    problem: Option<String>,
}

/// The files read so far.
struct Files<'a> {
    read: &'a dyn Fn(&Utf8Path) -> Option<String>,
    cfg: &'a CfgSet,
    known: BTreeMap<Utf8PathBuf, Option<Parsed>>,
}

impl Files<'_> {
    /// Reads and parses a file, once.
    fn get(&mut self, path: &Utf8Path) -> Option<&Parsed> {
        if !self.known.contains_key(path) {
            let parsed = (self.read)(path).map(|text| self.parse(&text));
            self.known.insert(path.to_owned(), parsed);
        }
        self.known.get(path)?.as_ref()
    }

    /// Parses a file.
    fn parse(&self, text: &str) -> Parsed {
        let cfg = self.cfg;
        let parsed = parse(text, |syntax| Parsed {
            entries: outline(&syntax.file),
            test_code: test_code_of(syntax, cfg),
            doc_lines: doc_lines(syntax),
            fmt_lines: fmt_lines(syntax),
            problem: None,
        });
        parsed.unwrap_or_else(|error| Parsed {
            entries: Vec::new(),
            test_code: TestCode::default(),
            doc_lines: Vec::new(),
            fmt_lines: Vec::new(),
            problem: Some(error.to_string()),
        })
    }
}

/// Where a module looks for its submodules.
#[derive(Clone)]
struct Place {
    /// The folder that `#[path]` is relative to.
    folder: Utf8PathBuf,
    /// The name of the folder below it, for a module in a file of its own name (`x.rs`, not
    /// `x/mod.rs`).
    own: Option<String>,
}

/// One walk over the tree, in one world.
struct Walk<'a, 'w> {
    files: &'w mut Files<'a>,
    tree: &'w mut ModuleTree,
    world: World<'a>,
    role: Role,
    /// The files around the current place: one that includes itself leads nowhere.
    open: Vec<Utf8PathBuf>,
}

impl Walk<'_, '_> {
    /// Adds a file and what it leads to.
    fn file(&mut self, path: &Utf8Path, module: &str, place: &Place) {
        let Some(parsed) = self.files.get(path) else {
            self.problem(format!("cannot read `{path}`"));
            return;
        };
        let (entries, problem) = (parsed.entries.clone(), parsed.problem.clone());
        let file = ModuleFile {
            module: module.to_owned(),
            role: self.role,
            test_code: test_code_in(parsed, self.role),
            doc_lines: parsed.doc_lines.clone(),
            fmt_lines: parsed.fmt_lines.clone(),
        };
        // A file may be reached on several ways; the first walk that reaches it decides.
        self.tree.files.entry(path.to_owned()).or_insert(file);
        if let Some(problem) = problem {
            self.problem(format!("cannot parse `{path}`: {problem}"));
        }
        let inside = self.open.iter().any(|open| open == path);
        if !inside && self.open.len() < DEPTH_MAX {
            self.open.push(path.to_owned());
            self.entries(&entries, (path, module), place);
            self.open.pop();
        }
    }

    /// Follows entries of the file `at.0` in the module `at.1`.
    fn entries(&mut self, entries: &[Entry], at: (&Utf8Path, &str), place: &Place) {
        for entry in entries {
            let gone = |world| {
                entry.conditions.iter().any(|condition| condition.holds(world) == Some(false))
            };
            if gone(self.world) {
                continue;
            }
            match &entry.kind {
                EntryKind::Group(entries) => self.entries(entries, at, place),
                EntryKind::Include(name) => {
                    let path = join(&folder_of(at.0), name);
                    let place = Place { folder: folder_of(&path), own: None };
                    self.file(&path, at.1, &place);
                }
                EntryKind::Module { content: Some(content), name, .. } => {
                    let module = join_module(at.1, name);
                    for place in self.inline_places(entry, place) {
                        self.entries(content, (at.0, &module), &place);
                    }
                }
                EntryKind::Module { content: None, .. } => {
                    self.declared(entry, at, place);
                }
            }
        }
    }

    /// The paths that `#[path]` gives a module here; several if it is not known which one counts.
    fn given_paths<'e>(&self, entry: &'e Entry) -> Vec<&'e str> {
        let EntryKind::Module { paths, .. } = &entry.kind else { return Vec::new() };
        let mut given = Vec::new();
        for (condition, path) in paths {
            match condition.holds(self.world) {
                Some(true) => {
                    given.push(path.as_str());
                    break;
                }
                Some(false) => (),
                None => given.push(path.as_str()),
            }
        }
        given
    }

    /// Where an inline module looks for its submodules.
    fn inline_places(&self, entry: &Entry, place: &Place) -> Vec<Place> {
        let EntryKind::Module { name, .. } = &entry.kind else { return Vec::new() };
        let given = self.given_paths(entry);
        if !given.is_empty() {
            let places = given.into_iter().map(|path| join(&place.folder, path));
            return places.map(|folder| Place { folder, own: None }).collect();
        }
        let own = place.own.as_deref().map(|own| place.folder.join(own));
        let folder = own.unwrap_or_else(|| place.folder.clone()).join(name);
        vec![Place { folder, own: None }]
    }

    /// Follows `mod name;`.
    fn declared(&mut self, entry: &Entry, at: (&Utf8Path, &str), place: &Place) {
        let EntryKind::Module { name, line, .. } = &entry.kind else { return };
        let module = join_module(at.1, name);
        let given = self.given_paths(entry);
        for path in &given {
            let path = join(&place.folder, path);
            // A file named by `#[path]` looks for its submodules beside itself.
            let place = Place { folder: folder_of(&path), own: None };
            self.file(&path, &module, &place);
        }
        if !given.is_empty() && !matches!(self.world, World::Anything) {
            return;
        }
        let own = place.own.as_deref().map(|own| place.folder.join(own));
        let folder = own.unwrap_or_else(|| place.folder.clone());
        let file = folder.join(format!("{name}.rs"));
        let nested = folder.join(name).join("mod.rs");
        if self.files.get(&file).is_some() {
            let place = Place { folder, own: Some(name.clone()) };
            self.file(&file, &module, &place);
        } else if self.files.get(&nested).is_some() {
            let place = Place { folder: folder.join(name), own: None };
            self.file(&nested, &module, &place);
        } else if given.is_empty() {
            self.problem(format!("`mod {name};` at {}:{line} has no file `{file}`", at.0));
        }
    }

    /// Notes a problem, unless the module is not part of the crate here anyway.
    fn problem(&mut self, problem: String) {
        if self.role != Role::Absent {
            self.tree.problems.push(problem);
        }
    }
}

/// The test code of a file in this role.
fn test_code_in(parsed: &Parsed, role: Role) -> TestCode {
    match role {
        Role::Production => parsed.test_code.clone(),
        Role::Test | Role::Absent => TestCode { whole_file: true, lines: Vec::new() },
    }
}

/// The folder of a file.
fn folder_of(file: &Utf8Path) -> Utf8PathBuf {
    file.parent().unwrap_or(Utf8Path::new("")).to_owned()
}

/// The path of a submodule.
fn join_module(outer: &str, name: &str) -> String {
    if outer.is_empty() { name.to_owned() } else { format!("{outer}::{name}") }
}

/// Joins a folder and a path as `#[path]` has it, and resolves `.` and `..` in it.
fn join(folder: &Utf8Path, path: &str) -> Utf8PathBuf {
    plain_path(&folder.join(path.replace('\\', "/")))
}
