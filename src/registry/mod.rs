//! The coverage registry: what is known of each file, kept in `registry/coverage.json`.
//!
//! The file belongs to the project and is meant to be committed: keys in order, a newline at the
//! end, a checksum over all of it. A file that is damaged or newer than this program is refused,
//! never begun afresh; the one before the last save is kept in `.rustchain/`.

mod format;
mod row;
mod store;
mod table;

pub use row::{Measurement, Priority, Row, Status};
pub use store::{Registry, path, previous_path};
pub use table::{COLUMNS, table};

#[cfg(test)]
mod tests;
