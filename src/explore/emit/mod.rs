//! Emission: what the search found, as tests that a person would keep.

mod draft;
mod literal;
mod observed;
mod render;
mod tidy;
mod words;

pub use draft::{Draft, Finding, Writer};
pub use tidy::{InScope, Tidy};
