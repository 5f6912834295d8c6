//! What must hold of the files after a run, however much it reached.

use camino::{Utf8Path, Utf8PathBuf};
use cargo_metadata::Message;
use rustchain::error::{Error, Result};
use rustchain::sys::{Process, Stop, fs};

use crate::prepare::{Building, files, places};
use crate::strip::{is_only_tests, test_modules};

/// In how many orders the tests are run.
const ROUNDS: u64 = 10;

/// Where the tool keeps what is not the crate's.
const OWN_FOLDER: &str = ".rustchain";

/// Returns what differs between a stripped crate and the same after a run, beyond added tests.
///
/// A source file may have got one piece of text that is nothing but items for tests; other new
/// files must be modules that such a piece declares. All other files are as they were.
pub fn production(before: &Utf8Path, after: &Utf8Path) -> Result<Vec<String>> {
    let old = files(before)?;
    let mut new = crate_files(after)?;
    let mut problems = Vec::new();
    let mut declared: Vec<Utf8PathBuf> = Vec::new();
    for file in &old {
        if !new.contains(file) {
            problems.push(format!("{file} is gone"));
            continue;
        }
        let was = fs::read(&before.join(file))?;
        let is = fs::read(&after.join(file))?;
        if was == is {
            continue;
        }
        match inserted(&String::from_utf8_lossy(&was), &String::from_utf8_lossy(&is)) {
            Some(added) => {
                for module in test_modules(&added) {
                    declared.extend(places(file, &module, is_root(file)));
                }
            }
            None => problems.push(format!("{file} was changed")),
        }
    }
    new.retain(|file| !old.contains(file) && !declared.contains(file));
    problems.extend(new.iter().map(|file| format!("{file} was left there")));
    Ok(problems)
}

/// Returns the files that differ between two runs.
pub fn differences(first: &Utf8Path, second: &Utf8Path) -> Result<Vec<String>> {
    let mut all = crate_files(first)?;
    all.extend(crate_files(second)?);
    all.sort();
    all.dedup();
    let same = |file: &Utf8PathBuf| {
        let read = |folder: &Utf8Path| fs::read(&folder.join(file)).ok();
        read(first) == read(second)
    };
    Ok(all.into_iter().filter(|file| !same(file)).map(Utf8PathBuf::into_string).collect())
}

/// The tests of a crate, after they were run in several orders.
#[derive(Debug, Clone, Default)]
pub struct Shuffled {
    /// How many tests there are.
    pub tests: u64,
    /// The first lines about what failed.
    pub failures: Vec<String>,
}

/// Builds the tests of the crate in `folder` and runs them in [`ROUNDS`] orders.
///
/// Half of the rounds use one thread, so that the order is exact, and the others four; the orders
/// follow from `seed`.
pub fn shuffled(
    folder: &Utf8Path,
    building: &Building,
    seed: u64,
    stop: &Stop,
) -> Result<Shuffled> {
    let mut result = Shuffled::default();
    for binary in test_binaries(folder, building, stop)? {
        let listed =
            test_binary(&binary, folder).args(["--list", "--format", "terse"]).run(stop)?;
        let tests = listed.stdout_text().lines().filter(|line| line.ends_with(": test")).count();
        result.tests += u64::try_from(tests).unwrap_or_default();
        for round in 0..ROUNDS {
            let order = seed.wrapping_mul(1000).wrapping_add(round).to_string();
            let threads = if round.is_multiple_of(2) { "1" } else { "4" };
            let done = test_binary(&binary, folder)
                .args(["-Z", "unstable-options", "--shuffle-seed", &order])
                .args(["--test-threads", threads])
                .run(stop)?;
            if !done.success() {
                let output = done.stdout_text();
                let failed = output.lines().filter(|line| line.ends_with("... FAILED"));
                let ending = format!("order {order}, {threads} threads: {:?}", done.ending);
                result.failures.push(ending);
                result.failures.extend(failed.map(str::to_owned));
            }
        }
    }
    result.failures.sort();
    result.failures.dedup();
    Ok(result)
}

/// The one piece of text that was inserted, if that is all and it is nothing but tests.
fn inserted(before: &str, after: &str) -> Option<String> {
    let length = after.len().checked_sub(before.len())?;
    let common = |a: &mut dyn Iterator<Item = u8>, b: &mut dyn Iterator<Item = u8>| {
        a.zip(b).take_while(|(a, b)| a == b).count()
    };
    let prefix = common(&mut before.bytes(), &mut after.bytes());
    let suffix = common(&mut before.bytes().rev(), &mut after.bytes().rev());
    // What was added may begin or end like what stands around it: then several places explain it.
    (before.len().saturating_sub(suffix)..=prefix)
        .rev()
        .filter_map(|start| after.get(start..start + length))
        .find(|added| is_only_tests(added))
        .map(str::to_owned)
}

/// Whether a file is the root of a target by its name.
fn is_root(file: &Utf8Path) -> bool {
    matches!(file.file_name(), Some("lib.rs" | "main.rs"))
}

/// The files of a crate after a run, without the folder of the tool.
fn crate_files(folder: &Utf8Path) -> Result<Vec<Utf8PathBuf>> {
    let mut files = files(folder)?;
    files.retain(|file| !file.starts_with(OWN_FOLDER));
    Ok(files)
}

/// The test binaries of a crate, built.
fn test_binaries(folder: &Utf8Path, building: &Building, stop: &Stop) -> Result<Vec<Utf8PathBuf>> {
    // The lockfile that cargo writes must not count as one that the run has left.
    let lockfile = folder.join("Cargo.lock");
    let locked = fs::exists(&lockfile);
    let args = ["test", "--no-run", "--lib", "--bins", "--tests", "--message-format", "json"];
    let done = building.cargo(folder, &args).run(stop)?;
    if !locked {
        fs::remove_file(&lockfile)?;
    }
    if !done.success() {
        return Err(Error::failed(format!("the tests in `{folder}` do not build"))
            .because(done.stderr_text()));
    }
    let mut binaries = Vec::new();
    for message in Message::parse_stream(&*done.stdout) {
        if let Ok(Message::CompilerArtifact(artifact)) = message {
            binaries.extend(artifact.executable.filter(|_| artifact.profile.test));
        }
    }
    Ok(binaries)
}

/// A test binary, run as cargo would, with the options that need leave on a stable toolchain.
fn test_binary(binary: &Utf8Path, folder: &Utf8Path) -> Process {
    Process::new(binary)
        .cwd(folder)
        .env("CARGO_MANIFEST_DIR", folder)
        .env("RUSTC_BOOTSTRAP", "1")
        .timeout(std::time::Duration::from_mins(2))
}
