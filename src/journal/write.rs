//! The journal of a run, open for writing.

use std::fmt;
use std::sync::{Mutex, MutexGuard};

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::{Map, Value, json};

use super::change::{self, Change, Outcome, Recorded};
use super::event::{self, Event};
use super::folder::{RunId, own, run_folder};
use super::log::{Log, VERSION};
use crate::error::{Error, Result};
use crate::sys::lock::Lock;
use crate::sys::{Clock, fs, id};

/// How many new names are tried for a run, should one be taken.
const NAMES_MAX: usize = 16;

/// Sees each event as it is written, with its line.
type Observer = Box<dyn Fn(&Event, &str) + Send>;

/// The journal of one run, and with it the ownership of the project.
pub struct Journal {
    run: RunId,
    folder: Utf8PathBuf,
    project: Utf8PathBuf,
    clock: Clock,
    state: Mutex<State>,
    _lock: Lock,
}

/// What changes while a run goes on.
struct State {
    events: Log,
    seq_next: u64,
    changes: Log,
    change_next: u64,
    observers: Vec<Observer>,
}

impl fmt::Debug for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Journal").field("folder", &self.folder).finish_non_exhaustive()
    }
}

impl Journal {
    /// Begins a new run, whose settings are kept in `config.json`.
    ///
    /// Fails with [`Kind::Locked`](crate::error::Kind::Locked) if another live process owns the
    /// project.
    pub fn create(project: &Utf8Path, clock: Clock, config: &Value) -> Result<Self> {
        Self::begin(own(project)?, project, clock, config)
    }

    /// Begins a new run of a project that this process owns already.
    pub fn begin(lock: Lock, project: &Utf8Path, clock: Clock, config: &Value) -> Result<Self> {
        let run = new_run(project, &clock)?;
        let folder = run_folder(project, &run);
        fs::write_atomic(&folder.join("config.json"), &pretty(config)?)?;
        let state = State {
            events: Log::open(&folder.join("events.jsonl"), 0)?,
            seq_next: 0,
            changes: Log::open(&folder.join("changes.jsonl"), 0)?,
            change_next: 0,
            observers: Vec::new(),
        };
        Ok(Self {
            run,
            folder,
            project: project.to_owned(),
            clock,
            state: Mutex::new(state),
            _lock: lock,
        })
    }

    /// Goes on with the journal of a run that was cut off.
    ///
    /// If its last event was never finished, the rest of it is cut and `journal.torn` is written.
    pub fn reopen(project: &Utf8Path, clock: Clock, run: &RunId) -> Result<Self> {
        let lock = own(project)?;
        let events = event::events(project, run)?;
        let (changes, changes_bytes) = change::read(project, run)?;
        let folder = run_folder(project, run);
        let state = State {
            events: Log::open(&folder.join("events.jsonl"), events.whole_bytes)?,
            seq_next: events.events.last().map_or(0, |event| event.seq.saturating_add(1)),
            changes: Log::open(&folder.join("changes.jsonl"), changes_bytes)?,
            change_next: changes.last().map_or(0, |change| change.id.saturating_add(1)),
            observers: Vec::new(),
        };
        let journal = Self {
            run: run.clone(),
            folder,
            project: project.to_owned(),
            clock,
            state: Mutex::new(state),
            _lock: lock,
        };
        if 0 < events.torn_bytes {
            journal.event("journal.torn", json!({ "bytes": events.torn_bytes }))?;
        }
        Ok(journal)
    }

    /// Returns the run.
    pub fn run(&self) -> &RunId {
        &self.run
    }

    /// Returns the project.
    pub fn project(&self) -> &Utf8Path {
        &self.project
    }

    /// Returns the folder of the run.
    pub fn folder(&self) -> &Utf8Path {
        &self.folder
    }

    /// Adds somebody who sees each event as it is written, with its line.
    pub fn observe(&self, observer: impl Fn(&Event, &str) + Send + 'static) -> Result<()> {
        self.state()?.observers.push(Box::new(observer));
        Ok(())
    }

    /// Writes an event; `fields` is an object, with `mission` and `attempt` where they apply.
    ///
    /// When it fails nothing of the event is in the file, and its number is given to the next.
    pub fn event(&self, kind: &str, fields: Value) -> Result<()> {
        let fields = checked(kind, fields)?;
        let mut state = self.state()?;
        let event = Event {
            v: VERSION,
            ts: self.clock.timestamp(),
            seq: state.seq_next,
            run: self.run.as_str().to_owned(),
            kind: kind.to_owned(),
            fields,
        };
        let line = state.events.append(&event)?;
        state.seq_next = state.seq_next.saturating_add(1);
        for observer in &state.observers {
            observer(&event, &line);
        }
        Ok(())
    }

    /// Waits until all events are on disk: to be called when the state changes.
    pub fn sync(&self) -> Result<()> {
        self.state()?.events.sync()
    }

    /// Records a change before it is made, durably; `before` is the file's content until then.
    ///
    /// Returns it as recorded, with the number by which it is settled.
    pub fn record_change(&self, change: &Change, before: Option<&[u8]>) -> Result<Recorded> {
        change.check(before)?;
        if let (Some(before), Some(hash)) = (before, &change.before_hash) {
            let original = change::original(&self.project, &self.run, hash);
            if fs::kind(&original).is_none() {
                fs::write_atomic(&original, before)?;
            }
        }
        let folders = missing_folders(&self.project, &change.path);
        let mut state = self.state()?;
        let id = state.change_next;
        state.changes.append(&change::Line::change(id, change.clone(), folders.clone()))?;
        state.changes.sync()?;
        state.change_next = id.saturating_add(1);
        Ok(Recorded { id, change: change.clone(), folders, outcome: None })
    }

    /// Records what has become of changes, durably, and of all of them at once.
    pub fn settle(&self, ids: Vec<u64>, outcome: Outcome) -> Result<()> {
        if ids.is_empty() {
            return Ok(());
        }
        let mut state = self.state()?;
        state.changes.append(&change::Line::settled(ids, outcome))?;
        state.changes.sync()
    }

    /// Writes the reports of the run: `report.json` and `report.md`.
    pub fn write_report(&self, report: &Value, markdown: &str) -> Result<()> {
        fs::write_atomic(&self.folder.join("report.json"), &pretty(report)?)?;
        fs::write_atomic(&self.folder.join("report.md"), markdown.as_bytes())
    }

    /// The state, for one writer at a time.
    fn state(&self) -> Result<MutexGuard<'_, State>> {
        self.state.lock().map_err(|_| Error::internal("another thread died writing the journal"))
    }
}

/// A name that no run has yet.
fn new_run(project: &Utf8Path, clock: &Clock) -> Result<RunId> {
    for _ in 0..NAMES_MAX {
        let run: RunId = id::run(clock).parse()?;
        if fs::kind(&run_folder(project, &run)).is_none() {
            return Ok(run);
        }
    }
    Err(Error::internal("cannot find a new name for the run"))
}

/// The fields of an event, which must not hide those that every event has.
fn checked(kind: &str, fields: Value) -> Result<Map<String, Value>> {
    let reserved = |name: &String| ["v", "ts", "seq", "run", "type"].contains(&name.as_str());
    match fields {
        Value::Null => Ok(Map::new()),
        Value::Object(fields) if !fields.keys().any(reserved) => Ok(fields),
        _ => Err(Error::internal(format!("the event `{kind}` has fields it must not have"))),
    }
}

/// The folders between the project and a file that are not there yet, outermost first.
fn missing_folders(project: &Utf8Path, path: &Utf8Path) -> Vec<Utf8PathBuf> {
    let above = path.ancestors().skip(1).filter(|folder| !folder.as_str().is_empty());
    let mut missing: Vec<Utf8PathBuf> = above
        .filter(|folder| fs::kind(&project.join(folder)).is_none())
        .map(Utf8Path::to_owned)
        .collect();
    missing.reverse();
    missing
}

/// A value as JSON for people, with a newline at the end.
fn pretty(value: &Value) -> Result<Vec<u8>> {
    let mut text = serde_json::to_vec_pretty(value)
        .map_err(|error| Error::internal("cannot write JSON").because(error))?;
    text.push(b'\n');
    Ok(text)
}
