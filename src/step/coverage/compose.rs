//! The text of a file with tests written into it.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use super::beside::joined;
use super::mission::KeptTest;
use crate::error::{Error, Result};
use crate::explore::emit::{InScope, Tidy};
use crate::explore::model::{Crate, ItemId};
use crate::source::edit::{FileEdit, Host, Placement, Tests, Visible, child_folder, insert_at};

/// What tests are written into.
#[derive(Debug, Clone)]
pub struct Ground<'a> {
    /// The crate.
    pub krate: &'a Crate,
    /// The file, relative to the workspace root.
    pub file: &'a str,
    /// Its text.
    pub text: &'a str,
    /// The text of the file that already holds its tests, with its path relative to the workspace
    /// root.
    pub sibling: Option<(Utf8PathBuf, String)>,
    /// Where tests go if there is no test module.
    pub placement: Placement,
    /// What the marker says.
    pub origin: &'a str,
    /// Whether tests have to bring in the standard library.
    pub needs_std: bool,
}

/// A file as it would be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewText {
    /// The whole text.
    pub text: String,
    /// The inserted pieces.
    pub blocks: Vec<String>,
    /// Whether the file is new.
    pub created: bool,
}

/// The files as they would be.
#[derive(Debug, Clone, Default)]
pub struct Composed {
    /// By path relative to the workspace root.
    pub files: BTreeMap<Utf8PathBuf, NewText>,
    /// The names of the tests as the test binary knows them, in the order of the tests.
    pub names: Vec<String>,
}

/// Formats functions that are nested one module deep.
pub type Format<'a> = &'a dyn Fn(Vec<String>) -> Vec<String>;

impl Ground<'_> {
    /// Returns the files with `tests` written into them; imports in `without` are left out.
    pub fn compose(
        &self,
        tests: &[&KeptTest],
        without: &BTreeSet<String>,
        format: Option<Format<'_>>,
    ) -> Result<Composed> {
        let mut composed = Composed::default();
        let mut hosts: BTreeMap<ItemId, Vec<&KeptTest>> = BTreeMap::new();
        for test in tests {
            hosts.entry(test.host).or_default().push(test);
        }
        let mut text = self.text.to_owned();
        let mut blocks = Vec::new();
        let mut sibling = self.sibling.clone();
        let mut names: BTreeMap<&str, String> = BTreeMap::new();
        for (host, own) in hosts {
            let place = self.place(host)?;
            let sibling_text = sibling.as_ref().map(|(_, text)| text.as_str());
            let edit_host = Host {
                text: &text,
                file_module: &place.file_module,
                child_folder: &place.child_folder,
                modules: &place.modules,
                sibling_text: if place.modules.is_empty() { sibling_text } else { None },
            };
            let at = edit_host.place(self.placement)?;
            let content = self.content(host, at.visible(), &own, (without, format));
            let edit = insert_at(&edit_host, &at, &content, self.placement)?;
            let prefix: Vec<&str> = [place.file_module.as_str(), edit.module.as_str()]
                .into_iter()
                .filter(|p| !p.is_empty())
                .collect();
            for test in own {
                names.insert(&test.name, format!("{}::{}", prefix.join("::"), test.name));
            }
            blocks.extend(edit.file.blocks.clone());
            text = edit.file.text;
            if let Some(beside) = edit.sibling {
                let path = joined(self.file, &beside.path);
                let FileEdit { text, blocks, .. } = beside.file;
                sibling = Some((path.clone(), text.clone()));
                let created = beside.created;
                composed.files.insert(path, NewText { text, blocks, created });
            }
        }
        if !blocks.is_empty() {
            // In the order of the file; hosts were written in an order of their own.
            blocks.sort_by_key(|block| text.find(block.as_str()));
            let new = NewText { text, blocks, created: false };
            composed.files.insert(Utf8PathBuf::from(self.file), new);
        }
        let known = tests.iter().map(|test| names.remove(test.name.as_str()).unwrap_or_default());
        composed.names = known.collect();
        Ok(composed)
    }

    /// Returns the names that a test for `host` must not have, as the file is now.
    pub fn taken(&self, host: ItemId) -> Result<Visible> {
        let place = self.place(host)?;
        let sibling = self.sibling.as_ref().map(|(_, text)| text.as_str());
        let host = Host {
            text: self.text,
            file_module: &place.file_module,
            child_folder: &place.child_folder,
            modules: &place.modules,
            sibling_text: if place.modules.is_empty() { sibling } else { None },
        };
        host.visible(self.placement)
    }

    /// What is inserted for one host.
    fn content(
        &self,
        host: ItemId,
        visible: &Visible,
        tests: &[&KeptTest],
        (without, format): (&BTreeSet<String>, Option<Format<'_>>),
    ) -> Tests {
        let names = visible.names.iter();
        let scope = InScope {
            names: names.map(|(name, known)| (name.clone(), Some(known.path.clone()))).collect(),
        };
        let mut tidy = Tidy::new(self.krate, host, &scope, self.needs_std);
        let mut functions = Vec::new();
        for test in tests {
            let statements: Vec<String> =
                test.statements.iter().map(|statement| tidy.shorten(statement)).collect();
            functions.push(function(test, &statements));
            for path in &test.traits {
                tidy.import_trait(path);
            }
        }
        let functions = match format {
            Some(format) => format(functions),
            None => functions,
        };
        let imports = tidy.into_imports().into_iter().filter(|path| !without.contains(path));
        Tests {
            imports: imports.collect(),
            functions,
            origin: self.origin.to_owned(),
            needs_std: self.needs_std,
        }
    }

    /// Where a host module stands.
    fn place(&self, host: ItemId) -> Result<Place> {
        let missing = || Error::internal("a test for a module that is not there");
        let mut modules = Vec::new();
        let mut module = self.krate.modules.get(&host).ok_or_else(missing)?;
        while module.inline {
            let name = module.path.rsplit("::").next().unwrap_or_default();
            modules.insert(0, name.to_owned());
            let parent = module.parent.and_then(|parent| self.krate.modules.get(&parent));
            module = parent.ok_or_else(missing)?;
        }
        let file_module = module.path.strip_prefix("crate").unwrap_or_default();
        let file_module = file_module.trim_start_matches("::").to_owned();
        let name = Utf8Path::new(self.file).file_name().unwrap_or_default();
        let is_root = module.id == self.krate.root;
        let child_folder = child_folder(name, is_root).to_owned();
        Ok(Place { modules, file_module, child_folder })
    }
}

/// Where a host module stands.
struct Place {
    modules: Vec<String>,
    file_module: String,
    child_folder: String,
}

/// Returns the text of a test function, not indented.
pub fn function(test: &KeptTest, statements: &[String]) -> String {
    let mut lines = vec!["#[test]".to_owned()];
    if let Some(message) = &test.panics {
        let first = message.lines().next().unwrap_or_default();
        let start: String = first.chars().take(60).collect();
        lines.push(if start.is_empty() {
            "#[should_panic]".to_owned()
        } else {
            format!("#[should_panic(expected = {start:?})]")
        });
    }
    lines.push(format!("fn {}() {{", test.name));
    lines.extend(
        statements
            .iter()
            .map(|line| if line.is_empty() { String::new() } else { format!("    {line}") }),
    );
    lines.push("}".to_owned());
    lines.join("\n")
}

/// Joins cases with the same words for a name into one test each, at most a few to a test; names
/// for which `taken` holds are not given.
pub fn grouped(tests: &[KeptTest], taken: &dyn Fn(ItemId, &str) -> bool) -> Vec<KeptTest> {
    /// Most cases of one test.
    const CASES_MAX: usize = 6;
    let mut groups: Vec<(usize, KeptTest)> = Vec::new();
    // The last group of its words and host: those before it are full.
    let mut open: BTreeMap<(&str, ItemId), usize> = BTreeMap::new();
    for test in tests {
        let key = (test.words.as_str(), test.host);
        let group = open.get(&key).and_then(|index| groups.get_mut(*index));
        let group = group.filter(|(count, _)| *count < CASES_MAX && test.panics.is_none());
        if let Some((count, group)) = group {
            let has_locals = |lines: &[String]| lines.iter().any(|line| line.starts_with("let "));
            if has_locals(&group.statements) || has_locals(&test.statements) {
                group.statements.push(String::new());
            }
            group.statements.extend(test.statements.iter().cloned());
            group.traits.extend(test.traits.iter().cloned());
            group.earned.merge(&test.earned);
            *count += 1;
        } else {
            if test.panics.is_none() {
                open.insert(key, groups.len());
            }
            groups.push((1, test.clone()));
        }
    }
    let mut used = BTreeSet::new();
    let mut named = Vec::new();
    for (_, mut group) in groups {
        let mut name = group.words.clone();
        let mut number = 2_u32;
        while taken(group.host, &name) || !used.insert(name.clone()) {
            name = format!("{}_{number}", group.words);
            number += 1;
        }
        group.name = name;
        named.push(group);
    }
    named
}
