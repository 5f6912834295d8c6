//! The generator's decision: which missions to write for a coverage table.

use std::collections::BTreeMap;

use super::name;
use super::render::{Facts, Templates};
use crate::coverage::{Row, Table};
use crate::error::{Error, Result};
use crate::mission::Priority;

/// The name of the campaign over all generated missions.
pub const MASTER: &str = "000_master.yaml";

/// What missions are wanted for.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// What is covered, by file relative to the workspace.
    pub table: Table,
    /// The folder of the workspace relative to the project, if it is another one.
    pub project: Option<String>,
    /// The package of each file, where the workspace has several.
    pub packages: BTreeMap<String, String>,
    /// The features to build with, beside the configured ones.
    pub features: Vec<String>,
    /// Least share of covered lines, in percent, that a file should have.
    pub target_percent: f64,
    /// Files that get no mission, each with the reason.
    pub left_out: BTreeMap<String, String>,
    /// Whether missions and a campaign that exist are replaced.
    pub force: bool,
    /// Whether the missions end by archiving themselves.
    pub archive: bool,
}

/// A generated mission that exists already.
#[derive(Debug, Clone, PartialEq)]
pub struct Existing {
    /// The name of its file, without folder.
    pub name: String,
    /// Whether it is archived.
    pub done: bool,
    /// The source file it works on, relative to `project`.
    pub file: String,
    /// The folder of its workspace, relative to the project.
    pub project: Option<String>,
    /// The percentage it asks for.
    pub target_percent: f64,
    /// The percentage when it was written.
    pub baseline_percent: f64,
}

/// A file to write into the folder of the missions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its name, without folder.
    pub name: String,
    /// Its whole text.
    pub text: String,
}

/// A source file below its target that has a mission already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The source file.
    pub file: String,
    /// The name of its mission.
    pub mission: String,
    /// Whether that is archived, so that it runs again only when it is reopened.
    pub done: bool,
}

/// What to write, and what stays.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// The files to write; those that exist with the same text are not among them.
    pub write: Vec<File>,
    /// The missions that stay as they are.
    pub kept: Vec<Kept>,
    /// The source files below the target that get no mission, with the reason.
    pub left_out: Vec<(String, String)>,
    /// How many source files have reached the target.
    pub reached: usize,
}

/// Decides which missions to write: one per file below the target that has none, most uncovered
/// lines first, and the campaign over all of them.
///
/// `existing` are the generated missions that are there, `master` the text of the campaign.
/// Fails with [`crate::error::Kind::Usage`] if something would have to be replaced and `force` does
/// not allow it: a mission that asks for another percentage, or a campaign changed by hand.
pub fn plan(
    request: &Request,
    existing: &[Existing],
    master: Option<&str>,
    templates: &Templates,
) -> Result<Plan> {
    let mut existing: Vec<&Existing> = existing.iter().collect();
    existing.sort_by_key(|mission| (name::number(&mission.name), &mission.name));
    let mut draft = Draft {
        request,
        templates,
        existing: &existing,
        next: 1 + existing
            .iter()
            .filter_map(|mission| name::number(&mission.name))
            .max()
            .unwrap_or(0),
        plan: Plan::default(),
        clashes: Vec::new(),
        entries: existing.iter().map(|old| (old.name.clone(), priority(old))).collect(),
    };
    let before = templates.master(&draft.entries)?;
    for row in by_need(&request.table) {
        draft.consider(row)?;
    }
    let after = templates.master(&draft.entries)?;
    if master.is_some_and(|text| text != before && text != after) && !request.force {
        draft.clashes.push(MASTER.to_owned());
    }
    let nothing_at_all = master.is_none() && draft.entries.is_empty();
    if master != Some(after.as_str()) && !nothing_at_all {
        draft.plan.write.insert(0, File { name: MASTER.to_owned(), text: after });
    }
    if draft.clashes.is_empty() { Ok(draft.plan) } else { Err(clash(&draft.clashes)) }
}

/// The error for files that would have to be replaced.
fn clash(names: &[String]) -> Error {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    Error::usage(format!("would replace {}", names.join(", ")))
        .hint("nothing was written; use `--force` to write them anew, or move them away")
}

/// The rows, most uncovered lines first, ties by path.
fn by_need(table: &Table) -> Vec<&Row> {
    let mut rows: Vec<&Row> = table.files.iter().collect();
    rows.sort_by(|a, b| {
        let uncovered = |row: &Row| row.summary.lines.uncovered();
        uncovered(b).cmp(&uncovered(a)).then_with(|| a.file.cmp(&b.file))
    });
    rows
}

/// The priority with which an existing mission stands in the campaign.
fn priority(mission: &Existing) -> Priority {
    name::priority(mission.baseline_percent, mission.target_percent)
}

/// A plan in the making.
struct Draft<'a> {
    request: &'a Request,
    templates: &'a Templates,
    existing: &'a [&'a Existing],
    /// The number of the next new mission.
    next: u32,
    plan: Plan,
    /// Names of files that would have to be replaced.
    clashes: Vec<String>,
    /// The entries of the campaign.
    entries: Vec<(String, Priority)>,
}

impl Draft<'_> {
    /// Decides about one source file.
    fn consider(&mut self, row: &Row) -> Result<()> {
        let lines = row.summary.lines;
        if lines.coverable == 0 || self.request.target_percent <= lines.percent() {
            self.plan.reached += 1;
            return Ok(());
        }
        if let Some(reason) = self.request.left_out.get(&row.file) {
            self.plan.left_out.push((row.file.clone(), reason.clone()));
            return Ok(());
        }
        let text = self.templates.mission(&self.facts(row))?;
        let same = |old: &&&Existing| old.file == row.file && old.project == self.request.project;
        // The latest one counts: a higher target may have followed an archived mission.
        match self.existing.iter().rfind(same).copied() {
            None => self.add(row, text),
            Some(old) => self.meet(row, old, text),
        }
        Ok(())
    }

    /// Adds a new mission.
    fn add(&mut self, row: &Row, text: String) {
        let name = name::mission_file(self.next, &self.whole_path(&row.file));
        self.next += 1;
        let urgency = name::priority(row.summary.lines.percent(), self.request.target_percent);
        self.entries.push((name.clone(), urgency));
        self.plan.write.push(File { name, text });
    }

    /// Decides about a source file that has a mission.
    fn meet(&mut self, row: &Row, old: &Existing, text: String) {
        let wanted = self.request.target_percent;
        let differs = wanted.total_cmp(&old.target_percent).is_ne();
        let suffices = if old.done { wanted <= old.target_percent } else { !differs };
        if suffices && (old.done || !self.request.force) {
            let (file, mission) = (row.file.clone(), old.name.clone());
            self.plan.kept.push(Kept { file, mission, done: old.done });
        } else if !self.request.force {
            let folder = if old.done { "done/" } else { "" };
            self.clashes.push(format!("{folder}{}", old.name));
        } else if old.done {
            self.add(row, text);
        } else {
            let urgency = name::priority(row.summary.lines.percent(), wanted);
            for entry in self.entries.iter_mut().filter(|(name, _)| *name == old.name) {
                entry.1 = urgency;
            }
            self.plan.write.push(File { name: old.name.clone(), text });
        }
    }

    /// What the mission for a row says.
    fn facts(&self, row: &Row) -> Facts {
        Facts {
            project: self.request.project.clone(),
            package: self.request.packages.get(&row.file).cloned(),
            features: self.request.features.clone(),
            file: row.file.clone(),
            target_percent: self.request.target_percent,
            baseline_percent: row.summary.lines.percent(),
            archive: self.request.archive,
        }
    }

    /// The path of a source file from the project.
    fn whole_path(&self, file: &str) -> String {
        match &self.request.project {
            Some(project) => format!("{project}/{file}"),
            None => file.to_owned(),
        }
    }
}
