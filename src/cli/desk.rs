//! What the command line says of the coverage steps, as their settings.

use super::args::{Effort, Placement, Sandbox, Tests};
use super::context::Context;
use crate::cargo::Selection;
use crate::explore::search;
use crate::sandbox::Mode;
use crate::source::edit;
use crate::step::coverage::Settings;

/// How often a test has to pass before it is kept.
const RUNS: u32 = 10;

/// Returns the settings of the coverage steps.
pub fn settings(context: &Context, tests: &Tests, tests_max: Option<u64>) -> Settings {
    let configured = &context.settings;
    Settings {
        surroundings: context.surroundings(),
        sandbox: match tests.sandbox {
            Sandbox::Auto => Mode::Enforce,
            Sandbox::None => Mode::None,
        },
        seed: tests.seed,
        effort: match tests.effort {
            Effort::Quick => search::Effort::Quick,
            Effort::Normal => search::Effort::Normal,
            Effort::Thorough => search::Effort::Thorough,
        },
        runs: RUNS,
        placement: match tests.placement {
            Placement::Inline => edit::Placement::Inline,
            Placement::Sibling => edit::Placement::Sibling,
        },
        force: tests.force,
        all_or_nothing: tests.all_or_nothing,
        tests_max,
        features: Selection {
            packages: Vec::new(),
            features: configured.features.clone(),
            all_features: configured.all_features,
            no_default_features: configured.no_default_features,
        },
    }
}
