//! The work copy: a mirror of the checkout in which everything is built and run.
//!
//! A lane lives in `<cache>/<hash of the root>/`. Below `tree/` it repeats the absolute path of
//! everything it copies, so that relative paths that leave the root (path dependencies,
//! `include_str!("../../README.md")`, `.cargo/config.toml` of a parent folder) lead to the same
//! place, and a new reference never moves what is already there.
//!
//! Cargo judges freshness by the time of the last change alone. So a copy whose content is still
//! right is never touched, and one that differs gets the present time, in both directions: an
//! overlay and its undoing are two changes.

mod index;
mod mirror;
mod place;
mod round;
mod walk;

#[cfg(test)]
mod tests;

pub use mirror::{Lane, Synced};
pub use place::{BYTES_MAX, Sources};
