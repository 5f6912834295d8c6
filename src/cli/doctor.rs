//! `rustchain doctor`: one page on what this machine has, and what follows from it.

use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};

use super::context::Context;
use super::output::Output;
use crate::cargo::{Toolchain, discover};
use crate::coverage::{CoverageMap, Profile, report};
use crate::error::{Error, Result};
use crate::sandbox::{Choice, Sandbox};
use crate::sys::{Process, Stop, fs, process};
use crate::text;

/// A small program whose coverage is known.
const PROBE: &str = include_str!("../../templates/doctor/probe.rs");

/// The lines of [`PROBE`] that its run does not cover, as LLVM counts them.
const PROBE_UNCOVERED: &str = "5, 9-11, 15";

/// How long a tool may take to tell its version.
const TOOL_PATIENCE: Duration = Duration::from_secs(10);

/// How long the small program may take to be built, or to run.
const PROBE_PATIENCE: Duration = Duration::from_mins(1);

/// How long Ollama may take to accept a connection.
const OLLAMA_PATIENCE: Duration = Duration::from_millis(500);

/// Where Ollama listens unless `OLLAMA_HOST` says otherwise.
const OLLAMA_ADDRESS: &str = "127.0.0.1:11434";

/// The port of Ollama.
const OLLAMA_PORT: &str = "11434";

/// Free disk space in bytes that a work copy and its builds need at least.
const DISK_MIN: u64 = 512 << 20;

/// How good something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// It works.
    Good,
    /// It is missing, and something is lost that can be done without.
    Without,
    /// It is missing, and the main job cannot run.
    Bad,
}

/// One line of the page.
struct Finding {
    state: State,
    name: &'static str,
    found: String,
    follows: &'static str,
}

impl Finding {
    /// Something that works.
    fn good(name: &'static str, found: impl Into<String>) -> Self {
        Self { state: State::Good, name, found: found.into(), follows: "" }
    }

    /// Something that is missing.
    fn missing(
        state: State,
        name: &'static str,
        found: impl Into<String>,
        follows: &'static str,
    ) -> Self {
        Self { state, name, found: found.into(), follows }
    }

    /// Something that was tried: what it said, or the error and what follows from that.
    fn tried(
        state: State,
        name: &'static str,
        tried: Result<String>,
        follows: &'static str,
    ) -> Self {
        match tried {
            Ok(found) => Self::good(name, found),
            Err(error) => Self::missing(state, name, error.chain().join(": "), follows),
        }
    }

    /// Its line, and a second one with what follows.
    fn lines(&self) -> String {
        let mark = match self.state {
            State::Good => "ok",
            State::Without => "-",
            State::Bad => "NO",
        };
        let found = self.found.replace('\n', " ");
        let line = format!("{mark:<3} {:<15} {found}", self.name);
        if self.follows.is_empty() {
            line
        } else {
            format!("{line}\n{:>22} {}", "→", self.follows)
        }
    }
}

/// Looks at the machine and prints the page; `ollama` is the value of `OLLAMA_HOST`.
///
/// Fails with [`Kind::Environment`](crate::error::Kind::Environment) only if the main job cannot
/// run.
pub fn run(context: &Context, output: &mut Output, ollama: Option<&str>) -> Result<()> {
    let mut findings = toolchain(context);
    findings.extend(other_engines(context));
    findings.push(boxes(context));
    findings.push(model(ollama));
    findings.push(git(context));
    findings.push(disk(context));
    context.stop.check()?;
    let mut page = vec![format!("`{}`", context.root), String::new()];
    page.extend(findings.iter().map(Finding::lines));
    page.push(String::new());
    let bad: Vec<&str> =
        findings.iter().filter(|one| one.state == State::Bad).map(|one| one.name).collect();
    if bad.is_empty() {
        page.push("missions can run: `rustchain improve` needs nothing more".to_owned());
        return output.data(&page.join("\n"));
    }
    output.data(&page.join("\n"))?;
    Err(Error::environment(format!("missions cannot run without: {}", bad.join(", ")))
        .hint("the lines marked `NO` say what is wrong"))
}

/// The compiler and its companions, the editions of the project, and the own coverage engine.
fn toolchain(context: &Context) -> Vec<Finding> {
    let (dir, stop) = (&context.root, &context.stop);
    let toolchain = match Toolchain::discover(dir, stop) {
        Ok(toolchain) => toolchain,
        Err(error) => {
            let reason = error.chain().join(": ");
            let follows = "nothing can be built: install Rust from https://rustup.rs";
            return vec![Finding::missing(State::Bad, "rustc", reason, follows)];
        }
    };
    let (release, llvm, host) = (&toolchain.release, &toolchain.llvm, &toolchain.host);
    let found = format!("{release}, LLVM {llvm}, {host}");
    let mut findings = vec![Finding::good("rustc", found)];
    let follows = "nothing can be built";
    let cargo = version(toolchain.cargo().args(["--version"]).cwd(dir), stop);
    findings.push(Finding::tried(State::Bad, "cargo", cargo, follows));
    let rustfmt = Process::new(toolchain.tool("rustfmt")).args(["--version"]).cwd(dir);
    let follows = "new tests stay unformatted: `rustup component add rustfmt`";
    findings.push(Finding::tried(State::Without, "rustfmt", version(rustfmt, stop), follows));
    findings.push(editions(context));
    let follows = "this compiler's coverage cannot be read";
    let engine = probe(context, &toolchain);
    findings.push(Finding::tried(State::Bad, "coverage engine", engine, follows));
    findings
}

/// The editions of the project's packages, if there is a project.
fn editions(context: &Context) -> Finding {
    let root = &context.root;
    if !fs::exists(&root.join("Cargo.toml")) {
        let follows = "name a crate with `--project`";
        return Finding::missing(State::Without, "project", "no `Cargo.toml` here", follows);
    }
    let found = discover(root, &context.stop).map(|workspace| {
        let mut editions: Vec<&str> =
            workspace.packages.iter().map(|package| package.edition.as_str()).collect();
        editions.sort_unstable();
        editions.dedup();
        let packages = text::count(workspace.packages.len(), "package");
        format!("{packages}, edition {}", editions.join(", "))
    });
    Finding::tried(State::Without, "project", found, "its missions cannot run")
}

/// Builds, runs and measures a small program whose coverage is known.
fn probe(context: &Context, toolchain: &Toolchain) -> Result<String> {
    let folder = fs::temporary_folder(&context.cache)?;
    let folder = utf8(folder.path())?;
    let (source, program) = (folder.join("probe.rs"), folder.join("probe"));
    let profile = folder.join("probe.profraw");
    fs::write_atomic(&source, PROBE.as_bytes())?;
    let args = ["-Cinstrument-coverage", "--edition=2021", "-o", program.as_str(), source.as_str()];
    let rustc = Process::new(toolchain.tool("rustc")).args(args).cwd(&folder);
    finish(rustc, "build", &context.stop)?;
    let run = Process::new(&program).cwd(&folder).env("LLVM_PROFILE_FILE", profile.as_str());
    finish(run, "run", &context.stop)?;
    let (mut counted, mut map) = (Profile::new(), CoverageMap::new());
    counted.read(&fs::read(&profile)?)?;
    map.read(&fs::read(&program)?)?;
    let keep = |file: &str| file.ends_with("probe.rs").then(|| "probe.rs".to_owned());
    let report = report(&map, &counted, keep);
    let lines = report.files.get("probe.rs").map(|file| text::ranges(file.uncovered_lines()));
    match lines.as_deref() {
        Some(PROBE_UNCOVERED) => Ok("a small program was built, run and measured".to_owned()),
        other => Err(Error::environment(format!(
            "a small program measures as `{}` instead of `{PROBE_UNCOVERED}`",
            other.unwrap_or("nothing")
        ))),
    }
}

/// Runs a step of the probe.
fn finish(process: Process, step: &str, stop: &Stop) -> Result<()> {
    let finished = process.timeout(PROBE_PATIENCE).run(stop)?;
    if finished.success() {
        return Ok(());
    }
    let said = finished.stderr_text().lines().next().unwrap_or_default().to_owned();
    Err(Error::environment(format!("cannot {step} a small program")).because(said))
}

/// The coverage tools that a person may prefer.
fn other_engines(context: &Context) -> Vec<Finding> {
    let tools: [(&'static str, &[&str]); 3] = [
        ("llvm-cov", &["--version"]),
        ("cargo-llvm-cov", &["llvm-cov", "--version"]),
        ("cargo-tarpaulin", &["tarpaulin", "--version"]),
    ];
    let look = |(name, args): (&'static str, &[&str])| {
        let found = version(Process::new(name).args(args).cwd(&context.root), &context.stop);
        match found {
            Ok(version) => Finding::good(name, version),
            Err(_) => Finding::missing(State::Without, name, "not found, and not needed", ""),
        }
    };
    tools.into_iter().map(look).collect()
}

/// What a box is worth here.
fn boxes(context: &Context) -> Finding {
    let home = match fs::temporary_folder(&context.cache) {
        Ok(home) => home,
        Err(error) => return Finding::tried(State::Bad, "box", Err(error), ""),
    };
    let find = |home: Utf8PathBuf| {
        Sandbox::find(Choice::Auto, &process::own_program(), &home, &context.stop)
    };
    let found = utf8(home.path()).and_then(find);
    let follows = "generated code would run unprotected: only with `--sandbox none`";
    match found {
        Ok(sandbox) => {
            let without = sandbox.missing().iter().map(|reason| format!("; without: {reason}"));
            Finding::good("box", format!("{}{}", sandbox.rung(), without.collect::<String>()))
        }
        Err(error) => Finding::tried(State::Bad, "box", Err(error), follows),
    }
}

/// Whether a local model answers.
fn model(ollama: Option<&str>) -> Finding {
    let address = ollama.map_or_else(|| OLLAMA_ADDRESS.to_owned(), address);
    let addresses = address.to_socket_addrs().map(Iterator::collect::<Vec<_>>).unwrap_or_default();
    let answers =
        addresses.iter().any(|one| TcpStream::connect_timeout(one, OLLAMA_PATIENCE).is_ok());
    if answers {
        return Finding::good("Ollama", format!("answers at {address}"));
    }
    let follows = "the explorer finds tests without a model";
    let found = format!("nothing answers at {address}");
    Finding::missing(State::Without, "Ollama", found, follows)
}

/// The address to connect to for a value of `OLLAMA_HOST`, which may be a URL, lack the port, or
/// be the address of all interfaces, on which a server listens.
fn address(host: &str) -> String {
    let host = host.trim();
    let host = host.split_once("://").map_or(host, |(_, rest)| rest);
    let host = host.split('/').next().unwrap_or_default();
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => (name, port),
        _ => (host, OLLAMA_PORT),
    };
    let name = if ["", "0.0.0.0", "[::]"].contains(&name) { "127.0.0.1" } else { name };
    format!("{name}:{port}")
}

/// Whether git is there, and the project in it.
fn git(context: &Context) -> Finding {
    let found = version(Process::new("git").args(["--version"]), &context.stop);
    let Ok(found) = found else {
        let follows = "results stay in the working tree; `--since` and `--branch` need git";
        return Finding::missing(State::Without, "git", "not found", follows);
    };
    let args = ["rev-parse", "--is-inside-work-tree"];
    let inside = version(Process::new("git").args(args).cwd(&context.root), &context.stop);
    if inside.is_ok_and(|said| said == "true") {
        Finding::good("git", found)
    } else {
        let found = format!("{found}; the project is in no repository");
        let follows = "`rustchain undo` takes a run back; `--since` and `--branch` need git";
        Finding::missing(State::Without, "git", found, follows)
    }
}

/// The space for work copies.
fn disk(context: &Context) -> Finding {
    let free = fs::create_dir_all(&context.cache).and_then(|()| fs::disk_free(&context.cache));
    let found = free.map(|free| (free, format!("{} free in `{}`", gibibytes(free), context.cache)));
    match found {
        Ok((free, found)) if free < DISK_MIN => {
            let follows = "work copies and their builds do not fit: set `cache` to another disk";
            Finding::missing(State::Bad, "disk", found, follows)
        }
        other => {
            let follows = "there is no place for work copies: set `cache` in `rustchain.toml`";
            Finding::tried(State::Bad, "disk", other.map(|(_, found)| found), follows)
        }
    }
}

/// A size in GiB with one decimal, rounded down.
fn gibibytes(bytes: u64) -> String {
    let tenths = (bytes >> 20).saturating_mul(10) >> 10;
    format!("{}.{} GiB", tenths / 10, tenths % 10)
}

/// The first line of what a tool says.
fn version(process: Process, stop: &Stop) -> Result<String> {
    let finished = process.timeout(TOOL_PATIENCE).run(stop)?;
    let said = finished.stdout_text();
    let line = said.lines().find(|line| !line.trim().is_empty()).unwrap_or_default().trim();
    if finished.success() {
        Ok(line.to_owned())
    } else {
        Err(Error::environment("it does not work").because(finished.stderr_text()))
    }
}

/// A path as UTF-8.
fn utf8(path: &std::path::Path) -> Result<Utf8PathBuf> {
    let shown = || Error::environment(format!("`{}` is not UTF-8", path.display()));
    Utf8Path::from_path(path).map(Utf8Path::to_owned).ok_or_else(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_name_the_host_of_ollama_is_an_address() {
        for (host, expected) in [
            ("127.0.0.1", "127.0.0.1:11434"),
            ("0.0.0.0:8080", "127.0.0.1:8080"),
            ("http://box.example:80/path", "box.example:80"),
            ("https://box.example", "box.example:11434"),
            ("[::1]:99", "[::1]:99"),
            (":99", "127.0.0.1:99"),
            (" localhost ", "localhost:11434"),
        ] {
            assert_eq!(address(host), expected, "{host}");
        }
    }

    #[test]
    fn a_line_says_what_follows() {
        let finding = Finding::missing(State::Bad, "box", "no\nlandlock", "nothing runs");
        let expected = "NO  box             no landlock\n                     → nothing runs";
        assert_eq!(finding.lines(), expected);
        assert_eq!(Finding::good("git", "2.47").lines(), "ok  git             2.47");
    }
}
