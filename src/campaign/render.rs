//! The text of generated missions and campaigns, from templates.

use handlebars::Handlebars;
use serde::Serialize;

use super::name;
use crate::error::{Error, Result};
use crate::mission::Priority;

/// The template of a coverage mission, unless the project has its own.
const MISSION: &str = include_str!("../../templates/missions/coverage_mission.yaml.hbs");

/// The template of the campaign.
const MASTER: &str = include_str!("../../templates/missions/master.yaml.hbs");

/// Most bytes of a template; the parser of deeply nested ones needs a lot of stack.
const BYTES_MAX: usize = 64 << 10;

/// What a mission says about its source file.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts {
    /// The folder of the workspace, relative to the project, if it is another one.
    pub project: Option<String>,
    /// The package, where the workspace has several.
    pub package: Option<String>,
    /// The features to build with, beside the configured ones.
    pub features: Vec<String>,
    /// The source file, relative to the workspace.
    pub file: String,
    /// The percentage to reach.
    pub target_percent: f64,
    /// The percentage now.
    pub baseline_percent: f64,
    /// Whether it ends by moving the mission to the finished ones and entering the registry.
    pub archive: bool,
}

/// The values of the mission template.
#[derive(Serialize)]
struct MissionValues {
    name: String,
    category: String,
    priority: &'static str,
    project: Option<String>,
    package: Option<String>,
    features: Vec<String>,
    file: String,
    target_percent: String,
    baseline_percent: String,
    archive: bool,
}

/// The values of the campaign template.
#[derive(Serialize)]
struct MasterValues {
    name: String,
    missions: Vec<EntryValues>,
}

/// One entry of the campaign template.
#[derive(Serialize)]
struct EntryValues {
    file: String,
    priority: &'static str,
}

/// The templates, parsed.
#[derive(Debug)]
pub struct Templates {
    registry: Handlebars<'static>,
}

impl Templates {
    /// Parses the templates; `own` replaces that of the coverage mission.
    ///
    /// Fails with [`crate::error::Kind::Usage`] if the project's own template is broken or too big.
    pub fn new(own: Option<&str>) -> Result<Self> {
        let mission = own.unwrap_or(MISSION);
        if BYTES_MAX < mission.len() {
            return Err(Error::usage(format!("the mission template has {} bytes", mission.len()))
                .hint(format!("at most {BYTES_MAX} are allowed")));
        }
        let mut registry = Handlebars::new();
        registry.set_strict_mode(true);
        registry.register_escape_fn(handlebars::no_escape);
        for (name, text) in [("mission", mission), ("master", MASTER)] {
            registry.register_template_string(name, text).map_err(|error| {
                Error::usage(format!("the {name} template is broken")).because(error)
            })?;
        }
        Ok(Self { registry })
    }

    /// Returns the text of the mission for a source file.
    pub fn mission(&self, facts: &Facts) -> Result<String> {
        let priority = name::priority(facts.baseline_percent, facts.target_percent);
        let path = match &facts.project {
            Some(project) => format!("{project}/{}", facts.file),
            None => facts.file.clone(),
        };
        self.render(
            "mission",
            &MissionValues {
                name: name::scalar(&format!("Cover {path}")),
                category: name::scalar(&name::category(&facts.file)),
                priority: name::priority_word(priority),
                project: facts.project.as_deref().map(name::scalar),
                package: facts.package.as_deref().map(name::scalar),
                features: facts.features.iter().map(|feature| name::scalar(feature)).collect(),
                file: name::scalar(&facts.file),
                target_percent: facts.target_percent.to_string(),
                baseline_percent: facts.baseline_percent.to_string(),
                archive: facts.archive,
            },
        )
    }

    /// Returns the text of the campaign over these mission files.
    pub fn master(&self, missions: &[(String, Priority)]) -> Result<String> {
        let missions = missions.iter().map(|(file, priority)| EntryValues {
            file: name::scalar(file),
            priority: name::priority_word(*priority),
        });
        self.render(
            "master",
            &MasterValues { name: "Cover every file".to_owned(), missions: missions.collect() },
        )
    }

    /// Fills a template.
    fn render(&self, name: &str, values: &impl Serialize) -> Result<String> {
        self.registry.render(name, values).map_err(|error| {
            Error::usage(format!("cannot fill the {name} template")).because(error)
        })
    }
}
