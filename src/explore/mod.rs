//! The explorer: candidate tests found by searching, and the residue it leaves.
//!
//! The documentation of the crate says what can be called ([`model`]); recipes say how every value
//! is made ([`produce`]); candidates are calls with every value left open ([`target`]). They are
//! compiled into the crate ([`code`]) with a runtime ([`harness`]) that chooses values, watches the
//! coverage counters in memory and keeps what reaches something new ([`search`]). What is selected
//! is made simpler and written down as tests ([`emit`]).

pub mod code;
mod constant;
pub mod emit;
pub mod harness;
pub mod mine;
pub mod model;
pub mod produce;
pub mod reason;
pub mod recipe;
pub mod search;
pub mod target;
