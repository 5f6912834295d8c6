//! The start and the end of the program: arguments, dispatch, errors and the exit code.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser as _;
use clap::error::ErrorKind;

use super::args::{Arguments, Command, Logs, Registry};
use super::config::Environment;
use super::context::Context;
use super::output::{Output, Talk};
use super::{
    doctor, generate, improve, init, logs, measure, mutate, receipts, registry, run, undo, validate,
};
use crate::error::{Error, Kind, Result};
use crate::{cargo, sandbox};

/// Runs the program and returns its exit code.
pub fn main() -> ExitCode {
    // Before anything else: box mode must not have a second thread, or an opened file.
    if let Some(code) = sandbox::enter(arguments().skip(1)) {
        return code;
    }
    if let Some(code) = cargo::enter(arguments()) {
        return code;
    }
    let environment = match Environment::read() {
        Ok(environment) => environment,
        Err(error) => return failed(&mut Output::new(Talk::Normal, false), &error),
    };
    let arguments = match Arguments::try_parse_from(arguments()) {
        Ok(arguments) => arguments,
        Err(error) => return unparsed(&error),
    };
    let colour = arguments.global.color.applies(&environment);
    let mut output = Output::new(arguments.global.talk(), colour);
    match start(arguments, environment, &mut output).and_then(|()| output.finish()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&mut output, &error),
    }
}

/// Runs the command that was asked for.
fn start(arguments: Arguments, environment: Environment, output: &mut Output) -> Result<()> {
    let context = Context::new(&arguments.global, environment)?;
    output.detail(&format!("project `{}`, work copies in `{}`", context.root, context.cache));
    match arguments.command {
        Command::Doctor => {
            doctor::run(&context, output, context.environment.ollama_host.as_deref())
        }
        Command::Init => init::run(&context, output),
        Command::Measure(options) => measure::run(&context, output, &options),
        Command::Mutate(options) => mutate::run(&context, output, &options),
        Command::Improve(options) => improve::run(context, output, &options),
        Command::Generate(options) => generate::run(&context, output, &options),
        Command::Run(options) => run::run(context, output, &options),
        Command::Validate(options) => validate::run(&context, output, &options),
        Command::Registry { command: Registry::Show { json } } => {
            registry::show(&context, output, json)
        }
        Command::Receipts(options) => receipts::run(&context, output, &options),
        Command::Logs { command: Logs::Why(options) } => logs::why(&context, output, &options),
        Command::Undo(options) => undo::run(&context, output, &options),
    }
}

/// Shows why the program ends, and returns the exit code of the error's kind.
fn failed(output: &mut Output, error: &Error) -> ExitCode {
    output.error(error);
    ExitCode::from(error.kind().exit_code())
}

/// Shows help, the version, or what is wrong with the arguments.
fn unparsed(error: &clap::Error) -> ExitCode {
    // A closed stdout or stderr leaves nobody to tell.
    drop(error.print());
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => ExitCode::SUCCESS,
        _ => ExitCode::from(Kind::Usage.exit_code()),
    }
}

/// The arguments, the program's name first.
fn arguments() -> impl Iterator<Item = OsString> {
    std::env::args_os()
}
