//! The text of the registry file: what is written, and what is accepted.

use std::collections::BTreeMap;
use std::io;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::ser::{Formatter, PrettyFormatter, Serializer};

use super::row::Row;
use crate::error::{Error, Result};
use crate::sys::id;

/// The version of the format that this program writes; it reads the older ones, too. Since
/// version 2 a row has its error paths.
const VERSION: u32 = 2;

/// What the file holds beside its version and checksum.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Content {
    /// The files, by path.
    pub files: BTreeMap<String, Row>,
    /// The hashes of files as this program wrote them, by path.
    pub written: BTreeMap<String, String>,
}

/// The file as a whole.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    /// Left out by a person who has merged two versions by hand.
    checksum: Option<String>,
    files: BTreeMap<String, Row>,
    version: u32,
    written: BTreeMap<String, String>,
}

/// Returns the text of the file.
pub(super) fn write(content: &Content) -> Result<Vec<u8>> {
    let document = Document {
        checksum: Some(checksum(content)?),
        files: content.files.clone(),
        version: VERSION,
        written: content.written.clone(),
    };
    let mut text = json(&document)?;
    text.push(b'\n');
    Ok(text)
}

/// Reads the text of the file; the error says what is wrong with it, and the caller where it is.
pub(super) fn read(text: &[u8]) -> Result<Content> {
    let damaged = |error| Error::environment("it is not the JSON it should be").because(error);
    let value: Value = serde_json::from_slice(text).map_err(damaged)?;
    match value.get("version").and_then(Value::as_u64) {
        Some(version) if (1..=u64::from(VERSION)).contains(&version) => (),
        Some(version) => {
            return Err(Error::environment(format!(
                "it has version {version}, and this program knows those up to {VERSION}"
            ))
            .hint("use the `rustchain` that wrote it, or a newer one"));
        }
        None => return Err(Error::environment("it has no version")),
    }
    let document: Document = serde_json::from_value(value).map_err(damaged)?;
    let content = Content { files: document.files, written: document.written };
    let sum = checksum(&content)?;
    if document.checksum.is_some_and(|written| written != sum) {
        return Err(Error::environment("its checksum does not fit its content")
            .hint("if you have changed it by hand, remove the line with the checksum"));
    }
    Ok(content)
}

/// The checksum of the content, independent of the layout of the file.
fn checksum(content: &Content) -> Result<String> {
    Ok(id::hash(&json(content)?))
}

/// JSON with indents, keys in the order of the fields (alphabetical), and two decimals.
fn json(value: &impl Serialize) -> Result<Vec<u8>> {
    let mut text = Vec::new();
    let mut serializer = Serializer::with_formatter(&mut text, TwoDecimals::default());
    value
        .serialize(&mut serializer)
        .map_err(|error| Error::internal("cannot write the registry as JSON").because(error))?;
    Ok(text)
}

/// The pretty layout, with two decimals in every fraction.
#[derive(Default)]
struct TwoDecimals {
    pretty: PrettyFormatter<'static>,
}

impl Formatter for TwoDecimals {
    fn write_f64<W: io::Write + ?Sized>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        write!(writer, "{value:.2}")
    }

    fn begin_array<W: io::Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.pretty.begin_array(writer)
    }

    fn end_array<W: io::Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.pretty.end_array(writer)
    }

    fn begin_array_value<W: io::Write + ?Sized>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.pretty.begin_array_value(writer, first)
    }

    fn end_array_value<W: io::Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.pretty.end_array_value(writer)
    }

    fn begin_object<W: io::Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.pretty.begin_object(writer)
    }

    fn end_object<W: io::Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.pretty.end_object(writer)
    }

    fn begin_object_key<W: io::Write + ?Sized>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.pretty.begin_object_key(writer, first)
    }

    fn begin_object_value<W: io::Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.pretty.begin_object_value(writer)
    }

    fn end_object_value<W: io::Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.pretty.end_object_value(writer)
    }
}
