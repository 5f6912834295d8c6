//! A candidate: one call of one function, with every value left open.

use crate::explore::model::{ItemId, Type};
use crate::explore::recipe::{Callee, Maker, Recipe};

/// How an operand is handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// By value.
    Value,
    /// By shared reference to a local.
    Shared,
    /// By exclusive reference to a local, whose state is looked at afterwards.
    Exclusive,
}

/// A receiver or an argument.
#[derive(Debug, Clone)]
pub struct Operand {
    /// The name of the parameter.
    pub name: String,
    /// The type of the local or value, without the reference of its access.
    pub ty: Type,
    /// How the value is made.
    pub recipe: Recipe,
    /// How it is handed over.
    pub access: Access,
}

/// A call on the receiver before the one that is looked at.
#[derive(Debug, Clone)]
pub struct Step {
    /// The method.
    pub callee: Callee,
    /// Its arguments without the receiver.
    pub args: Vec<Recipe>,
    /// Whether it returns a value that has to be used or dropped.
    pub returns: bool,
    /// Whether rustc still accepts it.
    pub alive: bool,
}

/// What is called.
#[derive(Debug, Clone)]
pub enum Call {
    /// A function or method.
    Callee(Callee),
    /// One of several expressions, in which `{0}`, `{1}` stand for the places of the operands.
    Forms(Vec<String>),
}

/// What becomes of the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResultKind {
    /// There is none.
    Unit,
    /// It is looked at as it is.
    Plain,
    /// A `Result`: success and error are looked at apart.
    Fallible,
    /// An iterator: its first items are collected.
    Iterator,
}

/// A place that is looked at after the call.
#[derive(Debug, Clone)]
pub struct Look {
    /// What is looked at.
    pub at: LookAt,
    /// Whether rustc still accepts it.
    pub alive: bool,
}

/// What is looked at after the call, beside the result.
#[derive(Debug, Clone)]
pub enum LookAt {
    /// An operand that was handed over exclusively.
    Operand(usize),
    /// What a method without arguments returns for an operand.
    Accessor {
        /// The operand.
        operand: usize,
        /// The method.
        callee: Callee,
        /// What it returns.
        output: Type,
    },
    /// What a method without arguments returns for the result.
    ResultAccessor {
        /// The method.
        callee: Callee,
        /// What it returns.
        output: Type,
    },
}

/// One call of one function, with every value left open.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// Its number in the search, unique over all hosts.
    pub id: u32,
    /// The index of the function in the model.
    pub function: usize,
    /// The receiver, if any, and the arguments.
    pub operands: Vec<Operand>,
    /// Calls on operand 0 that may come first.
    pub steps: Vec<Step>,
    /// What is called.
    pub call: Call,
    /// What it returns.
    pub output: Type,
    /// What becomes of the result.
    pub result: ResultKind,
    /// What else is looked at; slots count from [`FIRST_LOOK`].
    pub looks: Vec<Look>,
    /// Whether rustc still accepts it.
    pub alive: bool,
}

/// The slot of the result, or of its success.
pub const RESULT_SLOT: u32 = 0;
/// The slot of the error of a `Result`.
pub const ERROR_SLOT: u32 = 1;
/// The slot of the first look.
pub const FIRST_LOOK: u32 = 2;

/// The slot of what the first call before it returned.
pub const STEP_SLOT: u32 = 100;

/// Most calls on the receiver before the one that is looked at.
pub const STEPS_MAX: u32 = 4;

/// The candidates of one module, with the makers they use.
#[derive(Debug, Clone)]
pub struct Host {
    /// The module in which the code stands.
    pub module: ItemId,
    /// The candidates.
    pub candidates: Vec<Candidate>,
    /// The makers.
    pub makers: Vec<Maker>,
}
