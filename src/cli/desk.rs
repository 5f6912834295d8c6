//! What the command line says of the coverage steps, as their settings.

use std::time::Duration;

use serde_json::{Value, json};

use super::args::{Effort, Limits, Placement, Tests};
use super::context::Context;
use crate::cargo::Selection;
use crate::explore::search;
use crate::source::edit;
use crate::step::coverage::{Settings, Validator};

/// Returns the settings of the coverage steps: what the command line says, else what the
/// configuration says.
pub fn settings(context: &Context, tests: &Tests, tests_max: Option<u64>) -> Settings {
    let configured = &context.settings;
    Settings {
        surroundings: context.surroundings(),
        sandbox: tests.sandbox.unwrap_or(configured.sandbox).choice(),
        seed: tests.seed.unwrap_or(configured.seed),
        effort: match tests.effort.unwrap_or(configured.effort) {
            Effort::Quick => search::Effort::Quick,
            Effort::Normal => search::Effort::Normal,
            Effort::Thorough => search::Effort::Thorough,
        },
        runs: tests.runs.unwrap_or(configured.runs),
        placement: match tests.placement.unwrap_or(configured.placement) {
            Placement::Inline => edit::Placement::Inline,
            Placement::Sibling => edit::Placement::Sibling,
        },
        force: tests.force,
        all_or_nothing: tests.all_or_nothing,
        gates: configured.gates,
        validator: Validator {
            command: configured.validator.clone(),
            timeout: Duration::from_secs(configured.validator_seconds),
        },
        tests_max,
        features: Selection {
            packages: Vec::new(),
            features: configured.features.clone(),
            all_features: configured.all_features,
            no_default_features: configured.no_default_features,
        },
    }
}

/// Returns the same as what `config.json` of a run keeps: enough to do it once more.
pub fn config(context: &Context, limits: &Limits, command: &str) -> Value {
    let (tests, configured) = (&limits.tests, &context.settings);
    json!({
        "version": 1,
        "tool": concat!("rustchain ", env!("CARGO_PKG_VERSION")),
        "command": command,
        "project": context.root,
        "target": configured.target,
        "exclude": configured.exclude,
        "features": configured.features,
        "all_features": configured.all_features,
        "no_default_features": configured.no_default_features,
        "seed": tests.seed.unwrap_or(configured.seed),
        "effort": tests.effort.unwrap_or(configured.effort),
        "runs": tests.runs.unwrap_or(configured.runs),
        "placement": tests.placement.unwrap_or(configured.placement),
        "sandbox": tests.sandbox.unwrap_or(configured.sandbox),
        "force": tests.force,
        "all_or_nothing": tests.all_or_nothing,
        "gates": configured.gates,
        "validator": configured.validator,
        "max_seconds": limits.max_seconds,
        "max_tests": limits.max_tests,
    })
}
