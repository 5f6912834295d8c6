//! The kinds of step: their names, what each takes and what each gives.

use std::time::Duration;

use super::grammar::{Field, Record, Shape};

/// What this version does with a kind of step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// A step of a coverage mission.
    Coverage,
    /// A step of general use.
    General,
    /// Known by name only: it parses, and fails when it is reached.
    Unsupported,
}

/// A kind of step.
#[derive(Debug)]
pub struct Kind {
    /// Its name in snake case.
    pub name: &'static str,
    /// What this version does with it.
    pub group: Group,
    /// Its parameters.
    pub parameters: Record,
    /// The outputs it gives, beside `status` and `message`, which every step gives.
    pub outputs: &'static [&'static str],
}

impl Kind {
    /// Returns how long a step of this kind may take if nobody says otherwise.
    pub fn default_timeout(&self) -> Duration {
        match self.group {
            // Its own steps have limits.
            _ if self.name == "mission" => Duration::from_secs(SECONDS_MAX),
            Group::Coverage => Duration::from_mins(30),
            Group::General | Group::Unsupported => DEFAULT_TIMEOUT,
        }
    }
}

/// How long a step may take if nobody says otherwise.
pub(super) const DEFAULT_TIMEOUT: Duration = Duration::from_mins(5);

/// Longest time limit that can be asked for, in seconds: a week.
pub const SECONDS_MAX: u64 = 7 * 24 * 3_600;

/// A time limit in seconds.
pub(super) const SECONDS: Shape = Shape::Whole(1, SECONDS_MAX);

/// A percentage.
pub(super) const PERCENT: Shape = Shape::Number(0.0, 100.0);

/// A number of things.
const COUNT: Shape = Shape::Whole(0, 1_000_000);

/// The path of the file a step works on.
const PATH: Field =
    Field::new("path", Shape::Text).or(&["file", "file_path", "filename"]).required();

/// A kind with a closed set of parameters.
const fn kind(
    name: &'static str,
    group: Group,
    fields: &'static [Field],
    outputs: &'static [&'static str],
) -> Kind {
    Kind { name, group, parameters: Record { noun: name, fields, open: false }, outputs }
}

/// A kind that is known by name only.
const fn unsupported(name: &'static str) -> Kind {
    let parameters = Record { noun: name, fields: &[], open: true };
    Kind { name, group: Group::Unsupported, parameters, outputs: &[] }
}

/// The kinds this version runs.
const KINDS: &[Kind] = &[
    kind("analyze", Group::Coverage, &[], &["percent", "uncovered"]),
    kind(
        "generate",
        Group::Coverage,
        &[
            Field::new("with", Shape::Texts),
            Field::new("max_seconds", SECONDS),
            Field::new("max_tests", COUNT),
            Field::new("seed", Shape::Whole(0, u64::MAX)),
        ],
        &["candidates"],
    ),
    kind(
        "integrate",
        Group::Coverage,
        &[Field::new("placement", Shape::Choice(&["auto", "inline", "sibling"]))],
        &["tests", "files"],
    ),
    kind(
        "verify",
        Group::Coverage,
        &[
            Field::new("min_percent", PERCENT),
            Field::new("min_gain", PERCENT),
            Field::new("runs", Shape::Whole(1, 1_000)),
        ],
        &["percent", "gain", "tests"],
    ),
    kind("archive", Group::Coverage, &[], &["path"]),
    kind(
        "command",
        Group::General,
        &[
            Field::new("command", Shape::Text).or(&["cmd", "program"]).required(),
            Field::new("args", Shape::Texts).or(&["arguments"]),
            Field::new("working_dir", Shape::Text).or(&["working_directory", "cwd"]),
            Field::new("env", Shape::Map(&Shape::Text)).or(&["environment"]),
            Field::new("shell", Shape::Flag),
            Field::new("timeout_seconds", SECONDS).or(&["timeout"]),
        ],
        &["output", "stdout", "stderr", "exit_code"],
    ),
    kind(
        "create_file",
        Group::General,
        &[
            PATH,
            Field::new("content", Shape::Text).or(&["contents", "text"]),
            Field::new("overwrite", Shape::Flag),
        ],
        &["output", "path"],
    ),
    kind(
        "edit_file",
        Group::General,
        &[
            PATH,
            Field::new(
                "operation",
                Shape::Choice(&["overwrite", "append", "prepend", "replace", "insert"]),
            )
            .or(&["mode", "action"]),
            Field::new("append", Shape::Flag),
            Field::new("content", Shape::Text).or(&["contents", "text", "new", "replacement"]),
            Field::new("find", Shape::Text).or(&["old", "search"]),
            Field::new("all", Shape::Flag),
            Field::new("line", Shape::Whole(1, 100_000_000)).or(&["at_line", "line_number"]),
            Field::new("after", Shape::Text),
            Field::new("before", Shape::Text),
        ],
        &["output", "path"],
    ),
    kind("read_file", Group::General, &[PATH], &["output", "content", "path"]),
    Kind {
        name: "noop",
        group: Group::General,
        parameters: Record { noun: "noop", fields: &[], open: true },
        outputs: &["output"],
    },
    kind(
        "mission",
        Group::General,
        &[
            Field::new("path", Shape::Text).or(&["mission", "file", "mission_path"]).required(),
            Field::new("set", Shape::Map(&Shape::Any)).or(&["params", "parameters"]),
        ],
        &["output", "outcome"],
    ),
];

/// The kinds this version knows and does not run.
const UNSUPPORTED: &[Kind] = &[
    unsupported("coverage_measure"),
    unsupported("mutation_check"),
    unsupported("registry_update"),
    unsupported("revert"),
    unsupported("delete_file"),
    unsupported("copy_file"),
    unsupported("move_file"),
    unsupported("list_directory"),
    unsupported("file_search"),
    unsupported("parse_json"),
    unsupported("parse_yaml"),
    unsupported("parse_xml"),
    unsupported("csv_process"),
    unsupported("validate_schema"),
    unsupported("compile_code"),
    unsupported("run_tests"),
    unsupported("format_code"),
    unsupported("lint_code"),
    unsupported("extract_functions"),
    unsupported("generate_docs"),
    unsupported("git_commit"),
    unsupported("git_branch"),
    unsupported("git_merge"),
    unsupported("git_status"),
    unsupported("git_diff"),
    unsupported("process_start"),
    unsupported("process_kill"),
    unsupported("monitor_resources"),
    unsupported("service_health"),
    unsupported("compress"),
    unsupported("sql_query"),
    unsupported("redis_set"),
    unsupported("redis_get"),
    unsupported("db_backup"),
    unsupported("db_migrate"),
    unsupported("websocket_connect"),
    unsupported("ftp_upload"),
    unsupported("ftp_download"),
    unsupported("ssh_execute"),
    unsupported("ping_host"),
    unsupported("generate_embedding"),
    unsupported("similarity_search"),
    unsupported("model_inference"),
    unsupported("http"),
    unsupported("llm"),
    unsupported("tool"),
    unsupported("rag_query"),
    unsupported("rag_add"),
    unsupported("chain"),
    unsupported("agent"),
];

/// Returns the kind with this name in snake case.
pub fn find(name: &str) -> Option<&'static Kind> {
    KINDS.iter().chain(UNSUPPORTED).find(|kind| kind.name == name)
}

/// Returns the names of all kinds.
pub fn names() -> Vec<&'static str> {
    KINDS.iter().chain(UNSUPPORTED).map(|kind| kind.name).collect()
}

/// Returns the snake case of a step type: `CreateFile`, `create-file` and `create_file` are one.
pub fn normal_name(name: &str) -> String {
    let chars: Vec<char> = name.trim().chars().collect();
    let mut normal = String::new();
    for (index, c) in chars.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|index| chars.get(index));
        let after = chars.get(index + 1);
        let starts = before.is_some_and(|c| c.is_lowercase() || c.is_ascii_digit())
            || (before.is_some_and(|c| c.is_uppercase())
                && after.is_some_and(|c| c.is_lowercase()));
        if c.is_uppercase() && starts {
            normal.push('_');
        }
        match c {
            '-' | ' ' => normal.push('_'),
            _ => normal.extend(c.to_lowercase()),
        }
    }
    normal
}
