//! The one error type: what went wrong, why, and what to do about it.

use std::error::Error as StdError;
use std::fmt;

/// A result whose error is [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The kind of an error; each kind has its own exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Wrong arguments, configuration, mission file or target file.
    Usage,
    /// A step, mission or quality gate failed, or a target was not reached.
    Failed,
    /// A budget or limit was used up.
    Budget,
    /// The crate's own tests fail before anything was changed.
    BaselineRed,
    /// A person has to decide.
    NeedsReview,
    /// The machine lacks something: a tool, disk space, a model, a permission.
    Environment,
    /// Another live run owns the project.
    Locked,
    /// A defect of this program.
    Internal,
    /// The user or a signal stopped the run; it can go on.
    Interrupted,
}

impl Kind {
    /// Returns the exit code of the process that ends with this kind of error.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Usage => 1,
            Self::Failed => 2,
            Self::Budget => 3,
            Self::BaselineRed => 4,
            Self::NeedsReview => 5,
            Self::Environment => 6,
            Self::Locked => 7,
            Self::Internal => 70,
            Self::Interrupted => 130,
        }
    }

    /// Returns the place in the order in which one of several causes wins; lower wins.
    ///
    /// The order is that of the documented exit codes: 130, 70, 6, 7, 4, 3, 5, 2, and 1 last.
    pub fn precedence(self) -> u8 {
        match self {
            Self::Interrupted => 0,
            Self::Internal => 1,
            Self::Environment => 2,
            Self::Locked => 3,
            Self::BaselineRed => 4,
            Self::Budget => 5,
            Self::NeedsReview => 6,
            Self::Failed => 7,
            Self::Usage => 8,
        }
    }
}

/// An error with its kind, its cause and advice.
///
/// The message is a lower-case fragment that names the thing in backticks; advice goes into hints.
#[derive(Debug)]
pub struct Error {
    kind: Kind,
    message: String,
    hints: Vec<String>,
    cause: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    /// Creates an error of `kind`.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hints: Vec::new(), cause: None }
    }

    /// Creates a [`Kind::Usage`] error.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Kind::Usage, message)
    }

    /// Creates a [`Kind::Failed`] error.
    pub fn failed(message: impl Into<String>) -> Self {
        Self::new(Kind::Failed, message)
    }

    /// Creates a [`Kind::Environment`] error.
    pub fn environment(message: impl Into<String>) -> Self {
        Self::new(Kind::Environment, message)
    }

    /// Creates a [`Kind::Internal`] error.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(Kind::Internal, message)
    }

    /// Creates a [`Kind::Interrupted`] error.
    pub fn interrupted() -> Self {
        Self::new(Kind::Interrupted, "interrupted")
    }

    /// Adds one piece of advice: what to do next, as a sentence fragment.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Sets the cause.
    #[must_use]
    pub fn because(mut self, cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// Wraps this error as the cause of a new message of the same kind; the hints move up.
    #[must_use]
    pub fn context(mut self, message: impl Into<String>) -> Self {
        let hints = std::mem::take(&mut self.hints);
        Self { kind: self.kind, message: message.into(), hints, cause: Some(Box::new(self)) }
    }

    /// Changes the kind, for a caller that knows better what the failure means.
    #[must_use]
    pub fn of_kind(mut self, kind: Kind) -> Self {
        self.kind = kind;
        self
    }

    /// Returns the kind.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Returns the message without its causes.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Returns the advice, in the order in which it was added.
    pub fn hints(&self) -> &[String] {
        &self.hints
    }

    /// Returns the message and every cause, outermost first.
    pub fn chain(&self) -> Vec<String> {
        let mut messages = vec![self.message.clone()];
        let mut cause = self.source();
        while let Some(error) = cause {
            messages.push(error.to_string());
            cause = error.source();
        }
        messages
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.cause.as_ref().map(|cause| &**cause as &(dyn StdError + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn context_keeps_the_kind_and_moves_the_hints_up() {
        let error = Error::environment("no space left").hint("free some space").context("write");
        assert_eq!(error.kind(), Kind::Environment);
        assert_eq!(error.hints(), ["free some space"]);
        assert_eq!(error.chain(), ["write", "no space left"]);
    }

    #[test]
    fn an_interruption_wins_over_every_other_cause() {
        let kinds = [Kind::Failed, Kind::Interrupted, Kind::Usage, Kind::Environment];
        let first = kinds.into_iter().min_by_key(|kind| kind.precedence());
        assert_eq!(first, Some(Kind::Interrupted));
    }
}
