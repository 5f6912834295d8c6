//! The configuration: the only reader of the environment and of `rustchain.toml`.
#![expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]

use std::collections::BTreeMap;
use std::io::IsTerminal as _;

use camino::{Utf8Path, Utf8PathBuf};
use serde::Deserialize;

use super::args::{Effort, Placement, RUNS_MAX, Sandbox};
use crate::error::{Error, Result};
use crate::mutant::Waiver;
use crate::policy::Gates;
use crate::sys::fs;
use crate::text;

/// The name of a project's configuration file.
pub const FILE_NAME: &str = "rustchain.toml";

/// What the surroundings of the program say.
#[derive(Debug, Clone)]
pub struct Environment {
    /// The current folder.
    pub cwd: Utf8PathBuf,
    /// The folder for work copies: `$XDG_CACHE_HOME/rustchain` or `~/.cache/rustchain`.
    pub cache: Utf8PathBuf,
    /// Cargo's home: `$CARGO_HOME` or `~/.cargo`.
    pub cargo_home: Utf8PathBuf,
    /// This program.
    pub program: Utf8PathBuf,
    /// The user's own `$RUSTC_WORKSPACE_WRAPPER`.
    pub workspace_wrapper: Option<Utf8PathBuf>,
    /// Where `OLLAMA_HOST` says that a model answers.
    pub ollama_host: Option<String>,
    /// Every variable that is UTF-8, for references in missions.
    pub variables: BTreeMap<String, String>,
    /// The command line as a person would type it.
    pub command_line: String,
    /// Whether a person sees stderr as it is written.
    pub stderr_is_terminal: bool,
    /// Whether `NO_COLOR` or a dumb terminal asks for plain text.
    pub no_colour: bool,
}

impl Environment {
    /// Reads the environment; this happens once.
    ///
    /// Fails with [`crate::error::Kind::Environment`] without a usable current folder.
    pub fn read() -> Result<Self> {
        let cwd = std::env::current_dir()
            .map_err(|error| Error::environment("cannot find the current folder").because(error))?;
        let cwd = Utf8PathBuf::from_path_buf(cwd).map_err(|path| {
            Error::environment(format!("the current folder `{}` is not UTF-8", path.display()))
        })?;
        let no_colour =
            variable("NO_COLOR").is_some() || variable("TERM").as_deref() == Some("dumb");
        Ok(Self {
            cache: cache(),
            cargo_home: cargo_home(&cwd),
            program: program()?,
            workspace_wrapper: variable("RUSTC_WORKSPACE_WRAPPER").map(Utf8PathBuf::from),
            variables: variables(),
            command_line: command_line(),
            ollama_host: variable("OLLAMA_HOST"),
            stderr_is_terminal: std::io::stderr().is_terminal(),
            no_colour,
            cwd,
        })
    }
}

/// The folder for work copies.
fn cache() -> Utf8PathBuf {
    let absolute = |name| variable(name).map(Utf8PathBuf::from).filter(|path| path.is_absolute());
    let user = absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache")));
    let temporary = || Utf8PathBuf::from_path_buf(std::env::temp_dir()).ok();
    user.or_else(temporary).unwrap_or_else(|| "/tmp".into()).join("rustchain")
}

/// Cargo's home.
fn cargo_home(cwd: &Utf8Path) -> Utf8PathBuf {
    let given = variable("CARGO_HOME").map(|home| cwd.join(home));
    let usual = || variable("HOME").map(|home| Utf8Path::new(&home).join(".cargo"));
    given.or_else(usual).unwrap_or_else(|| cwd.join(".cargo"))
}

/// This program.
fn program() -> Result<Utf8PathBuf> {
    let unknown = || Error::environment("cannot find the program's own file");
    let path = std::env::current_exe().map_err(|error| unknown().because(error))?;
    Utf8PathBuf::from_path_buf(path).map_err(|_| unknown().hint("its path has to be UTF-8"))
}

/// Every variable that is UTF-8.
fn variables() -> BTreeMap<String, String> {
    let pairs = std::env::vars_os();
    pairs
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

/// The program's name and its arguments, quoted for a shell where needed.
fn command_line() -> String {
    let arguments = std::env::args_os().skip(1);
    let arguments = arguments.map(|argument| quoted(&argument.to_string_lossy()));
    std::iter::once("rustchain".to_owned()).chain(arguments).collect::<Vec<_>>().join(" ")
}

/// `word` as a shell reads it back.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,@%+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// A variable that is set, not empty, and UTF-8.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The settings of a project, with their defaults; see `templates/rustchain.toml`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Least share of covered lines, in percent, that a file should have.
    pub target: f64,
    /// Globs of files that get no mission, relative to the project.
    pub exclude: Vec<String>,
    /// The folder for work copies, relative to the project.
    pub cache: Option<Utf8PathBuf>,
    /// Features of the crate to turn on.
    pub features: Vec<String>,
    /// Whether all features are on.
    pub all_features: bool,
    /// Whether the default features are off.
    pub no_default_features: bool,
    /// What all chance depends on.
    pub seed: u64,
    /// How hard the explorer tries.
    pub effort: Effort,
    /// How often a test has to pass before it is kept.
    pub runs: u32,
    /// Where tests go if a file has no test module.
    pub placement: Placement,
    /// The box for code under test.
    pub sandbox: Sandbox,
    /// Which gates hold.
    pub gates: Gates,
    /// The command that has the last word on the tests of a mission, with its arguments.
    pub validator: Vec<String>,
    /// How long it may take, in seconds.
    pub validator_seconds: u64,
    /// Mutants that cannot be noticed.
    pub waivers: Vec<Waiver>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            target: 85.0,
            exclude: Vec::new(),
            cache: None,
            features: Vec::new(),
            all_features: false,
            no_default_features: false,
            seed: 1,
            effort: Effort::Normal,
            runs: 10,
            placement: Placement::Inline,
            sandbox: Sandbox::Auto,
            gates: Gates::default(),
            validator: Vec::new(),
            validator_seconds: 60,
            waivers: Vec::new(),
        }
    }
}

/// The keys of the configuration, to suggest the one that was meant.
const KEYS: &[&str] = &[
    "target",
    "exclude",
    "cache",
    "features",
    "all_features",
    "no_default_features",
    "seed",
    "effort",
    "runs",
    "placement",
    "sandbox",
    "gates",
    "validator",
    "validator_seconds",
    "waivers",
];

/// Reads the settings of the project at `root`; without a file they are the defaults.
///
/// Fails with [`crate::error::Kind::Usage`] at an unknown key or a value of the wrong type.
pub fn read(root: &Utf8Path) -> Result<Settings> {
    let path = root.join(FILE_NAME);
    if !fs::exists(&path) {
        return Ok(Settings::default());
    }
    parse(&fs::read_to_string(&path)?)
        .map_err(|error| error.context(format!("cannot use `{path}`")))
}

/// Reads settings from the text of a configuration file.
fn parse(text: &str) -> Result<Settings> {
    let broken = |error: toml::de::Error| {
        let at = error.span().map_or(0, |span| span.start);
        let line = 1 + text.bytes().take(at).filter(|byte| *byte == b'\n').count();
        Error::usage(format!("line {line}: {}", error.message()))
    };
    let table: toml::Table = text.parse().map_err(broken)?;
    if let Some(key) = table.keys().find(|key| !KEYS.contains(&key.as_str())) {
        let error = Error::usage(format!("unknown key `{key}`"));
        return Err(match text::nearest(key, KEYS.iter().copied()) {
            Some(near) => error.hint(format!("did you mean `{near}`?")),
            None => error.hint(format!("the keys are {}", KEYS.join(", "))),
        });
    }
    let settings: Settings = toml::from_str(text).map_err(broken)?;
    if !(0.0..=100.0).contains(&settings.target) {
        return Err(Error::usage(format!("`target` is {}", settings.target))
            .hint("it is a percentage between 0 and 100"));
    }
    if !(1..=RUNS_MAX).contains(&i64::from(settings.runs)) {
        return Err(Error::usage(format!("`runs` is {}", settings.runs))
            .hint(format!("it is a number from 1 to {RUNS_MAX}")));
    }
    for waiver in &settings.waivers {
        if let Some(problem) = waiver.problem() {
            return Err(Error::usage(format!("the waiver for `{}`: {problem}", waiver.function))
                .hint("`mutate --json` shows function, operator and hash of every mutant"));
        }
    }
    Ok(settings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_quoted_only_where_a_shell_would_take_it_apart() {
        assert_eq!(quoted("--max-tests=3"), "--max-tests=3");
        assert_eq!(quoted("a b"), "'a b'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted(""), "''");
    }

    #[test]
    fn an_unknown_key_is_refused_with_the_one_that_was_meant() {
        let error = parse("targt = 90").expect_err("unknown key");
        assert_eq!(error.message(), "unknown key `targt`");
        assert_eq!(error.hints(), ["did you mean `target`?"]);
    }

    #[test]
    fn a_value_of_the_wrong_type_names_its_line() {
        let error = parse("target = 90\nexclude = 3\n").expect_err("wrong type");
        assert!(error.message().starts_with("line 2: "), "{}", error.message());
    }

    #[test]
    fn a_word_that_is_none_of_the_choices_is_refused_with_its_line() {
        let error = parse("seed = 7\neffort = \"lots\"\n").expect_err("no such effort");
        assert!(error.message().starts_with("line 2: "), "{}", error.message());
        let error = parse("runs = 0").expect_err("a test that is never run");
        assert_eq!(error.message(), "`runs` is 0");
    }

    #[test]
    fn every_default_is_what_the_shipped_file_says_in_its_comments() {
        let shipped = include_str!("../../templates/rustchain.toml");
        assert_eq!(parse(shipped).expect("it parses"), Settings::default());
        let enabled: Vec<&str> = shipped
            .lines()
            .map(|line| line.strip_prefix("# ").filter(|rest| rest.contains(" = ")).unwrap_or(line))
            .collect();
        let all = parse(&enabled.join("\n")).expect("the commented values parse");
        assert_eq!(Settings { exclude: Vec::new(), cache: None, ..all }, Settings::default());
        for key in KEYS {
            assert!(shipped.contains(&format!("\n# {key} = ")), "`{key}` is not explained");
        }
    }
}
