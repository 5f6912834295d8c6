//! Runs of the program on one crate, and what they report.

use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use rustchain::error::{Error, Result};
use rustchain::sys::{Ending, Process, Stop, fs, process};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How often each kind of code is covered, in percent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Percents {
    /// Lines.
    pub lines: f64,
    /// Regions.
    pub regions: f64,
    /// Error paths; nothing if the crate has none.
    pub error_paths: Option<f64>,
}

/// What one run of `improve` did.
#[derive(Debug, Clone, Serialize)]
pub struct Improved {
    /// How it ended: `exit 0`, `time limit`.
    pub ending: String,
    /// What is covered at the end; nothing if the run broke off.
    pub after: Option<Percents>,
    /// The tests it kept.
    pub tests: u64,
    /// How long it took, in seconds.
    pub wall_seconds: f64,
    /// The processor time it took, with all processes it started.
    pub cpu_seconds: f64,
    /// The last lines it wrote to standard error, if it broke off.
    pub complaint: String,
}

/// The program under measurement, with a cache folder of its own.
#[derive(Debug, Clone)]
pub struct Program {
    /// The program.
    pub path: Utf8PathBuf,
    /// Where its cache goes.
    pub cache: Utf8PathBuf,
    /// When a run is ended.
    pub timeout: Duration,
    /// The seed of a run.
    pub seed: u64,
    /// Whether lints are capped in all builds.
    pub cap_lints: bool,
}

/// Runs `improve` on `folder`; its output is kept in `log`, with `.jsonl` and `.stderr` added.
pub fn improve(
    program: &Program,
    folder: &Utf8Path,
    log: &Utf8Path,
    stop: &Stop,
) -> Result<Improved> {
    let before = process::cpu_seconds();
    let done = process_of(program, folder)
        .args(["improve", "--format", "json", "--seed", &program.seed.to_string()])
        .run(stop)?;
    if done.ending == Ending::Interrupted {
        return Err(Error::interrupted());
    }
    let cpu_seconds = process::cpu_seconds() - before;
    fs::write_copy(&log.with_extension("jsonl"), &done.stdout, false)?;
    fs::write_copy(&log.with_extension("stderr"), &done.stderr, false)?;
    let output = done.stdout_text();
    let finished = output
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .rfind(|event| event.get("type").and_then(Value::as_str) == Some("run.finished"));
    let after = finished.as_ref().and_then(|event| event.get("after")).and_then(percents);
    let tests = finished.as_ref().and_then(|event| event.get("tests_kept")?.as_u64());
    let complaint = match &after {
        Some(_) => String::new(),
        None => last_lines(&done.stderr_text()),
    };
    let ending = match done.ending {
        Ending::Exited(code) => format!("exit {code}"),
        Ending::Signalled(signal) => format!("signal {signal}"),
        Ending::TimedOut => "time limit".to_owned(),
        Ending::Interrupted | Ending::Overran => "stopped".to_owned(),
    };
    let wall_seconds = done.wall.as_secs_f64();
    let tests = tests.unwrap_or_default();
    Ok(Improved { ending, after, tests, wall_seconds, cpu_seconds, complaint })
}

/// Returns what the tests of the crate in `folder` reach, as `measure` reports it.
pub fn measure(program: &Program, folder: &Utf8Path, stop: &Stop) -> Result<Percents> {
    let done = process_of(program, folder).args(["measure", "--json"]).run(stop)?;
    if !done.success() {
        return Err(Error::failed(format!("`measure` fails in `{folder}`"))
            .because(last_lines(&done.stderr_text())));
    }
    serde_json::from_slice::<Value>(&done.stdout)
        .ok()
        .and_then(|report| percents(report.get("total")?))
        .ok_or_else(|| Error::failed(format!("`measure` printed no totals for `{folder}`")))
}

/// The program, told where to work.
fn process_of(program: &Program, folder: &Utf8Path) -> Process {
    let process = Process::new(&program.path)
        .args(["--project", folder.as_str()])
        .env("XDG_CACHE_HOME", &program.cache)
        .timeout(program.timeout);
    if program.cap_lints { process.env("RUSTFLAGS", "--cap-lints=warn") } else { process }
}

/// The percentages of a total; nothing if nothing could be covered.
fn percents(total: &Value) -> Option<Percents> {
    let percent = |name: &str| {
        let coverable = total.get(name)?.get("coverable")?.as_u64()?;
        total.get(name)?.get("percent")?.as_f64().filter(|_| 0 < coverable)
    };
    Some(Percents {
        lines: percent("lines")?,
        regions: percent("regions")?,
        error_paths: percent("error_paths"),
    })
}

/// The end of an output, on one line.
fn last_lines(output: &str) -> String {
    let lines: Vec<&str> = output.lines().filter(|line| !line.trim().is_empty()).collect();
    let skipped = lines.len().saturating_sub(4);
    lines.get(skipped..).unwrap_or_default().join(" / ")
}
