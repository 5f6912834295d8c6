//! The file as a tree of values, each of which knows where it stands.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::Number;
use serde_saphyr::budget::BudgetBreach;
use serde_saphyr::{Error as YamlError, Spanned};

use super::problem::{Problem, Span};

/// Deepest nesting of lists and maps.
const DEPTH_MAX: usize = 32;

/// Most values in one file, with those that aliases repeat.
const NODES_MAX: usize = 100_000;

/// A value and its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Where it stands.
    pub span: Span,
    /// What it is.
    pub value: Value,
}

/// A key and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Where it stands.
    pub span: Span,
    /// Its text.
    pub name: String,
}

/// What a node is.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Nothing.
    Null,
    /// True or false.
    Flag(bool),
    /// A number.
    Number(Number),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// A map in the order of the file.
    Map(Vec<(Key, Node)>),
}

impl Value {
    /// Returns what kind of value this is, with an article.
    pub fn noun(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Flag(_) => "true or false",
            Self::Number(_) => "a number",
            Self::Text(_) => "a text",
            Self::List(_) => "a list",
            Self::Map(_) => "a map",
        }
    }
}

impl Node {
    /// Returns the node that has no place, for a value that comes from no file.
    pub fn placeless(json: &serde_json::Value) -> Self {
        let value = match json {
            serde_json::Value::Null => Value::Null,
            serde_json::Value::Bool(flag) => Value::Flag(*flag),
            serde_json::Value::Number(number) => Value::Number(number.clone()),
            serde_json::Value::String(text) => Value::Text(text.clone()),
            serde_json::Value::Array(list) => {
                Value::List(list.iter().map(Self::placeless).collect())
            }
            serde_json::Value::Object(map) => {
                let key = |name: &String| Key { span: Span::default(), name: name.clone() };
                Value::Map(map.iter().map(|(k, v)| (key(k), Self::placeless(v))).collect())
            }
        };
        Self { span: Span::default(), value }
    }

    /// Returns the value as JSON.
    pub fn to_json(&self) -> serde_json::Value {
        match &self.value {
            Value::Null => serde_json::Value::Null,
            Value::Flag(flag) => (*flag).into(),
            Value::Number(number) => number.clone().into(),
            Value::Text(text) => text.clone().into(),
            Value::List(list) => list.iter().map(Self::to_json).collect(),
            Value::Map(map) => {
                map.iter().map(|(key, node)| (key.name.clone(), node.to_json())).collect()
            }
        }
    }

    /// Returns the entry of a map.
    pub fn get(&self, name: &str) -> Option<&Self> {
        self.entry(name).map(|(_, node)| node)
    }

    /// Returns the entry of a map with its key.
    pub fn entry(&self, name: &str) -> Option<(&Key, &Self)> {
        let Value::Map(map) = &self.value else { return None };
        map.iter().find(|(key, _)| key.name == name).map(|(key, node)| (key, node))
    }

    /// Returns the items of a list, and those of anything else as one.
    pub fn items(&self) -> &[Self] {
        match &self.value {
            Value::List(list) => list,
            Value::Null => &[],
            _ => std::slice::from_ref(self),
        }
    }

    /// Returns the text, if it is one.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// Reads YAML, of which JSON is a part.
///
/// Fails on the first error of syntax, on a duplicate key, and on what is too large or too deep.
pub fn read(source: &str) -> Result<Node, Problem> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: DEPTH_MAX,
            flow_nesting_limit: DEPTH_MAX,
            max_nodes: NODES_MAX,
            max_documents: 1,
        },
        alias_limits: serde_saphyr::alias_limits! {
            max_total_replayed_events: NODES_MAX,
            max_replay_stack_depth: DEPTH_MAX,
        },
        strict_booleans: true,
        with_snippet: false,
        emit_comments: false,
    };
    match serde_saphyr::from_str_with_options::<Spanned<Value>>(source, options) {
        Ok(root) => Ok(place(root)),
        Err(error) => Err(problem(source, &error)),
    }
}

/// Moves the place that the parser told into a node.
fn place(spanned: Spanned<Value>) -> Node {
    Node { span: span_of(spanned.referenced), value: spanned.value }
}

/// The bytes of a location.
fn span_of(location: serde_saphyr::Location) -> Span {
    let bytes = |number: Option<u64>| number.and_then(|n| usize::try_from(n).ok());
    let start = bytes(location.span().byte_offset()).unwrap_or_default();
    Span { start, end: start + bytes(location.span().byte_len()).unwrap_or_default() }
}

/// Turns the parser's error into ours.
fn problem(source: &str, error: &YamlError) -> Problem {
    let span = error.location().map(|location| span_at(source, location));
    let mut error = error;
    while let YamlError::AliasError { error: inner, .. }
    | YamlError::WithSnippet { error: inner, .. } = error
    {
        error = inner;
    }
    let too_large =
        || format!("too large or too deeply nested: at most {NODES_MAX} values, {DEPTH_MAX} deep");
    let message = match error {
        YamlError::DuplicateMappingKey { key: Some(key), .. } => {
            format!("the key `{}` appears twice", key.escape_debug())
        }
        YamlError::MultipleDocuments { .. }
        | YamlError::Budget { breach: BudgetBreach::Documents { .. }, .. } => {
            "more than one document in the file".to_owned()
        }
        YamlError::Budget { .. }
        | YamlError::AliasReplayLimitExceeded { .. }
        | YamlError::AliasReplayStackDepthExceeded { .. }
        | YamlError::AliasExpansionLimitExceeded { .. } => too_large(),
        YamlError::UnknownAnchor { .. } => "an alias (`*name`) without its anchor".to_owned(),
        YamlError::Eof { .. } => "the file is empty".to_owned(),
        other => {
            let text = other.render_with_formatter(&serde_saphyr::UserMessageFormatter);
            let text = text.split(" at line ").next().unwrap_or_default();
            if text.contains("recursion limit") {
                too_large()
            } else {
                format!("not valid YAML: {text}")
            }
        }
    };
    let problem = Problem { span, ..Problem::whole_file(message) };
    match advice(source, span) {
        Some(hint) => problem.hint(hint),
        None => problem,
    }
}

/// The place of an error; the parser knows the bytes of some only by line and column.
fn span_at(source: &str, location: serde_saphyr::Location) -> Span {
    if location.span().byte_offset().is_some_and(|offset| 0 < offset) {
        return span_of(location);
    }
    let number = |n: u64| usize::try_from(n).unwrap_or(usize::MAX).saturating_sub(1);
    let mut start = 0;
    for line in source.split_inclusive('\n').take(number(location.line())) {
        start += line.len();
    }
    let rest = source.get(start..).unwrap_or_default();
    start += rest.chars().take(number(location.column())).map(char::len_utf8).sum::<usize>();
    Span { start, end: start }
}

/// What helps against the usual slips: a tab as indentation, an unquoted `{{`.
fn advice(source: &str, span: Option<Span>) -> Option<String> {
    let before = source.get(..span?.start)?;
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let lines: Vec<&str> = source.get(start..)?.lines().take(2).collect();
    let indented = |line: &&str| line.trim_start_matches(' ').starts_with('\t');
    if lines.iter().any(indented) {
        return Some("indent with spaces: YAML allows no tabs there".to_owned());
    }
    let braces = lines.first().is_some_and(|line| line.contains(": {{"));
    braces.then(|| "put a value that begins with `{{` into quotes".to_owned())
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

/// Builds a value from what the parser meets.
struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        Value::deserialize(deserializer)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Value, E> {
        Ok(Value::Flag(flag))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Number(number.into()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(Value::Number(number.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Value, E> {
        let number = Number::from_f64(number);
        number.map(Value::Number).ok_or_else(|| E::custom("not a finite number"))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(Value::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element::<Spanned<Value>>()? {
            list.push(place(item));
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map: Vec<(Key, Node)> = Vec::new();
        while let Some(key) = entries.next_key::<Spanned<Value>>()? {
            let node = place(entries.next_value::<Spanned<Value>>()?);
            let span = span_of(key.referenced);
            let name = match key.value {
                Value::Text(text) => text,
                Value::Number(number) => number.to_string(),
                Value::Flag(flag) => flag.to_string(),
                Value::Null => "null".to_owned(),
                Value::List(_) | Value::Map(_) => {
                    return Err(A::Error::custom("a key has to be a text"));
                }
            };
            map.push((Key { span, name }, node));
        }
        Ok(Value::Map(map))
    }
}
