//! The events of a run, as they are written and read back.

use camino::Utf8Path;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::folder::{RunId, existing};
use super::log;
use crate::error::{Error, Kind, Result};

/// Something that happened in a run: one line of `events.jsonl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// The version of the format.
    pub v: u32,
    /// When it happened, RFC 3339 in UTC.
    pub ts: String,
    /// Its number in the run, from 0 without a gap.
    pub seq: u64,
    /// The run.
    pub run: String,
    /// What happened, such as `mission.started`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Everything else; `mission` and `attempt` where they apply.
    #[serde(flatten)]
    pub fields: Map<String, Value>,
}

/// The events of a run, read back.
#[derive(Debug, Clone, PartialEq)]
pub struct History {
    /// All whole ones, in order.
    pub events: Vec<Event>,
    /// How many bytes of an event follow that was never finished: the run was cut off there.
    pub torn_bytes: u64,
    /// How many bytes the whole ones take.
    pub whole_bytes: u64,
}

/// Reads the events of a run.
///
/// An unknown run is a [`Kind::Usage`] error; a damaged line, a foreign event or a gap a
/// [`Kind::Environment`] error.
pub fn events(project: &Utf8Path, run: &RunId) -> Result<History> {
    let path = existing(project, run)?.join("events.jsonl");
    let read = log::read::<Event>(&path)?;
    for (seq, event) in (0..).zip(&read.lines) {
        if event.seq != seq || event.run != run.as_str() {
            let (found, from) = (event.seq, &event.run);
            return Err(Error::new(
                Kind::Environment,
                format!("`{path}` has event {found} of run `{from}` where {seq} should be"),
            ));
        }
    }
    Ok(History { events: read.lines, torn_bytes: read.torn_bytes, whole_bytes: read.whole_bytes })
}
