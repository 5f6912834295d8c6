//! No crate of the corpus is named in the program: what it does, it does for every crate.
//!
//! A crate whose name is nothing but its name may not be named at all. One whose name is also a
//! word, or that this program depends on, may not be named as a crate: as a whole string, as a
//! dependency in a manifest, and, unless this program depends on it, at the start of a path.

#![expect(clippy::disallowed_methods, reason = "this test reads the sources as text")]

use std::fs;
use std::path::{Path, PathBuf};

/// The crates of the corpus whose names say something else too.
const WORDS: &[&str] = &[
    "cast",
    "console",
    "either",
    "errno",
    "half",
    "hex",
    "parking",
    "roman",
    "same_file",
    "similar",
];

/// What the committed list of crates is.
const MANIFEST: &str = include_str!("../../benches/corpus/manifest.toml");

#[test]
fn no_crate_of_the_corpus_is_named_in_the_program() {
    let own = own_dependencies();
    let texts = texts();
    let mut problems = Vec::new();
    for name in corpus() {
        let spellings = [name.clone(), name.replace('-', "_")];
        let spellings = spellings.get(..if name.contains('-') { 2 } else { 1 });
        for spelling in spellings.unwrap_or_default() {
            let own = own.contains(&name);
            for (path, text) in &texts {
                for (number, line) in text.lines().enumerate() {
                    if is_named(line, spelling, own) {
                        problems.push(format!("{path}:{}: names `{spelling}`", number + 1));
                    }
                }
            }
        }
    }
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}

#[test]
fn a_crate_is_found_by_its_name_and_a_word_only_as_a_crate() {
    for line in ["let semver = 1;", "// as Semver does", "\"semver\"", "semver::Version"] {
        assert!(is_named(line, "semver", false), "{line}");
    }
    for line in
        ["\"hex\"", "hex::encode(x)", "use hex::encode;", "hex = \"0.4\"", "hex = { version"]
    {
        assert!(is_named(line, "hex", false), "{line}");
    }
    for line in
        ["let hex = 1;", "Hex::X", "hex(text)", "crate::hex::x()", "\"as hex\"", "semverish"]
    {
        let name = if line.contains("semver") { "semver" } else { "hex" };
        assert!(!is_named(line, name, false), "{line}");
    }
    assert!(is_named("f(\"tempfile\")", "tempfile", true));
    assert!(!is_named("use tempfile::TempDir;", "tempfile", true));
}

/// Whether `line` names the crate `name`; `own` if this program depends on that.
fn is_named(line: &str, name: &str, own: bool) -> bool {
    let wordy = own || WORDS.contains(&name);
    // A word may be written with capitals where it is no crate, as a type is.
    let fold = |text: &str| if wordy { text.to_owned() } else { text.to_lowercase() };
    whole_words(&fold(line), &fold(name)).any(|(before, after)| {
        let string = before.ends_with('"') && after.starts_with(['"', '@', '=']);
        let path =
            !own && after.starts_with("::") && !after.starts_with("::<") && !before.ends_with("::");
        let dependency = before.is_empty()
            && [" = \"", " = {", ".workspace"].iter().any(|next| after.starts_with(next));
        !wordy || string || path || dependency
    })
}

/// Every place where `word` stands alone, as what is before and what is after it.
fn whole_words<'l>(line: &'l str, word: &'l str) -> impl Iterator<Item = (&'l str, &'l str)> {
    let part = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    line.match_indices(word)
        .filter_map(|(at, _)| Some((line.get(..at)?, line.get(at + word.len()..)?)))
        .filter(move |(before, after)| !before.ends_with(part) && !after.starts_with(part))
}

/// The names of all crates of the corpus.
fn corpus() -> Vec<String> {
    let names = MANIFEST.lines().filter_map(|line| line.split_once(" = {"));
    let names: Vec<String> = names.map(|(name, _)| name.to_owned()).collect();
    assert!(30 <= names.len(), "the manifest is read wrongly");
    names
}

/// The names of what this program depends on.
fn own_dependencies() -> Vec<String> {
    let manifest = include_str!("../../Cargo.toml");
    let names = manifest.lines().filter_map(|line| line.split_once(" = "));
    names.map(|(name, _)| name.to_owned()).collect()
}

/// Every file below `src` and `templates`, with its path.
fn texts() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut pending: Vec<PathBuf> = vec![root.join("src"), root.join("templates")];
    let mut texts = Vec::new();
    while let Some(folder) = pending.pop() {
        for entry in fs::read_dir(&folder).expect("folder is readable") {
            let path = entry.expect("entry is readable").path();
            if path.is_dir() {
                pending.push(path);
            } else {
                let text = fs::read_to_string(&path).expect("file is UTF-8");
                texts.push((path.to_string_lossy().into_owned(), text));
            }
        }
    }
    texts.sort();
    texts
}
