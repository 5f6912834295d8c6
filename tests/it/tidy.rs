//! Checks on the repository as text: layers, sizes, headers, forgotten files.
//!
//! A rule that can be checked is checked here, so that the style guide holds
//! by `cargo test` and not by review.

#![expect(clippy::disallowed_methods, reason = "this test reads the sources as text")]

use std::fs;
use std::path::{Path, PathBuf};

/// Most lines a file may have, and most of those before its test module.
const LINES_MAX: usize = 500;

/// Longest line of source or prose, in characters.
const COLUMNS_MAX: usize = 100;

/// Every module of `src`, lowest layer first (`lane`, the work copy, stands beside `http`: it
/// copies files and knows nothing of cargo). A module may use itself and
/// modules of lower layers; two modules of one layer do not know each other.
const LAYERS: &[&[&str]] = &[
    &["error", "text"],
    &["sys"],
    &["coverage", "source"],
    &["mission"],
    &["policy"],
    &["sandbox"],
    &["http", "lane"],
    &["cargo", "git", "llm"],
    &["journal", "measure", "registry"],
    &["mutant"],
    &["explore"],
    &["audit"],
    &["gate"],
    &["author"],
    &["engine"],
    &["report", "step"],
    &["campaign"],
    &["fleet", "server"],
    &["cli"],
];

/// Modules that only compute: no `sys`, so no files, processes or clock.
const PURE: &[&str] = &["error", "text", "coverage", "mission", "source", "policy", "report"];

/// External crates with a home: they are used there and nowhere else.
const OWNED: &[(&str, &[&str])] = &[
    ("clap", &["cli"]),
    ("reqwest", &["http", "llm"]),
    ("serde_saphyr", &["mission"]),
    ("syn", &["source", "explore", "mutant", "author"]),
];

#[test]
fn modules_use_only_lower_layers() {
    let mut problems = Vec::new();
    for file in sources() {
        let Some(owner) = file.module() else { continue };
        for (line, used) in file.uses("crate::") {
            let allowed = used == owner
                || (rank(&used) < rank(&owner) && !(used == "sys" && PURE.contains(&&*owner)));
            if !allowed {
                problems.push(format!("{}:{line}: `{owner}` may not use `{used}`", file.path));
            }
        }
    }
    report(&problems);
}

#[test]
fn external_crates_stay_in_their_module() {
    let mut problems = Vec::new();
    for file in sources() {
        let owner = file.module().unwrap_or_default();
        for (name, homes) in OWNED.iter().filter(|(_, homes)| !homes.contains(&&*owner)) {
            for (number, line) in file.code().lines().enumerate() {
                if names(line, name) {
                    problems.push(format!(
                        "{}:{}: `{name}` belongs to {homes:?}",
                        file.path,
                        number + 1
                    ));
                }
            }
        }
    }
    report(&problems);
}

#[test]
fn every_module_has_a_layer() {
    let known = LAYERS.concat();
    let mut problems: Vec<String> = sources()
        .iter()
        .filter_map(Source::module)
        .filter(|module| !known.contains(&&**module))
        .map(|module| format!("`{module}` is in no layer"))
        .collect();
    problems.dedup();
    report(&problems);
}

#[test]
fn files_are_short_and_say_what_they_are_for() {
    let mut problems = Vec::new();
    for file in sources() {
        if !file.text.starts_with("//! ") {
            problems.push(format!("{}:1: no `//!` header", file.path));
        }
        let lines = file.text.lines().count();
        if LINES_MAX < lines {
            problems.push(format!("{}: {lines} lines, at most {LINES_MAX}", file.path));
        }
        for (number, line) in file.text.lines().enumerate() {
            let too_long = COLUMNS_MAX < line.chars().count() && !line.contains("://");
            if too_long || line.trim_end() != line {
                problems.push(format!("{}:{}: long line or trailing space", file.path, number + 1));
            }
            if line.contains(concat!("FIX", "ME")) || line.contains(concat!("XX", "X")) {
                problems.push(format!("{}:{}: leftover marker", file.path, number + 1));
            }
        }
    }
    report(&problems);
}

#[test]
fn no_source_file_is_forgotten() {
    let files = sources();
    let declared: Vec<(String, String)> = files
        .iter()
        .flat_map(|file| file.declared().into_iter().map(|name| (file.dir(), name)))
        .collect();
    let orphan = |file: &&Source| {
        let entry = ["src/lib.rs", "src/main.rs", "tests/it/main.rs"].contains(&&*file.path);
        !entry && !declared.contains(&file.expected_declaration())
    };
    let problems: Vec<String> = files
        .iter()
        .filter(orphan)
        .map(|file| format!("{}: not in the module tree", file.path))
        .collect();
    report(&problems);
}

/// A Rust file of the repository.
struct Source {
    /// Path from the repository root, with forward slashes.
    path: String,
    text: String,
}

impl Source {
    /// The top-level module of `src` this file belongs to.
    fn module(&self) -> Option<String> {
        let rest = self.path.strip_prefix("src/")?;
        let name = rest.split('/').next()?.trim_end_matches(".rs");
        (!["lib", "main"].contains(&name)).then(|| name.to_owned())
    }

    /// The text without comments, strings and the trailing test module.
    ///
    /// Strips line by line, so that one `'"'` cannot hide the rest of a file.
    fn code(&self) -> String {
        let code = self.text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
        let strip = |line: &str| {
            let code = line.split("//").next().unwrap_or_default();
            code.split('"').step_by(2).collect::<Vec<_>>().join("\"\"")
        };
        code.lines().map(strip).collect::<Vec<_>>().join("\n")
    }

    /// Names that follow `prefix`, with their line; brace groups count each name.
    fn uses(&self, prefix: &str) -> Vec<(usize, String)> {
        let code = self.code();
        let mut found = Vec::new();
        let mut line = 1;
        for (index, piece) in code.split(prefix).enumerate() {
            if 0 < index {
                match piece.strip_prefix('{') {
                    None => found.push((line, identifier(piece))),
                    Some(group) => found.extend(heads(group).into_iter().map(|name| (line, name))),
                }
            }
            line += piece.matches('\n').count();
        }
        found
    }

    /// Modules this file declares.
    fn declared(&self) -> Vec<String> {
        let name = |line: &str| {
            let line = line.trim().trim_start_matches("pub ");
            Some(line.strip_prefix("mod ")?.strip_suffix(';')?.to_owned())
        };
        self.text.lines().filter_map(name).collect()
    }

    /// The directory in which the modules declared here live.
    fn dir(&self) -> String {
        let (dir, file) = self.path.rsplit_once('/').unwrap_or_default();
        match file {
            "mod.rs" | "lib.rs" | "main.rs" => dir.to_owned(),
            _ => format!("{dir}/{}", file.trim_end_matches(".rs")),
        }
    }

    /// Where this file must be declared, and as what.
    fn expected_declaration(&self) -> (String, String) {
        let stem = self.path.trim_end_matches("/mod.rs").trim_end_matches(".rs");
        let (dir, name) = stem.rsplit_once('/').unwrap_or_default();
        (dir.to_owned(), name.to_owned())
    }
}

/// Whether `line` has a path that begins with the crate `name`.
fn names(line: &str, name: &str) -> bool {
    line.match_indices(&format!("{name}::")).any(|(at, _)| {
        let before = line.get(..at).and_then(|head| head.chars().next_back());
        !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':')
    })
}

#[test]
fn a_crate_is_seen_wherever_its_path_begins() {
    for line in ["use syn::File;", "fn f(x: &syn::File)", "(syn::parse_file)", "<syn::Item>"] {
        assert!(names(line, "syn"), "{line}");
    }
    for line in ["use crate::syn::x;", "let my_syn::x", "resyn::x"] {
        assert!(!names(line, "syn"), "{line}");
    }
}

/// The identifier at the start of `text`.
fn identifier(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

/// First names of the paths in a brace group, given what follows its `{`.
fn heads(group: &str) -> Vec<String> {
    let mut depth = 0_usize;
    let mut paths = vec![String::new()];
    for c in group.chars() {
        match c {
            '}' if depth == 0 => break,
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => paths.push(String::new()),
            _ if depth == 0 => paths.last_mut().expect("never empty").push(c),
            _ => (),
        }
    }
    let names = paths.iter().map(|path| identifier(path.trim()));
    names.filter(|name| !name.is_empty()).collect()
}

fn rank(module: &str) -> usize {
    LAYERS.iter().position(|layer| layer.contains(&module)).unwrap_or(usize::MAX)
}

/// Every Rust file below `src` and `tests/it`.
fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut pending: Vec<PathBuf> = vec![root.join("src"), root.join("tests/it")];
    let mut files = Vec::new();
    while let Some(dir) = pending.pop() {
        for entry in fs::read_dir(&dir).expect("directory is readable") {
            let path = entry.expect("entry is readable").path();
            if path.is_dir() {
                pending.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).expect("source is UTF-8");
                let path = path
                    .strip_prefix(root)
                    .expect("below the root")
                    .to_string_lossy()
                    .replace('\\', "/");
                files.push(Source { path, text });
            }
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

#[track_caller]
fn report(problems: &[String]) {
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}
