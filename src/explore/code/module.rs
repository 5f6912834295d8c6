//! The module of generated code for one host, with the place of everything rustc may refuse.

use super::expression::expression;
use crate::explore::recipe::Maker;
use crate::explore::target::{
    Access, Call, Candidate, ERROR_SLOT, FIRST_LOOK, Host, LookAt, RESULT_SLOT, ResultKind,
    STEP_SLOT, STEPS_MAX,
};

/// Most items that are taken from an iterator.
pub const ITEMS_MAX: usize = 12;

/// A part of the generated code that can be left out by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unit {
    /// A whole maker.
    Maker(usize),
    /// An arm of a maker.
    Arm(usize, usize),
    /// A whole candidate.
    Candidate(usize),
    /// A call on the receiver before the one that is looked at.
    Step(usize, usize),
    /// One of several expressions of a candidate.
    Form(usize, usize),
    /// A look of a candidate.
    Look(usize, usize),
}

/// Generated code.
#[derive(Debug, Clone)]
pub struct Generated {
    /// The source text.
    pub text: String,
    /// First and last line of each unit; inner units come after those around them.
    pub units: Vec<(u32, u32, Unit)>,
}

impl Generated {
    /// Returns the innermost unit at a line.
    pub fn unit_at(&self, line: u32) -> Option<Unit> {
        let around = self.units.iter().filter(|(first, last, _)| (*first..=*last).contains(&line));
        around.min_by_key(|(first, last, _)| last - first).map(|(.., unit)| *unit)
    }
}

/// Returns the content of the module for one host.
pub fn module(host: &Host) -> Generated {
    let mut writer = Writer { lines: Vec::new(), units: Vec::new() };
    writer.line("#![allow(warnings, clippy::all)]");
    writer.line("use super::*;");
    let used = used_makers(host);
    for (id, maker) in host.makers.iter().enumerate().filter(|(id, _)| used[*id]) {
        writer.maker(host, id, maker);
    }
    for (index, candidate) in host.candidates.iter().enumerate().filter(|(_, c)| c.alive) {
        writer.candidate(index, candidate);
    }
    writer.line("static CASES: &[(u32, fn(&mut ::rustchain_rt::Picks))] = &[");
    for candidate in host.candidates.iter().filter(|candidate| candidate.alive) {
        writer.line(&format!("({0}, c{0}),", candidate.id));
    }
    writer.line("];");
    writer.line("#[test]");
    writer.line("fn rustchain_explore() { ::rustchain_rt::register(CASES); }");
    let text = writer.lines.join("\n").replace("::std::", "::rustchain_rt::std::") + "\n";
    Generated { text, units: writer.units }
}

/// Which makers the living candidates need.
fn used_makers(host: &Host) -> Vec<bool> {
    let mut pending = Vec::new();
    for candidate in host.candidates.iter().filter(|candidate| candidate.alive) {
        for operand in &candidate.operands {
            operand.recipe.makers(&mut pending);
        }
        for step in candidate.steps.iter().filter(|step| step.alive) {
            step.args.iter().for_each(|arg| arg.makers(&mut pending));
        }
    }
    let mut used = vec![false; host.makers.len()];
    while let Some(id) = pending.pop() {
        if !std::mem::replace(&mut used[id], true) {
            for (_, arm) in host.makers[id].alive() {
                arm.recipe.makers(&mut pending);
            }
        }
    }
    used
}

/// Collects lines and units.
struct Writer {
    lines: Vec<String>,
    units: Vec<(u32, u32, Unit)>,
}

impl Writer {
    /// Adds one line; recipes never contain line breaks.
    fn line(&mut self, line: &str) {
        self.lines.push(line.to_owned());
    }

    /// The number of the next line.
    fn next(&self) -> u32 {
        u32::try_from(self.lines.len()).unwrap_or(u32::MAX - 1) + 1
    }

    /// Adds one line that is a unit.
    fn unit(&mut self, unit: Unit, line: &str) {
        let number = self.next();
        self.units.push((number, number, unit));
        self.line(line);
    }

    /// Adds the function that makes values of one type.
    fn maker(&mut self, host: &Host, id: usize, maker: &Maker) {
        let (arms, leaves) = maker.counts();
        let first = self.next();
        let position = self.units.len();
        self.units.push((first, first, Unit::Maker(id)));
        self.line(&format!("fn make_{id}(p: &mut ::rustchain_rt::Picks) -> {} {{", maker.ty));
        // The number of the maker among those of all modules.
        let number = host.module << 16 | u64::try_from(id).unwrap_or_default();
        let chosen = if arms == 1 { "0".to_owned() } else { format!("p.arm({arms}, {leaves})") };
        let picks = "|p: &mut ::rustchain_rt::Picks|";
        self.line(&format!("p.make({number}, {picks} -> {} {{ match {chosen} {{", maker.ty));
        for (number, (index, arm)) in maker.alive().enumerate() {
            let pattern = if number + 1 == arms { "_".to_owned() } else { number.to_string() };
            let made = expression(&arm.recipe);
            self.unit(Unit::Arm(id, index), &format!("{pattern} => {{ {made} }}"));
        }
        self.line("} })");
        self.line("}");
        self.units[position] = (first, self.next() - 1, Unit::Maker(id));
    }

    /// Adds the function of one candidate.
    fn candidate(&mut self, index: usize, candidate: &Candidate) {
        let first = self.next();
        let position = self.units.len();
        self.units.push((first, first, Unit::Candidate(index)));
        self.line(&format!("fn c{}(p: &mut ::rustchain_rt::Picks) {{", candidate.id));
        for (number, operand) in candidate.operands.iter().enumerate() {
            let word = if operand.access == Access::Exclusive { "mut " } else { "" };
            let made = expression(&operand.recipe);
            let word = if number == 0 && candidate.steps.iter().any(|step| step.alive) {
                "mut "
            } else {
                word
            };
            self.line(&format!("let {word}v{number} = {made};"));
            if number == 0 {
                self.steps(index, candidate);
            }
        }
        self.line("p.built();");
        self.call(index, candidate);
        self.looks(index, candidate);
        self.line("}");
        let last = self.next() - 1;
        self.units[position] = (first, last, Unit::Candidate(index));
    }

    /// Adds the calls on the receiver that may come first.
    fn steps(&mut self, index: usize, candidate: &Candidate) {
        let alive: Vec<_> =
            candidate.steps.iter().enumerate().filter(|(_, step)| step.alive).collect();
        if alive.is_empty() {
            return;
        }
        let count = alive.len();
        self.line(&format!("for number in 0..p.count({STEPS_MAX}) {{"));
        let chosen = if count == 1 { "0".to_owned() } else { format!("p.arm({count}, {count})") };
        self.line(&format!("match {chosen} {{"));
        for (number, (position, step)) in alive.into_iter().enumerate() {
            let pattern = if number + 1 == count { "_".to_owned() } else { number.to_string() };
            let args = step.args.iter().map(|arg| format!(", {}", expression(arg)));
            let args: String = args.collect();
            let call = format!("{}(&mut v0{args})", step.callee.path);
            let line = if step.returns {
                format!(
                    "{pattern} => {{ let s = {call}; \
                     ::rustchain_rt::see!(p, {STEP_SLOT} + number, &s); }}"
                )
            } else {
                format!("{pattern} => {{ {call}; }}")
            };
            self.unit(Unit::Step(index, position), &line);
        }
        self.line("}");
        self.line("}");
    }

    /// Adds the call that is looked at, and the look at its result.
    fn call(&mut self, index: usize, candidate: &Candidate) {
        match &candidate.call {
            Call::Callee(callee) => {
                let args: Vec<String> = candidate
                    .operands
                    .iter()
                    .enumerate()
                    .map(|(number, operand)| match operand.access {
                        Access::Value => format!("v{number}"),
                        Access::Shared => format!("&v{number}"),
                        Access::Exclusive => format!("&mut v{number}"),
                    })
                    .collect();
                self.line(&format!("let r = {}({});", callee.path, args.join(", ")));
            }
            Call::Forms(forms) if forms.len() == 1 => {
                let form = forms.first().map_or("()", String::as_str);
                self.line(&format!("let r = {};", filled(form, candidate)));
            }
            Call::Forms(forms) => {
                let count = forms.len();
                self.line(&format!("let r = match p.arm({count}, {count}) {{"));
                for (number, form) in forms.iter().enumerate() {
                    let pattern =
                        if number + 1 == count { "_".to_owned() } else { number.to_string() };
                    let line = format!("{pattern} => {},", filled(form, candidate));
                    self.unit(Unit::Form(index, number), &line);
                }
                self.line("};");
            }
        }
        match candidate.result {
            ResultKind::Unit => self.line("let _: () = r;"),
            ResultKind::Plain => {
                self.line(&format!("::rustchain_rt::see!(p, {RESULT_SLOT}, &r);"));
            }
            ResultKind::Fallible => {
                self.line("match &r {");
                self.line(&format!(
                    "::std::result::Result::Ok(r) => ::rustchain_rt::see!(p, {RESULT_SLOT}, r),"
                ));
                self.line(&format!(
                    "::std::result::Result::Err(r) => ::rustchain_rt::see!(p, {ERROR_SLOT}, r),"
                ));
                self.line("}");
            }
            ResultKind::Iterator => {
                self.line(&format!("let r: ::std::vec::Vec<_> = r.take({ITEMS_MAX}).collect();"));
                self.line(&format!("::rustchain_rt::see!(p, {RESULT_SLOT}, &r);"));
            }
        }
    }

    /// Adds the looks at operands and accessors.
    fn looks(&mut self, index: usize, candidate: &Candidate) {
        for (number, look) in candidate.looks.iter().enumerate().filter(|(_, look)| look.alive) {
            let slot = FIRST_LOOK + u32::try_from(number).unwrap_or_default();
            let line = match &look.at {
                LookAt::Operand(operand) => {
                    format!("::rustchain_rt::see!(p, {slot}, &v{operand});")
                }
                LookAt::Accessor { operand, callee, .. } => {
                    let place = reached(callee, &format!("v{operand}"));
                    hidden(slot, &place)
                }
                LookAt::ResultAccessor { callee, .. } => {
                    let place = reached(callee, "r");
                    let look = hidden(slot, &place);
                    match candidate.result {
                        ResultKind::Fallible => {
                            format!("if let ::std::result::Result::Ok(r) = &r {{ {look} }}")
                        }
                        _ => format!("{{ let r = &r; {look} }}"),
                    }
                }
            };
            self.unit(Unit::Look(index, number), &line);
        }
    }
}

/// The call of an accessor by method syntax, which fits `self` and `&self` alike.
fn reached(callee: &crate::explore::recipe::Callee, place: &str) -> String {
    let name = callee.method.as_deref().unwrap_or_default();
    format!("{place}.{name}()")
}

/// A look at an expression whose own coverage does not count.
fn hidden(slot: u32, expression: &str) -> String {
    format!(
        "{{ let seen = ::rustchain_rt::hidden(|| {expression}); \
         ::rustchain_rt::see!(p, {slot}, &seen); }}"
    )
}

/// A form with the places of the operands filled in.
fn filled(form: &str, candidate: &Candidate) -> String {
    let mut text = form.to_owned();
    for number in 0..candidate.operands.len() {
        text = text.replace(&format!("{{{number}}}"), &format!("v{number}"));
    }
    text.replace("{{", "{").replace("}}", "}")
}
