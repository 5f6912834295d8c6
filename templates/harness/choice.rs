//! One choice of an execution, and how it is written.

use std::fmt;

/// One choice that [`crate::Picks`] made.
#[derive(Clone, Debug, PartialEq)]
pub enum Choice {
    Text(String),
    Bytes(Vec<u8>),
    Int(i128),
    Size(u64),
    Char(char),
    /// The bits of a float, so that NaN equals itself.
    Float(u64),
    Flag(bool),
    Arm(u32),
    Count(u32),
}

/// An arm that no call offers: replaying it draws a new one.
pub const ANY_ARM: Choice = Choice::Arm(u32::MAX);

impl Choice {
    /// Returns whether both are made by the same call.
    pub fn same_kind(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }

    /// Returns whether this is a value and not structure.
    pub fn is_leaf(&self) -> bool {
        !matches!(self, Self::Arm(_) | Self::Count(_))
    }

    /// Reads the written form; `None` if it is malformed.
    pub fn parse(text: &str) -> Option<Self> {
        let kind = text.chars().next()?;
        let rest = text.get(1..)?;
        Some(match kind {
            'T' => Self::Text(String::from_utf8(unhex(rest)?).ok()?),
            'B' => Self::Bytes(unhex(rest)?),
            'I' => Self::Int(rest.parse().ok()?),
            'Z' => Self::Size(rest.parse().ok()?),
            'C' => Self::Char(char::from_u32(rest.parse().ok()?)?),
            'F' => Self::Float(u64::from_str_radix(rest, 16).ok()?),
            'G' => Self::Flag(rest == "1"),
            'A' => Self::Arm(rest.parse().ok()?),
            'N' => Self::Count(rest.parse().ok()?),
            _ => return None,
        })
    }
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "T{}", hex(text.as_bytes())),
            Self::Bytes(bytes) => write!(f, "B{}", hex(bytes)),
            Self::Int(int) => write!(f, "I{int}"),
            Self::Size(size) => write!(f, "Z{size}"),
            Self::Char(c) => write!(f, "C{}", u32::from(*c)),
            Self::Float(bits) => write!(f, "F{bits:x}"),
            Self::Flag(flag) => write!(f, "G{}", u8::from(*flag)),
            Self::Arm(arm) => write!(f, "A{arm}"),
            Self::Count(count) => write!(f, "N{count}"),
        }
    }
}

/// Returns bytes in hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// Reads bytes in hexadecimal; `None` if they are malformed.
pub fn unhex(text: &str) -> Option<Vec<u8>> {
    let pair = |pair: &[u8]| {
        let [high, low] = pair else { return None };
        let digit = |byte: &u8| char::from(*byte).to_digit(16);
        u8::try_from(digit(high)? << 4 | digit(low)?).ok()
    };
    text.as_bytes().chunks(2).map(pair).collect()
}
