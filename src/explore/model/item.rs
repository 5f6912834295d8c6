//! Items of the crate under test: functions, impls, types, traits, constants and modules.

use std::collections::BTreeMap;

use super::ty::{Bound, ItemId, TraitRef, Type};

/// A parameter of a generic item; lifetimes are only counted.
#[derive(Debug, Clone)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// What it may stand for.
    pub kind: ParameterKind,
}

/// What a parameter may stand for.
#[derive(Debug, Clone)]
pub enum ParameterKind {
    /// A type with these bounds, those of `where` clauses included.
    Type {
        /// The bounds.
        bounds: Vec<Bound>,
        /// The default, if the item has one.
        default: Option<Type>,
    },
    /// A constant of this type.
    Const(Type),
}

/// The generics of an item.
#[derive(Debug, Clone, Default)]
pub struct Generics {
    /// Type and const parameters in order.
    pub parameters: Vec<Parameter>,
    /// How many lifetimes come before them.
    pub lifetimes: usize,
    /// Bounds of `where` clauses on types that are no plain parameter.
    pub conditions: Vec<(Type, Vec<Bound>)>,
}

/// Where an item can be named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// In the whole crate.
    Everywhere,
    /// In this module and below it.
    Within(ItemId),
}

/// A stretch of source text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// The file, relative to the root of the workspace or absolute.
    pub file: String,
    /// First line and column, from 1.
    pub start: (u32, u32),
    /// Last line, and the column behind the last character.
    pub end: (u32, u32),
}

impl Span {
    /// Returns whether `other` lies within this span.
    pub fn contains(&self, other: &Self) -> bool {
        self.file == other.file && self.start <= other.start && other.end <= self.end
    }
}

/// A function or method with a body.
#[derive(Debug, Clone)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// The index of its impl in [`super::Crate::impls`]; `None` for a free function.
    pub owner: Option<usize>,
    /// The path it can be called by, for a free function.
    pub id: ItemId,
    /// Its own generics.
    pub generics: Generics,
    /// Names and types of its parameters; a receiver is called `self`.
    pub inputs: Vec<(String, Type)>,
    /// What it returns.
    pub output: Type,
    /// Whether it is `unsafe`.
    pub is_unsafe: bool,
    /// Whether it is `async`.
    pub is_async: bool,
    /// Whether the body is a trait's default, used by `owner`.
    pub is_provided: bool,
    /// Where it can be named.
    pub scope: Scope,
    /// The module it stands in.
    pub module: ItemId,
    /// Its source.
    pub span: Span,
    /// Its documentation.
    pub docs: String,
}

impl Function {
    /// Returns the type of the receiver: `Self`, `&Self`, `&mut Self` or a wrapper.
    pub fn receiver(&self) -> Option<&Type> {
        self.inputs.first().filter(|(name, _)| name == "self").map(|(_, ty)| ty)
    }
}

/// An `impl` block.
#[derive(Debug, Clone)]
pub struct Impl {
    /// Its generics.
    pub generics: Generics,
    /// The type it is for.
    pub for_type: Type,
    /// The trait it implements, if any.
    pub trait_ref: Option<TraitRef>,
    /// Its associated types.
    pub associated: BTreeMap<String, Type>,
    /// Whether a derive wrote it.
    pub derived: bool,
    /// Whether it comes from the crate's own source text.
    pub module: ItemId,
}

/// A field of a struct or variant.
#[derive(Debug, Clone)]
pub struct Field {
    /// Its name; a number in tuples.
    pub name: String,
    /// Its type.
    pub ty: Type,
    /// Where it can be named.
    pub scope: Scope,
}

/// The fields of a struct or variant.
#[derive(Debug, Clone)]
pub enum Fields {
    /// None.
    Unit,
    /// By position; `None` if the documentation hides one of them.
    Tuple(Option<Vec<Field>>),
    /// By name; `None` if the documentation hides one of them.
    Named(Option<Vec<Field>>),
}

/// A variant of an enum.
#[derive(Debug, Clone)]
pub struct Variant {
    /// Its name.
    pub name: String,
    /// Its fields.
    pub fields: Fields,
}

/// What a type consists of.
#[derive(Debug, Clone)]
pub enum Shape {
    /// A struct.
    Struct(Fields),
    /// An enum.
    Enum(Vec<Variant>),
    /// A union: never made.
    Union,
}

/// A struct, enum or union of the crate.
#[derive(Debug, Clone)]
pub struct Adt {
    /// Its id.
    pub id: ItemId,
    /// Its name.
    pub name: String,
    /// Its generics.
    pub generics: Generics,
    /// What it consists of.
    pub shape: Shape,
}

/// A constant or static, free or associated.
#[derive(Debug, Clone)]
pub struct Constant {
    /// Its id.
    pub id: ItemId,
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: Type,
    /// The type it belongs to, if it is associated.
    pub owner: Option<Type>,
    /// Where it can be named.
    pub scope: Scope,
}

/// A module of the crate.
#[derive(Debug, Clone)]
pub struct Module {
    /// Its id.
    pub id: ItemId,
    /// The id of its parent; the root has none.
    pub parent: Option<ItemId>,
    /// Its path, `crate` for the root.
    pub path: String,
    /// Where it can be named.
    pub scope: Scope,
    /// Its source: a whole file, or the `mod x { … }` item.
    pub span: Span,
    /// Whether it stands inside the file of its parent.
    pub inline: bool,
}
