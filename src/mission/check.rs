//! Whether the parts of a mission fit together: ids, dependencies, references, conditions, paths.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::bind;
use super::graph;
use super::kinds::Group;
use super::model::{Campaign, Mission, Step};
use super::path;
use super::problem::{Problem, Span};
use super::reference::{self, Piece, Reference, Root};
use super::tree::{Node, Value};
use super::when::Condition;

/// The fields of a target that a reference can name.
const TARGET_FIELDS: [&str; 7] =
    ["project", "package", "file", "features", "target_percent", "baseline_percent", "metric"];

/// What every step gives.
const COMMON_OUTPUTS: [&str; 2] = ["status", "message"];

/// Checks a mission, and adds to its steps the dependencies that stand elsewhere: in
/// `dependencies`, and in references to what another step gave.
pub(super) fn mission(
    mission: &mut Mission,
    dependencies: Option<&Json>,
    root: &Node,
    problems: &mut Vec<Problem>,
) {
    let nodes = root.get("steps").map(Node::items).unwrap_or_default();
    name(&mission.name, root, problems);
    if mission.steps.is_empty() && root.get("steps").is_some() {
        let span = root.entry("steps").map_or(root.span, |(key, _)| key.span);
        problems.push(Problem::error(span, "a mission needs at least one step"));
    }
    unique_ids(mission, nodes, problems);
    declared_dependencies(mission, nodes, problems);
    merge_dependencies(mission, dependencies, root, problems);
    parameters(mission, root, problems);
    target(mission, root, problems);
    let mut found: Vec<Vec<String>> = Vec::new();
    for (step, node) in mission.steps.iter().zip(nodes) {
        let used = step_references(mission, step, node, problems);
        found.push(used);
        paths(step, node, problems);
    }
    for (step, used) in mission.steps.iter_mut().zip(found) {
        for id in used {
            if !step.depends_on.contains(&id) {
                step.depends_on.push(id);
            }
        }
    }
    cycle(mission, nodes, problems);
}

/// Checks a campaign.
pub(super) fn campaign(campaign: &Campaign, root: &Node, problems: &mut Vec<Problem>) {
    name(&campaign.name, root, problems);
    let nodes = root.get("missions").map(Node::items).unwrap_or_default();
    let files: Vec<&str> = campaign.missions.iter().map(|entry| &*entry.file).collect();
    let mut seen = BTreeSet::new();
    for (entry, node) in campaign.missions.iter().zip(nodes) {
        let file = node.get("file").or(node.get("path")).or(node.get("mission")).unwrap_or(node);
        if let Err(message) = path::inside(&entry.file) {
            problems.push(Problem::error(file.span, message));
        }
        if !seen.insert(&*entry.file) {
            let message = format!("the mission `{}` is listed twice", entry.file);
            problems.push(Problem::error(file.span, message));
        }
        for needed in node.get("depends_on").map(Node::items).unwrap_or_default() {
            let Some(text) = needed.text().filter(|text| !files.contains(text)) else { continue };
            let message = format!("`{}` depends on `{text}`, which is not listed", entry.file);
            let problem = Problem::error(needed.span, message).label("no such mission");
            problems.push(problem.nearest(text, &files));
        }
        if let (Some(text), Some(node)) = (&entry.when, node.get("when")) {
            condition(text, node, problems);
        }
    }
    let edges: Vec<(&str, Vec<&str>)> = campaign
        .missions
        .iter()
        .map(|entry| (&*entry.file, entry.depends_on.iter().map(String::as_str).collect()))
        .collect();
    if let Err(cycle) = graph::order(&edges) {
        let span = root.entry("missions").map_or(root.span, |(key, _)| key.span);
        let message = format!("the missions wait for each other: {}", cycle.join(" → "));
        problems.push(Problem::error(span, message));
    }
}

/// The name of a document may not look like a path out of somewhere.
fn name(text: &str, root: &Node, problems: &mut Vec<Problem>) {
    if text.split(['/', '\\', ' ']).any(|part| part == "..") {
        let span = root.get("name").map_or(root.span, |node| node.span);
        problems.push(Problem::error(span, "`name` has a path with `..` in it"));
    }
}

/// Ids are unique, and can be named in references and file names.
fn unique_ids(mission: &Mission, nodes: &[Node], problems: &mut Vec<Problem>) {
    let mut seen = BTreeSet::new();
    for (step, node) in mission.steps.iter().zip(nodes) {
        let span = node.get("id").map_or(node.span, |id| id.span);
        if step.id.is_empty() {
            continue;
        }
        if !seen.insert(&step.id) {
            let message = format!("two steps have the id `{}`", step.id);
            problems.push(Problem::error(span, message).label("second use"));
        }
        if step.id.contains(['/', '\\', '.', '{', '}']) {
            let message = format!("the id `{}` has a character that ids cannot have", step.id);
            let label = "expected letters, digits, `_` and `-`";
            problems.push(Problem::error(span, message).label(label));
        }
    }
}

/// The ids of all steps.
fn ids(mission: &Mission) -> Vec<&str> {
    mission.steps.iter().map(|step| &*step.id).collect()
}

/// What `depends_on` names exists.
fn declared_dependencies(mission: &Mission, nodes: &[Node], problems: &mut Vec<Problem>) {
    let ids = ids(mission);
    for (step, node) in mission.steps.iter().zip(nodes) {
        for needed in node.get("depends_on").map(Node::items).unwrap_or_default() {
            let Some(text) = needed.text().filter(|text| !ids.contains(text)) else { continue };
            let message =
                format!("`{}` depends on `{}`, which is no step", step.id, text.escape_debug());
            let problem = Problem::error(needed.span, message).label("no such step");
            problems.push(problem.nearest(text, &ids));
        }
    }
}

/// Adds the edges of `dependencies`: `to` comes after `from`.
fn merge_dependencies(
    mission: &mut Mission,
    dependencies: Option<&Json>,
    root: &Node,
    problems: &mut Vec<Problem>,
) {
    let edges = dependencies.and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default();
    let nodes = root.get("dependencies").map(Node::items).unwrap_or_default();
    for (edge, node) in edges.iter().zip(nodes) {
        let end = |key: &str| edge.get(key).and_then(Json::as_str).unwrap_or_default();
        for key in ["from", "to"] {
            let id = end(key);
            if mission.step(id).is_none() && !id.is_empty() {
                let span = node.get(key).map_or(node.span, |node| node.span);
                let problem = Problem::error(span, format!("`{id}` is no step"));
                problems.push(problem.label("no such step").nearest(id, &ids(mission)));
            }
        }
        if let Some(step) = mission.steps.iter_mut().find(|step| step.id == end("to"))
            && !step.depends_on.iter().any(|id| id == end("from"))
        {
            step.depends_on.push(end("from").to_owned());
        }
    }
}

/// The parameters of the mission have different names, and defaults of their own type.
fn parameters(mission: &Mission, root: &Node, problems: &mut Vec<Problem>) {
    let nodes = root.get("parameters").map(Node::items).unwrap_or_default();
    let mut seen = BTreeSet::new();
    for (parameter, node) in mission.parameters.iter().zip(nodes) {
        if !seen.insert(&parameter.name) {
            let message = format!("two parameters have the name `{}`", parameter.name);
            problems.push(Problem::error(node.span, message));
        }
        if let Some(default) = &parameter.default
            && let Err(message) = bind::fits(parameter, default)
        {
            let span = node.get("default").map_or(node.span, |node| node.span);
            problems.push(Problem::error(span, message).label("the default does not fit"));
        }
    }
}

/// The target lies inside the project.
fn target(mission: &Mission, root: &Node, problems: &mut Vec<Problem>) {
    let Some(target) = &mission.target else { return };
    let node = root.get("target");
    for (key, path) in [("file", &target.file), ("project", &target.project)] {
        if let Some(Err(message)) = path.as_deref().map(path::inside) {
            let place = node.and_then(|node| node.get(key)).map(|node| node.span);
            problems.push(Problem::error(place.unwrap_or(root.span), message));
        }
    }
}

/// Checks the references of one step and returns the ids of the steps that it refers to.
fn step_references(
    mission: &Mission,
    step: &Step,
    node: &Node,
    problems: &mut Vec<Problem>,
) -> Vec<String> {
    let mut used: Vec<(Reference, Span)> = Vec::new();
    if let (Some(text), Some(node)) = (&step.when, node.get("when"))
        && let Some(parsed) = condition(text, node, problems)
    {
        used.extend(parsed.references().into_iter().map(|found| (found.clone(), node.span)));
    }
    if let Some(parameters) = node.get("parameters").filter(|_| !step.raw) {
        collect(parameters, &mut used);
    }
    for (reference, span) in &used {
        if let Err(problem) = resolvable(mission, step, reference, *span) {
            problems.push(problem);
        }
    }
    let ids = used.iter().filter_map(|(reference, _)| reference.step());
    let ids: BTreeSet<&str> = ids.filter(|id| *id != step.id).collect();
    ids.into_iter().filter(|id| mission.step(id).is_some()).map(str::to_owned).collect()
}

/// Reads a condition, and reports why it is none.
fn condition(text: &str, node: &Node, problems: &mut Vec<Problem>) -> Option<Condition> {
    match Condition::parse(text) {
        Ok(condition) => Some(condition),
        Err(fault) => {
            let message = format!("the condition cannot be read: {}", fault.message);
            // Inside quotes the text begins one byte later than its node.
            let quotes = usize::from(node.span.end - node.span.start == text.len() + 2);
            let exact = node.span.end - node.span.start == text.len() + 2 * quotes;
            let start = node.span.start + quotes;
            let part = Span { start: start + fault.span.start, end: start + fault.span.end };
            problems.push(Problem::error(if exact { part } else { node.span }, message));
            None
        }
    }
}

/// Collects the references in every text below a node.
fn collect(node: &Node, used: &mut Vec<(Reference, Span)>) {
    match &node.value {
        Value::Text(text) => {
            for piece in reference::pieces(text) {
                if let Piece::Reference(reference, _) = piece {
                    used.push((reference, node.span));
                }
            }
        }
        Value::List(list) => list.iter().for_each(|node| collect(node, used)),
        Value::Map(map) => map.iter().for_each(|(_, node)| collect(node, used)),
        Value::Null | Value::Flag(_) | Value::Number(_) => (),
    }
}

/// Checks that a reference leads somewhere, as far as the file alone can tell.
fn resolvable(
    mission: &Mission,
    step: &Step,
    reference: &Reference,
    span: Span,
) -> Result<(), Problem> {
    let name = reference.path.first().map(String::as_str).unwrap_or_default();
    let unknown = |what: &str, names: &[&str]| {
        let message = format!("`{reference}` leads nowhere: {what}");
        Err(Problem::error(span, message).label("used here").nearest(name, names))
    };
    match reference.root {
        Root::Env => Ok(()),
        Root::Steps => step_output(mission, step, reference, span),
        Root::Vars => {
            let names: Vec<&str> = mission.vars.keys().map(String::as_str).collect();
            if names.contains(&name) { Ok(()) } else { unknown("no such variable", &names) }
        }
        Root::Params => {
            let names: Vec<&str> = mission.parameters.iter().map(|known| &*known.name).collect();
            if names.contains(&name) { Ok(()) } else { unknown("no such parameter", &names) }
        }
        Root::Target if mission.target.is_none() => unknown("the mission has no `target`", &[]),
        Root::Target if TARGET_FIELDS.contains(&name) => Ok(()),
        Root::Target => unknown("a target has no such field", &TARGET_FIELDS),
    }
}

/// Checks a reference to what a step gave.
fn step_output(
    mission: &Mission,
    step: &Step,
    reference: &Reference,
    span: Span,
) -> Result<(), Problem> {
    let id = reference.step().unwrap_or_default();
    let error = |what: String| {
        Problem::error(span, format!("`{reference}` leads nowhere: {what}")).label("used here")
    };
    let Some(other) = mission.step(id) else {
        return Err(error(format!("there is no step `{id}`")).nearest(id, &ids(mission)));
    };
    if other.id == step.id {
        return Err(error("a step cannot refer to itself".to_owned()));
    }
    let Some(output) = reference.path.get(1) else {
        return Err(error("the output is not named".to_owned())
            .hint(format!("write `steps.{id}.output` or `steps.{id}.status`")));
    };
    let Some(kind) = other.spec().filter(|kind| kind.group != Group::Unsupported) else {
        return Ok(());
    };
    let outputs = [kind.outputs, &COMMON_OUTPUTS].concat();
    if outputs.contains(&&**output) {
        return Ok(());
    }
    let what = format!("a `{}` step gives {}", kind.name, outputs.join(", "));
    Err(error(what).nearest(output, &outputs))
}

/// The paths of a step lie inside the project, as far as they are known yet.
fn paths(step: &Step, node: &Node, problems: &mut Vec<Problem>) {
    for key in ["path", "working_dir"] {
        let Some(text) = step.parameters.get(key).and_then(Json::as_str) else { continue };
        let supported = step.spec().is_some_and(|kind| kind.group != Group::Unsupported);
        if !supported || (!step.raw && reference::any(text)) {
            continue;
        }
        if let Err(message) = path::inside(text) {
            let texts = node.get("parameters").map(|parameters| &parameters.value);
            let place = match texts {
                Some(Value::Map(map)) => map.iter().find(|(_, node)| node.text() == Some(text)),
                _ => None,
            };
            let span = place.map_or(node.span, |(_, node)| node.span);
            problems.push(Problem::error(span, message));
        }
    }
}

/// No step waits for itself.
fn cycle(mission: &Mission, nodes: &[Node], problems: &mut Vec<Problem>) {
    let Err(cycle) = mission.order() else { return };
    let first = mission.steps.iter().position(|step| Some(&step.id) == cycle.first());
    let node = first.and_then(|index| nodes.get(index));
    let span = node.map(|node| node.get("id").map_or(node.span, |id| id.span));
    let message = format!("the steps wait for each other: {}", cycle.join(" → "));
    problems.push(Problem::error(span.unwrap_or_default(), message).label("part of the cycle"));
}
