//! The step that runs a program.

use serde_json::Value as Json;

use super::{place, words};
use crate::engine::{Context, ResolvedStep, Run, StepReport};
use crate::error::{Error, Result};
use crate::mission::{self, Piece, Scope, Step};
use crate::sys::{Ending, Finished, Process};
use crate::text;

/// Most bytes kept of each output.
const OUTPUT_MAX: usize = 1 << 20;

/// Most lines of output shown when it fails, and their longest length in characters.
const SHOWN_LINES: usize = 20;
const SHOWN_COLUMNS: usize = 300;

/// The first of the characters that stand for references while a command is split: nobody's.
const PLACEHOLDER: u32 = 0xF_0000;

/// Refuses a command that cannot mean what it says.
pub(super) fn check(step: &Step, run: &Run<'_>) -> Result<()> {
    let text = declared(step);
    if asks_for_shell(step) {
        if !step.raw && mission::has_reference(text) {
            return Err(Error::usage("a reference stands in the text of a shell command")
                .hint("pass the value in `args` and write `\"$1\"`, or in `env`"));
        }
        return Ok(());
    }
    let words = program(step, &Scope::default())?;
    if words.is_empty() {
        return Err(Error::usage("the command is empty"));
    }
    if let Some(word) = words::shell_word(&words) {
        return Err(Error::usage(format!("`{word}` means something to a shell only"))
            .hint("set `shell: true` if a shell is to run it"));
    }
    match step.parameters.get("working_dir").and_then(Json::as_str) {
        Some(folder) if !mission::has_reference(folder) => {
            place::inside(&run.root, folder).map(drop)
        }
        _ => Ok(()),
    }
}

/// What it would do.
pub(super) fn plan(step: &ResolvedStep<'_>, context: &Context<'_>) -> Result<Vec<String>> {
    let folder = step.text("working_dir").map(|folder| format!(" in `{folder}`"));
    let what = if step.flag("shell") {
        format!("a shell with `{}`", step.required("command")?)
    } else {
        let mut words = program(step.step, context.scope)?;
        words.extend(step.texts("args").into_iter().map(str::to_owned));
        format!("`{}`", words.join(" "))
    };
    Ok(vec![format!("run {what}{}", folder.unwrap_or_default())])
}

/// Runs the program in its folder; its time limit ends all that it started.
pub(super) fn run(step: &ResolvedStep<'_>, context: &Context<'_>) -> Result<StepReport> {
    let folder = place::inside(&context.run.root, step.text("working_dir").unwrap_or("."))?;
    let words = if step.flag("shell") {
        let command = step.required("command")?;
        ["sh", "-c", command, "sh"].map(str::to_owned).to_vec()
    } else {
        program(step.step, context.scope)?
    };
    let (name, args) = words.split_first().ok_or_else(|| Error::usage("the command is empty"))?;
    let mut process = Process::new(name).args(args).args(step.texts("args")).cwd(&folder);
    for (name, value) in &context.run.mission.env {
        process = process.env(name, value);
    }
    if let Some(Json::Object(env)) = step.parameters.get("env") {
        for (name, value) in env {
            process = process.env(name, value.as_str().unwrap_or_default());
        }
    }
    if let Some(seconds) = step.whole("timeout_seconds") {
        process = process.timeout(std::time::Duration::from_secs(seconds));
    }
    let finished = process.output_max(OUTPUT_MAX).run(&context.stop)?;
    report(name, &finished)
}

/// What is left of the program, as a report.
fn report(name: &str, finished: &Finished) -> Result<StepReport> {
    let (stdout, stderr) = (finished.stdout_text(), finished.stderr_text());
    let tail = shown(if stderr.trim().is_empty() { &stdout } else { &stderr });
    let report = |message: String| {
        StepReport::done(message)
            .output("output", stdout.trim_end())
            .output("stdout", &*stdout)
            .output("stderr", &*stderr)
    };
    let why = match finished.ending {
        Ending::Exited(0) => {
            let took = text::duration(finished.wall);
            return Ok(report(format!("`{name}` took {took}")).output("exit_code", 0));
        }
        Ending::Interrupted => return Err(Error::interrupted()),
        Ending::Exited(code) => format!("`{name}` ended with exit code {code}"),
        Ending::Signalled(signal) => format!("`{name}` was ended by signal {signal}"),
        Ending::TimedOut => {
            format!("`{name}` was ended after {}", text::duration(finished.wall))
        }
        Ending::Overran => format!("`{name}` was ended: it wrote too much"),
    };
    let mut error = Error::failed(why);
    if !tail.is_empty() {
        error = error.because(tail);
    }
    let report = match finished.ending {
        Ending::Exited(code) => report(String::new()).output("exit_code", code),
        _ => report(String::new()),
    };
    Ok(report.failed(error))
}

/// The end of an output, for a person.
fn shown(output: &str) -> String {
    let lines: Vec<&str> = output.trim_end().lines().collect();
    let last = lines.iter().skip(lines.len().saturating_sub(SHOWN_LINES));
    let cut = |line: &&str| line.chars().take(SHOWN_COLUMNS).collect::<String>();
    last.map(cut).collect::<Vec<_>>().join("\n")
}

/// The command as it is declared.
fn declared(step: &Step) -> &str {
    step.parameters.get("command").and_then(Json::as_str).unwrap_or_default()
}

/// Whether a shell is asked for, or may be once references have values.
fn asks_for_shell(step: &Step) -> bool {
    match step.parameters.get("shell") {
        Some(Json::Bool(flag)) => *flag,
        Some(Json::String(_)) => true,
        _ => false,
    }
}

/// The words of the command, references replaced after it is split: a value is never two words.
///
/// References without a value stay as they are written.
fn program(step: &Step, scope: &Scope) -> Result<Vec<String>> {
    let text = declared(step);
    if step.raw {
        return words::split(text).map_err(Error::usage);
    }
    let mut values: Vec<(char, String)> = Vec::new();
    let mut template = String::new();
    for piece in mission::pieces(text) {
        match piece {
            Piece::Literal(literal) => template.push_str(literal),
            Piece::Reference(reference, _) => {
                let value = match scope.lookup(&reference) {
                    Some(Json::String(value)) => value,
                    Some(value) => value.to_string(),
                    None => format!("{{{{ {reference} }}}}"),
                };
                let index = u32::try_from(values.len()).unwrap_or(u32::MAX);
                let mark = PLACEHOLDER.checked_add(index).and_then(char::from_u32);
                let mark = mark.ok_or_else(|| Error::usage("too many references"))?;
                template.push(mark);
                values.push((mark, value));
            }
        }
    }
    let words = words::split(&template).map_err(Error::usage)?;
    let value = |c: char| values.iter().find(|(mark, _)| *mark == c).map(|(_, value)| &**value);
    let fill = |word: &String| {
        word.chars().fold(String::new(), |mut filled, c| {
            match value(c) {
                Some(value) => filled.push_str(value),
                None => filled.push(c),
            }
            filled
        })
    };
    Ok(words.iter().map(fill).collect())
}
