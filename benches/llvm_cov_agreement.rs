//! Compares the coverage engine with llvm-cov, line by line and count by count.
//!
//! ```text
//! cargo test --bench llvm_cov_agreement -- FOLDER…
//! ```
//!
//! Each folder is a copy of a crate (cargo may write a `Cargo.lock` there). Its tests are built with
//! `-Cinstrument-coverage` and run once; then both engines read the same profiles. llvm-cov and
//! llvm-profdata come from `/usr/lib/llvm-22/bin` down to 19, or from the `PATH`. One line is printed
//! for each crate, and the differences below it; the program fails if there is one.

#![expect(clippy::disallowed_methods, reason = "a program for developers, run by hand")]
#![expect(clippy::print_stdout, reason = "its output is its result")]

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use rustchain::coverage::{
    CoverageMap, Profile, RegionCount, Report, counted_regions, counter_layout, lines_of, report,
};

/// What goes wrong ends the program.
type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// The counts of the lines of each file.
type Lines = BTreeMap<String, BTreeMap<u32, u64>>;

/// Most differences that are printed for one crate.
const DIFFERENCES_MAX: usize = 20;

fn main() -> Result<ExitCode> {
    // Cargo adds `--bench` to the arguments.
    let folders = std::env::args().skip(1).filter(|argument| !argument.starts_with("--"));
    let mut same = true;
    let mut compared = false;
    for folder in folders {
        compared = true;
        same &= compare(&fs::canonicalize(folder)?)?;
    }
    if !compared {
        println!("nothing to compare: name the folders of crates after `--`");
    }
    Ok(if same { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Builds and runs the tests of a crate and compares what both engines say.
fn compare(folder: &Path) -> Result<bool> {
    let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("llvm_cov_agreement").join(&name);
    let profiles = target.join("profiles");
    if profiles.exists() {
        fs::remove_dir_all(&profiles)?;
    }
    fs::create_dir_all(&profiles)?;
    let binaries = build(folder, &target)?;
    for (index, (binary, package)) in binaries.iter().enumerate() {
        let pattern = profiles.join(format!("{index}-%p-%m.profraw"));
        let mut run = Command::new(binary);
        run.arg("-q").current_dir(package).stdout(Stdio::null()).stderr(Stdio::null());
        run.env("LLVM_PROFILE_FILE", pattern).env("CARGO_MANIFEST_DIR", package);
        run.status()?;
    }
    let binaries: Vec<PathBuf> = binaries.into_iter().map(|(binary, _)| binary).collect();
    let theirs = llvm_cov(&binaries, &profiles, folder)?;
    let ours = engine(&binaries, &profiles, folder)?;
    let ours = ours.files.into_iter().map(|(file, coverage)| (file, coverage.lines)).collect();
    let lines: usize = theirs.values().map(BTreeMap::len).sum();
    let differences = differences(&ours, &theirs);
    let in_process = in_process(&binaries, folder)?;
    println!(
        "{name}: {} files, {lines} lines compared, {} differences; {in_process} in-process sums",
        theirs.len(),
        differences.len()
    );
    for difference in differences.iter().take(DIFFERENCES_MAX) {
        println!("  {difference}");
    }
    Ok(differences.is_empty())
}

/// Builds the test binaries; returns each with the folder of its package.
fn build(folder: &Path, target: &Path) -> Result<Vec<(PathBuf, PathBuf)>> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["test", "-q", "--no-run", "--message-format=json-render-diagnostics"]);
    cargo.current_dir(folder).env("CARGO_TARGET_DIR", target);
    cargo.env("LLVM_PROFILE_FILE", "/dev/null").env("RUSTFLAGS", "-Cinstrument-coverage");
    let output = cargo.stderr(Stdio::piped()).output()?;
    if !output.status.success() {
        let why = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(format!("`{}` does not build:\n{why}", folder.display()).into());
    }
    let mut binaries = Vec::new();
    for line in String::from_utf8(output.stdout)?.lines() {
        let message: serde_json::Value = serde_json::from_str(line)?;
        let is_test = message["profile"]["test"] == true;
        if let Some(binary) = message["executable"].as_str().filter(|_| is_test) {
            let manifest = message["manifest_path"].as_str().unwrap_or_default();
            let package = Path::new(manifest).parent().unwrap_or(folder);
            binaries.push((PathBuf::from(binary), package.to_owned()));
        }
    }
    Ok(binaries)
}

/// What llvm-cov says.
fn llvm_cov(binaries: &[PathBuf], profiles: &Path, folder: &Path) -> Result<Lines> {
    let merged = profiles.join("merged.profdata");
    let mut merge = tool("llvm-profdata");
    merge.args(["merge", "-sparse", "-o"]).arg(&merged).args(raw_profiles(profiles)?);
    if !merge.status()?.success() {
        return Err("llvm-profdata failed".into());
    }
    let mut export = tool("llvm-cov");
    export.args(["export", "-format=lcov", "-instr-profile"]).arg(&merged);
    for (index, binary) in binaries.iter().enumerate() {
        if 0 < index {
            export.arg("-object");
        }
        export.arg(binary);
    }
    let output = export.stderr(Stdio::null()).output()?;
    if !output.status.success() {
        return Err("llvm-cov failed".into());
    }
    let mut lines = Lines::new();
    let mut file = None;
    for line in String::from_utf8(output.stdout)?.lines() {
        if let Some(path) = line.strip_prefix("SF:") {
            file = name_in(folder, path);
        } else if let (Some(entry), Some(file)) = (line.strip_prefix("DA:"), &file) {
            let (number, count) = entry.split_once(',').ok_or("a broken line entry")?;
            lines.entry(file.clone()).or_default().insert(number.parse()?, count.parse()?);
        }
    }
    Ok(lines)
}

/// What our engine says.
fn engine(binaries: &[PathBuf], profiles: &Path, folder: &Path) -> Result<Report> {
    let mut map = CoverageMap::new();
    for binary in binaries {
        map.read(&fs::read(binary)?).map_err(|error| error.chain().join(": "))?;
    }
    let mut profile = Profile::new();
    for raw in raw_profiles(profiles)? {
        profile.read(&fs::read(raw)?).map_err(|error| error.chain().join(": "))?;
    }
    Ok(report(&map, &profile, |path| name_in(folder, path)))
}

/// Checks that counters in memory are found: lines computed from all counters being 1 must be the
/// lines of a report. Returns how many regions were resolved.
fn in_process(binaries: &[PathBuf], folder: &Path) -> Result<usize> {
    let mut regions = 0;
    for binary in binaries {
        let bytes = fs::read(binary)?;
        let mut map = CoverageMap::new();
        map.read(&bytes).map_err(|error| error.chain().join(": "))?;
        // A test binary without tests has functions in its map, and none with counters.
        let Ok(layout) = counter_layout(&bytes) else { continue };
        let counted = counted_regions(&map, &layout, |path| name_in(folder, path));
        let mut files: BTreeMap<String, Vec<RegionCount>> = BTreeMap::new();
        for region in &counted {
            let (kind, start, end) = (region.kind, region.start, region.end);
            let sum = region.terms.iter().map(|(_, factor)| factor).sum::<i64>();
            let count = u64::try_from(sum).unwrap_or_default();
            let file = files.entry(region.file.clone()).or_default();
            file.push(RegionCount { kind, start, end, count });
        }
        let report = report(&map, &Profile::new(), |path| name_in(folder, path));
        for (file, coverage) in &report.files {
            let lines = lines_of(files.get(file).map(Vec::as_slice).unwrap_or_default());
            if !lines.keys().eq(coverage.lines.keys()) {
                return Err(format!("`{file}` has other lines in the process").into());
            }
        }
        regions += counted.len();
    }
    Ok(regions)
}

/// Where both differ.
fn differences(ours: &Lines, theirs: &Lines) -> Vec<String> {
    let files: BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
    let mut differences = Vec::new();
    let none = BTreeMap::new();
    for file in files {
        let ours = ours.get(file).unwrap_or(&none);
        let theirs = theirs.get(file).unwrap_or(&none);
        let lines: BTreeSet<&u32> = ours.keys().chain(theirs.keys()).collect();
        for line in lines.into_iter().filter(|line| ours.get(line) != theirs.get(line)) {
            let (ours, theirs) = (ours.get(line), theirs.get(line));
            differences.push(format!("{file}:{line}: ours {ours:?}, llvm-cov {theirs:?}"));
        }
    }
    differences
}

/// The raw profiles in a folder, in order.
fn raw_profiles(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut profiles = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "profraw") {
            profiles.push(path);
        }
    }
    profiles.sort();
    Ok(profiles)
}

/// The path from the folder of the crate.
fn name_in(folder: &Path, path: &str) -> Option<String> {
    let path = Path::new(path).strip_prefix(folder).ok()?;
    Some(path.to_string_lossy().into_owned())
}

/// A tool of LLVM: where Debian puts the versions that read what rustc 1.95 writes, or the `PATH`.
fn tool(name: &str) -> Command {
    let mut packaged = (19..=22).rev().map(|version| format!("/usr/lib/llvm-{version}/bin/{name}"));
    Command::new(packaged.find(|path| Path::new(path).exists()).unwrap_or_else(|| name.to_owned()))
}
