//! The command: chooses mutants, has them judged, and has the verdicts verified.

use super::choose::{Choice, choice, listed};
use super::show;
use crate::cargo::Workshop;
use crate::cli::args::Mutate;
use crate::cli::context::Context;
use crate::cli::output::Output;
use crate::cli::progress;
use crate::error::{Error, Kind, Result};
use crate::mutant::{self, FileMutants, Findings, Judgement, Notes, Order, Pair, Surety};
use crate::sandbox::Sandbox;
use crate::step::coverage::Boxes;
use crate::sys::process;

/// Lists or judges mutants.
///
/// Fails with [`Kind::Failed`](crate::error::Kind::Failed) if cargo-mutants was to be asked, and
/// says otherwise too often.
pub fn run(context: &Context, output: &mut Output, options: &Mutate) -> Result<()> {
    let files = listed(context, output, options)?;
    if options.list {
        return show::list(output, options.json, &files);
    }
    if files.is_empty() {
        output.say("nothing to do: there are no mutants");
    }
    let choice = choice(context, output, &files, options.shard);
    let (findings, pairs) = judged(context, output, options, (files, choice))?;
    for name in &findings.red {
        output.say(&format!("note: test `{name}` fails in the box without a mutant; left out"));
    }
    show::findings(output, options.json, &findings, pairs.as_deref())?;
    match pairs.as_deref().and_then(mutant::agreement) {
        Some(share) if share < mutant::AGREEMENT_MIN => {
            Err(Error::failed(format!("cargo-mutants agrees with {share:.1} % of the verdicts"))
                .hint(format!("at least {} % are to be expected", mutant::AGREEMENT_MIN)))
        }
        _ => Ok(()),
    }
}

/// Judges mutants, and has cargo-mutants judge some.
fn judged(
    context: &Context,
    output: &Output,
    options: &Mutate,
    (files, chosen): (Vec<FileMutants>, Choice),
) -> Result<(Findings, Option<Vec<Pair>>)> {
    let selection = context.selection(&options.select);
    let wait = progress::wait(context, output, "building the crate with all mutants");
    let (surroundings, stop) = (context.surroundings(), &context.stop);
    let choice = options.sandbox.unwrap_or(context.settings.sandbox).choice();
    let sandbox = Sandbox::find_in(choice, &surroundings.program, &context.cache, stop)?;
    let mut workshop = Workshop::open(&context.root, surroundings, stop)?;
    workshop.enclose(&sandbox)?;
    let boxes = Boxes::open(&workshop, &sandbox)?;
    let tell = |done: usize, total: usize| {
        wait.set_message(format!("judging mutants: {done} of {total}"));
    };
    let surety = Surety {
        wrap: &|process, launch| boxes.test(process, launch),
        workers: options.jobs.unwrap_or_else(process::processors),
        tell: &tell,
    };
    let (notes, mut known) = Notes::open(&workshop, &files, &selection, options.resume)?;
    known.retain(|number, _| chosen.chosen.contains(number));
    let resumed = known.len();
    known.extend(chosen.others);
    let order = Order { selection: &selection, files, chosen: chosen.chosen, known };
    let note = |number: u32, judgement: &Judgement| notes.add(number, judgement);
    let findings = mutant::study(&mut workshop, order, surety, &note, &context.stop);
    let findings = findings.map(|findings| Findings { resumed, ..findings }).map_err(|error| {
        match error.kind() {
            Kind::Interrupted => error.hint("go on with the same command and `--resume`"),
            _ => error,
        }
    });
    let asked = findings.and_then(|findings| {
        if options.verify_with.is_none() {
            return Ok((findings, None));
        }
        wait.set_message("asking cargo-mutants");
        let sample = options.sample;
        let pairs = mutant::ask(&workshop, &selection, &findings, sample, &context.stop)?;
        Ok((findings, Some(pairs)))
    });
    wait.finish_and_clear();
    asked
}
