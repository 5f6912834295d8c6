//! What a mission file says, as types.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::graph;
use super::kinds::{self, Kind};

/// A file that `rustchain run` takes.
#[derive(Debug, Clone, PartialEq)]
pub enum Document {
    /// One mission.
    Mission(Box<Mission>),
    /// Many missions.
    Campaign(Box<Campaign>),
}

/// A mission: steps, and what they work on.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Mission {
    /// The version of the format, such as `1.1`.
    pub version: Option<String>,
    /// What kind of document it is; `mission` where it is given.
    pub kind: Option<String>,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// What a coverage mission works on.
    pub target: Option<Target>,
    /// The parameters that a caller can set.
    pub parameters: Vec<Parameter>,
    /// Its variables.
    pub vars: BTreeMap<String, Json>,
    /// Variables of the environment for its commands and references.
    pub env: BTreeMap<String, String>,
    /// Which model to use.
    pub llm: Map<String, Json>,
    /// How it runs.
    pub config: Config,
    /// Its steps in the order of the file.
    pub steps: Vec<Step>,
    /// What it gives to its caller.
    pub outputs: Map<String, Json>,
    /// What came of it, in an archived mission.
    pub result: Map<String, Json>,
    /// Free metadata: category, author, tags and so on.
    #[serde(flatten)]
    pub metadata: Map<String, Json>,
}

impl Mission {
    /// Returns the step with this id.
    pub fn step(&self, id: &str) -> Option<&Step> {
        self.steps.iter().find(|step| step.id == id)
    }

    /// Returns the order in which the steps can run, as indices; where it is free, that of the
    /// file.
    ///
    /// Fails with the ids along a cycle, which no parsed mission has.
    pub fn order(&self) -> Result<Vec<usize>, Vec<String>> {
        let edges: Vec<(&str, Vec<&str>)> = self
            .steps
            .iter()
            .map(|step| (&*step.id, step.depends_on.iter().map(String::as_str).collect()))
            .collect();
        graph::order(&edges)
    }
}

/// What a coverage mission works on.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Target {
    /// The folder of the crate or workspace, relative to the mission's project root.
    pub project: Option<String>,
    /// The package, as cargo names it.
    pub package: Option<String>,
    /// The source file, relative to `project`.
    pub file: Option<String>,
    /// The features to build with.
    pub features: Vec<String>,
    /// The percentage to reach.
    #[serde(rename = "target_percent")]
    pub percent: Option<f64>,
    /// The percentage when the mission was written.
    pub baseline_percent: Option<f64>,
    /// What the percentages count.
    pub metric: Metric,
    /// The tool that measures.
    pub tool: Option<String>,
}

/// What a percentage of coverage counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Lines.
    #[default]
    Lines,
    /// Regions.
    Regions,
    /// Functions.
    Functions,
    /// Error paths: each `?`.
    ErrorPaths,
}

/// A parameter of a mission.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// What type its value has.
    #[serde(rename = "type")]
    pub kind: ParameterKind,
    /// What it is for.
    pub description: String,
    /// Whether a caller has to set it.
    pub required: bool,
    /// Its value where nobody sets it.
    pub default: Option<Json>,
    /// The values it may have; any if empty.
    #[serde(rename = "enum")]
    pub choices: Vec<Json>,
    /// Its least value.
    pub min: Option<f64>,
    /// Its greatest value.
    pub max: Option<f64>,
}

/// The type of a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ParameterKind {
    /// A text.
    #[default]
    String,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// True or false.
    Boolean,
    /// A list.
    List,
    /// A map.
    Map,
}

/// How a mission runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// How many steps may run at a time.
    pub max_parallel_steps: u64,
    /// How long a step may take, in seconds, where neither it nor its kind says otherwise.
    pub timeout_seconds: Option<u64>,
    /// How long the mission may take, in seconds.
    pub mission_timeout_seconds: Option<u64>,
    /// Whether a failure cancels what has not started.
    pub fail_fast: bool,
    /// How many times a step that failed is tried again, where it does not say.
    pub retries: u32,
    /// Limits on tokens, calls and seconds.
    pub budget: Map<String, Json>,
    /// The files it may write, as globs.
    pub writes: Vec<String>,
    /// What happens when it writes other files.
    pub manifest_mode: Option<String>,
    /// Where it works.
    pub workspace: Option<String>,
    /// What its programs may reach.
    pub sandbox: Option<Json>,
    /// Which gates hold for its tests, where it says otherwise than the project.
    pub gates: BTreeMap<String, GateMode>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            max_parallel_steps: 1,
            timeout_seconds: None,
            mission_timeout_seconds: None,
            fail_fast: true,
            retries: 0,
            budget: Map::new(),
            writes: Vec::new(),
            manifest_mode: None,
            workspace: None,
            sandbox: None,
            gates: BTreeMap::new(),
        }
    }
}

/// What happens when a gate says no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GateMode {
    /// The gate is not asked.
    Off,
    /// It is noted.
    Warn,
    /// What the gate refuses is not kept.
    #[default]
    Block,
}

/// A step of a mission.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Step {
    /// Its id, unique in the mission.
    pub id: String,
    /// Its name; the id where none is given.
    pub name: Option<String>,
    /// What it is for.
    pub description: String,
    /// Its kind, in snake case.
    #[serde(rename = "step_type")]
    pub kind: String,
    /// The steps that have to come before it, with those it refers to.
    pub depends_on: Vec<String>,
    /// Whether it may run beside others.
    pub parallel: bool,
    /// The condition under which it runs.
    pub when: Option<String>,
    /// How long it may take, in seconds.
    pub timeout_seconds: Option<u64>,
    /// Whether the mission goes on when it fails, and whether it runs when what it needs failed.
    pub continue_on_error: bool,
    /// When and how often it is tried again.
    pub retry: Option<Retry>,
    /// Whether its parameters are taken as they are, with no references in them.
    pub raw: bool,
    /// Names for its outputs.
    pub outputs: Map<String, Json>,
    /// The files it may write, as globs.
    pub writes: Vec<String>,
    /// What its kind takes.
    pub parameters: Map<String, Json>,
}

impl Step {
    /// Returns what is known of its kind; in a parsed mission, that is never nothing.
    pub fn spec(&self) -> Option<&'static Kind> {
        kinds::find(&self.kind)
    }

    /// Returns its name for people.
    pub fn title(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.id)
    }

    /// Returns how long it may take in a mission with this configuration.
    pub fn timeout(&self, config: &Config) -> Duration {
        let parameter = self.parameters.get("timeout_seconds").and_then(Json::as_u64);
        let asked = self.timeout_seconds.or(parameter).or(config.timeout_seconds);
        let asked = asked.map(Duration::from_secs);
        let usual = || self.spec().map_or(kinds::DEFAULT_TIMEOUT, Kind::default_timeout);
        asked.unwrap_or_else(usual)
    }
}

/// When and how often a step is tried again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Retry {
    /// How many times it is tried in all.
    pub max_attempts: u32,
    /// How long to wait before the second attempt, in seconds.
    pub delay_seconds: f64,
    /// How the wait grows.
    pub backoff: Backoff,
    /// What it is tried again for.
    pub on: Vec<Cause>,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            max_attempts: 1,
            delay_seconds: 0.0,
            backoff: Backoff::Constant,
            on: vec![Cause::Failed, Cause::TimedOut],
        }
    }
}

/// How the wait between attempts grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Backoff {
    /// It does not.
    Constant,
    /// By the first wait each time.
    Linear,
    /// It doubles each time.
    Exponential,
}

/// What a step is tried again for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// It failed.
    Failed,
    /// It took too long.
    TimedOut,
    /// The model failed.
    Model,
    /// The machine lacked something.
    Environment,
}

/// Many missions.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Campaign {
    /// The version of the format, such as `1.1`.
    pub version: Option<String>,
    /// What kind of document it is; `campaign` where it is given.
    pub kind: Option<String>,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Its missions in the order of the file.
    pub missions: Vec<Entry>,
    /// How its missions run.
    pub config: Config,
    /// Free metadata: category, author, tags and so on.
    #[serde(flatten)]
    pub metadata: Map<String, Json>,
}

/// A mission of a campaign.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Entry {
    /// The mission's file, relative to the campaign's.
    pub file: String,
    /// The files of the missions that have to come before it.
    pub depends_on: Vec<String>,
    /// How urgent it is.
    pub priority: Option<Priority>,
    /// The condition under which it runs.
    pub when: Option<String>,
}

/// How urgent a mission is; the most urgent comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// Below 50 percent.
    High,
    /// Below its target.
    Medium,
    /// At its target.
    Low,
}
