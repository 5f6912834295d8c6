//! Which gates hold, for a project and for a mission.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use crate::mission::GateMode as Mode;

/// The gates that can be turned off; the others always hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Gates {
    /// No `unsafe`, nothing that reaches other tests, nothing that depends on clock or addresses.
    pub lint: Mode,
    /// Covers something that nothing covered before.
    pub redundant: Mode,
    /// Passes again and again, in any order, with one thread and with many.
    pub flaky: Mode,
    /// A command of the user has the last word.
    pub validator: Mode,
}

impl Gates {
    /// The names of the gates, as files have them.
    pub const NAMES: [&str; 4] = ["lint", "redundant", "flaky", "validator"];

    /// Returns these gates with those that a mission sets for itself.
    #[must_use]
    pub fn with(mut self, own: &BTreeMap<String, Mode>) -> Self {
        for (name, mode) in own {
            match name.as_str() {
                "lint" => self.lint = *mode,
                "redundant" => self.redundant = *mode,
                "flaky" => self.flaky = *mode,
                "validator" => self.validator = *mode,
                // The grammar of missions knows no other.
                _ => (),
            }
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mission_sets_the_gates_that_it_names() {
        let own = BTreeMap::from([("flaky".to_owned(), Mode::Warn)]);
        let gates = Gates { lint: Mode::Off, ..Gates::default() }.with(&own);
        let expected = Gates { lint: Mode::Off, flaky: Mode::Warn, ..Gates::default() };
        assert_eq!(gates, expected);
        for name in Gates::NAMES {
            let own = BTreeMap::from([(name.to_owned(), Mode::Off)]);
            assert_ne!(Gates::default().with(&own), Gates::default(), "{name}");
        }
    }
}
