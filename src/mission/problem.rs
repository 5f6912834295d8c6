//! What is wrong with a mission file: each problem with its place, its line and advice.

use std::fmt;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::error::Error;
use crate::text;

/// Longest line that is shown with its problem, in bytes; of a longer one only the place is named.
const SHOWN_LINE_MAX: usize = 2_000;

/// Most problems that are shown of one file.
const SHOWN_MAX: usize = 25;

/// A stretch of a file in bytes, end excluded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Span {
    /// Its first byte.
    pub start: usize,
    /// The byte after its last one.
    pub end: usize,
}

/// How bad a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The file cannot be used.
    Error,
    /// The file can be used, but probably does not say what was meant.
    Warning,
}

/// One thing that is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, as a lower-case fragment.
    pub message: String,
    /// What was expected at the place, in a few words; may be empty.
    pub label: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// Where; `None` for the file as a whole.
    pub span: Option<Span>,
}

impl Problem {
    /// Creates an error at `span`.
    pub fn error(span: Span, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            message: message.into(),
            label: String::new(),
            hint: None,
            span: Some(span),
        }
    }

    /// Creates a warning at `span`.
    pub fn warning(span: Span, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(span, message) }
    }

    /// Creates an error of the file as a whole.
    pub fn whole_file(message: impl Into<String>) -> Self {
        Self { span: None, ..Self::error(Span::default(), message) }
    }

    /// Says what was expected.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// Adds advice.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Suggests the candidate nearest to `name`, if one is near.
    #[must_use]
    pub fn nearest(self, name: &str, names: &[&str]) -> Self {
        match text::nearest(name, names.iter().copied()) {
            Some(found) => self.hint(format!("did you mean `{found}`?")),
            None => self,
        }
    }
}

/// Everything that is wrong with one file, in the order of the file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Problems {
    /// The name of the file, as the user wrote it.
    pub file: String,
    /// The text of the file; empty if it is not text.
    pub source: String,
    /// What is wrong.
    pub list: Vec<Problem>,
}

impl Problems {
    /// Creates the problems of `file`, sorted by place.
    pub fn new(file: &str, source: &str, mut list: Vec<Problem>) -> Self {
        list.sort_by_key(|problem| problem.span.map_or(0, |span| span.start));
        list.dedup();
        Self { file: file.to_owned(), source: source.to_owned(), list }
    }

    /// Returns whether there is nothing at all.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Returns whether one of them is an error.
    pub fn has_errors(&self) -> bool {
        self.list.iter().any(|problem| problem.severity == Severity::Error)
    }

    /// Returns line and column of a problem, both counted from 1, the column in characters.
    pub fn position(&self, problem: &Problem) -> Option<(usize, usize)> {
        let line = self.line(problem.span?);
        Some((line.number, 1 + line.text.get(..line.span.start)?.chars().count()))
    }

    /// Returns the problems as text for a person, each with its line and a caret.
    pub fn render(&self, color: bool) -> String {
        let renderer = if color { Renderer::styled() } else { Renderer::plain() };
        let shown = self.list.iter().take(SHOWN_MAX);
        let mut blocks: Vec<String> =
            shown.map(|problem| self.render_one(problem, &renderer)).collect();
        if let Some(more) = self.list.len().checked_sub(SHOWN_MAX).filter(|more| 0 < *more) {
            blocks.push(format!("and {}", text::count(more, "more problem")));
        }
        blocks.join("\n\n")
    }

    /// One problem with its line.
    fn render_one(&self, problem: &Problem, renderer: &Renderer) -> String {
        let level = match problem.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let line = problem.span.map(|span| self.line(span));
        let shown = line.as_ref().filter(|line| line.text.len() <= SHOWN_LINE_MAX);
        let title = match (shown, self.position(problem)) {
            (Some(_), _) => problem.message.clone(),
            (None, Some((line, column))) => {
                format!("{} (`{}`, line {line}, column {column})", problem.message, self.file)
            }
            (None, None) => format!("{} (`{}`)", problem.message, self.file),
        };
        let mut group = Group::with_title(level.primary_title(title));
        if let Some(line) = shown {
            let mark = AnnotationKind::Primary.span(line.span.start..line.span.end);
            let snippet = Snippet::source(line.text).line_start(line.number).path(&*self.file);
            group = group.element(snippet.annotation(mark.label(&*problem.label)));
        }
        if let Some(hint) = &problem.hint {
            group = group.element(Level::HELP.message(&**hint));
        }
        renderer.render(&[group])
    }

    /// The line in which `span` begins, and the part of it that `span` covers.
    fn line(&self, span: Span) -> Line<'_> {
        let at = floor(&self.source, span.start);
        let (before, after) = self.source.split_at(at);
        let start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let end = after.find('\n').map_or(self.source.len(), |newline| at + newline);
        let text = self.source.get(start..end).unwrap_or_default().trim_end_matches('\r');
        let first = (at - start).min(text.len());
        let last = floor(&self.source, span.end).saturating_sub(start).min(text.len());
        let last = last.max(first + usize::from(first < text.len()));
        let span = Span { start: first, end: ceil(text, last) };
        Line { number: 1 + before.matches('\n').count(), text, span }
    }
}

/// A line of a file and the part of it that matters.
struct Line<'a> {
    number: usize,
    text: &'a str,
    span: Span,
}

/// The nearest character boundary at or before `at`.
fn floor(text: &str, at: usize) -> usize {
    let at = at.min(text.len());
    (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// The nearest character boundary at or after `at`.
fn ceil(text: &str, at: usize) -> usize {
    (at..text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len())
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for Problems {}

impl From<Problems> for Error {
    fn from(problems: Problems) -> Self {
        Self::usage(format!("cannot use `{}`", problems.file)).because(problems)
    }
}
