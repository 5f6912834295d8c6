//! A reader for simple configuration files.
//!
//! A file has lines of the form `key = value`, grouped by lines of the form
//! `[section]`. Blank lines and lines that start with `#` or `;` are skipped.
//! A value may be in double quotes to keep blanks at its ends.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::io::{self, BufRead};
use std::str::FromStr;

/// The values of a configuration file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Config {
    values: BTreeMap<(String, String), String>,
}

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LineError {
    /// The line is neither a section nor a key with a value.
    MissingEquals,
    /// A section has no closing bracket.
    UnclosedSection,
    /// The name of a section or key is blank or has odd characters.
    InvalidName(String),
    /// A quoted value does not end.
    UnclosedQuote,
    /// There is text after a quoted value.
    TextAfterQuote,
    /// The key has a value already.
    DuplicateKey(String),
}

/// Why a configuration could not be read or used.
#[derive(Debug)]
pub enum ConfigError {
    /// The input could not be read.
    Io(io::Error),
    /// A line is malformed.
    Line {
        /// The number of the line, counted from one.
        number: usize,
        /// What is wrong with it.
        problem: LineError,
    },
    /// A value has the wrong form.
    Value {
        /// The section and key, with a point between them.
        key: String,
        /// What is wrong with the value.
        message: String,
    },
}

impl Config {
    /// Reads a configuration.
    ///
    /// # Errors
    ///
    /// Returns an error if reading fails or if a line is malformed.
    pub fn read(reader: impl BufRead) -> Result<Self, ConfigError> {
        let mut config = Self::default();
        let mut section = String::new();
        for (index, line) in reader.lines().enumerate() {
            let line = line?;
            config
                .add_line(&mut section, line.trim())
                .map_err(|problem| ConfigError::Line { number: index + 1, problem })?;
        }
        Ok(config)
    }

    fn add_line(&mut self, section: &mut String, line: &str) -> Result<(), LineError> {
        if line.is_empty() || line.starts_with(['#', ';']) {
            return Ok(());
        }
        if let Some(rest) = line.strip_prefix('[') {
            let name = rest.strip_suffix(']').ok_or(LineError::UnclosedSection)?;
            *section = parse_name(name)?;
            return Ok(());
        }
        let (key, value) = line.split_once('=').ok_or(LineError::MissingEquals)?;
        let key = parse_name(key)?;
        let value = parse_value(value.trim())?;
        let full_key = (section.clone(), key.clone());
        match self.values.insert(full_key, value) {
            Some(_) => Err(LineError::DuplicateKey(key)),
            None => Ok(()),
        }
    }

    /// The value of a key. Names are in lower case, and keys before the first
    /// section are in the section with the empty name.
    pub fn get(&self, section: &str, key: &str) -> Option<&str> {
        self.values.get(&(section.to_owned(), key.to_owned())).map(String::as_str)
    }

    /// Parses the value of a key, or returns `default` if there is none.
    ///
    /// # Errors
    ///
    /// Returns [`ConfigError::Value`] if the value does not parse.
    pub fn parse_or<T>(&self, section: &str, key: &str, default: T) -> Result<T, ConfigError>
    where
        T: FromStr,
        T::Err: fmt::Display,
    {
        let Some(text) = self.get(section, key) else {
            return Ok(default);
        };
        text.parse().map_err(|error: T::Err| ConfigError::Value {
            key: format!("{section}.{key}"),
            message: error.to_string(),
        })
    }
}

fn parse_name(text: &str) -> Result<String, LineError> {
    let name = text.trim();
    let is_name_char = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if name.is_empty() || !name.chars().all(is_name_char) {
        return Err(LineError::InvalidName(name.to_owned()));
    }
    Ok(name.to_ascii_lowercase())
}

fn parse_value(text: &str) -> Result<String, LineError> {
    let Some(quoted) = text.strip_prefix('"') else {
        // A comment may follow a plain value after a blank.
        let end = text.find(" #").unwrap_or(text.len());
        return Ok(text[..end].trim_end().to_owned());
    };
    let (value, rest) = quoted.split_once('"').ok_or(LineError::UnclosedQuote)?;
    let rest = rest.trim_start();
    if !rest.is_empty() && !rest.starts_with('#') {
        return Err(LineError::TextAfterQuote);
    }
    Ok(value.to_owned())
}

impl From<io::Error> for ConfigError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl fmt::Display for LineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingEquals => f.write_str("expected `key = value`"),
            Self::UnclosedSection => f.write_str("expected `]` at the end of the section"),
            Self::InvalidName(name) => write!(f, "{name:?} is not a valid name"),
            Self::UnclosedQuote => f.write_str("the quoted value does not end"),
            Self::TextAfterQuote => f.write_str("unexpected text after the quoted value"),
            Self::DuplicateKey(key) => write!(f, "the key {key:?} is given twice"),
        }
    }
}

impl Error for LineError {}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => write!(f, "cannot read the configuration: {error}"),
            Self::Line { number, problem } => write!(f, "line {number}: {problem}"),
            Self::Value { key, message } => write!(f, "invalid value for {key}: {message}"),
        }
    }
}

impl Error for ConfigError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_sections_and_comments() {
        let text = "# prices\ncurrency = EUR\n\n[zone-domestic]\nbase = 4.90\n";
        let config = Config::read(text.as_bytes()).unwrap();
        assert_eq!(config.get("", "currency"), Some("EUR"));
        assert_eq!(config.get("zone-domestic", "base"), Some("4.90"));
        assert_eq!(config.get("zone-domestic", "currency"), None);
    }
}
