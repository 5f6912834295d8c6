//! The model of the crate under test: what there is, what it needs, and how it is named.
//!
//! It is read from the JSON documentation that rustdoc writes, private items included, so that
//! names are resolved by the compiler and not by guesses.

mod item;
mod json;
mod krate;
mod read;
mod routes;
mod std_paths;
mod ty;

pub use item::{
    Adt, Constant, Field, Fields, Function, Generics, Impl, Module, Parameter, ParameterKind,
    Scope, Shape, Span, Variant,
};
pub use krate::{Crate, Trait};
pub use read::{KNOWN_FORMATS, read};
pub use routes::{Route, Routes};
pub use ty::{Bindings, Bound, ItemId, Named, TraitRef, Type, substitute_bounds, unify};
