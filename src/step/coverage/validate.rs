//! The last word of the user on the tests of a mission: a command that is asked for a verdict.

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::{Value as Json, json};
use similar::TextDiff;

use super::desk::Validator;
use super::mission::{Runner, shown};
use super::receipt::receipts;
use crate::coverage::Ratio;
use crate::engine::{Context, Run};
use crate::error::Result;
use crate::policy::Mode;
use crate::sys::{Ending, Finished, Process, fs};

/// The version of what the command reads and of its report.
const VERSION: u32 = 1;

/// Most bytes of its output that are kept.
const OUTPUT_MAX: usize = 1 << 20;

/// Whether a mission may keep nothing without the validator's word.
pub fn is_wanted(runner: &Runner<'_, '_>, run: &Run<'_>) -> bool {
    let blocks = runner.gates(run).validator == Mode::Block;
    blocks && !runner.desk.settings.validator.command.is_empty()
}

/// Asks the validator, if there is one; returns why a person has to decide, if so.
///
/// Whatever is not a clear yes is a no: a command that cannot be started, fails, takes too long or
/// answers something else.
pub fn validate(
    runner: &mut Runner<'_, '_>,
    (before, after): (Ratio, Ratio),
    context: &Context<'_>,
) -> Result<Option<String>> {
    let mode = runner.gates(context.run).validator;
    let validator = runner.desk.settings.validator.clone();
    if mode == Mode::Off || validator.command.is_empty() || runner.state.written.is_empty() {
        return Ok(None);
    }
    let question = question(runner, (before, after), context);
    let (verdict, finished) = ask(&validator, &question, context)?;
    let path = report(runner, (&question, &verdict, finished.as_ref()), context)?;
    let fields = json!({
        "mission": context.run.file,
        "pass": verdict.is_ok(),
        "reason": verdict.as_ref().err(),
        "mode": mode,
        "report": path,
    });
    context.run.observer.event("validator.asked", fields)?;
    runner.state.validated = verdict.is_ok();
    let Err(reason) = verdict else { return Ok(None) };
    let told = match path {
        Some(path) => format!("the validator says no: {reason} (`{path}`)"),
        None => format!("the validator says no: {reason}"),
    };
    if mode == Mode::Warn {
        runner.state.warnings.push(told);
        return Ok(None);
    }
    Ok(Some(told))
}

/// What the command reads.
fn question(runner: &Runner<'_, '_>, share: (Ratio, Ratio), context: &Context<'_>) -> Json {
    let files = runner.state.written.iter().map(|written| {
        let (old, new) = (written.old.as_deref(), written.text.as_deref());
        let (old, new) = (old.unwrap_or_default(), new.unwrap_or_default());
        let diff = TextDiff::from_lines(old, new).unified_diff().context_radius(3).to_string();
        json!({ "path": written.relative, "diff": diff })
    });
    json!({
        "version": VERSION,
        "mission": context.run.file,
        "file": shown(context.run),
        "before": share.0,
        "after": share.1,
        "tests": receipts(runner, context.run),
        "files": files.collect::<Vec<_>>(),
    })
}

/// Starts the command; its verdict, or why it gave none.
fn ask(
    validator: &Validator,
    question: &Json,
    context: &Context<'_>,
) -> Result<(Result<(), String>, Option<Finished>)> {
    let Some((program, arguments)) = validator.command.split_first() else {
        return Ok((Ok(()), None));
    };
    // Relative to the project, wherever the command was given.
    let program = if program.contains('/') {
        context.run.root.join(program)
    } else {
        Utf8PathBuf::from(program)
    };
    let process = Process::new(&program)
        .args(arguments)
        .cwd(&context.run.root)
        .stdin(question.to_string().into_bytes())
        .timeout(validator.timeout)
        .output_max(OUTPUT_MAX);
    let finished = match process.run(&context.stop) {
        Ok(finished) => finished,
        Err(error) => return Ok((Err(error.chain().join(": ")), None)),
    };
    context.stop.check()?;
    Ok((verdict(&program, &finished, validator), Some(finished)))
}

/// What the command said.
fn verdict(program: &Utf8Path, finished: &Finished, validator: &Validator) -> Result<(), String> {
    match finished.ending {
        Ending::Exited(0) => (),
        Ending::Exited(code) => return Err(format!("`{program}` ended with exit code {code}")),
        Ending::Signalled(signal) => return Err(format!("`{program}` died of signal {signal}")),
        _ => {
            let seconds = validator.timeout.as_secs();
            return Err(format!("`{program}` gave no answer within {seconds} s"));
        }
    }
    let answer: Option<Json> = serde_json::from_slice(&finished.stdout).ok();
    let pass = answer.as_ref().and_then(|answer| answer.get("pass")?.as_bool());
    let reason = answer.as_ref().and_then(|answer| answer.get("reason")?.as_str());
    match pass {
        Some(true) => Ok(()),
        Some(false) => Err(reason.unwrap_or("it gives no reason").to_owned()),
        None => Err(format!("`{program}` did not answer with JSON that has `pass`")),
    }
}

/// Writes what was asked and answered into the folder of the run; the path, relative to the
/// project.
fn report(
    runner: &Runner<'_, '_>,
    (question, verdict, finished): (&Json, &Result<(), String>, Option<&Finished>),
    context: &Context<'_>,
) -> Result<Option<Utf8PathBuf>> {
    let Some(journal) = runner.desk.journal else { return Ok(None) };
    let name = context.run.file.as_str().replace('/', "_");
    let path = journal.folder().join("validator").join(format!("{name}.json"));
    let report = json!({
        "version": VERSION,
        "pass": verdict.is_ok(),
        "reason": verdict.as_ref().err(),
        "question": question,
        "stdout": finished.map(Finished::stdout_text),
        "stderr": finished.map(Finished::stderr_text),
    });
    fs::write_atomic(&path, format!("{report:#}\n").as_bytes())?;
    Ok(Some(path.strip_prefix(&context.run.root).unwrap_or(&path).to_owned()))
}
