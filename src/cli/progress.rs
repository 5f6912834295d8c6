//! How a run goes, while it goes: two live lines on a terminal, plain lines elsewhere.

use std::io::Write as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::Value as Json;

use super::context::Context;
use super::output::{Output, Talk};
use crate::journal::Event;
use crate::text;

/// How often the live lines move.
const TICK: Duration = Duration::from_millis(120);

/// Returns a live line with these words, to be cleared by its receiver; elsewhere than on a
/// terminal it is not to be seen.
pub fn wait(context: &Context, output: &Output, words: &str) -> ProgressBar {
    let bar = bar(is_live(context, output), "{spinner} {wide_msg} {elapsed}");
    bar.set_message(words.to_owned());
    bar
}

/// Whether a person watches.
fn is_live(context: &Context, output: &Output) -> bool {
    context.environment.stderr_is_terminal && output.talk() != Talk::Quiet
}

/// A bar that is drawn if it is live.
fn bar(live: bool, template: &str) -> ProgressBar {
    let target = if live { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let bar = ProgressBar::with_draw_target(None, target);
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    if live {
        bar.enable_steady_tick(TICK);
    }
    bar
}

/// The display of one run.
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
    state: Arc<Mutex<State>>,
}

/// What is known of the run so far.
#[derive(Debug)]
struct State {
    talk: Talk,
    live: bool,
    missions: usize,
    begun: usize,
    /// Whether a mission goes on; others may go on inside it.
    inside: bool,
    mission: String,
    stage: String,
    cases: u64,
    lines: u64,
}

impl Progress {
    /// Returns the display for a run of this many missions.
    pub fn new(context: &Context, output: &Output, missions: usize) -> Self {
        let live = is_live(context, output);
        let bar = bar(live, "{spinner} {wide_msg}\n  {prefix} {elapsed}");
        let state = State {
            talk: output.talk(),
            live,
            missions,
            begun: 0,
            inside: false,
            mission: String::new(),
            stage: String::new(),
            cases: 0,
            lines: 0,
        };
        Self { bar, state: Arc::new(Mutex::new(state)) }
    }

    /// Returns what to do at each event of the run.
    pub fn observer(&self) -> impl Fn(&Event, &str) + Send + 'static {
        let (bar, state) = (self.bar.clone(), Arc::clone(&self.state));
        move |event, _| {
            let Ok(mut state) = state.lock() else { return };
            if let Some(line) = state.apply(event) {
                bar.suspend(|| Output::line(&line));
            }
            if state.live {
                bar.set_message(state.title());
                bar.set_prefix(state.work());
            }
        }
    }

    /// Takes the live lines away.
    pub fn end(&self) {
        self.bar.finish_and_clear();
    }
}

impl State {
    /// Takes an event in; returns a line to keep on the screen, if it is worth one.
    fn apply(&mut self, event: &Event) -> Option<String> {
        let fields = Fields(event);
        if let Some(stage) = stage(&fields) {
            self.stage = stage;
        }
        match event.kind.as_str() {
            "run.measured" => {
                let share = share(event.fields.get("before")?.get("lines")?)?;
                self.said(format!("{share} of the lines are covered"))
            }
            "mission.started" if !self.inside => {
                self.begun += 1;
                self.inside = true;
                (self.cases, self.lines) = (0, 0);
                fields.text("name").clone_into(&mut self.mission);
                if self.live { None } else { self.said(self.title()) }
            }
            "step.finished" if !self.live || Talk::Verbose <= self.talk => {
                let (step, message) = (fields.text("step"), fields.text("message"));
                match (fields.text("status"), message) {
                    ("completed", "") => self.said(format!("  {step}")),
                    ("completed", message) => self.said(format!("  {step}: {message}")),
                    (status, "") => self.said(format!("  {step}: {}", status.replace('_', " "))),
                    (status, message) => {
                        self.said(format!("  {step}: {}: {message}", status.replace('_', " ")))
                    }
                }
            }
            "test.kept" => {
                self.cases += 1;
                self.lines += fields.number("lines");
                None
            }
            "mission.reported" => {
                self.begun += usize::from(!self.inside);
                self.inside = false;
                self.said(ended(&fields))
            }
            "mission.skipped" => {
                self.begun += 1;
                self.said(format!("{}: {}", fields.text("mission"), fields.text("reason")))
            }
            "mission.archived" => {
                self.begun += 1;
                None
            }
            "mission.reopened" => self.said(format!("{}: reopened", fields.text("mission"))),
            _ => None,
        }
    }

    /// A line that stays, unless told to be quiet.
    fn said(&self, line: String) -> Option<String> {
        (Talk::Normal <= self.talk).then_some(line)
    }

    /// The mission in hand.
    fn title(&self) -> String {
        if self.mission.is_empty() {
            return "before the first mission".to_owned();
        }
        format!("[{}/{}] {}", self.begun, self.missions, self.mission)
    }

    /// What is done at the moment, and what it gave so far.
    fn work(&self) -> String {
        if self.cases == 0 {
            return self.stage.clone();
        }
        let cases = text::count(usize::try_from(self.cases).unwrap_or(usize::MAX), "case");
        let lines = text::count(usize::try_from(self.lines).unwrap_or(usize::MAX), "line");
        format!("{} · {cases} kept, {lines} gained ·", self.stage)
    }
}

/// The fields of an event.
struct Fields<'a>(&'a Event);

impl Fields<'_> {
    /// A field that is text; empty without it.
    fn text(&self, name: &str) -> &str {
        self.0.fields.get(name).and_then(Json::as_str).unwrap_or_default()
    }

    /// A field that is a number; 0 without it.
    fn number(&self, name: &str) -> u64 {
        self.0.fields.get(name).and_then(Json::as_u64).unwrap_or_default()
    }

    /// How many things a field lists, or says.
    fn count(&self, name: &str) -> usize {
        let listed = self.0.fields.get(name).and_then(Json::as_array).map(Vec::len);
        listed.unwrap_or_else(|| usize::try_from(self.number(name)).unwrap_or(usize::MAX))
    }
}

/// The words for what begins with an event, if anything does.
fn stage(fields: &Fields<'_>) -> Option<String> {
    let step = |kind: &str| match kind {
        "analyze" => "reading what is covered".to_owned(),
        "generate" => "choosing cases".to_owned(),
        "integrate" => "writing the tests".to_owned(),
        "verify" => "verifying the whole crate".to_owned(),
        "archive" => "archiving".to_owned(),
        _ => fields.text("step").to_owned(),
    };
    let gate = |gate: &str, cases: &str| match gate {
        "Clean" => format!("reading {cases}"),
        "Compiles" => format!("compiling {cases}"),
        "Passes" => format!("running {cases} alone"),
        "Adds" => format!("measuring what {cases} cover"),
        _ => format!("repeating {cases}"),
    };
    Some(match fields.0.kind.as_str() {
        "run.started" => "measuring what the tests cover".to_owned(),
        "run.finished" => "writing the report".to_owned(),
        "step.started" => step(fields.text("kind")),
        "explore.started" => {
            format!("searching for tests of {}", text::count(fields.count("files"), "file"))
        }
        "explore.searched" => {
            format!("choosing from {}", text::count(fields.count("executions"), "execution"))
        }
        "gate.entered" => gate(fields.text("gate"), &text::count(fields.count("tests"), "case")),
        _ => return None,
    })
}

/// A ratio as a percentage; `None` if there is nothing to cover.
fn share(lines: &Json) -> Option<String> {
    let (covered, coverable) = (lines.get("covered")?.as_u64()?, lines.get("coverable")?.as_u64()?);
    (0 < coverable).then(|| text::percent(covered, coverable))
}

/// The line that stays of a mission: how it ended, and what it gave.
fn ended(fields: &Fields<'_>) -> String {
    let (name, outcome) = (fields.text("name"), fields.text("outcome").replace('_', " "));
    let at = |name: &str| fields.0.fields.get(name).and_then(share);
    match (at("before"), at("after")) {
        (Some(before), Some(after)) => {
            let tests = text::count(fields.count("tests_kept"), "test");
            format!("{name}: {outcome}, {before} → {after} of the lines, {tests}")
        }
        _ => format!("{name}: {outcome}"),
    }
}

/// Writes an event to stdout at once; a reader that went away is no reason to stop.
pub fn json_line(line: &str) {
    let mut stdout = std::io::stdout().lock();
    drop(stdout.write_all(line.as_bytes()));
    if !line.ends_with('\n') {
        drop(stdout.write_all(b"\n"));
    }
    drop(stdout.flush());
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// What stays on the screen of these events, and what the live lines say after them.
    fn shown(live: bool, events: &[(&str, Json)]) -> (Vec<String>, [String; 2]) {
        let mut state = State {
            talk: Talk::Normal,
            live,
            missions: 2,
            begun: 0,
            inside: false,
            mission: String::new(),
            stage: String::new(),
            cases: 0,
            lines: 0,
        };
        let mut lines = Vec::new();
        for (kind, fields) in events {
            let event = Event {
                v: 1,
                ts: String::new(),
                seq: 0,
                run: String::new(),
                kind: (*kind).to_owned(),
                fields: fields.as_object().cloned().unwrap_or_default(),
            };
            lines.extend(state.apply(&event));
        }
        (lines, [state.title(), state.work()])
    }

    fn events() -> Vec<(&'static str, Json)> {
        let ratio = |covered: u64| json!({ "covered": covered, "coverable": 10 });
        vec![
            ("run.measured", json!({ "before": { "lines": ratio(4) } })),
            ("mission.archived", json!({ "mission": "a.yaml" })),
            ("mission.started", json!({ "name": "Cover src/b.rs" })),
            ("step.started", json!({ "step": "find", "kind": "generate" })),
            ("gate.entered", json!({ "gate": "Stable", "tests": 3 })),
            ("test.kept", json!({ "lines": 5 })),
            ("test.kept", json!({ "lines": 1 })),
            (
                "step.finished",
                json!({ "step": "find", "status": "completed", "message": "2 kept" }),
            ),
            ("mission.started", json!({ "name": "inside another" })),
            ("step.finished", json!({ "step": "say", "status": "timed_out" })),
            (
                "mission.reported",
                json!({
                    "name": "Cover src/b.rs", "outcome": "below_target",
                    "before": ratio(4), "after": ratio(10), "tests_kept": 2,
                }),
            ),
        ]
    }

    #[test]
    fn without_a_terminal_every_step_has_its_line() {
        let expected = [
            "40.0 % of the lines are covered",
            "[2/2] Cover src/b.rs",
            "  find: 2 kept",
            "  say: timed out",
            "Cover src/b.rs: below target, 40.0 % → 100.0 % of the lines, 2 tests",
        ];
        assert_eq!(shown(false, &events()).0, expected);
    }

    #[test]
    fn on_a_terminal_the_stages_move_and_the_results_stay() {
        let (lines, live) = shown(true, &events());
        assert_eq!(lines.len(), 2, "{lines:?}");
        let expected =
            ["[2/2] Cover src/b.rs", "repeating 3 cases · 2 cases kept, 6 lines gained ·"];
        assert_eq!(live, expected);
    }
}
