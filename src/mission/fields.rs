//! The keys of missions, campaigns and their parts.

use super::grammar::{Field, Record, Shape};
use super::kinds::{PERCENT, SECONDS};

/// A map of values of any kind.
const VALUES: Shape = Shape::Map(&Shape::Any);

/// How many times something is tried again.
const TRIES: Shape = Shape::Whole(0, 100);

/// A mission.
pub(super) const MISSION: Record = Record {
    noun: "a mission",
    open: false,
    fields: &[
        Field::new("version", Shape::Text),
        Field::new("kind", Shape::Choice(&["mission"])),
        Field::new("name", Shape::Name).required(),
        Field::new("description", Shape::Text),
        Field::new("target", Shape::Record(&TARGET)),
        Field::new("parameters", Shape::List(&Shape::Record(&PARAMETER))),
        Field::new("vars", VALUES).or(&["variables"]),
        Field::new("env", Shape::Map(&Shape::Text)),
        Field::new("llm", Shape::Record(&LLM)).or(&["llm_config"]).idle(),
        Field::new("config", Shape::Record(&CONFIG)),
        Field::new("steps", Shape::List(&Shape::Record(&STEP))).required(),
        Field::new("dependencies", Shape::List(&Shape::Record(&DEPENDENCY))),
        Field::new("outputs", VALUES).idle(),
        Field::new("result", VALUES),
        Field::new("category", Shape::Any),
        Field::new("author", Shape::Any),
        Field::new("authors", Shape::Any),
        Field::new("tags", Shape::Any),
        Field::new("license", Shape::Any),
        Field::new("priority", Shape::Any),
        Field::new("metadata", Shape::Any),
        Field::new("created", Shape::Any).or(&["created_at"]),
        Field::new("updated", Shape::Any).or(&["updated_at"]),
    ],
};

/// A campaign.
pub(super) const CAMPAIGN: Record = Record {
    noun: "a campaign",
    open: false,
    fields: &[
        Field::new("version", Shape::Text),
        Field::new("kind", Shape::Choice(&["campaign"])),
        Field::new("name", Shape::Name).required(),
        Field::new("description", Shape::Text),
        Field::new("missions", Shape::List(&Shape::Short("file", &ENTRY))).required(),
        Field::new("config", Shape::Record(&CONFIG)),
        Field::new("category", Shape::Any),
        Field::new("author", Shape::Any),
        Field::new("authors", Shape::Any),
        Field::new("tags", Shape::Any),
        Field::new("license", Shape::Any),
        Field::new("metadata", Shape::Any),
        Field::new("created", Shape::Any).or(&["created_at"]),
        Field::new("updated", Shape::Any).or(&["updated_at"]),
    ],
};

/// A mission of a campaign.
const ENTRY: Record = Record {
    noun: "an entry of `missions`",
    open: false,
    fields: &[
        Field::new("file", Shape::Name).or(&["path", "mission"]).required(),
        Field::new("depends_on", Shape::Texts),
        Field::new("priority", Shape::Choice(&["high", "medium", "low"])),
        Field::new("when", Shape::Text),
    ],
};

/// What a coverage mission works on.
const TARGET: Record = Record {
    noun: "`target`",
    open: false,
    fields: &[
        Field::new("project", Shape::Name),
        Field::new("package", Shape::Name).or(&["crate"]),
        Field::new("file", Shape::Name),
        Field::new("features", Shape::Texts),
        Field::new("target_percent", PERCENT),
        Field::new("baseline_percent", PERCENT),
        Field::new("metric", Shape::Choice(&["lines", "regions", "functions", "error_paths"])),
        Field::new("tool", Shape::Name).idle(),
    ],
};

/// A typed parameter of a mission.
const PARAMETER: Record = Record {
    noun: "a parameter",
    open: false,
    fields: &[
        Field::new("name", Shape::Name).required(),
        Field::new(
            "type",
            Shape::Choice(&["string", "integer", "number", "boolean", "list", "map"]),
        ),
        Field::new("description", Shape::Text),
        Field::new("required", Shape::Flag),
        Field::new("default", Shape::Any),
        Field::new("enum", Shape::List(&Shape::Any)),
        Field::new("min", Shape::Number(f64::MIN, f64::MAX)),
        Field::new("max", Shape::Number(f64::MIN, f64::MAX)),
    ],
};

/// Which model to use.
const LLM: Record = Record {
    noun: "`llm`",
    open: false,
    fields: &[
        Field::new("provider", Shape::Text),
        Field::new("model", Shape::Text),
        Field::new("temperature", Shape::Number(0.0, 10.0)),
        Field::new("max_tokens", Shape::Whole(1, u64::MAX)),
        Field::new("num_ctx", Shape::Whole(1, u64::MAX)),
        Field::new("seed", Shape::Whole(0, u64::MAX)),
        Field::new("base_url", Shape::Text),
    ],
};

/// How a mission runs.
const CONFIG: Record = Record {
    noun: "`config`",
    open: false,
    fields: &[
        Field::new("max_parallel_steps", Shape::Whole(1, 1_024)).or(&["max_parallel"]).idle(),
        Field::new("timeout_seconds", SECONDS).or(&["timeout"]),
        Field::new("mission_timeout_seconds", SECONDS),
        Field::new("fail_fast", Shape::Flag),
        Field::new("retries", TRIES),
        Field::new("budget", VALUES).idle(),
        Field::new("writes", Shape::Texts).idle(),
        Field::new("manifest_mode", Shape::Choice(&["off", "warn", "block"])).idle(),
        Field::new("workspace", Shape::Choice(&["worktree", "in-place"])).idle(),
        Field::new("sandbox", Shape::Any).idle(),
        Field::new("gates", Shape::Record(&GATES)),
    ],
};

/// Which gates hold.
const GATES: Record = Record {
    noun: "`gates`",
    open: false,
    fields: &[
        Field::new("lint", MODE),
        Field::new("redundant", MODE),
        Field::new("flaky", MODE),
        Field::new("validator", MODE),
    ],
};

/// What happens when a gate says no.
const MODE: Shape = Shape::Choice(&["off", "warn", "block"]);

/// A step.
const STEP: Record = Record {
    noun: "a step",
    open: false,
    fields: &[
        Field::new("id", Shape::Name).required(),
        Field::new("name", Shape::Name),
        Field::new("description", Shape::Text),
        Field::new("step_type", Shape::Kind).or(&["type"]).required(),
        Field::new("depends_on", Shape::Texts),
        Field::new("parallel", Shape::Flag).idle(),
        Field::new("when", Shape::Text),
        Field::new("timeout_seconds", SECONDS).or(&["timeout"]),
        Field::new("continue_on_error", Shape::Flag),
        Field::new("retry", Shape::Record(&RETRY)),
        Field::new("raw", Shape::Flag),
        Field::new("outputs", VALUES).idle(),
        Field::new("writes", Shape::Texts).idle(),
        Field::new("parameters", VALUES),
    ],
};

/// When and how often a step is tried again.
const RETRY: Record = Record {
    noun: "`retry`",
    open: false,
    fields: &[
        Field::new("max_attempts", Shape::Whole(1, 100)),
        Field::new("delay_seconds", Shape::Number(0.0, 86_400.0)),
        Field::new("backoff", Shape::Choice(&["constant", "linear", "exponential"])),
        Field::new("on", Shape::List(&CAUSE)),
    ],
};

/// What a step is tried again for.
const CAUSE: Shape = Shape::Choice(&["failed", "timed_out", "model", "environment"]);

/// An edge of the graph, written beside the steps.
const DEPENDENCY: Record = Record {
    noun: "an entry of `dependencies`",
    open: false,
    fields: &[Field::new("from", Shape::Name).required(), Field::new("to", Shape::Name).required()],
};
