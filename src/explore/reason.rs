//! Why a piece of code was not reached: the words of the residue.

use std::fmt;

/// Why no test could be found for a function or region.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// The function is `unsafe`.
    Unsafe,
    /// The function is `async`.
    Async,
    /// No value of a type can be made from where the test stands.
    NoValue(String),
    /// No type satisfies the bounds of a parameter.
    NoType(String),
    /// The function cannot be named from where the test stands.
    Unnameable,
    /// rustc refused every candidate; the first error.
    Refused(String),
    /// Candidates ran, but no input reached it.
    NotReached,
    /// Candidates were stopped because they ran for too long or ended the process.
    Stopped,
    /// It was reached, but only by an undocumented panic.
    Panics,
    /// It was reached, but nothing that a test could assert was stable.
    Unobservable,
    /// No function of the model holds it (macro output, code of another target).
    NoFunction,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsafe => f.write_str("unsafe function"),
            Self::Async => f.write_str("async function"),
            Self::NoValue(ty) => write!(f, "no value of `{ty}` can be made"),
            Self::NoType(bound) => write!(f, "no type is known that satisfies `{bound}`"),
            Self::Unnameable => f.write_str("cannot be named from a test"),
            Self::Refused(error) => write!(f, "does not compile: {error}"),
            Self::NotReached => f.write_str("no input was found that reaches it"),
            Self::Stopped => f.write_str("stopped: it ran for too long or ended the process"),
            Self::Panics => f.write_str("reached only by a panic that is not documented"),
            Self::Unobservable => f.write_str("reached, but nothing stable to assert"),
            Self::NoFunction => f.write_str("belongs to no function that can be called"),
        }
    }
}
