//! The plan as the runtime reads it: lines of words.

use std::fmt::{Display, Write as _};

use camino::Utf8Path;

use super::Choice;
use super::plan::{Candidate, Plan, Request, Work};

/// Returns the text of a plan whose results and progress go to the named files.
pub(super) fn text(plan: &Plan, output: &Utf8Path, progress: &Utf8Path) -> String {
    let mut text = "rustchain-plan 1\n".to_owned();
    let limits = &plan.limits;
    let mode = if matches!(plan.work, Work::Search(_)) { "search" } else { "shrink" };
    let mut line = |name: &str, value: &dyn Display| {
        let _ = writeln!(text, "{name} {value}");
    };
    line("output", &output);
    line("progress", &progress);
    line("mode", &mode);
    line("seed", &plan.seed);
    line("modules", &plan.modules);
    line("workers", &plan.workers);
    line("executions_max", &limits.executions);
    line("patience", &limits.patience);
    line("steps_max", &limits.steps);
    line("cpu_ms_max", &limits.cpu_ms);
    line("blocked_ms_max", &limits.blocked_ms);
    line("memory_mib_max", &limits.memory_mib);
    line("depth_max", &limits.depth);
    line("observed_max", &limits.seen_bytes);
    line("attempts_max", &limits.attempts);
    for region in &plan.regions {
        let terms = region.terms.iter().map(|(counter, factor)| format!("{counter}:{factor}"));
        line("region", &format!("{} {}", region.function, joined(terms, " ")));
    }
    line("covered", &joined(plan.covered.iter(), " "));
    for pool in &plan.pools {
        line("pool", &"");
        for value in &pool.values {
            line("value", value);
        }
    }
    match &plan.work {
        Work::Search(candidates) => {
            for one in candidates {
                line("candidate", &candidate(one));
            }
        }
        Work::Shrink(requests) => {
            for one in requests {
                line("request", &request(one));
            }
        }
    }
    text
}

/// The words of a candidate.
fn candidate(candidate: &Candidate) -> String {
    let function = candidate.function.map_or_else(|| "-".to_owned(), |index| index.to_string());
    format!("{} {function} {}", candidate.id, numbers(&candidate.pools))
}

/// The words of a request.
fn request(request: &Request) -> String {
    let shape = Choice::Text(request.shape.clone());
    let choices = joined(request.choices.iter(), " ");
    let keep = numbers(&request.keep);
    format!("{} {} {shape} {keep} {choices}", request.id, request.candidate)
}

/// Numbers as one word.
fn numbers(numbers: &[usize]) -> String {
    if numbers.is_empty() { "-".to_owned() } else { joined(numbers.iter(), ",") }
}

/// Words with something between them.
fn joined(words: impl Iterator<Item: Display>, between: &str) -> String {
    words.map(|word| word.to_string()).collect::<Vec<_>>().join(between)
}
