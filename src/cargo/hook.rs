//! This program in the place of a tool that cargo starts: compiler, rustdoc, or runner of tests.
//!
//! Cargo is pointed at links to this program whose names say which tool they stand for; what each
//! should do is written in a file beside the links, so that nothing depends on the environment.
//!
//! The folder of the links is named after a hash of that file. Cargo does not look into a workspace
//! wrapper, or at its variables, but its *path* is part of the identity of what is compiled
//! through it (`-C metadata`, so the file names too), for members of the workspace alone. So two
//! plans never take each other's results for fresh, both stay in one target folder, and what is
//! not a member is compiled once for all of them. Measured on cargo 1.95: with a second wrapper
//! path the members are compiled beside the first ones, and going back to the first finds
//! everything fresh.

use std::ffi::OsString;
use std::io::Write as _;
use std::process::ExitCode;

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use super::message::Started;
use crate::error::{Error, Result};
use crate::lane::Lane;
use crate::sys::process::surroundings;
use crate::sys::{Process, fs, id};

/// The folder of all plans, in the lane.
pub(super) const FOLDER: &str = "hook";

/// The link that stands for the compiler.
const RUSTC: &str = "rustchain-rustc";

/// The link that stands for rustdoc.
const RUSTDOC: &str = "rustchain-rustdoc";

/// The link that stands for what starts a test binary.
const RUNNER: &str = "rustchain-runner";

/// The file beside the links.
const PLAN: &str = "plan.json";

/// The folder beside the links in which each compiled crate leaves what was set for `#[cfg(..)]`:
/// features as cargo unified them, what build scripts set, and the user's compiler flags.
const CFGS: &str = "cfgs";

/// What coverage needs. Counters are placed so that a profile can be mapped into memory (`%c`): a
/// test that aborts or is killed leaves it whole then.
const COVERAGE: &[&str] = &["-Cinstrument-coverage", "-Cllvm-args=-runtime-counter-relocation"];

/// How the members of a workspace are compiled.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Plan {
    /// Whether they are instrumented.
    pub coverage: bool,
    /// Further arguments for single crates.
    pub extra: Vec<Extra>,
}

/// Further compiler arguments for one crate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extra {
    /// The file of its crate root, in the lane.
    pub source: Utf8PathBuf,
    /// Whether they are for the crate compiled as a test, and not for the ordinary one.
    pub test: bool,
    /// The arguments.
    pub args: Vec<String>,
}

/// What the file beside the links says.
#[derive(Debug, Serialize, Deserialize)]
struct Orders {
    plan: Plan,
    /// The user's own workspace wrapper.
    chained: Option<Utf8PathBuf>,
    rustdoc: Utf8PathBuf,
    version: String,
}

/// A folder of links to this program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Links {
    folder: Utf8PathBuf,
}

impl Links {
    /// Writes the plan and the links to `program` into the lane.
    pub(super) fn write(
        lane: &Lane,
        plan: &Plan,
        program: &Utf8Path,
        chained: Option<&Utf8Path>,
        rustdoc: &Utf8Path,
    ) -> Result<Self> {
        let orders = Orders {
            plan: plan.clone(),
            chained: chained.map(Utf8Path::to_owned),
            rustdoc: rustdoc.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        };
        let text = serde_json::to_vec(&orders)
            .map_err(|error| Error::internal("cannot write the compiler's plan").because(error))?;
        let name: String = id::hash(&text).chars().take(16).collect();
        let links = Self { folder: lane.folder().join(FOLDER).join(name) };
        let file = links.folder.join(PLAN);
        if !fs::exists(&file) {
            fs::write_copy(&file, &text, false)?;
        }
        for link in [RUSTC, RUSTDOC, RUNNER] {
            let link = links.folder.join(link);
            if !fs::read_link(&link).is_ok_and(|target| target == program) {
                fs::symlink(program, &link)?;
            }
        }
        Ok(links)
    }

    /// Returns the stand-in for the compiler.
    pub(super) fn rustc(&self) -> Utf8PathBuf {
        self.folder.join(RUSTC)
    }

    /// Returns the folder into which the stand-in for the compiler writes.
    pub(super) fn cfgs_folder(&self) -> Utf8PathBuf {
        self.folder.join(CFGS)
    }

    /// Returns what was set for `#[cfg(..)]` when a program was compiled through these links, in
    /// the format of `--print cfg`; `None` if that is not known.
    pub(super) fn cfgs(&self, program: &Utf8Path) -> Option<String> {
        fs::read_to_string(&self.folder.join(CFGS).join(program.file_name()?)).ok()
    }

    /// Returns the stand-in for rustdoc.
    pub(super) fn rustdoc(&self) -> Utf8PathBuf {
        self.folder.join(RUSTDOC)
    }

    /// Returns the stand-in for the runner, which prints a [`Started`] and starts nothing.
    pub(super) fn runner(&self) -> Utf8PathBuf {
        self.folder.join(RUNNER)
    }
}

/// Does the work of the tool whose name this program was started by; `None` if that is its own.
///
/// To be called first of all, with the program's name as first argument: cargo starts it once for
/// every crate. It returns an exit code only if the tool could not be started.
pub fn enter(args: impl IntoIterator<Item = OsString>) -> Option<ExitCode> {
    let mut args = args.into_iter();
    let link = Utf8PathBuf::from(args.next()?.into_string().ok()?);
    let args = args.collect();
    let done = match link.file_name()? {
        RUSTC => compile(&link, args),
        RUSTDOC => document(&link, args),
        RUNNER => tell(&args),
        _ => return None,
    };
    Some(match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let words = error.chain().join(": ");
            // Without standard error there is nobody to tell.
            drop(writeln!(std::io::stderr(), "error: rustchain: {words}"));
            ExitCode::FAILURE
        }
    })
}

/// Reads the file beside the link.
fn orders(link: &Utf8Path) -> Result<Orders> {
    let file = link.with_file_name(PLAN);
    serde_json::from_slice(&fs::read(&file)?)
        .map_err(|error| Error::environment(format!("cannot read `{file}`")).because(error))
}

/// Becomes the compiler, with the plan's arguments for this crate appended.
fn compile(link: &Utf8Path, args: Vec<OsString>) -> Result<()> {
    let orders = orders(link)?;
    let mut args = args.into_iter();
    let rustc = args.next().ok_or_else(|| Error::usage("no compiler to start"))?;
    let args: Vec<OsString> = args.collect();
    let process = match &orders.chained {
        Some(wrapper) => Process::new(wrapper).arg(&rustc),
        None => Process::new(&rustc),
    };
    let (cwd, _) = surroundings()?;
    let further = further(&orders.plan, &args, &cwd);
    if let Some((name, cfgs)) = conditions(&args) {
        // A crate that is fresh later is not compiled again: what it was compiled with stays.
        fs::write_copy(&link.with_file_name(CFGS).join(name), cfgs.as_bytes(), false)?;
    }
    Err(process.args(&args).args(further).exec())
}

/// What is set for `#[cfg(..)]` by the arguments, a line each, and the name of the crate's files.
fn conditions(args: &[OsString]) -> Option<(String, String)> {
    let args: Vec<&str> = args.iter().filter_map(|arg| arg.to_str()).collect();
    let name = args.iter().position(|arg| *arg == "--crate-name")?;
    let suffix = args.iter().find_map(|arg| arg.strip_prefix("extra-filename="))?;
    let apart = args.windows(2).filter(|pair| pair[0] == "--cfg").map(|pair| pair[1]);
    let joined = args.iter().filter_map(|arg| arg.strip_prefix("--cfg="));
    let cfgs: Vec<&str> = apart.chain(joined).collect();
    Some((format!("{}{suffix}", args.get(name + 1)?), cfgs.join("\n")))
}

/// What a plan adds to the arguments of one crate; nothing to build scripts, procedural macros and
/// cargo's questions to the compiler.
fn further(plan: &Plan, args: &[OsString], cwd: &Utf8Path) -> Vec<String> {
    let args: Vec<&str> = args.iter().filter_map(|arg| arg.to_str()).collect();
    let after = |name: &str| {
        let at = args.iter().position(|arg| *arg == name)?;
        args.get(at + 1).copied()
    };
    let Some(name) = after("--crate-name") else { return Vec::new() };
    let is_macro = after("--crate-type") == Some("proc-macro");
    if name == "___" || name.starts_with("build_script_") || is_macro {
        return Vec::new();
    }
    let mut further = Vec::new();
    if plan.coverage {
        further.extend(COVERAGE.iter().map(|flag| (*flag).to_owned()));
    }
    let test = args.contains(&"--test");
    let is_root =
        |extra: &&Extra| extra.test == test && args.iter().any(|arg| cwd.join(arg) == extra.source);
    for extra in plan.extra.iter().filter(is_root) {
        further.extend(extra.args.iter().cloned());
    }
    further
}

/// Becomes rustdoc; for JSON output, which stable rustdoc has but does not show, it takes itself
/// for a nightly one. The variable must be seen by nobody else: build scripts watch it.
fn document(link: &Utf8Path, args: Vec<OsString>) -> Result<()> {
    let json = args.iter().any(|arg| arg == "--output-format");
    let process = Process::new(&orders(link)?.rustdoc).args(args);
    Err(if json { process.env("RUSTC_BOOTSTRAP", "1") } else { process }.exec())
}

/// Prints how cargo would start a test binary.
fn tell(args: &[OsString]) -> Result<()> {
    let (cwd, env) = surroundings()?;
    let binary = args.first().map(|arg| arg.to_string_lossy().into_owned()).unwrap_or_default();
    let started = Started { binary: binary.into(), cwd, env };
    let line = started.to_line();
    std::io::stdout()
        .write_all(line.as_bytes())
        .map_err(|error| Error::environment("cannot write to stdout").because(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(args: &str, expected: &[&str]) {
        let extra = Extra {
            source: "/lane/tree/w/a/src/lib.rs".into(),
            test: true,
            args: vec!["--cap-lints=allow".to_owned()],
        };
        let plan = Plan { coverage: true, extra: vec![extra] };
        let args: Vec<OsString> = args.split(' ').map(OsString::from).collect();
        let found = further(&plan, &args, Utf8Path::new("/lane/tree/w"));
        let found: Vec<&str> = found.iter().map(String::as_str).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn only_the_code_under_test_is_instrumented() {
        check("--crate-name a --crate-type lib a/src/lib.rs", COVERAGE);
        check("--crate-name it --test a/tests/it.rs", COVERAGE);
        check("--crate-name build_script_build --crate-type bin a/build.rs", &[]);
        check("--crate-name m --crate-type proc-macro m/src/lib.rs", &[]);
        check("- --crate-name ___ --print=file-names", &[]);
        check("-vV", &[]);
    }

    #[test]
    fn the_conditions_of_a_crate_are_kept_under_the_name_of_its_files() {
        let args = "--crate-name a --cfg feature=\"x\" -C extra-filename=-12 --cfg=y src/lib.rs";
        let args: Vec<OsString> = args.split(' ').map(OsString::from).collect();
        let expected = ("a-12".to_owned(), "feature=\"x\"\ny".to_owned());
        assert_eq!(conditions(&args), Some(expected));
    }

    #[test]
    fn further_arguments_go_to_the_one_crate_compiled_as_a_test() {
        let all = [COVERAGE, &["--cap-lints=allow"]].concat();
        check("--crate-name a --test a/src/lib.rs", &all);
        check("--crate-name a a/src/lib.rs", COVERAGE);
        check("--crate-name w --test src/lib.rs", COVERAGE);
    }
}
