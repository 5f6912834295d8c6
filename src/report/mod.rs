//! Results as text: tables for the terminal, Markdown and JSON; everything here is pure.

mod grid;

pub use grid::{Column, Grid, WIDTH};
