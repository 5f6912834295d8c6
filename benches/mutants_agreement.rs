//! Compares `rustchain mutate` with cargo-mutants: verdicts, processor time and wall time.
//!
//! ```text
//! cargo test --bench mutants_agreement -- [--every N] [--keep DIR] [--program FILE] FOLDER…
//! ```
//!
//! Each folder holds a published crate with its tests. Both tools work on a fresh copy of it, one
//! after the other, from an empty cache and with an empty target folder; cargo's own cache of
//! sources is filled before. cargo-mutants (27.1, in the `PATH`) runs with `-C=--lib -C=--tests`,
//! with `--every N` on every N-th mutant only. One line is printed for each crate, and every verdict
//! that differs below it. The program fails below 99 % of agreement. `--program` names another
//! build of `rustchain` than the one beside.

#![expect(clippy::disallowed_methods, reason = "a program for developers, run by hand")]
#![expect(clippy::print_stdout, reason = "its output is its result")]

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use rustchain::sys::process::cpu_seconds;
use serde_json::Value;

/// What goes wrong ends the program.
type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Least share of equal verdicts, in percent.
const AGREEMENT_MIN: f64 = 99.0;

/// Where a mutant is and what it puts there.
type Key = (String, u64, u64, String);

/// The verdicts of one tool, and what they cost.
struct Judged {
    /// The verdict of each mutant.
    verdicts: BTreeMap<Key, String>,
    /// Seconds.
    wall: f64,
    /// Processor seconds of all its processes.
    cpu: f64,
}

/// The arguments.
struct Arguments {
    /// Of how many mutants cargo-mutants judges one.
    every: u32,
    /// Where both work.
    keep: Option<PathBuf>,
    /// The program to compare.
    program: PathBuf,
    /// The crates.
    folders: Vec<PathBuf>,
}

fn main() -> Result<ExitCode> {
    let arguments = arguments()?;
    let mut good = !arguments.folders.is_empty();
    println!("crate: mutants, CPU s of both (per mutant), wall s of both, agreement");
    let mut ratios = Vec::new();
    for folder in &arguments.folders {
        let (share, ratio) = compare(folder, &arguments)?;
        good &= AGREEMENT_MIN <= share;
        ratios.push(ratio);
    }
    if !ratios.is_empty() {
        let mean = ratios.iter().sum::<f64>() / count(ratios.len());
        println!("mean of the ratios of CPU time: {mean:.1}");
    }
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Reads the arguments; cargo adds `--bench`.
fn arguments() -> Result<Arguments> {
    let program = PathBuf::from(env!("CARGO_BIN_EXE_rustchain"));
    let mut read = Arguments { every: 1, keep: None, program, folders: Vec::new() };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--bench" => (),
            "--every" => read.every = words.next().unwrap_or_default().parse()?,
            "--keep" => read.keep = words.next().map(PathBuf::from),
            "--program" => read.program = words.next().ok_or("no program")?.into(),
            _ => read.folders.push(fs::canonicalize(word)?),
        }
    }
    Ok(read)
}

/// Has both tools judge a crate, and prints what they say; returns the share of equal verdicts and
/// how many times less processor time is used.
fn compare(folder: &Path, arguments: &Arguments) -> Result<(f64, f64)> {
    let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let work = match &arguments.keep {
        Some(keep) => keep.join(&name),
        None => Path::new(env!("CARGO_TARGET_TMPDIR")).join("mutants_agreement").join(&name),
    };
    if work.exists() {
        fs::remove_dir_all(&work)?;
    }
    let [ours, theirs] = ["ours", "theirs"].map(|tool| work.join(tool));
    for place in [&ours, &theirs] {
        copy(folder, &place.join(&name))?;
        let mut cargo = Command::new(env!("CARGO"));
        cargo.arg("fetch").current_dir(place.join(&name)).stderr(Stdio::null());
        if !cargo.status()?.success() {
            return Err(format!("the dependencies of `{name}` cannot be fetched").into());
        }
    }
    let own = own(&arguments.program, &ours, &name)?;
    let other = other(&theirs, &name, arguments.every)?;
    let (share, different) = differences(&own, &other);
    let each = |judged: &Judged| judged.cpu / count(judged.verdicts.len().max(1));
    let ratio = each(&other) / each(&own);
    println!(
        "{name}: {} and {} mutants; CPU {:.1} and {:.1} s, for each {:.3} and {:.3}: {ratio:.1} \
         times less; wall {:.1} and {:.1} s: {:.1} times less; {share:.2} % agree",
        own.verdicts.len(),
        other.verdicts.len(),
        own.cpu,
        other.cpu,
        each(&own),
        each(&other),
        own.wall,
        other.wall,
        other.wall / own.wall,
    );
    for line in different {
        println!("  {line}");
    }
    Ok((share, ratio))
}

/// A count as a number to calculate with.
fn count(number: usize) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}

/// Copies a crate without what a build leaves.
fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if !entry.file_type()?.is_dir() {
            fs::copy(entry.path(), target)?;
        } else if !["target", ".git", "mutants.out"].iter().any(|name| entry.file_name() == *name) {
            copy(&entry.path(), &target)?;
        }
    }
    Ok(())
}

/// What a command prints, and what it costs.
fn timed(mut command: Command) -> Result<(Vec<u8>, f64, f64)> {
    let (start, before) = (Instant::now(), cpu_seconds());
    let output = command.stdin(Stdio::null()).output()?;
    let (wall, cpu) = (start.elapsed().as_secs_f64(), cpu_seconds() - before);
    if output.stdout.is_empty() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    Ok((output.stdout, wall, cpu))
}

/// Has this program judge a crate.
fn own(program: &Path, place: &Path, name: &str) -> Result<Judged> {
    let mut command = Command::new(program);
    command.args(["mutate", "--json"]);
    command.current_dir(place.join(name)).env("XDG_CACHE_HOME", place.join("cache"));
    let (stdout, wall, cpu) = timed(command)?;
    let json: Value = serde_json::from_slice(&stdout)?;
    let mutants = json["mutants"].as_array().ok_or("no mutants")?;
    let verdicts = mutants.iter().map(|one| {
        let place = (&one["line"], &one["column"]);
        (key(&one["file"], place, &one["replacement"]), word(&one["verdict"]))
    });
    Ok(Judged { verdicts: verdicts.collect(), wall, cpu })
}

/// Has cargo-mutants judge a crate.
fn other(place: &Path, name: &str, every: u32) -> Result<Judged> {
    let mut command = Command::new(env!("CARGO"));
    command.args(["mutants", "-C=--lib", "-C=--tests", "--no-shuffle", "--sharding=round-robin"]);
    command.args(["--shard", &format!("0/{every}"), "--output"]).arg(place);
    command.current_dir(place.join(name));
    let (_, wall, cpu) = timed(command)?;
    let json: Value = serde_json::from_slice(&fs::read(place.join("mutants.out/outcomes.json"))?)?;
    let mut verdicts = BTreeMap::new();
    for outcome in json["outcomes"].as_array().ok_or("no outcomes")? {
        let mutant = &outcome["scenario"]["Mutant"];
        if !mutant.is_object() {
            continue;
        }
        let start = &mutant["span"]["start"];
        let place = (&start["line"], &start["column"]);
        let verdict = match outcome["summary"].as_str() {
            Some("CaughtMutant") => "killed",
            Some("MissedMutant") => "missed",
            Some("Timeout") => "timeout",
            _ => "unviable",
        };
        verdicts.insert(key(&mutant["file"], place, &mutant["replacement"]), verdict.to_owned());
    }
    Ok(Judged { verdicts, wall, cpu })
}

/// What identifies a mutant.
fn key(file: &Value, (line, column): (&Value, &Value), replacement: &Value) -> Key {
    let number = |value: &Value| value.as_u64().unwrap_or_default();
    let text: String = word(replacement).split_whitespace().collect();
    (word(file), number(line), number(column), text)
}

/// A text.
fn word(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The share of equal verdicts among the mutants that compile for one of both, and the others.
fn differences(own: &Judged, other: &Judged) -> (f64, Vec<String>) {
    let class = |verdict: &str| match verdict {
        "killed" | "timeout" => 0,
        "missed" | "unreached" => 1,
        "unviable" => 2,
        _ => 3,
    };
    let (mut viable, mut equal, mut lines) = (0, 0, Vec::new());
    for (key, theirs) in &other.verdicts {
        let ours = own.verdicts.get(key).map_or("unknown", String::as_str);
        if class(theirs) == 2 && class(ours) == 2 {
            continue;
        }
        viable += 1;
        if class(theirs) == class(ours) {
            equal += 1;
        } else {
            let (file, line, column, text) = key;
            lines.push(format!("{file}:{line}:{column} `{text}`: {ours}, and {theirs} for them"));
        }
    }
    (100.0 * count(equal) / count(viable.max(1)), lines)
}
