//! Measures what it costs to start a program in a box.
//!
//! ```text
//! cargo bench --bench box_cost
//! cargo test --bench box_cost -- PROGRAM     # the boxes of a program that was built before
//! ```
//!
//! For each box of this machine: the time to find and open it, once for a run, and the time of a
//! program that does nothing, over the same program without a box: the median of many starts, and
//! the mean processor time of each, in milliseconds.

#![expect(clippy::disallowed_methods, reason = "a program for developers, run by hand")]
#![expect(clippy::print_stdout, reason = "its output is its result")]

use std::error::Error;
use std::time::Instant;

use camino::{Utf8Path, Utf8PathBuf};
use rustchain::sandbox::{Choice, Phase, Policy, Sandbox, View};
use rustchain::sys::{Process, Stop, process};

/// How often a program is started.
const STARTS: u32 = 300;

/// How often a box is found and opened.
const OPENINGS: u32 = 20;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let root = Utf8PathBuf::from_path_buf(folder.path().to_owned()).map_err(|_| "not UTF-8")?;
    let root = root.canonicalize_utf8()?;
    std::fs::create_dir(root.join("work"))?;
    let program = Utf8Path::new("/bin/true").canonicalize_utf8()?;
    let given = std::env::args().skip(1).find(|argument| !argument.starts_with("--"));
    let rustchain = given.unwrap_or_else(|| env!("CARGO_BIN_EXE_rustchain").to_owned());
    let rustchain = Utf8Path::new(&rustchain);
    let stop = Stop::never();
    let (free, free_cpu) = cost(STARTS, || Ok(Process::new(&program).run(&stop).map(drop)?))?;
    println!("{:<10} {:>9} {:>9} {:>9} {:>9}", "box", "find ms", "open ms", "start ms", "CPU ms");
    println!("{:<10} {:>9} {:>9} {free:>9.2} {free_cpu:>9.2}", "(nothing)", "", "");
    for choice in [Choice::None, Choice::Landlock, Choice::Bwrap] {
        let find = || Sandbox::find(choice, rustchain, &root.join("probe"), &stop);
        let sandbox = match find() {
            Ok(sandbox) => sandbox,
            Err(error) => {
                println!("{choice:?} is not on this machine: {}", error.chain().join(": "));
                continue;
            }
        };
        let policy = Policy {
            read: vec![program.clone()],
            write: vec![root.join("work")],
            ..Policy::new(root.join("home"))
        };
        let write = vec![root.join("work"), root.join("home")];
        let view = View { phase: Phase::Run, read: policy.read.clone(), write };
        let (found, _) = cost(OPENINGS, || Ok(find().map(drop)?))?;
        let (opened, _) = cost(OPENINGS, || Ok(sandbox.opened(&view).map(drop)?))?;
        let open = sandbox.opened(&view)?;
        let (start, cpu) = cost(STARTS, || {
            let process = open.boxed(Process::new(&program), &policy)?;
            let done = process.run(&stop)?;
            if done.success() { Ok(()) } else { Err(done.stderr_text().into()) }
        })?;
        let name = sandbox.rung().name();
        let (start, cpu) = (start - free, cpu - free_cpu);
        println!("{name:<10} {found:>9.2} {opened:>9.2} {start:>9.2} {cpu:>9.2}");
    }
    Ok(())
}

/// The median of the time that some work takes, and the mean of its processor time, in
/// milliseconds.
fn cost(
    times: u32,
    mut work: impl FnMut() -> Result<(), Box<dyn Error>>,
) -> Result<(f64, f64), Box<dyn Error>> {
    let mut all = Vec::new();
    let before = process::cpu_seconds();
    for _ in 0..times {
        let start = Instant::now();
        work()?;
        all.push(start.elapsed().as_secs_f64() * 1e3);
    }
    let cpu = (process::cpu_seconds() - before) * 1e3 / f64::from(times);
    all.sort_by(f64::total_cmp);
    Ok((all.get(all.len() / 2).copied().unwrap_or_default(), cpu))
}
