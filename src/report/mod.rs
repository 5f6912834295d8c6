//! Results as text: tables for the terminal, Markdown and JSON; everything here is pure.
//!
//! A run ends as one [`RunReport`]. It is `report.json` as it stands, `report.md` by [`markdown`],
//! and the table and the notes at the end of the terminal by [`run_grid`] and [`run_notes`].

mod grid;
mod markdown;
mod run;
mod terminal;

#[cfg(test)]
mod tests;

pub use grid::{Column, Grid};
pub use markdown::markdown;
pub use run::{BoxRow, Counts, Finding, MissionRow, Residue, RunReport, VERSION, Work};
pub use terminal::{grid as run_grid, notes as run_notes};
