//! Runs the real binary on pinned published crates and prints what it reaches.
//!
//! ```text
//! cargo bench --bench corpus -- --set easy --twice --json easy.json
//! ```
//!
//! Cargo fetches the sources; their tests are cut out; `rustchain improve` runs on what is left.
//! The columns and the checks are explained in `docs/benchmarks.md`.

#![expect(clippy::print_stdout, reason = "its output is its result")]
#![expect(clippy::print_stderr, reason = "its output is its result")]

mod check;
mod fetch;
mod manifest;
mod measure;
mod options;
mod prepare;
mod row;
mod strip;

use std::process::ExitCode;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use rustchain::error::{Error, Kind, Result};
use rustchain::sys::{Stop, fs};

use crate::manifest::Pinned;
use crate::measure::Program;
use crate::options::Options;
use crate::prepare::Building;
use crate::row::Row;

fn main() -> ExitCode {
    match run(&Options::read()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(Kind::Failed.exit_code()),
        Err(error) => {
            eprintln!("error: {}", words(&error));
            ExitCode::from(error.kind().exit_code())
        }
    }
}

/// Measures all crates that are asked for; returns whether nothing was found wrong.
fn run(options: &Options) -> Result<bool> {
    let stop = Stop::on_signals()?;
    let crates = manifest::chosen(options)?;
    let temporary = fs::temporary_folder(Utf8Path::new("/tmp"))?;
    let folder = match &options.keep {
        Some(folder) => {
            fs::create_dir_all(folder)?;
            fs::canonicalize(folder)?
        }
        None => Utf8PathBuf::from(temporary.path().to_string_lossy().into_owned()),
    };
    let sources = fetch::sources(&crates, &folder.join("fetch"), &stop)?;
    let bench = Bench { options, folder, stop };
    println!("{}", row::head());
    let mut rows: Vec<Row> = Vec::new();
    for pinned in &crates {
        let Some(source) = sources.get(&pinned.name) else { continue };
        let row = match bench.measure(pinned, source) {
            Err(error) if error.kind() == Kind::Interrupted => return Err(error),
            Err(error) => row::broken(pinned, words(&error)),
            Ok(row) => row,
        };
        println!("{}", row.line());
        rows.push(row);
    }
    for set in ["easy", "hard", "drawn"] {
        if let Some(line) = row::foot(set, &rows) {
            println!("{line}");
        }
    }
    if let Some(path) = &options.json {
        let text = serde_json::to_vec_pretty(&rows)
            .map_err(|error| Error::internal("cannot write the results").because(error))?;
        fs::write_copy(path, &text, false)?;
    }
    Ok(rows.iter().all(|row| row.problems.is_empty()))
}

/// What the measurement of every crate needs.
struct Bench<'o> {
    /// What was asked for.
    options: &'o Options,
    /// Where everything is done.
    folder: Utf8PathBuf,
    /// When to stop.
    stop: Stop,
}

impl Bench<'_> {
    /// Prepares one crate, runs the program on it and checks what it did.
    fn measure(&self, pinned: &Pinned, source: &Utf8Path) -> Result<Row> {
        let folder = self.folder.join(&pinned.name);
        fs::remove_dir_all(&folder)?;
        let before = folder.join("before");
        let crate_folder = folder.join(&pinned.name);
        for copy in [&before, &crate_folder] {
            prepare::stripped(source, copy, &self.stop)?;
        }
        let mut row = row::broken(pinned, String::new());
        row.problems.clear();
        let building = Building { target: folder.join("target"), cap_lints: pinned.cap_lints };
        if self.options.prepare {
            "prepared".clone_into(&mut row.improved.ending);
            prepare::check(&before, &building, &self.stop)?;
        } else {
            let program = self.program(pinned, &folder);
            let log = folder.join("improve");
            row.improved = measure::improve(&program, &crate_folder, &log, &self.stop)?;
            row.problems = check::production(&before, &crate_folder)?;
            self.count_again(&program, &crate_folder, &building, &mut row);
            // What the new tests themselves leave behind shows only now.
            let left = check::production(&before, &crate_folder)?;
            row.problems.extend(left.into_iter().filter(|file| file.ends_with("left there")));
            row.problems.dedup();
            if self.options.twice {
                self.run_again(&program, source, (&folder, &crate_folder), &mut row)?;
            }
            row.judge();
            if !self.options.skip_own {
                row.own = self.own(&program, source, &folder, &mut row.problems)?;
            }
        }
        if self.options.keep.is_none() {
            fs::remove_dir_all(&folder)?;
        } else {
            fs::remove_dir_all(&building.target)?;
            fs::remove_dir_all(&folder.join("cache"))?;
        }
        Ok(row)
    }

    /// The program with a cache of its own below `folder`.
    fn program(&self, pinned: &Pinned, folder: &Utf8Path) -> Program {
        let built = || Utf8PathBuf::from(env!("CARGO_BIN_EXE_rustchain"));
        Program {
            path: self.options.program.clone().unwrap_or_else(built),
            cache: folder.join("cache"),
            timeout: Duration::from_secs(self.options.timeout),
            seed: self.options.seed,
            cap_lints: pinned.cap_lints,
        }
    }

    /// Measures once more what the tests reach, and runs them in several orders.
    fn count_again(
        &self,
        program: &Program,
        folder: &Utf8Path,
        building: &Building,
        row: &mut Row,
    ) {
        if row.improved.tests == 0 {
            return;
        }
        match measure::measure(program, folder, &self.stop) {
            Ok(percents) => row.recounted = Some(percents),
            Err(error) => row.problems.push(words(&error)),
        }
        match check::shuffled(folder, building, self.options.seed, &self.stop) {
            Ok(shuffled) => {
                let (kept, found) = (row.improved.tests, shuffled.tests);
                if kept != found {
                    row.problems.push(format!("{kept} tests kept, {found} found"));
                }
                row.problems.extend(shuffled.failures);
            }
            Err(error) => row.problems.push(words(&error)),
        }
    }

    /// Runs the program on a second copy with the same seed and compares the files.
    fn run_again(
        &self,
        program: &Program,
        source: &Utf8Path,
        (folder, first): (&Utf8Path, &Utf8Path),
        row: &mut Row,
    ) -> Result<()> {
        let again = folder.join("again");
        prepare::stripped(source, &again, &self.stop)?;
        measure::improve(program, &again, &folder.join("improve-again"), &self.stop)?;
        let different = check::differences(first, &again)?;
        row.problems
            .extend(different.into_iter().map(|file| format!("{file} differs in a second run")));
        Ok(())
    }

    /// What the crate's own tests reach; they may fail, or need what is not here.
    fn own(
        &self,
        program: &Program,
        source: &Utf8Path,
        folder: &Utf8Path,
        problems: &mut Vec<String>,
    ) -> Result<Option<measure::Percents>> {
        let own = folder.join("own");
        prepare::published(source, &own)?;
        match measure::measure(program, &own, &self.stop) {
            Ok(percents) => Ok(Some(percents)),
            Err(error) => {
                problems.push(format!("its own tests: {}", words(&error)));
                Ok(None)
            }
        }
    }
}

/// An error with its causes, on one line.
fn words(error: &Error) -> String {
    let mut text = error.message().to_owned();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text.trim_end().replace('\n', " / ")
}
