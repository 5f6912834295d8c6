//! The journal: what a run did, written down as it happens, so that it can be explained, taken
//! back, and repaired after a crash.
//!
//! A project's state lies in `.rustchain/`, which ignores itself. Each run has a folder
//! `.rustchain/runs/<id>/` with `config.json`, `events.jsonl`, `changes.jsonl`, `originals/`,
//! `report.json` and `report.md`. One live process owns a project ([`own`]).
//!
//! A change to the checkout is recorded before it is made ([`Journal::record_change`]) and settled
//! when it is known whether it stays. The next run takes back what a dead one left unsettled
//! ([`repair`]), and a person what a run added ([`plan_undo`]).

mod change;
mod event;
mod folder;
mod log;
mod undo;
mod write;

pub use change::{Change, ChangeKind, Outcome, Recorded, changes, wrote};
pub use event::{Event, History, events};
pub use folder::{RunId, existing, own, run_folder, runs, state_folder};
pub use undo::{Conflict, Edit, Repair, Undo, apply_undo, plan_undo, repair};
pub use write::Journal;

#[cfg(test)]
mod tests;
