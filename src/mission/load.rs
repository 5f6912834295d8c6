//! From the bytes of a file to a mission or a campaign that holds together.

use camino::Utf8Path;
use serde_json::Value as Json;

use super::check;
use super::fields::{CAMPAIGN, MISSION};
use super::grammar::{Checker, Record, Shape};
use super::kinds;
use super::model::{Campaign, Document, Mission};
use super::problem::{Problem, Problems, Severity, Span};
use super::tree::{self, Node, Value};

/// Largest mission file, in bytes.
pub const BYTES_MAX: usize = 8 << 20;

/// The newest version of the format that this program reads.
pub const VERSION: &str = "1.1";

/// A file that can be used.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    /// What it says.
    pub document: Document,
    /// What in it is probably not meant.
    pub warnings: Problems,
}

impl Loaded {
    /// Returns the document if there is no warning, as `--strict` wants it.
    pub fn strict(self) -> Result<Self, Problems> {
        if self.warnings.is_empty() {
            return Ok(self);
        }
        let mut problems = self.warnings;
        for problem in &mut problems.list {
            problem.severity = Severity::Error;
        }
        Err(problems)
    }
}

/// Reads a mission or a campaign from the bytes of `file`, whose extension tells YAML from JSON.
///
/// Fails with everything that is wrong with it; an error of syntax hides the rest. A mission that
/// is returned has unique ids, known step types, dependencies that exist (with those that follow
/// from references) and no cycle, references that can be resolved, and paths that stay inside the
/// project.
pub fn parse(file: &str, bytes: &[u8]) -> Result<Loaded, Problems> {
    let source = text(bytes).map_err(|problem| Problems::new(file, "", vec![problem]))?;
    let fail = |problem| Problems::new(file, source, vec![problem]);
    if Utf8Path::new(file).extension() == Some("json") {
        strict_json(source).map_err(fail)?;
    }
    let root = tree::read(source).map_err(fail)?;
    let (document, list) = document(source, &root).map_err(fail)?;
    let problems = Problems::new(file, source, list);
    if problems.has_errors() {
        return Err(problems);
    }
    Ok(Loaded { document, warnings: problems })
}

/// The bytes as text, without a byte order mark.
fn text(bytes: &[u8]) -> Result<&str, Problem> {
    if BYTES_MAX < bytes.len() {
        let limit = BYTES_MAX >> 20;
        return Err(Problem::whole_file(format!("larger than {limit} MiB"))
            .hint("a mission file is text of a few kilobytes"));
    }
    if bytes.contains(&0) {
        return Err(Problem::whole_file("not text: it has a zero byte in it"));
    }
    let source = std::str::from_utf8(bytes).map_err(|error| {
        let before = bytes.iter().take(error.valid_up_to());
        let line = 1 + before.filter(|byte| **byte == b'\n').count();
        Problem::whole_file(format!("not UTF-8 at line {line}")).hint("save the file as UTF-8")
    })?;
    let source = source.strip_prefix('\u{feff}').unwrap_or(source);
    if source.trim().is_empty() {
        return Err(Problem::whole_file("the file is empty"));
    }
    Ok(source)
}

/// Refuses what YAML allows and JSON does not.
fn strict_json(source: &str) -> Result<(), Problem> {
    let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(source) else { return Ok(()) };
    let lines = source.split_inclusive('\n').take(error.line().saturating_sub(1));
    let start = lines.map(str::len).sum::<usize>() + error.column().saturating_sub(1);
    let message = error.to_string();
    let message = message.split(" at line ").next().unwrap_or_default();
    Err(Problem::error(Span { start, end: start }, format!("not valid JSON: {message}")))
}

/// The document of a tree, with what is wrong with it.
fn document(source: &str, root: &Node) -> Result<(Document, Vec<Problem>), Problem> {
    let Value::Map(_) = root.value else {
        let message = format!("a mission file cannot be {}", root.value.noun());
        return Err(Problem::error(root.span, message).label("expected a map with `name`, `steps`"));
    };
    let mut checker = Checker { source, references: false, problems: Vec::new() };
    let kind = root.get("kind");
    let document = match kind.and_then(Node::text) {
        Some("stack") => {
            let span = kind.map_or(root.span, |node| node.span);
            return Err(Problem::error(span, "a `stack` cannot be run by this version")
                .label("expected mission or campaign"));
        }
        Some("campaign") => campaign(&mut checker, root)?,
        None if root.get("missions").is_some() && root.get("steps").is_none() => {
            campaign(&mut checker, root)?
        }
        _ => mission(&mut checker, root)?,
    };
    version(&mut checker, root);
    Ok((document, checker.problems))
}

/// Refuses the versions of a later program.
fn version(checker: &mut Checker<'_>, root: &Node) {
    let Some(node) = root.get("version") else { return };
    let Some(Json::String(version)) = checker.check("version", node, &Shape::Text) else { return };
    let number = |text: &str| {
        let mut parts = text.split('.').map(|part| part.trim().parse::<u32>().ok());
        Some((parts.next()??, parts.next().flatten().unwrap_or(0)))
    };
    let message = match number(&version) {
        Some(asked) if number(VERSION).is_some_and(|known| asked <= known) => return,
        Some(_) => format!("version {version} of the format is newer than this program"),
        None => format!("`{}` is no version of the format", version.escape_debug()),
    };
    let label = format!("known up to {VERSION}");
    checker.problems.push(Problem::error(node.span, message).label(label));
}

/// Reads a mission.
fn mission(checker: &mut Checker<'_>, root: &Node) -> Result<Document, Problem> {
    let mut json = record(checker, root, &MISSION);
    let dependencies = json.remove("dependencies");
    parameters(checker, root, &mut json);
    let mut mission: Mission = typed(root, json)?;
    check::mission(&mut mission, dependencies.as_ref(), root, &mut checker.problems);
    Ok(Document::Mission(Box::new(mission)))
}

/// Reads a campaign.
fn campaign(checker: &mut Checker<'_>, root: &Node) -> Result<Document, Problem> {
    let json = record(checker, root, &CAMPAIGN);
    let campaign: Campaign = typed(root, json)?;
    check::campaign(&campaign, root, &mut checker.problems);
    Ok(Document::Campaign(Box::new(campaign)))
}

/// The checked entries of the document.
fn record(
    checker: &mut Checker<'_>,
    root: &Node,
    record: &'static Record,
) -> serde_json::Map<String, Json> {
    match checker.check("document", root, &Shape::Record(record)) {
        Some(Json::Object(object)) => object,
        _ => serde_json::Map::new(),
    }
}

/// Checks the parameters of each step against what its kind takes.
fn parameters(checker: &mut Checker<'_>, root: &Node, json: &mut serde_json::Map<String, Json>) {
    let Some(Json::Array(steps)) = json.get_mut("steps") else { return };
    let nodes = root.get("steps").map(Node::items).unwrap_or_default();
    checker.references = true;
    for (step, node) in steps.iter_mut().zip(nodes) {
        let name = step.get("step_type").and_then(Json::as_str).unwrap_or_default();
        let Some(kind) = kinds::find(name) else { continue };
        if node.get("step_type").or(node.get("type")).is_none_or(|kind| !is_known(kind)) {
            continue;
        }
        let none = Node { span: node.span, value: Value::Map(Vec::new()) };
        let given = node.entry("parameters").filter(|(_, given)| given.value != Value::Null);
        let given = given.map_or(&none, |(_, given)| given);
        if !matches!(given.value, Value::Map(_)) {
            continue;
        }
        let checked = checker.check("parameters", given, &Shape::Record(&kind.parameters));
        if let (Some(checked), Json::Object(step)) = (checked, step) {
            step.insert("parameters".to_owned(), checked);
        }
    }
    checker.references = false;
}

/// Whether a node names a step type.
fn is_known(node: &Node) -> bool {
    let name = node.get("type").unwrap_or(node).text().map(kinds::normal_name);
    name.is_some_and(|name| kinds::find(&name).is_some())
}

/// The typed form of a checked map.
fn typed<T: serde::de::DeserializeOwned>(
    root: &Node,
    json: serde_json::Map<String, Json>,
) -> Result<T, Problem> {
    serde_json::from_value(Json::Object(json))
        .map_err(|error| Problem::error(root.span, format!("cannot be understood: {error}")))
}
