//! The judge: rustc says which parts of the generated code are valid, and the rest is left out.

use std::collections::BTreeMap;

use super::install::Install;
use crate::cargo::{self, BuildOutput, Diagnostic, Goal, Request, Span, Workshop};
use crate::error::{Error, Result};
use crate::explore::code::{Generated, Unit, module};
use crate::explore::produce::{all_end, prune};
use crate::explore::reason::Reason;
use crate::explore::target::{Call, Host};
use crate::sys::{Stop, fs};

/// Most rounds: errors of one phase of the compiler hide those of the next.
const ROUNDS_MAX: usize = 14;

/// What the judge found out.
#[derive(Debug, Clone, Default)]
pub struct Verdict {
    /// Why candidates died, by their id.
    pub refused: BTreeMap<u32, Reason>,
    /// How often the compiler was asked.
    pub rounds: usize,
}

/// Compiles the code of `hosts` again and again, without what rustc refuses, until it compiles.
///
/// Fails with `Kind::Failed` if it never does.
pub fn judge(
    workshop: &mut Workshop,
    install: &Install,
    hosts: &mut [Host],
    request: &Request,
    stop: &Stop,
) -> Result<Verdict> {
    let mut verdict = Verdict::default();
    loop {
        let generated: Vec<Generated> = hosts.iter().map(module).collect();
        for (index, generated) in generated.iter().enumerate() {
            fs::write_atomic(&install.file(index), generated.text.as_bytes())?;
        }
        install.apply(workshop, hosts)?;
        verdict.rounds += 1;
        let request = Request { goal: Goal::Check, ..request.clone() };
        let output = cargo::build(workshop, &request, stop)?;
        if output.success {
            return Ok(verdict);
        }
        let mut killed = false;
        for diagnostic in output.diagnostics.iter().filter(|diagnostic| diagnostic.is_error()) {
            for (host, unit) in blamed(diagnostic, install, &generated) {
                let Some(host) = hosts.get_mut(host) else { continue };
                killed |= kill(host, unit, &diagnostic.message, &mut verdict);
            }
        }
        for host in hosts.iter_mut() {
            settle(host, &mut verdict);
        }
        if !killed || ROUNDS_MAX <= verdict.rounds {
            return Err(stuck(&output));
        }
    }
}

/// The error for code that does not compile although nothing in it can be blamed.
fn stuck(output: &BuildOutput) -> Error {
    let mut errors = output.diagnostics.iter().filter(|diagnostic| diagnostic.is_error());
    let words = errors.next().map_or(output.words.trim(), |first| first.rendered.trim());
    Error::failed("the candidate tests of the explorer do not compile").because(words.to_owned())
}

/// The units a diagnostic is about: those at its primary places, else at any other.
fn blamed(
    diagnostic: &Diagnostic,
    install: &Install,
    generated: &[Generated],
) -> Vec<(usize, Unit)> {
    let mut spans: Vec<&Span> = Vec::new();
    let mut pending = vec![diagnostic];
    while let Some(current) = pending.pop() {
        spans.extend(&current.spans);
        pending.extend(&current.children);
    }
    let mut found = Vec::new();
    for primary in [true, false] {
        for span in spans.iter().filter(|span| span.primary == primary) {
            let mut place = Some(*span);
            while let Some(span) = place {
                let host = install.host_of(&span.file);
                let unit = host.and_then(|host| generated.get(host)?.unit_at(span.line_start));
                if let Some((host, unit)) = host.zip(unit)
                    && !found.contains(&(host, unit))
                {
                    found.push((host, unit));
                }
                place = span.expansion.as_ref().map(|expansion| &expansion.span);
            }
        }
        if !found.is_empty() {
            break;
        }
    }
    found
}

/// Leaves a unit out; returns whether it was still alive.
fn kill(host: &mut Host, unit: Unit, message: &str, verdict: &mut Verdict) -> bool {
    let refused = || Reason::Refused(message.chars().take(160).collect());
    match unit {
        Unit::Maker(maker) => {
            let arms = &mut host.makers[maker].arms;
            let alive = arms.iter().any(|arm| arm.alive);
            for arm in arms.iter_mut() {
                arm.alive = false;
            }
            alive
        }
        Unit::Arm(maker, arm) => std::mem::take(&mut host.makers[maker].arms[arm].alive),
        Unit::Candidate(index) => {
            let candidate = &mut host.candidates[index];
            verdict.refused.entry(candidate.id).or_insert_with(refused);
            std::mem::take(&mut candidate.alive)
        }
        Unit::Step(index, step) => std::mem::take(&mut host.candidates[index].steps[step].alive),
        Unit::Look(index, look) => std::mem::take(&mut host.candidates[index].looks[look].alive),
        Unit::Form(index, form) => {
            let candidate = &mut host.candidates[index];
            if let Call::Forms(forms) = &mut candidate.call
                && 1 < forms.len()
                && form < forms.len()
            {
                forms.remove(form);
            } else {
                verdict.refused.entry(candidate.id).or_insert_with(refused);
                candidate.alive = false;
            }
            true
        }
    }
}

/// Leaves out what needs something that was left out.
fn settle(host: &mut Host, verdict: &mut Verdict) {
    while prune(&mut host.makers) {}
    let ends: Vec<bool> =
        host.makers.iter().map(|maker| maker.arms.iter().any(|arm| arm.alive)).collect();
    for candidate in host.candidates.iter_mut().filter(|candidate| candidate.alive) {
        let whole = candidate.operands.iter().all(|operand| all_end(&operand.recipe, &ends));
        if !whole {
            candidate.alive = false;
            let reason = Reason::NoValue("an argument".to_owned());
            verdict.refused.entry(candidate.id).or_insert(reason);
        }
        for step in &mut candidate.steps {
            step.alive &= step.args.iter().all(|arg| all_end(arg, &ends));
        }
    }
}
