//! The grammar of mission files as data: which keys a map may have, and what each may hold.
//!
//! One table describes each kind of map. It drives the check, the aliases and the suggestions, and
//! a checked file is a value that fits the types of `model` exactly.

use serde_json::Value as Json;

use super::kinds;
use super::problem::{Problem, Span};
use super::reference;
use super::tree::{Key, Node, Value};

/// What a value may be.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    /// A text; numbers and flags are taken as they are written.
    Text,
    /// A text that is not empty and fits on one line, without control characters.
    Name,
    /// True or false.
    Flag,
    /// A whole number in a range.
    Whole(u64, u64),
    /// A number in a range.
    Number(f64, f64),
    /// One of these words.
    Choice(&'static [&'static str]),
    /// The name of a step type, in any of its spellings.
    Kind,
    /// One text, a list of texts, or nothing; always becomes a list.
    Texts,
    /// A list.
    List(&'static Self),
    /// A map with keys of the user's choice.
    Map(&'static Self),
    /// A map with known keys.
    Record(&'static Record),
    /// A map with known keys, or only the value of this one of them.
    Short(&'static str, &'static Record),
    /// Anything.
    Any,
}

/// A map with known keys.
#[derive(Debug)]
pub struct Record {
    /// What it is called, with an article.
    pub noun: &'static str,
    /// Its keys.
    pub fields: &'static [Field],
    /// Whether other keys are welcome and kept.
    pub open: bool,
}

/// A key of a map.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// Other names for it.
    pub aliases: &'static [&'static str],
    /// What it holds.
    pub shape: Shape,
    /// Whether it has to be there.
    pub required: bool,
    /// Whether this version does anything with it.
    pub acts: bool,
}

impl Field {
    /// Creates an optional key.
    pub const fn new(name: &'static str, shape: Shape) -> Self {
        Self { name, aliases: &[], shape, required: false, acts: true }
    }

    /// Adds other names.
    #[must_use]
    pub const fn or(self, aliases: &'static [&'static str]) -> Self {
        Self { aliases, ..self }
    }

    /// Makes the key required.
    #[must_use]
    pub const fn required(self) -> Self {
        Self { required: true, ..self }
    }

    /// Says that the key is read, but that nothing is done with it yet.
    #[must_use]
    pub const fn idle(self) -> Self {
        Self { acts: false, ..self }
    }

    /// Whether `name` is this key.
    fn is(&self, name: &str) -> bool {
        self.name == name || self.aliases.contains(&name)
    }
}

/// Checks values against shapes, and collects what is wrong.
#[derive(Debug)]
pub struct Checker<'a> {
    /// The text of the file, for scalars that are taken as they are written.
    pub source: &'a str,
    /// Whether a reference may stand for a value, as it may in the parameters of a step.
    pub references: bool,
    /// What is wrong so far.
    pub problems: Vec<Problem>,
}

impl Checker<'_> {
    /// Checks `node`, named `name` in messages, and returns it with aliases resolved.
    ///
    /// What does not fit is reported and left out.
    pub fn check(&mut self, name: &str, node: &Node, shape: &Shape) -> Option<Json> {
        match (shape, &node.value) {
            (_, Value::Null) => matches!(shape, Shape::Texts).then(|| Json::Array(Vec::new())),
            (Shape::Any, _) => Some(node.to_json()),
            (Shape::Record(record) | Shape::Short(_, record), Value::Map(map)) => {
                Some(self.record(node, map, record))
            }
            (Shape::Short(key, _), Value::Text(text)) => {
                Some(Json::Object([((*key).to_owned(), text.clone().into())].into_iter().collect()))
            }
            (Shape::Kind, _) => self.kind(node),
            (Shape::List(item), Value::List(list)) => {
                let check = |node| self.check(name, node, item).unwrap_or_else(|| blank(item));
                Some(list.iter().map(check).collect())
            }
            (Shape::Texts, _) => self.texts(name, node),
            (Shape::Map(item), Value::Map(map)) => {
                let mut object = serde_json::Map::new();
                for (key, node) in map {
                    if let Some(value) = self.check(&key.name, node, item) {
                        object.insert(key.name.clone(), value);
                    }
                }
                Some(Json::Object(object))
            }
            (_, Value::Text(text))
                if self.references && is_scalar(shape) && reference::any(text) =>
            {
                Some(text.clone().into())
            }
            _ => self.scalar(name, node, shape),
        }
    }

    /// Checks the entries of a map against its keys.
    fn record(&mut self, node: &Node, map: &[(Key, Node)], record: &Record) -> Json {
        let mut object = serde_json::Map::new();
        for (key, node) in map {
            let Some(field) = record.fields.iter().find(|field| field.is(&key.name)) else {
                if record.open || key.name.starts_with("x-") {
                    object.insert(key.name.clone(), node.to_json());
                } else {
                    self.unknown(key, record);
                }
                continue;
            };
            if object.contains_key(field.name) {
                let message = format!("`{}` is given twice, under two names", field.name);
                self.problems.push(Problem::error(key.span, message));
            }
            if !field.acts && node.value != Value::Null {
                let message = format!("`{}` has no effect in this version", field.name);
                self.problems.push(Problem::warning(key.span, message));
            }
            if let Some(value) = self.check(field.name, node, &field.shape) {
                object.insert(field.name.to_owned(), value);
            } else if field.required && node.value != Value::Null {
                object.insert(field.name.to_owned(), blank(&field.shape));
            }
        }
        self.missing(node, map, record, &mut object);
        object.retain(|name, _| !name.starts_with("x-"));
        Json::Object(object)
    }

    /// Reports the keys that have to be there and are not.
    fn missing(
        &mut self,
        node: &Node,
        map: &[(Key, Node)],
        record: &Record,
        object: &mut serde_json::Map<String, Json>,
    ) {
        let span = map.first().map_or(node.span, |(key, _)| key.span);
        for field in record.fields.iter().filter(|field| field.required) {
            if object.contains_key(field.name) {
                continue;
            }
            let message = format!("{} needs `{}`", record.noun, field.name);
            self.problems.push(Problem::error(span, message).label("missing here"));
            object.insert(field.name.to_owned(), blank(&field.shape));
        }
    }

    /// Reports a key that nobody knows.
    fn unknown(&mut self, key: &Key, record: &Record) {
        let spellings = |field: &Field| [&[field.name], field.aliases].concat();
        let names: Vec<&str> = record.fields.iter().flat_map(spellings).collect();
        let message = format!("{} has no key `{}`", record.noun, key.name.escape_debug());
        let problem = Problem::warning(key.span, message).label("unknown key, not used");
        self.problems.push(problem.nearest(&key.name, &names));
    }

    /// A list of texts.
    fn texts(&mut self, name: &str, node: &Node) -> Option<Json> {
        if let Value::Map(_) = node.value {
            self.mismatch(name, node, "a text or a list of texts");
            return None;
        }
        let items = node.items().iter();
        Some(items.filter_map(|item| self.check(name, item, &Shape::Text)).collect())
    }

    /// The name of a step type, normalised: `CreateFile`, `create-file` and `{type: create_file}`.
    fn kind(&mut self, node: &Node) -> Option<Json> {
        let inner = node.get("type").unwrap_or(node);
        let Some(text) = inner.text() else {
            self.mismatch("step_type", inner, "the name of a step type");
            return None;
        };
        let name = kinds::normal_name(text);
        if kinds::find(&name).is_some() {
            return Some(name.into());
        }
        let message = format!("unknown step type `{}`", text.escape_debug());
        let problem = Problem::error(inner.span, message).label("not a step type");
        self.problems.push(problem.nearest(&name, &kinds::names()));
        None
    }

    /// A value that is no list and no map.
    fn scalar(&mut self, name: &str, node: &Node, shape: &Shape) -> Option<Json> {
        let expected = match (shape, &node.value) {
            (Shape::Text, Value::Text(text)) => return Some(text.clone().into()),
            (Shape::Name, Value::Text(text)) => return self.name(name, node.span, text),
            (Shape::Text | Shape::Name, Value::Number(_) | Value::Flag(_)) => {
                return Some(self.as_written(node).into());
            }
            (Shape::Flag, Value::Flag(flag)) => return Some((*flag).into()),
            (Shape::Whole(min, max), Value::Number(number)) => {
                if number.as_u64().is_some_and(|number| (*min..=*max).contains(&number)) {
                    return Some(number.clone().into());
                }
                format!("a whole number from {min} to {max}")
            }
            (Shape::Number(min, max), Value::Number(number)) => {
                if number.as_f64().is_some_and(|number| (*min..=*max).contains(&number)) {
                    return Some(number.clone().into());
                }
                format!("a number from {min} to {max}")
            }
            (Shape::Choice(words), Value::Text(text)) => {
                return self.choice(name, node.span, text, words);
            }
            _ => noun(shape),
        };
        self.mismatch(name, node, &expected);
        None
    }

    /// A text that names something.
    fn name(&mut self, name: &str, span: Span, text: &str) -> Option<Json> {
        let message = if text.trim().is_empty() {
            format!("`{name}` is empty")
        } else if text.chars().any(char::is_control) {
            format!("`{name}` has a control character in it")
        } else {
            return Some(text.into());
        };
        self.problems.push(Problem::error(span, message).label("expected a name on one line"));
        None
    }

    /// One of some words.
    fn choice(&mut self, name: &str, span: Span, text: &str, words: &[&str]) -> Option<Json> {
        let word = text.trim().to_lowercase();
        if words.contains(&&*word) {
            return Some(word.into());
        }
        let message = format!("`{name}` cannot be `{}`", text.escape_debug());
        let problem = Problem::error(span, message).label(format!("one of {}", words.join(", ")));
        self.problems.push(problem.nearest(&word, words));
        None
    }

    /// A number or a flag as the user wrote it: `1.10` stays `1.10`.
    fn as_written(&self, node: &Node) -> String {
        let written = self.source.get(node.span.start..node.span.end).map(str::trim);
        match (written, &node.value) {
            (Some(text), _) if !text.is_empty() => text.to_owned(),
            (_, Value::Number(number)) => number.to_string(),
            (_, Value::Flag(flag)) => flag.to_string(),
            _ => String::new(),
        }
    }

    /// Reports a value of the wrong shape.
    fn mismatch(&mut self, name: &str, node: &Node, expected: &str) {
        let message = format!("`{name}` cannot be {}", node.value.noun());
        let label = format!("expected {expected}");
        self.problems.push(Problem::error(node.span, message).label(label));
    }
}

/// Whether a reference may stand for a value of this shape.
fn is_scalar(shape: &Shape) -> bool {
    matches!(
        shape,
        Shape::Text | Shape::Flag | Shape::Whole(..) | Shape::Number(..) | Shape::Choice(_)
    )
}

/// What a shape is called, with an article.
fn noun(shape: &Shape) -> String {
    match shape {
        Shape::Text => "a text".to_owned(),
        Shape::Name | Shape::Kind => "a name".to_owned(),
        Shape::Flag => "true or false".to_owned(),
        Shape::Whole(min, max) => format!("a whole number from {min} to {max}"),
        Shape::Number(min, max) => format!("a number from {min} to {max}"),
        Shape::Choice(words) => format!("one of {}", words.join(", ")),
        Shape::Texts => "a text or a list of texts".to_owned(),
        Shape::List(_) => "a list".to_owned(),
        Shape::Map(_) => "a map".to_owned(),
        Shape::Record(record) => record.noun.to_owned(),
        Shape::Short(_, record) => format!("a text or {}", record.noun),
        Shape::Any => "a value".to_owned(),
    }
}

/// The value that stands for one that is missing or wrong, so that the rest can be checked.
fn blank(shape: &Shape) -> Json {
    match shape {
        Shape::Text | Shape::Name => Json::String(String::new()),
        Shape::Flag => Json::Bool(false),
        Shape::Whole(min, _) => (*min).into(),
        Shape::Number(min, _) => (*min).into(),
        Shape::Choice(words) => words.first().copied().unwrap_or_default().into(),
        Shape::Kind => "noop".into(),
        Shape::Texts | Shape::List(_) => Json::Array(Vec::new()),
        Shape::Map(_) => Json::Object(serde_json::Map::new()),
        Shape::Record(record) | Shape::Short(_, record) => {
            let required = record.fields.iter().filter(|field| field.required);
            let entry = |field: &Field| (field.name.to_owned(), blank(&field.shape));
            Json::Object(required.map(entry).collect())
        }
        Shape::Any => Json::Null,
    }
}
