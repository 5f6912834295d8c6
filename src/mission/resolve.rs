//! Substitution: references in the parameters of a step become what they lead to, once.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::grammar::{Checker, Shape};
use super::model::{Mission, Step, Target};
use super::reference::{self, Piece, Reference, Root};
use super::tree::Node;
use crate::error::{Error, Result};

/// Parts of the names of variables whose values nobody should read.
const SECRET_NAMES: [&str; 6] = ["TOKEN", "SECRET", "PASSWORD", "PASSWD", "API_KEY", "CREDENTIAL"];

/// Shortest value that is taken for a secret: shorter ones are in every text.
const SECRET_LENGTH_MIN: usize = 6;

/// What references lead to.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Scope {
    /// The variables of the mission.
    pub vars: BTreeMap<String, Json>,
    /// The parameters of the mission, as they were set.
    pub params: Map<String, Json>,
    /// The fields of the mission's target.
    pub target: Map<String, Json>,
    /// The environment.
    pub env: BTreeMap<String, String>,
    /// What each step that has ended gave, with its `status` and `message`.
    pub steps: BTreeMap<String, Map<String, Json>>,
}

impl Scope {
    /// Creates the scope of a mission that has not begun: its own `env` goes before `env`.
    pub fn new(
        mission: &Mission,
        params: Map<String, Json>,
        env: BTreeMap<String, String>,
    ) -> Self {
        let mut env = env;
        env.extend(mission.env.clone());
        let target = mission.target.as_ref().map(fields).unwrap_or_default();
        Self { vars: mission.vars.clone(), params, target, env, steps: BTreeMap::new() }
    }

    /// Returns what a reference leads to.
    pub fn lookup(&self, reference: &Reference) -> Option<Json> {
        let mut names = reference.path.iter();
        let first = names.next()?;
        let mut value = match reference.root {
            Root::Vars => self.vars.get(first)?.clone(),
            Root::Params => self.params.get(first)?.clone(),
            Root::Target => self.target.get(first)?.clone(),
            Root::Env => self.env.get(first)?.clone().into(),
            Root::Steps => self.steps.get(first)?.get(names.next()?)?.clone(),
        };
        for name in names {
            value = match (&mut value, name.parse::<usize>()) {
                (Json::Array(list), Ok(index)) => list.get_mut(index)?.take(),
                (Json::Object(map), _) => map.get_mut(name)?.take(),
                _ => return None,
            };
        }
        Some(value)
    }

    /// Returns a text in which the values of variables that are named like secrets are `***`.
    pub fn without_secrets(&self, text: &str) -> String {
        let secret = |name: &str| {
            let name = name.to_uppercase();
            SECRET_NAMES.iter().any(|part| name.contains(part))
        };
        let secrets = self
            .env
            .iter()
            .filter(|(name, value)| SECRET_LENGTH_MIN <= value.len() && secret(name));
        secrets.fold(text.to_owned(), |text, (_, value)| text.replace(&**value, "***"))
    }

    /// Returns the parameters of a step with every reference replaced, checked against its kind.
    ///
    /// A text that is one reference and nothing else takes the type of what it leads to. Fails
    /// with a usage error that names every reference without a value.
    pub fn parameters(&self, step: &Step) -> Result<Map<String, Json>> {
        if step.raw {
            return Ok(step.parameters.clone());
        }
        let mut lost = Vec::new();
        let replaced = self.replace_all(&step.parameters, &mut lost);
        if !lost.is_empty() {
            let names: Vec<String> = lost.iter().map(|found| format!("`{found}`")).collect();
            let message = format!("step `{}` refers to what has no value", step.id);
            return Err(Error::usage(format!("{message}: {}", names.join(", "))));
        }
        if replaced == step.parameters {
            return Ok(replaced);
        }
        recheck(step, replaced)
    }

    /// Returns the parameters of a step with every reference replaced that has a value; the others
    /// stay as they are written.
    pub fn known_parameters(&self, step: &Step) -> Map<String, Json> {
        if step.raw {
            step.parameters.clone()
        } else {
            self.replace_all(&step.parameters, &mut Vec::new())
        }
    }

    /// Returns the references of all steps that have no value yet and never will have: those to
    /// anything but another step.
    pub fn lost(&self, mission: &Mission) -> Vec<(String, Reference)> {
        let mut lost = Vec::new();
        for step in mission.steps.iter().filter(|step| !step.raw) {
            let mut found = Vec::new();
            drop(self.replace_all(&step.parameters, &mut found));
            found.retain(|reference| reference.root != Root::Steps);
            lost.extend(found.into_iter().map(|reference| (step.id.clone(), reference)));
        }
        lost
    }

    fn replace_all(&self, map: &Map<String, Json>, lost: &mut Vec<Reference>) -> Map<String, Json> {
        map.iter().map(|(key, value)| (key.clone(), self.replace(value, lost))).collect()
    }

    fn replace(&self, value: &Json, lost: &mut Vec<Reference>) -> Json {
        match value {
            Json::String(text) => self.replace_text(text, lost),
            Json::Array(list) => list.iter().map(|value| self.replace(value, lost)).collect(),
            Json::Object(map) => Json::Object(self.replace_all(map, lost)),
            Json::Null | Json::Bool(_) | Json::Number(_) => value.clone(),
        }
    }

    fn replace_text(&self, text: &str, lost: &mut Vec<Reference>) -> Json {
        let pieces = reference::pieces(text);
        let mut whole = String::new();
        for piece in &pieces {
            match piece {
                Piece::Literal(literal) => whole.push_str(literal),
                Piece::Reference(reference, _) => match self.lookup(reference) {
                    Some(value) if pieces.len() == 1 => return value,
                    Some(Json::String(value)) => whole.push_str(&value),
                    Some(value) => whole.push_str(&value.to_string()),
                    None => {
                        whole.extend(["{{ ", &reference.to_string(), " }}"]);
                        lost.push(reference.clone());
                    }
                },
            }
        }
        Json::String(whole)
    }
}

/// The fields of a target that are given.
fn fields(target: &Target) -> Map<String, Json> {
    match serde_json::to_value(target) {
        Ok(Json::Object(fields)) => {
            fields.into_iter().filter(|(_, value)| !value.is_null()).collect()
        }
        _ => Map::new(),
    }
}

/// Checks parameters whose references have become values.
fn recheck(step: &Step, parameters: Map<String, Json>) -> Result<Map<String, Json>> {
    let Some(kind) = step.spec() else { return Ok(parameters) };
    let node = Node::placeless(&Json::Object(parameters));
    let mut checker = Checker { source: "", references: false, problems: Vec::new() };
    let checked = checker.check("parameters", &node, &Shape::Record(&kind.parameters));
    if let Some(problem) = checker.problems.first() {
        let message = format!("step `{}`: {} ({})", step.id, problem.message, problem.label);
        return Err(Error::usage(message));
    }
    match checked {
        Some(Json::Object(parameters)) => Ok(parameters),
        _ => Ok(Map::new()),
    }
}
