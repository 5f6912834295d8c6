//! One case as statements: build, call, and assert what was observed.

use std::collections::BTreeSet;

use super::observed::Observed;
use super::render::{Place, Renderer};
use super::{literal, words};
use crate::explore::code::ITEMS_MAX;
use crate::explore::harness::{Choice, Outcome, Seen};
use crate::explore::model::{Crate, Type};
use crate::explore::produce::Names;
use crate::explore::recipe::{Callee, Maker};
use crate::explore::target::{
    Access, Call, Candidate, ERROR_SLOT, FIRST_LOOK, LookAt, Operand, RESULT_SLOT, ResultKind,
    STEP_SLOT,
};

/// Longest text that an assertion compares with.
const TEXT_MAX: usize = 300;

/// What the search found for one candidate.
#[derive(Debug, Clone)]
pub struct Finding<'a> {
    /// The candidate.
    pub candidate: &'a Candidate,
    /// The makers of its host.
    pub makers: &'a [Maker],
    /// The choices.
    pub choices: &'a [Choice],
    /// How it ended.
    pub outcome: &'a Outcome,
    /// What was seen.
    pub seen: &'a [Seen],
}

/// A case, ready to become a test or part of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// What the test says, as words of a name: `insert_returns_err`.
    pub name: String,
    /// Its statements, in order.
    pub statements: Vec<String>,
    /// Traits that have to be in scope.
    pub imports: BTreeSet<String>,
    /// The panic it expects, if any.
    pub panics: Option<String>,
}

/// Writes cases for one module.
#[derive(Debug, Clone, Copy)]
pub struct Writer<'a> {
    krate: &'a Crate,
    observed: Observed<'a>,
}

impl<'a> Writer<'a> {
    /// Creates one for tests that stand in a child of `names.module`.
    pub fn new(names: Names<'a>) -> Self {
        Self { krate: names.krate, observed: Observed { names } }
    }

    /// Returns the case for what was found; `None` if nothing could be asserted, or the choices
    /// cannot be written down.
    pub fn draft(&self, finding: &Finding<'_>) -> Option<Draft> {
        let candidate = finding.candidate;
        let mut renderer = Renderer::new(finding.makers, finding.choices);
        let mut statements = Vec::new();
        let mut places = Vec::new();
        for (index, operand) in candidate.operands.iter().enumerate() {
            let steps = index == 0 && candidate.steps.iter().any(|step| step.alive);
            let place = self.place(candidate, index);
            let (locals, value) = if operand.access == Access::Exclusive || steps {
                renderer.lasting(&operand.recipe, place)?
            } else {
                (Vec::new(), renderer.expression(&operand.recipe, place)?)
            };
            statements.extend(renderer.take_tuples());
            statements.extend(locals);
            let stepped = if steps { Self::steps(finding, &mut renderer)? } else { Vec::new() };
            statements.extend(renderer.take_tuples());
            if operand.access == Access::Exclusive || !stepped.is_empty() {
                let name = words::local(operand, &places);
                statements.push(format!("let mut {name} = {value};"));
                let filled = stepped.iter().map(|step| step.replace("{self}", &name));
                statements.extend(filled);
                places.push((name, true));
            } else {
                places.push((value, false));
            }
        }
        let call = Self::call(candidate, &places, &mut renderer)?;
        let mut imports = renderer.into_imports();
        let panics = match finding.outcome {
            Outcome::Panicked { message, .. } => Some(message.clone()),
            _ => None,
        };
        if panics.is_some() {
            statements.push(format!("{call};"));
        } else {
            let made = self.assertions(finding, &call, &places, &mut imports);
            if made.is_empty() {
                return None;
            }
            statements.extend(made);
        }
        let name = words::test_name(self.krate, finding);
        Some(Draft { name, statements, imports, panics })
    }

    /// Where the value of an operand will stand.
    fn place(&self, candidate: &Candidate, index: usize) -> Place {
        let function = &self.krate.functions[candidate.function];
        let method = matches!(&candidate.call, Call::Callee(callee) if callee.method.is_some());
        if index == 0 && (method || matches!(candidate.call, Call::Forms(_))) {
            return Place::Receiver;
        }
        match function.inputs.get(index) {
            Some((_, ty)) if !ty.is_open() => Place::Typed,
            _ => Place::Free,
        }
    }

    /// The calls on the receiver that come first; `{self}` stands for it.
    fn steps(finding: &Finding<'_>, renderer: &mut Renderer<'_>) -> Option<Vec<String>> {
        let alive: Vec<_> = finding.candidate.steps.iter().filter(|step| step.alive).collect();
        let mut lines = Vec::new();
        for number in 0..renderer.count()? {
            let chosen = if alive.len() == 1 { 0 } else { renderer.arm()? };
            let step = alive.get(chosen)?;
            let args: Option<Vec<String>> = step
                .args
                .iter()
                .enumerate()
                .map(|(index, arg)| renderer.expression(arg, Place::of(&step.callee, index + 1)))
                .collect();
            let method = step.callee.method.as_ref()?;
            renderer.import(&step.callee);
            let call = format!("{{self}}.{method}({})", args?.join(", "));
            let slot = STEP_SLOT + u32::try_from(number).ok()?;
            let seen = finding.seen.iter().find(|seen| seen.slot == slot);
            let debug = seen.and_then(|seen| seen.debug.as_deref()).unwrap_or_default();
            lines.push(match debug {
                "true" => format!("assert!({call});"),
                "false" => format!("assert!(!{call});"),
                "None" => format!("assert!({call}.is_none());"),
                _ if debug.starts_with("Ok(") => format!("assert!({call}.is_ok());"),
                _ if debug.starts_with("Err(") => format!("assert!({call}.is_err());"),
                _ if debug.starts_with("Some(") => format!("assert!({call}.is_some());"),
                _ => format!("{call};"),
            });
        }
        Some(lines)
    }

    /// The call that is looked at.
    fn call(
        candidate: &Candidate,
        places: &[(String, bool)],
        renderer: &mut Renderer<'_>,
    ) -> Option<String> {
        match &candidate.call {
            Call::Callee(callee) => {
                renderer.import(callee);
                Some(written_call(callee, candidate, places))
            }
            Call::Forms(forms) => {
                let chosen = if forms.len() == 1 { 0 } else { renderer.arm()? };
                let mut text = forms.get(chosen)?.clone();
                for (index, (place, _)) in places.iter().enumerate() {
                    text = text.replace(&format!("{{{index}}}"), place);
                }
                let text = text.replace("{{", "{").replace("}}", "}");
                let inner = text.strip_prefix("::std::string::ToString::to_string(&");
                Some(match inner.and_then(|inner| inner.strip_suffix(')')) {
                    Some(inner) => format!("{inner}.to_string()"),
                    None => text,
                })
            }
        }
    }

    /// Assertions about the result and the state that the call left.
    fn assertions(
        &self,
        finding: &Finding<'_>,
        call: &str,
        places: &[(String, bool)],
        imports: &mut BTreeSet<String>,
    ) -> Vec<String> {
        let candidate = finding.candidate;
        let slot =
            |slot: u32| finding.seen.iter().find(|seen| seen.slot == slot && !seen.truncated);
        let mut lines = Vec::new();
        match candidate.result {
            ResultKind::Unit => lines.push(format!("{call};")),
            ResultKind::Iterator => {
                lines.extend(slot(RESULT_SLOT).and_then(|seen| self.items(candidate, call, seen)));
            }
            ResultKind::Plain => {
                let line = slot(RESULT_SLOT).and_then(|s| self.equal(&candidate.output, call, s));
                lines.extend(line);
            }
            ResultKind::Fallible => {
                let (ok, err) = (slot(RESULT_SLOT), slot(ERROR_SLOT));
                lines.extend(self.fallible(&candidate.output, call, ok, err));
            }
        }
        let result = lines.len();
        let mut state = Vec::new();
        for (index, look) in candidate.looks.iter().enumerate().filter(|(_, look)| look.alive) {
            let number = FIRST_LOOK + u32::try_from(index).unwrap_or_default();
            let Some(seen) = slot(number) else { continue };
            match &look.at {
                LookAt::Accessor { operand, callee, output } => {
                    let Some((place, true)) = places.get(*operand) else { continue };
                    let reached = accessor(callee, place);
                    imports.extend(callee.needs.clone());
                    state.extend(self.equal(output, &reached, seen));
                }
                LookAt::Operand(operand) if state.is_empty() => {
                    let Some((place, true)) = places.get(*operand) else { continue };
                    let ty = candidate.operands.get(*operand).map(|operand| &operand.ty);
                    state.extend(ty.and_then(|ty| self.equal(ty, place, seen)));
                }
                LookAt::Operand(_) => (),
                LookAt::ResultAccessor { callee, output } => {
                    let fallible = candidate.result == ResultKind::Fallible;
                    let tail = if fallible { ".unwrap()" } else { "" };
                    let reached = accessor(callee, &format!("{call}{tail}"));
                    imports.extend(callee.needs.clone());
                    lines.extend(self.equal(output, &reached, seen));
                }
            }
        }
        if candidate.result == ResultKind::Unit && state.is_empty() {
            return Vec::new();
        }
        if result == 0 && lines.is_empty() && !state.is_empty() {
            // The result cannot be looked at, but what the call did to its operands can.
            lines.push(format!("drop({call});"));
        }
        lines.extend(state);
        lines
    }

    /// An assertion that `expression` is what was seen.
    fn equal(&self, ty: &Type, expression: &str, seen: &Seen) -> Option<String> {
        let debug = seen.debug.as_deref();
        let shown = [debug, seen.display.as_deref()].into_iter().flatten();
        if shown.into_iter().any(words::is_volatile) {
            return None;
        }
        match (debug, ty) {
            (Some("true"), ty) if ty.is("bool") => return Some(format!("assert!({expression});")),
            (Some("false"), ty) if ty.is("bool") => {
                return Some(format!("assert!({});", words::negated(expression)));
            }
            (Some("[]" | "{}"), Type::Named(named)) if named.local.is_none() => {
                return Some(format!("assert!({expression}.is_empty());"));
            }
            (Some("[]"), Type::Slice(_)) => {
                return Some(format!("assert!({expression}.is_empty());"));
            }
            (Some("None"), Type::Named(_)) => {
                return Some(format!("assert!({expression}.is_none());"));
            }
            (Some("NaN"), ty) if ty.is("f64") || ty.is("f32") => {
                return Some(format!("assert!({expression}.is_nan());"));
            }
            _ => (),
        }
        if let Some(value) = debug.and_then(|debug| self.observed.source(ty, debug)) {
            if self.observed.comparable(ty) {
                return Some(format!("assert_eq!({expression}, {value});"));
            }
            if !value.contains('(') && !value.contains('"') && value.contains("::") {
                return Some(format!("assert!(matches!({expression}, {value}));"));
            }
        }
        let (shown, text) = match (&seen.display, &seen.debug) {
            (Some(display), _) => (format!("{expression}.to_string()"), display),
            (None, Some(debug)) => (format!("::std::format!(\"{{:?}}\", {expression})"), debug),
            _ => return None,
        };
        let fits = text.len() <= TEXT_MAX && !words::is_volatile(text);
        fits.then(|| format!("assert_eq!({shown}, {});", literal::text(text)))
    }

    /// An assertion about a `Result`.
    fn fallible(
        &self,
        ty: &Type,
        call: &str,
        ok: Option<&Seen>,
        err: Option<&Seen>,
    ) -> Option<String> {
        let Type::Named(named) = ty else { return None };
        let (success, error) = (named.args.first()?, named.args.get(1)?);
        let whole = self.observed.comparable(ty);
        let seen = [ok, err].into_iter().flatten();
        let mut texts = seen.flat_map(|seen| [&seen.debug, &seen.display]).flatten();
        if texts.any(|text| words::is_volatile(text)) {
            return None;
        }
        match (ok, err) {
            (Some(seen), _) => {
                let value =
                    seen.debug.as_deref().and_then(|debug| self.observed.source(success, debug));
                if success.is_unit() {
                    return Some(format!("assert!({call}.is_ok());"));
                }
                if let Some(value) = value.filter(|_| whole && !owned_text(success)) {
                    return Some(format!("assert_eq!({call}, Ok({value}));"));
                }
                if !self.observed.printable(error) {
                    let reached = format!("{call}.ok().unwrap()");
                    return self.equal(success, &reached, seen);
                }
                self.equal(success, &format!("{call}.unwrap()"), seen)
                    .or_else(|| Some(format!("assert!({call}.is_ok());")))
            }
            (None, Some(seen)) => {
                let value =
                    seen.debug.as_deref().and_then(|debug| self.observed.source(error, debug));
                if let Some(value) = value.filter(|_| whole && !owned_text(error)) {
                    return Some(format!("assert_eq!({call}, Err({value}));"));
                }
                let reached = if self.observed.printable(success) {
                    format!("{call}.unwrap_err()")
                } else {
                    format!("{call}.err().unwrap()")
                };
                self.equal(error, &reached, seen)
                    .or_else(|| Some(format!("assert!({call}.is_err());")))
            }
            _ => None,
        }
    }

    /// An assertion about the items of an iterator.
    fn items(&self, candidate: &Candidate, call: &str, seen: &Seen) -> Option<String> {
        let debug = seen.debug.as_deref()?;
        if debug == "[]" {
            return Some(format!("assert_eq!({call}.count(), 0);"));
        }
        let item = self.item_type(&candidate.output);
        let list = item.map(|item| Type::Slice(Box::new(item)));
        let many = ITEMS_MAX <= debug.matches(", ").count() + 1;
        let take = if many { format!(".take({ITEMS_MAX})") } else { String::new() };
        let collected = format!("{call}{take}.collect::<Vec<_>>()");
        if let Some(list) = list
            && self.observed.comparable(&list)
            && let Some(value) = self.observed.source(&list, debug)
        {
            return Some(format!("assert_eq!({collected}, {value});"));
        }
        let fits = debug.len() <= TEXT_MAX && !words::is_volatile(debug);
        fits.then(|| {
            format!(
                "assert_eq!(::std::format!(\"{{:?}}\", {collected}), {});",
                literal::text(debug)
            )
        })
    }

    /// The type of the items of an iterator, where it is known.
    fn item_type(&self, ty: &Type) -> Option<Type> {
        match ty {
            Type::Opaque(bounds) => {
                bounds.iter().find_map(|bound| bound.associated.get("Item")).cloned()
            }
            other => self.krate.projection(other, "Iterator", "Item"),
        }
    }
}

/// Whether a type is owned text, which does not compare with a literal inside a `Result`.
fn owned_text(ty: &Type) -> bool {
    ty.as_std("String").is_some() || ty.as_std("Cow").is_some() || ty.as_std("Vec").is_some()
}

/// The call of an accessor.
fn accessor(callee: &Callee, place: &str) -> String {
    format!("{place}.{}()", callee.method.as_deref().unwrap_or_default())
}

/// A call with the operands as they are written.
fn written_call(callee: &Callee, candidate: &Candidate, places: &[(String, bool)]) -> String {
    let handed = |index: usize, operand: &Operand| {
        let (place, is_local) = &places[index];
        match operand.access {
            Access::Shared => format!("&{place}"),
            Access::Exclusive if *is_local => format!("&mut {place}"),
            Access::Value | Access::Exclusive => place.clone(),
        }
    };
    let args: Vec<String> = candidate
        .operands
        .iter()
        .enumerate()
        .skip(usize::from(callee.method.is_some()))
        .map(|(index, operand)| handed(index, operand))
        .collect();
    match (&callee.method, places.first()) {
        (Some(method), Some((receiver, _))) => {
            let own = candidate.operands.first();
            let receiver = if callee.of_reference {
                format!("({})", own.map_or(receiver.clone(), |operand| handed(0, operand)))
            } else {
                words::receiver(receiver)
            };
            format!("{receiver}.{method}({})", args.join(", "))
        }
        _ => format!("{}({})", callee.shown, args.join(", ")),
    }
}
