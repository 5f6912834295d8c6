//! Waivers: mutants that cannot be noticed, by the word of a person, for a time.

use serde::{Deserialize, Serialize};

use super::files::FileMutants;
use super::model::{Mutant, Operator};

/// How many digits of a function's hash a waiver needs at least.
const DIGITS_MIN: usize = 8;

/// How many digits of a function's hash are shown.
pub const DIGITS: usize = 12;

/// A waiver in `rustchain.toml`.
///
/// It holds for a function whose text is the same, wherever it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Waiver {
    /// The function, as `mutate` names it.
    pub function: String,
    /// The operator.
    pub operator: Operator,
    /// What is put in place, if the waiver is for one mutant of several.
    #[serde(default)]
    pub replacement: Option<String>,
    /// The first digits of the hash of the function's text.
    pub hash: String,
    /// Who says so.
    pub author: String,
    /// Why the mutant cannot be noticed.
    pub reason: String,
    /// The last day on which it holds, as `2026-12-31`.
    pub expires: String,
}

impl Waiver {
    /// Returns what is wrong with it, if something is.
    pub fn problem(&self) -> Option<String> {
        let hex = self.hash.len() >= DIGITS_MIN && self.hash.chars().all(|c| c.is_ascii_hexdigit());
        if !hex {
            return Some(format!("`hash` has fewer than {DIGITS_MIN} hexadecimal digits"));
        }
        for (name, text) in [("author", &self.author), ("reason", &self.reason)] {
            if text.trim().is_empty() {
                return Some(format!("`{name}` is empty"));
            }
        }
        (!is_date(&self.expires)).then(|| format!("`expires` is `{}`, not a date", self.expires))
    }

    /// Returns whether it is about a function and operator, whatever the function's text is now.
    fn is_about(&self, mutant: &Mutant) -> bool {
        let replacement = self.replacement.as_ref();
        self.function == mutant.function
            && self.operator == mutant.operator
            && replacement.is_none_or(|one| *one == mutant.replacement)
    }
}

/// Whether a text is of the form `2026-12-31`.
fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let digits = |part: &str, length: usize| {
        part.len() == length && part.chars().all(|c| c.is_ascii_digit())
    };
    matches!(parts.as_slice(), [y, m, d] if digits(y, 4) && digits(m, 2) && digits(d, 2))
}

/// What waivers come to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Waived {
    /// The waived mutants by number, each with the reason.
    pub mutants: std::collections::BTreeMap<u32, String>,
    /// Waivers that do not hold, in words.
    pub notes: Vec<String>,
}

/// Finds the mutants for which a waiver holds on the day `today`, such as `2026-11-21`.
pub fn waived(files: &[FileMutants], waivers: &[Waiver], today: &str) -> Waived {
    let mut waived = Waived::default();
    let all = || (0..).zip(files.iter().flat_map(|file| &file.mutants));
    for waiver in waivers {
        let about: Vec<(u32, &Mutant)> = all().filter(|(_, one)| waiver.is_about(one)).collect();
        let name = format!("the waiver for `{}` ({})", waiver.function, waiver.operator.name());
        let held: Vec<_> = about
            .iter()
            .filter(|(_, one)| one.function_hash.starts_with(&waiver.hash.to_lowercase()))
            .collect();
        if about.is_empty() {
            continue;
        }
        if held.is_empty() {
            waived.notes.push(format!("{name} is void: the function has changed"));
        } else if waiver.expires.as_str() < today {
            waived.notes.push(format!("{name} has expired on {}", waiver.expires));
        } else {
            let reason = format!("{} ({}, until {})", waiver.reason, waiver.author, waiver.expires);
            waived.mutants.extend(held.iter().map(|(number, _)| (*number, reason.clone())));
        }
    }
    waived
}
