//! What the user sees: data on stdout, talk on stderr.

use std::error::Error as _;
use std::io::{self, Write};

use crate::error::{Error, Kind, Result};
use crate::mission::Problems;
use crate::report::Grid;
use crate::sys::terminal;

/// How much to say on stderr.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Talk {
    /// Errors only.
    Quiet,
    /// What a person wants to know.
    Normal,
    /// Also what a person looking for a cause wants to know.
    Verbose,
}

/// The two streams to the user.
///
/// A reader that goes away (`rustchain … | head`) is no error: the rest is dropped.
#[derive(Debug)]
pub struct Output {
    talk: Talk,
    colour: bool,
    closed: bool,
}

impl Output {
    /// Returns an output that says as much as `talk`, with `colour` or without.
    pub fn new(talk: Talk, colour: bool) -> Self {
        Self { talk, colour, closed: false }
    }

    /// Returns how much is said.
    pub fn talk(&self) -> Talk {
        self.talk
    }

    /// Says a line whatever was asked for, from a place that has decided that already.
    pub fn line(text: &str) {
        talk(&clean(text));
    }

    /// Returns whether talk is in colour.
    pub fn colour(&self) -> bool {
        self.colour
    }

    /// Writes a table to stdout, as wide as the terminal allows; a file has room for all of it.
    pub fn table(&mut self, grid: &Grid) -> Result<()> {
        let width = terminal::width_of_stdout().unwrap_or(usize::MAX);
        self.data(&grid.render(width))
    }

    /// Writes data to stdout, followed by a line feed if it has none.
    ///
    /// Fails with [`Kind::Environment`] if the disk behind it is full.
    pub fn data(&mut self, text: &str) -> Result<()> {
        if self.closed {
            return Ok(());
        }
        let mut stdout = io::stdout().lock();
        let written = line(&mut stdout, text);
        self.note_end(written)
    }

    /// Says something to the user, unless told to be quiet.
    pub fn say(&mut self, text: &str) {
        if Talk::Normal <= self.talk {
            talk(text);
        }
    }

    /// Says something that only a user who asked for more wants to know.
    pub fn detail(&mut self, text: &str) {
        if Talk::Verbose <= self.talk {
            talk(text);
        }
    }

    /// Shows an error with its causes and its advice.
    pub fn error(&mut self, error: &Error) {
        talk(&render(error, self.colour));
    }

    /// Sends what is still held back.
    ///
    /// Fails with [`Kind::Environment`] if the disk behind stdout is full.
    pub fn finish(&mut self) -> Result<()> {
        let flushed = io::stdout().lock().flush();
        self.note_end(flushed)
    }

    /// Remembers that the reader went away; any other failure is the caller's.
    fn note_end(&mut self, result: io::Result<()>) -> Result<()> {
        match result {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.closed = true;
                Ok(())
            }
            other => other.map_err(|error| {
                Error::new(Kind::Environment, "cannot write to standard output").because(error)
            }),
        }
    }
}

/// Writes `text` as whole lines.
fn line(stream: &mut impl Write, text: &str) -> io::Result<()> {
    stream.write_all(text.as_bytes())?;
    if text.ends_with('\n') { Ok(()) } else { stream.write_all(b"\n") }
}

/// Writes to stderr; nobody is left to tell if that fails.
fn talk(text: &str) {
    drop(line(&mut io::stderr().lock(), text));
}

/// The words for an error: message, causes, advice.
fn render(error: &Error, colour: bool) -> String {
    let (red, blue, plain) =
        if colour { ("\x1b[1;31m", "\x1b[1;34m", "\x1b[0m") } else { ("", "", "") };
    let mut lines = vec![format!("{red}error{plain}: {}", clean(error.message()))];
    if let Some(problems) = problems(error) {
        lines.push(problems.render(colour));
    } else {
        let chain = error.chain();
        lines.extend(chain.iter().skip(1).map(|cause| format!("  cause: {}", clean(cause))));
    }
    lines.extend(error.hints().iter().map(|hint| format!("  {blue}hint{plain}: {}", clean(hint))));
    lines.join("\n")
}

/// What is wrong with a mission file, if that is the cause; it is shown with its lines.
fn problems(error: &Error) -> Option<&Problems> {
    let mut cause = error.source();
    while let Some(inner) = cause {
        if let Some(problems) = inner.downcast_ref() {
            return Some(problems);
        }
        cause = inner.source();
    }
    None
}

/// `text` without the control characters with which a file name or a program's output could
/// steer the terminal; line feeds and tabs stay.
fn clean(text: &str) -> String {
    let visible = |c: char| !c.is_control() || c == '\n' || c == '\t';
    text.chars().map(|c| if visible(c) { c } else { '\u{fffd}' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_its_message_its_causes_and_its_advice() {
        let error = Error::usage("no such file").hint("make one").context("cannot read `a`");
        let expected = "error: cannot read `a`\n  cause: no such file\n  hint: make one";
        assert_eq!(render(&error, false), expected);
    }

    #[test]
    fn a_message_cannot_steer_the_terminal() {
        let error = Error::usage("bad `\x1b[2J\0`");
        assert_eq!(render(&error, false), "error: bad `\u{fffd}[2J\u{fffd}`");
    }
}
