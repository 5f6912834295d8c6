//! The decision whether a step runs: one truth table.

use super::report::{Outcome, Status};
use crate::error::Kind;

/// What is to be done with a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It runs, if its condition holds.
    Run,
    /// It is skipped, because the dependency with this index did not complete.
    Skip(usize),
    /// It is cancelled, because an untolerated failure ended the mission or a person did.
    Cancel,
}

/// A step on which another depends, once it has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Dependency {
    /// How it ended.
    pub status: Status,
    /// Whether it has `continue_on_error`.
    pub continue_on_error: bool,
}

/// What a decision depends on beside the dependencies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Own {
    /// Whether the step has `continue_on_error`.
    pub continue_on_error: bool,
    /// Whether nothing starts any more.
    pub ended: bool,
}

/// What cut a step short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cut {
    /// Nothing did.
    Nothing,
    /// Its time was up.
    Time,
    /// A person did.
    Person,
}

/// Decides on a step.
///
/// A dependency that failed, timed out or was blocked stands in the way unless it or the step has
/// `continue_on_error`; a skipped one unless the step has; a cancelled one always.
pub(super) fn fate(dependencies: &[Dependency], own: Own) -> Fate {
    let in_the_way = |dependency: &Dependency| match dependency.status {
        Status::Completed => false,
        Status::Failed | Status::TimedOut | Status::Blocked => {
            !own.continue_on_error && !dependency.continue_on_error
        }
        Status::Skipped => !own.continue_on_error,
        Status::Cancelled => true,
    };
    // What a step waits for says more about it than that the mission is over.
    match dependencies.iter().position(in_the_way) {
        Some(index) if !own.ended || dependencies[index].status != Status::Cancelled => {
            Fate::Skip(index)
        }
        _ if own.ended => Fate::Cancel,
        _ => Fate::Run,
    }
}

/// Returns how a step ended that failed with this kind of error.
pub(super) fn failure(kind: Kind, cut: Cut) -> Status {
    match (kind, cut) {
        (_, Cut::Person) | (Kind::Interrupted, _) => Status::Cancelled,
        (Kind::Budget | Kind::NeedsReview, _) => Status::Blocked,
        (_, Cut::Time) => Status::TimedOut,
        (_, Cut::Nothing) => Status::Failed,
    }
}

/// Returns the outcome of a mission whose worst untolerated failure has this kind.
pub(super) fn outcome(kind: Kind, only_below_target: bool) -> Outcome {
    match kind {
        Kind::NeedsReview => Outcome::NeedsReview,
        _ if only_below_target => Outcome::BelowTarget,
        _ => Outcome::Failed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Status; 6] = [
        Status::Completed,
        Status::Failed,
        Status::TimedOut,
        Status::Cancelled,
        Status::Skipped,
        Status::Blocked,
    ];

    /// The table of the documentation: status of the dependency, its `continue_on_error`, the
    /// step's own; whether the step runs.
    const TABLE: [(Status, [bool; 4]); 6] = [
        // Neither, the dependency's only, the step's only, both.
        (Status::Completed, [true, true, true, true]),
        (Status::Failed, [false, true, true, true]),
        (Status::TimedOut, [false, true, true, true]),
        (Status::Blocked, [false, true, true, true]),
        (Status::Skipped, [false, false, true, true]),
        (Status::Cancelled, [false, false, false, false]),
    ];

    /// What the table says of one dependency.
    fn runs(dependency: Dependency, own: bool) -> bool {
        let row = TABLE.iter().find(|(status, _)| *status == dependency.status).expect("a row");
        row.1[usize::from(dependency.continue_on_error) + 2 * usize::from(own)]
    }

    /// Every dependency there can be.
    fn dependencies() -> impl Iterator<Item = Dependency> + Clone {
        ALL.into_iter().flat_map(|status| {
            [false, true].map(|continue_on_error| Dependency { status, continue_on_error })
        })
    }

    #[test]
    fn one_dependency_decides_as_the_table_says() {
        for dependency in dependencies() {
            for own in [false, true] {
                let expected = if runs(dependency, own) { Fate::Run } else { Fate::Skip(0) };
                assert_eq!(
                    fate(&[dependency], Own { continue_on_error: own, ended: false }),
                    expected,
                    "{dependency:?} {own}"
                );
            }
        }
    }

    #[test]
    fn of_two_dependencies_the_first_in_the_way_decides() {
        for (first, second) in dependencies().flat_map(|a| dependencies().map(move |b| (a, b))) {
            for own in [false, true] {
                let expected = match (runs(first, own), runs(second, own)) {
                    (true, true) => Fate::Run,
                    (false, _) => Fate::Skip(0),
                    (true, false) => Fate::Skip(1),
                };
                assert_eq!(
                    fate(&[first, second], Own { continue_on_error: own, ended: false }),
                    expected,
                    "{first:?} {second:?}"
                );
            }
        }
    }

    #[test]
    fn nothing_starts_after_the_end() {
        assert_eq!(fate(&[], Own { continue_on_error: false, ended: false }), Fate::Run);
        assert_eq!(fate(&[], Own { continue_on_error: true, ended: true }), Fate::Cancel);
        for dependency in dependencies() {
            for own in [false, true] {
                let skipped = !runs(dependency, own) && dependency.status != Status::Cancelled;
                let expected = if skipped { Fate::Skip(0) } else { Fate::Cancel };
                assert_eq!(
                    fate(&[dependency], Own { continue_on_error: own, ended: true }),
                    expected,
                    "{dependency:?} {own}"
                );
            }
        }
    }

    #[test]
    fn a_person_outranks_a_time_limit_which_outranks_a_failure() {
        assert_eq!(failure(Kind::Failed, Cut::Person), Status::Cancelled);
        assert_eq!(failure(Kind::Failed, Cut::Time), Status::TimedOut);
        assert_eq!(failure(Kind::Failed, Cut::Nothing), Status::Failed);
        assert_eq!(failure(Kind::Budget, Cut::Time), Status::Blocked);
        assert_eq!(failure(Kind::NeedsReview, Cut::Nothing), Status::Blocked);
    }
}
