//! Git, read only: the commit, and which files of a checkout differ.
//!
//! Only for the user's checkout: never run it in a folder that boxed code could write, for a
//! planted `.git` makes git start programs.

mod repository;

pub use repository::Repository;
