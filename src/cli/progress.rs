//! How a run goes, while it goes: one live line on a terminal, plain lines elsewhere.

use std::io::Write as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::Value as Json;

use super::context::Context;
use super::output::{Output, Talk};
use crate::journal::Event;

/// How often the live line moves.
const TICK: Duration = Duration::from_millis(120);

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
    root: String,
    missions: usize,
    begun: usize,
    mission: String,
    stage: String,
    tests: u64,
    lines: u64,
}

impl Progress {
    /// Returns the display for a run of this many missions.
    pub fn new(context: &Context, output: &Output, missions: usize) -> Self {
        let live = context.environment.stderr_is_terminal && output.talk() != Talk::Quiet;
        let target = if live { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(None, target);
        if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg} {elapsed}") {
            bar.set_style(style);
        }
        if live {
            bar.enable_steady_tick(TICK);
        }
        let state = State {
            talk: output.talk(),
            live,
            root: format!("{}/", context.root),
            missions,
            begun: 0,
            mission: String::new(),
            stage: String::new(),
            tests: 0,
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
                bar.set_message(state.live_line());
            }
        }
    }

    /// Takes the live line away.
    pub fn end(&self) {
        self.bar.finish_and_clear();
    }
}

impl State {
    /// Takes an event in; returns a line to keep on the screen, if it is worth one.
    fn apply(&mut self, event: &Event) -> Option<String> {
        let text = |name: &str| event.fields.get(name).and_then(Json::as_str).unwrap_or_default();
        let number = |name: &str| event.fields.get(name).and_then(Json::as_u64);
        self.tests = number("tests_kept").unwrap_or(self.tests);
        self.lines = number("lines_gained").unwrap_or(self.lines);
        match event.kind.as_str() {
            "run.started" => {
                "measuring".clone_into(&mut self.stage);
                None
            }
            "run.measured" => {
                let percent = event.fields.get("before")?.get("lines")?.get("percent")?.as_f64()?;
                let coverable = event.fields.get("before")?.get("lines")?.get("coverable")?;
                let known = coverable.as_u64().is_some_and(|lines| 0 < lines);
                known.then(|| self.said(&format!("{percent} % of the lines are covered")))?
            }
            "mission.started" => {
                self.begun += 1;
                (self.tests, self.lines) = (0, 0);
                text("name").clone_into(&mut self.mission);
                self.stage.clear();
                let line = format!("[{}/{}] {}", self.begun, self.missions, self.mission);
                if self.live { None } else { self.said(&line) }
            }
            "step.started" => {
                text("step").clone_into(&mut self.stage);
                None
            }
            "step.finished" if Talk::Verbose <= self.talk => {
                let (step, status, message) = (text("step"), text("status"), text("message"));
                let colon = if message.is_empty() { "" } else { ": " };
                self.said(&format!("  {step} {status}{colon}{message}"))
            }
            "mission.finished" => {
                let outcome = text("outcome").replace('_', " ");
                let gained = if 0 < self.tests {
                    format!(" ({} tests, {} lines)", self.tests, self.lines)
                } else {
                    String::new()
                };
                self.said(&format!("{}: {outcome}{gained}", self.mission))
            }
            "mission.skipped" => {
                self.begun += 1;
                self.said(&format!("{}: {}", text("mission"), text("reason")))
            }
            "mission.archived" => {
                self.begun += 1;
                None
            }
            "mission.reopened" => self.said(&format!("{}: reopened", text("mission"))),
            _ => None,
        }
    }

    /// A line that stays, unless told to be quiet.
    fn said(&self, line: &str) -> Option<String> {
        (Talk::Normal <= self.talk).then(|| line.replace(&self.root, ""))
    }

    /// The line that moves.
    fn live_line(&self) -> String {
        let mut parts = vec![format!("[{}/{}]", self.begun, self.missions), self.mission.clone()];
        parts.push(self.stage.clone());
        if 0 < self.tests {
            parts.push(format!("{} tests, {} lines", self.tests, self.lines));
        }
        parts.retain(|part| !part.is_empty());
        parts.join(" · ")
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
