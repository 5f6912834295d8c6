//! One choice of an execution, and how it is written in plans and results.

use std::fmt;
use std::str::FromStr;

use crate::error::Error;

/// One choice that the runtime made for a candidate: a value or a part of its structure.
#[derive(Debug, Clone, PartialEq)]
pub enum Choice {
    /// What `text()` returned.
    Text(String),
    /// What `bytes()` returned.
    Bytes(Vec<u8>),
    /// What `int()` returned.
    Int(i128),
    /// What `size()` returned.
    Size(u64),
    /// What `char()` returned.
    Char(char),
    /// What `float()` returned.
    Float(f64),
    /// What `flag()` returned.
    Flag(bool),
    /// What `arm()` returned.
    Arm(u32),
    /// What `count()` returned.
    Count(u32),
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hex = |f: &mut fmt::Formatter<'_>, bytes: &[u8]| {
            bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
        };
        match self {
            Self::Text(text) => {
                f.write_str("T")?;
                hex(f, text.as_bytes())
            }
            Self::Bytes(bytes) => {
                f.write_str("B")?;
                hex(f, bytes)
            }
            Self::Int(int) => write!(f, "I{int}"),
            Self::Size(size) => write!(f, "Z{size}"),
            Self::Char(c) => write!(f, "C{}", u32::from(*c)),
            Self::Float(float) => write!(f, "F{:x}", float.to_bits()),
            Self::Flag(flag) => write!(f, "G{}", u8::from(*flag)),
            Self::Arm(arm) => write!(f, "A{arm}"),
            Self::Count(count) => write!(f, "N{count}"),
        }
    }
}

impl FromStr for Choice {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        read(text).ok_or_else(|| Error::internal(format!("`{text}` is not a choice")))
    }
}

/// Reads the written form; `None` if it is malformed.
fn read(text: &str) -> Option<Choice> {
    let mut chars = text.chars();
    let kind = chars.next()?;
    let rest = chars.as_str();
    Some(match kind {
        'T' => Choice::Text(String::from_utf8(unhex(rest)?).ok()?),
        'B' => Choice::Bytes(unhex(rest)?),
        'I' => Choice::Int(rest.parse().ok()?),
        'Z' => Choice::Size(rest.parse().ok()?),
        'C' => Choice::Char(char::from_u32(rest.parse().ok()?)?),
        'F' => Choice::Float(f64::from_bits(u64::from_str_radix(rest, 16).ok()?)),
        'G' => Choice::Flag(rest == "1"),
        'A' => Choice::Arm(rest.parse().ok()?),
        'N' => Choice::Count(rest.parse().ok()?),
        _ => return None,
    })
}

/// Reads bytes in hexadecimal; `None` if they are malformed.
fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let pair = |pair: &[u8]| match pair {
        [high, low] => u8::try_from(digit(*high)? << 4 | digit(*low)?).ok(),
        _ => None,
    };
    text.as_bytes().chunks(2).map(pair).collect()
}
