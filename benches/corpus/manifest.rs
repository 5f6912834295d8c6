//! The pinned crates, and which of them are asked for.

use std::collections::BTreeMap;

use rustchain::error::{Error, Result};
use serde::Deserialize;

use crate::options::{Options, Set};

/// The crates, as they are committed.
const MANIFEST: &str = include_str!("manifest.toml");

/// A crate to measure on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pinned {
    /// The set it belongs to: `easy`, `hard` or `drawn`.
    pub set: &'static str,
    /// Its name.
    pub name: String,
    /// Its exact version.
    pub version: String,
    /// What it stands for.
    pub note: String,
    /// Whether it only builds with lints capped.
    pub cap_lints: bool,
}

/// The committed file: the sets, each a table of crates.
#[derive(Debug, Deserialize)]
struct Manifest {
    easy: BTreeMap<String, Entry>,
    hard: BTreeMap<String, Entry>,
    drawn: BTreeMap<String, Entry>,
}

/// What the committed file says about one crate.
#[derive(Debug, Deserialize)]
struct Entry {
    version: String,
    note: String,
    #[serde(default)]
    cap_lints: bool,
}

/// Returns the crates that `options` ask for, set by set and sorted by name.
///
/// A name that no set has is a usage error, and so is drawing more crates than there are.
pub fn chosen(options: &Options) -> Result<Vec<Pinned>> {
    let manifest: Manifest = toml::from_str(MANIFEST)
        .map_err(|error| Error::internal("the manifest of the corpus is wrong").because(error))?;
    let easy = pinned("easy", manifest.easy);
    let hard = pinned("hard", manifest.hard);
    let pool = pinned("drawn", manifest.drawn);
    if !options.only.is_empty() {
        return named([easy, hard, pool].concat(), &options.only);
    }
    let default = options.set.is_empty() && options.drawn.is_empty();
    let mut crates = Vec::new();
    if default || options.set.contains(&Set::Easy) {
        crates.extend(easy);
    }
    if options.set.contains(&Set::Hard) {
        crates.extend(hard);
    }
    if let [seed, count] = *options.drawn {
        crates.extend(draw(pool, seed, count)?);
    }
    Ok(crates)
}

/// One set as a list.
fn pinned(set: &'static str, table: BTreeMap<String, Entry>) -> Vec<Pinned> {
    let pin =
        |(name, Entry { version, note, cap_lints })| Pinned { set, name, version, note, cap_lints };
    table.into_iter().map(pin).collect()
}

/// The crates with these names.
fn named(crates: Vec<Pinned>, names: &[String]) -> Result<Vec<Pinned>> {
    for name in names {
        if !crates.iter().any(|pinned| pinned.name == *name) {
            let all: Vec<&str> = crates.iter().map(|pinned| &*pinned.name).collect();
            return Err(Error::usage(format!("the corpus has no crate `{name}`"))
                .hint(format!("it has {}", all.join(", "))));
        }
    }
    Ok(crates.into_iter().filter(|pinned| names.contains(&pinned.name)).collect())
}

/// Draws `count` of `pool`, each at most once; the same seed draws the same.
fn draw(mut pool: Vec<Pinned>, seed: u64, count: u64) -> Result<Vec<Pinned>> {
    let available = u64::try_from(pool.len()).unwrap_or(u64::MAX);
    if available < count {
        return Err(Error::usage(format!("cannot draw {count} of {available} crates")));
    }
    let mut random = Random(seed);
    let drawn = (0..count).map(|_| pool.swap_remove(random.below(pool.len())));
    let mut drawn: Vec<Pinned> = drawn.collect();
    drawn.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(drawn)
}

/// Random numbers that only depend on a seed (the generator `SplitMix64`).
struct Random(u64);

impl Random {
    /// Returns a number below `limit`, which is at least 1.
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^= bits >> 31;
        let limit = u64::try_from(limit).unwrap_or(u64::MAX);
        usize::try_from(bits % limit).unwrap_or_default()
    }
}
