//! Which missions a run is about: files and campaigns resolved, in the order in which they run.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use super::folder::DONE;
use super::plan::{MASTER, Plan};
use crate::engine;
use crate::error::{Error, Result};
use crate::mission::{self, Campaign, Document, Mission, Priority, Problems};
use crate::sys::fs;

/// A mission that a run is about.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// Where its file is, or was before it was archived; absolute.
    pub file: Utf8PathBuf,
    /// The same for people: relative to the project where it lies in it.
    pub shown: String,
    /// What it says.
    pub mission: Mission,
    /// Where it lies in the folder of the finished ones, if it is not at its place.
    pub archived: Option<Utf8PathBuf>,
    /// The missions that have to come before it, as indices into the list.
    pub depends_on: Vec<usize>,
    /// The condition under which it runs.
    pub when: Option<String>,
}

/// The missions of a run, and what in their files is probably not meant.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct List {
    /// The missions, in the order in which they run.
    pub items: Vec<Item>,
    /// Warnings about their files.
    pub warnings: Vec<Problems>,
}

/// Reads missions and campaigns, and every mission that a campaign names.
///
/// The more urgent ones come first, otherwise those named first; what a mission depends on always
/// comes before it. A mission named twice runs once. Fails with
/// [`crate::error::Kind::Usage`] if a file cannot be used, or is neither at its place nor in the
/// folder of the finished ones beside it.
pub fn list(paths: &[Utf8PathBuf], root: &Utf8Path, strict: bool) -> Result<List> {
    let mut reader = Reader { root, strict, found: Vec::new(), warnings: Vec::new() };
    for path in paths {
        reader.path(path)?;
    }
    let Reader { found, warnings, .. } = reader;
    Ok(List { items: ordered(found), warnings })
}

/// Returns the missions of a plan as a run takes them, without writing their files: `folder` is
/// where they would lie.
///
/// Fails with [`crate::error::Kind::Usage`] if a template of the project makes files that are no
/// missions.
pub fn unwritten(plan: &Plan, folder: &Utf8Path) -> Result<Vec<Item>> {
    let mut items = Vec::new();
    for file in plan.write.iter().filter(|file| file.name != MASTER) {
        let loaded = mission::parse(&file.name, file.text.as_bytes())?;
        let Document::Mission(mission) = loaded.document else { continue };
        let source = mission.target.as_ref().and_then(|target| target.file.clone());
        items.push(Item {
            file: folder.join(&file.name),
            shown: source.unwrap_or_else(|| file.name.clone()),
            mission: *mission,
            archived: None,
            depends_on: Vec::new(),
            when: None,
        });
    }
    Ok(items)
}

/// A mission as it was found: what it depends on is known by its files.
struct Found {
    item: Item,
    before: Vec<Utf8PathBuf>,
    priority: Priority,
}

/// Reads files, and remembers what it found.
struct Reader<'a> {
    root: &'a Utf8Path,
    strict: bool,
    found: Vec<Found>,
    warnings: Vec<Problems>,
}

impl Reader<'_> {
    /// Reads a file that the user named.
    fn path(&mut self, path: &Utf8Path) -> Result<()> {
        let (document, archived) = self.read(path)?;
        match document {
            Document::Mission(mission) => {
                let found = self.found(path, *mission, archived);
                self.add(found);
            }
            Document::Campaign(campaign) => self.campaign(path, &campaign)?,
        }
        Ok(())
    }

    /// Reads every mission of a campaign.
    fn campaign(&mut self, path: &Utf8Path, campaign: &Campaign) -> Result<()> {
        let folder = path.parent().unwrap_or(Utf8Path::new("."));
        for entry in &campaign.missions {
            let file = folder.join(&entry.file);
            let (document, archived) =
                self.read(&file).map_err(|error| error.context(format!("`{path}` names it")))?;
            let Document::Mission(mission) = document else {
                return Err(Error::usage(format!("`{}` is a campaign", entry.file))
                    .context(format!("cannot run `{path}`"))
                    .hint("a campaign names missions; run the other campaign by itself"));
            };
            let mut found = self.found(&file, *mission, archived);
            found.item.when.clone_from(&entry.when);
            found.before = entry.depends_on.iter().map(|name| folder.join(name)).collect();
            found.priority = entry.priority.unwrap_or(Priority::Medium);
            self.add(found);
        }
        Ok(())
    }

    /// Reads a file at its place, or the archived one.
    fn read(&mut self, path: &Utf8Path) -> Result<(Document, Option<Utf8PathBuf>)> {
        let done = done(path);
        let archived = (!fs::exists(path) && fs::exists(&done)).then_some(done);
        let actual = archived.as_deref().unwrap_or(path);
        let mut loaded = engine::load(actual, &self.shown(actual)).map_err(|error| {
            if fs::exists(actual) {
                return error;
            }
            error.hint(format!(
                "it is not in `{DONE}/` either; `rustchain generate` writes missions"
            ))
        })?;
        if self.strict {
            loaded = loaded.strict()?;
        }
        if !loaded.warnings.is_empty() {
            self.warnings.push(loaded.warnings);
        }
        Ok((loaded.document, archived))
    }

    /// Adds a mission unless it is there.
    fn add(&mut self, found: Found) {
        if self.found.iter().all(|known| known.item.file != found.item.file) {
            self.found.push(found);
        }
    }

    /// A mission that stands by itself.
    fn found(&self, file: &Utf8Path, mission: Mission, archived: Option<Utf8PathBuf>) -> Found {
        let item = Item {
            file: file.to_owned(),
            shown: self.shown(file),
            mission,
            archived,
            depends_on: Vec::new(),
            when: None,
        };
        Found { item, before: Vec::new(), priority: Priority::Medium }
    }

    /// A path for people.
    fn shown(&self, path: &Utf8Path) -> String {
        path.strip_prefix(self.root).unwrap_or(path).to_string()
    }
}

/// Where the archived file of a mission lies.
fn done(path: &Utf8Path) -> Utf8PathBuf {
    let folder = path.parent().unwrap_or(Utf8Path::new("."));
    folder.join(DONE).join(path.file_name().unwrap_or_default())
}

/// The missions in the order in which they run: by urgency, then as found, but never before what
/// they depend on.
fn ordered(mut found: Vec<Found>) -> Vec<Item> {
    found.sort_by_key(|found| found.priority);
    let index: BTreeMap<Utf8PathBuf, usize> =
        found.iter().enumerate().map(|(index, found)| (found.item.file.clone(), index)).collect();
    let before = |found: &Found| -> Vec<usize> {
        found.before.iter().filter_map(|file| index.get(file).copied()).collect()
    };
    let edges: Vec<Vec<usize>> = found.iter().map(before).collect();
    let mut order = Vec::new();
    for node in 0..found.len() {
        visit(node, &edges, &mut order);
    }
    let place: BTreeMap<usize, usize> =
        order.iter().enumerate().map(|(place, node)| (*node, place)).collect();
    let mut items: Vec<(usize, Item)> = found
        .into_iter()
        .enumerate()
        .map(|(node, found)| {
            let mut item = found.item;
            let before = edges.get(node).into_iter().flatten();
            item.depends_on = before.filter_map(|other| place.get(other).copied()).collect();
            (place.get(&node).copied().unwrap_or(node), item)
        })
        .collect();
    items.sort_by_key(|(place, _)| *place);
    items.into_iter().map(|(_, item)| item).collect()
}

/// Appends what `node` depends on, then `node`; a checked campaign has no cycle, and one over
/// several campaigns is cut where it closes.
fn visit(node: usize, edges: &[Vec<usize>], order: &mut Vec<usize>) {
    let mut pending = vec![(node, false)];
    let mut open = Vec::new();
    while let Some((node, ready)) = pending.pop() {
        if ready {
            order.push(node);
        } else if !order.contains(&node) && !open.contains(&node) {
            open.push(node);
            pending.push((node, true));
            let before = edges.get(node).into_iter().flatten().rev();
            pending.extend(before.map(|other| (*other, false)));
        }
    }
}
