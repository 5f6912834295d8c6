//! The code that is compiled into the crate under test while the explorer searches.

mod expression;
mod module;

pub use expression::{LIST_MAX, expression, limits};
pub use module::{Generated, ITEMS_MAX, Unit, module};
