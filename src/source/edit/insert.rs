//! Inserting tests: what goes where, and the text that comes of it.

use std::collections::{BTreeMap, BTreeSet};

use super::names::{Visible, full_path};
use super::place::{Host, Place, TestBody, end_of};
use super::uses::uses_in;
use super::write::{Body, Usage, line_end, splice, unit};
use crate::error::{Error, Result};

/// What begins the comment line that marks inserted tests.
pub(super) const MARKER: &str = "// rustchain: ";

/// Traits, types and macros of the standard prelude that a crate without it lacks, with the method
/// by which a trait is used.
const PRELUDE: [(&str, &str, &str); 9] = [
    ("Box", "std::boxed::Box", ""),
    ("String", "std::string::String", ""),
    ("Vec", "std::vec::Vec", ""),
    ("ToOwned", "std::borrow::ToOwned", "to_owned"),
    ("ToString", "std::string::ToString", "to_string"),
    ("vec", "std::vec", "!"),
    ("format", "std::format", "!"),
    ("println", "std::println", "!"),
    ("eprintln", "std::eprintln", "!"),
];

/// What is to be inserted, for one host module of one file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tests {
    /// The imports that the functions need, as in `crate::shelf::Shelf` or `std::io::Read as _`.
    ///
    /// An item of this crate is given by the path of its definition, not of a re-export: only so is
    /// it recognised as one that is in scope already.
    pub imports: Vec<String>,
    /// Whole functions with their attributes, not indented, without a line end at their end.
    pub functions: Vec<String>,
    /// What the marker comment says after `rustchain: `; one line.
    pub origin: String,
    /// Whether the crate is `no_std`, so that the tests have to bring in the standard library.
    pub needs_std: bool,
}

/// Where tests go if the host has no test module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Placement {
    /// Into a new module in the file.
    #[default]
    Inline,
    /// Into a new file beside.
    Sibling,
}

/// An insertion, worked out but not written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// The host's file.
    pub file: FileEdit,
    /// The other file, if the tests are in one.
    pub sibling: Option<SiblingEdit>,
    /// The path of the test module relative to the module of the host's file, as in `inner::tests`.
    pub module: String,
    /// The imports that were left out because their name means something else there.
    pub conflicts: Vec<Conflict>,
}

/// One file before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileEdit {
    /// The whole new text.
    pub text: String,
    /// The inserted pieces in the order of the file; without them the text is the old one, byte for
    /// byte.
    pub blocks: Vec<String>,
    /// The first and last line of the new text that is new, counted from 1, blank lines included.
    pub lines: Option<(u32, u32)>,
}

/// The file beside that holds the tests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiblingEdit {
    /// Its path, relative to the folder of the host's file.
    pub path: String,
    /// Whether the file is new.
    pub created: bool,
    /// What is in it.
    pub file: FileEdit,
}

/// An import that was left out although the functions need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The import as it was given.
    pub import: String,
    /// The full path of what has its name in the test module.
    pub visible: String,
}

impl FileEdit {
    /// Returns the line of the old text that is line `new` of the new text, both counted from 1;
    /// nothing for an inserted line.
    pub fn old_line(&self, new: u32) -> Option<u32> {
        match self.lines {
            Some((first, last)) if first <= new => (last < new).then(|| new - (last - first + 1)),
            _ => Some(new),
        }
    }

    /// Returns the line of the new text that is line `old` of the old text.
    pub fn new_line(&self, old: u32) -> u32 {
        match self.lines {
            Some((first, last)) if first <= old => old + (last - first + 1),
            _ => old,
        }
    }
}

/// Works out the insertion of tests for a host module.
///
/// # Errors
///
/// Returns a usage error if the host's text is not Rust or has no such module, an internal error if
/// the tests are not functions, and a failure if one of their names is taken.
pub fn insert(host: &Host<'_>, tests: &Tests, placement: Placement) -> Result<Edit> {
    insert_at(host, &host.place(placement)?, tests, placement)
}

/// Works out the insertion of tests at the place that [`Host::place`] found for the same placement.
///
/// # Errors
///
/// Returns an internal error if the tests are not functions, and a failure if one of their names is
/// taken.
pub fn insert_at(
    host: &Host<'_>,
    place: &Place,
    tests: &Tests,
    placement: Placement,
) -> Result<Edit> {
    let body = Body::read(&tests.functions)?;
    if tests.origin.contains(['\n', '\r']) {
        return Err(Error::internal("the origin of tests is more than one line"));
    }
    check_names(&body, &place.visible)?;
    let name = match &place.found {
        Some(module) => module.name.clone(),
        None => free_name(&place.visible),
    };
    let mut full = host.path();
    full.push(name.clone());
    let imports = Imports::choose(tests, &body, place, &full)?;
    let hole = match place.found.as_ref().map(|module| &module.body) {
        Some(TestBody::Inline(hole)) => hole,
        _ => &place.end,
    };
    let unit = if hole.indent.contains('\t') { "\t".to_owned() } else { unit(host.text) };
    let writer = Writer { tests, body: &body, imports: &imports, unit };
    let (file, sibling) = writer.write(host, place, &name, placement)?;
    let module = host.path_of(&name);
    Ok(Edit { file, sibling, module, conflicts: imports.conflicts })
}

/// Fails if a function cannot have its name.
fn check_names(body: &Body, visible: &Visible) -> Result<()> {
    let mut seen = BTreeSet::new();
    for name in &body.names {
        if visible.takes(name) || !seen.insert(name) {
            return Err(Error::failed(format!("the name `{name}` of a test is taken"))
                .hint("choose a name that nothing in the module has"));
        }
    }
    Ok(())
}

/// The first name for a new test module that the host does not use.
fn free_name(visible: &Visible) -> String {
    let numbered = (2..).map(|number: u32| format!("generated_tests_{number}"));
    let mut names = ["tests", "generated_tests"].map(str::to_owned).into_iter().chain(numbered);
    names.find(|name| !visible.names.contains_key(name)).unwrap_or_default()
}

/// The imports that are to be written.
struct Imports {
    extern_std: bool,
    uses: Vec<String>,
    conflicts: Vec<Conflict>,
}

impl Imports {
    /// Chooses those that the test module at `module` lacks.
    fn choose(tests: &Tests, body: &Body, place: &Place, module: &[String]) -> Result<Self> {
        let visible = &place.visible;
        let own_std = visible.names.get("std").is_some_and(|name| name.own);
        let mut imports = Self {
            extern_std: tests.needs_std && !own_std,
            uses: Vec::new(),
            conflicts: Vec::new(),
        };
        let mut added: BTreeMap<String, String> = BTreeMap::new();
        for import in &tests.imports {
            let used = uses_in(import)
                .ok()
                .filter(|used| used.len() == 1)
                .and_then(|used| used.into_iter().next().filter(|used| !used.glob));
            let used = used.ok_or_else(|| {
                Error::internal(format!("`{import}` does not import exactly one item"))
            })?;
            let path = full_path(&used, module, visible);
            let Some(name) = used.name else {
                let known = visible.unnamed.contains(&path)
                    || visible.names.values().any(|name| name.path == path);
                if !known {
                    imports.uses.push(import.clone());
                }
                continue;
            };
            let other = match (added.get(&name), visible.names.get(&name)) {
                (Some(other), _) => Some(other.clone()),
                (None, Some(known)) if known.path == path => continue,
                // In a module of its own an import hides what comes by `use super::*`.
                (None, Some(known)) if known.own || place.found.is_some() => {
                    Some(known.path.clone())
                }
                (None, _) if body.names.contains(&name) => Some(format!("test `{name}`")),
                (None, _) => None,
            };
            match other {
                Some(other) if other == path => {}
                Some(other) => {
                    imports.conflicts.push(Conflict { import: import.clone(), visible: other });
                }
                None => {
                    added.insert(name, path);
                    imports.uses.push(import.clone());
                }
            }
        }
        if tests.needs_std {
            let lacking = PRELUDE.iter().filter(|(name, _, used)| {
                let needed = match *used {
                    "!" => body.uses(name, Usage::Macro),
                    method => body.uses(name, Usage::Plain) || body.uses(method, Usage::Method),
                };
                needed && !visible.names.contains_key(*name) && !added.contains_key(*name)
            });
            imports.uses.extend(lacking.map(|(_, path, _)| (*path).to_owned()));
        }
        imports.uses.sort_by_key(|import| order(import));
        imports.uses.dedup();
        Ok(imports)
    }

    /// The lines, without indentation; `glob` is whether `use super::*` is among them.
    fn lines(&self, glob: bool) -> Vec<String> {
        let mut lines = Vec::new();
        if self.extern_std {
            lines.extend(["extern crate std;".to_owned(), String::new()]);
        }
        if glob {
            lines.push("use super::*;".to_owned());
        }
        lines.extend(self.uses.iter().map(|import| format!("use {import};")));
        if lines.last().is_some_and(|line| !line.is_empty()) {
            lines.push(String::new());
        }
        lines
    }
}

/// The place of an import among others, as rustfmt has it: `self`, `super`, `crate`, then the rest,
/// and words in small letters before names of types before constants.
fn order(import: &str) -> Vec<(u8, String)> {
    let path = import.split(" as ").next().unwrap_or(import).trim_start_matches("::");
    let steps = path.split("::").map(|step| {
        let small = step.trim_start_matches("r#").starts_with(|char: char| !char.is_uppercase());
        let shouted = step.chars().all(|char| !char.is_lowercase());
        let class = match step {
            "self" => 0,
            "super" => 1,
            "crate" => 2,
            _ if small => 3,
            _ if !shouted || step.len() == 1 => 4,
            _ => 5,
        };
        (class, step.to_owned())
    });
    steps.collect()
}

/// Writes the parts of an insertion.
struct Writer<'a> {
    tests: &'a Tests,
    body: &'a Body,
    imports: &'a Imports,
    unit: String,
}

impl Writer<'_> {
    /// Writes the tests to their place.
    fn write(
        &self,
        host: &Host<'_>,
        place: &Place,
        name: &str,
        placement: Placement,
    ) -> Result<(FileEdit, Option<SiblingEdit>)> {
        let declared = ["#[cfg(test)]".to_owned(), format!("mod {name};")];
        match place.found.as_ref().map(|module| &module.body) {
            Some(TestBody::Inline(hole)) => {
                let lines = self.tests_lines(&hole.indent, false);
                Ok((spliced(host.text, hole, &lines)?, None))
            }
            Some(TestBody::Sibling(path)) => {
                let text = host.sibling_text.unwrap_or_default();
                let unit = unit(text);
                let writer = Writer { unit, ..*self };
                let file = spliced(text, &end_of(text), &writer.tests_lines("", false))?;
                let unchanged =
                    FileEdit { text: host.text.to_owned(), blocks: Vec::new(), lines: None };
                let sibling = SiblingEdit { path: path.clone(), created: false, file };
                Ok((unchanged, Some(sibling)))
            }
            None if placement == Placement::Inline => {
                let indent = &place.end.indent;
                let lines = self.module_lines(name, indent);
                Ok((spliced(host.text, &place.end, &lines)?, None))
            }
            None => {
                let indent = &place.end.indent;
                let lines = declared.map(|line| format!("{indent}{line}"));
                let file = spliced(host.text, &place.end, &lines)?;
                let end = line_end(host.text);
                let text = self.tests_lines("", true).join(end) + end;
                let lines = u32::try_from(text.matches('\n').count()).unwrap_or(u32::MAX);
                let created =
                    FileEdit { blocks: vec![text.clone()], text, lines: Some((1, lines)) };
                let path = host.sibling_path(name);
                Ok((file, Some(SiblingEdit { path, created: true, file: created })))
            }
        }
    }

    /// The lines of the tests with their imports and marker.
    fn tests_lines(&self, indent: &str, glob: bool) -> Vec<String> {
        let head = [self.marker()].into_iter().chain(self.imports.lines(glob));
        let mut lines: Vec<String> = head.map(|line| indented(indent, &line)).collect();
        lines.extend(self.body.lines(indent, &self.unit));
        lines
    }

    /// The lines of a whole test module with its marker.
    fn module_lines(&self, name: &str, indent: &str) -> Vec<String> {
        let head = [self.marker(), "#[cfg(test)]".to_owned(), format!("mod {name} {{")];
        let mut lines: Vec<String> = head.map(|line| indented(indent, &line)).into();
        let inner = format!("{indent}{}", self.unit);
        lines.extend(self.imports.lines(true).iter().map(|line| indented(&inner, line)));
        lines.extend(self.body.lines(&inner, &self.unit));
        lines.push(format!("{indent}}}"));
        lines
    }

    /// The marker comment.
    fn marker(&self) -> String {
        format!("{MARKER}{}", self.tests.origin).trim_end().to_owned()
    }
}

/// A line with its indentation, unless it is blank.
fn indented(indent: &str, line: &str) -> String {
    if line.is_empty() { String::new() } else { format!("{indent}{line}") }
}

/// A text with lines inserted.
fn spliced(text: &str, hole: &super::place::Hole, lines: &[String]) -> Result<FileEdit> {
    let spliced = splice(text, hole, lines)?;
    Ok(FileEdit { text: spliced.text, blocks: vec![spliced.block], lines: Some(spliced.lines) })
}
