//! What a run says of one mission: how it ended and what the gates had against its tests.

use camino::Utf8Path;
use serde_json::Value as Json;

use crate::error::{Error, Result};
use crate::journal::{self, Event, RunId};

/// How a mission ended and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Why {
    /// The run.
    pub run: RunId,
    /// The mission: its file, relative to the project.
    pub mission: String,
    /// Its name.
    pub name: String,
    /// How it ended; empty if the run was cut off in it.
    pub outcome: String,
    /// Why it ended so; may be empty.
    pub message: String,
    /// What the gates refused.
    pub rejected: Vec<Objection>,
    /// What they only warned of.
    pub warned: Vec<Objection>,
    /// What the validator had against it, with the path of its report.
    pub validator: Option<(String, String)>,
}

/// What a gate had against a test.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Objection {
    /// The reason in a word or two.
    pub reason: String,
    /// The test.
    pub test: String,
    /// What was wrong, in words.
    pub detail: String,
}

/// Returns what the latest run with a mission of this name says of it, or the run that is named.
///
/// `mission` is a part of its file, its name or the file it works on. Fails with
/// [`crate::error::Kind::Usage`] if no run knows it.
pub fn why(project: &Utf8Path, mission: &str, run: Option<&RunId>) -> Result<Why> {
    let runs = match run {
        Some(run) => {
            journal::existing(project, run)?;
            vec![run.clone()]
        }
        None => journal::runs(project)?,
    };
    for run in runs.iter().rev() {
        let events = journal::events(project, run)?.events;
        if let Some(why) = told(run, &events, mission) {
            return Ok(why);
        }
    }
    Err(Error::usage(format!("no run knows a mission `{mission}`"))
        .hint("give a part of its file, its name or the file it works on"))
}

/// What the events of one run say of the last mission that fits.
fn told(run: &RunId, events: &[Event], mission: &str) -> Option<Why> {
    let mut found: Option<Why> = None;
    let mut current: Option<(Why, bool)> = None;
    for event in events {
        let text = |name: &str| event.fields.get(name).and_then(Json::as_str).unwrap_or_default();
        let fits = |text: &str| !mission.is_empty() && text.contains(mission);
        if event.kind == "mission.started" && current.is_none() {
            let why = Why {
                run: run.clone(),
                mission: text("mission").to_owned(),
                name: text("name").to_owned(),
                outcome: String::new(),
                message: String::new(),
                rejected: Vec::new(),
                warned: Vec::new(),
                validator: None,
            };
            let fits = fits(&why.mission) || fits(&why.name);
            current = Some((why, fits));
        }
        let Some((why, wanted)) = &mut current else { continue };
        let objection = || Objection {
            reason: text("reason").to_owned(),
            test: text("test").to_owned(),
            detail: text("detail").to_owned(),
        };
        match event.kind.as_str() {
            "test.rejected" => why.rejected.push(objection()),
            "test.warned" => why.warned.push(objection()),
            "validator.asked" if event.fields.get("pass") == Some(&Json::Bool(false)) => {
                why.validator = Some((text("reason").to_owned(), text("report").to_owned()));
            }
            "mission.reported" => {
                text("outcome").clone_into(&mut why.outcome);
                text("message").clone_into(&mut why.message);
                *wanted |= fits(text("mission")) || fits(text("file"));
                found = current.take().filter(|(_, wanted)| *wanted).map(|(why, _)| why).or(found);
            }
            _ => (),
        }
    }
    current.filter(|(_, wanted)| *wanted).map(|(why, _)| why).or(found)
}
