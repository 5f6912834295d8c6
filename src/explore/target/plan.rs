//! Turns the functions of the crate into candidates.

use std::collections::{BTreeMap, BTreeSet};

use super::candidate::{Access, Call, Candidate, Host, Look, LookAt, Operand, ResultKind, Step};
use super::forms::{Output, Special, Treatment, treatment};
use super::looks::accessors;
use crate::explore::model::{Bindings, Crate, Function, ItemId, Type, unify};
use crate::explore::produce::{Instance, Producer, callee, instantiate};
use crate::explore::reason::Reason;
use crate::explore::recipe::{Callee, Recipe};

/// Most ways in which the parameters of one generic function are chosen.
const VARIANTS_MAX: usize = 6;

/// Most methods that may be called on a receiver before the one that is looked at.
const STEPS_CHOICES_MAX: usize = 10;

/// The candidates of a crate.
#[derive(Debug, Clone, Default)]
pub struct Targets {
    /// By module.
    pub hosts: Vec<Host>,
    /// Why a function has none, by its index.
    pub without: BTreeMap<usize, Reason>,
}

/// Returns the candidates for the functions of `files` (paths as the model has them).
///
/// `literals` allows struct literals with private fields.
pub fn plan(krate: &Crate, files: &BTreeSet<String>, literals: bool) -> Targets {
    let mut by_host: BTreeMap<ItemId, Vec<usize>> = BTreeMap::new();
    for (index, function) in krate.functions.iter().enumerate() {
        if files.contains(&function.span.file) && !is_derived(krate, function) {
            by_host.entry(host_of(krate, function)).or_default().push(index);
        }
    }
    let mut targets = Targets::default();
    let mut next = 0;
    for (module, functions) in by_host {
        let mut planner =
            Planner { producer: Producer::new(krate, module, literals), next, made: Vec::new() };
        for index in functions {
            if let Err(reason) = planner.function(index) {
                targets.without.insert(index, reason);
            }
        }
        next = planner.next;
        let candidates = planner.made;
        let mut makers = planner.producer.into_makers();
        Producer::settle(&mut makers);
        targets.hosts.push(Host { module, candidates, makers });
    }
    targets
}

/// Whether a derive wrote the function.
fn is_derived(krate: &Crate, function: &Function) -> bool {
    function.owner.and_then(|index| krate.impls.get(index)).is_some_and(|owner| owner.derived)
}

/// The module in which a function is tested: the one of its file where that can name it, else
/// the inline module it stands in.
fn host_of(krate: &Crate, function: &Function) -> ItemId {
    let mut module = function.module;
    while let Some(current) = krate.modules.get(&module) {
        let named = function.owner.is_some() || krate.path_from(function.id, module).is_some();
        if !named || !krate.admits(function.scope, module) {
            return function.module;
        }
        match current.parent {
            Some(parent) if current.inline => {
                // One step up is fine as long as the function can still be named there.
                let visible = krate.admits(function.scope, parent)
                    && owner_is_nameable(krate, function, parent)
                    && (function.owner.is_some() || krate.path_from(function.id, parent).is_some());
                if !visible {
                    return module;
                }
                module = parent;
            }
            _ => return module,
        }
    }
    function.module
}

/// Whether the type a method belongs to can be named from `module`.
fn owner_is_nameable(krate: &Crate, function: &Function, module: ItemId) -> bool {
    let owner = function.owner.and_then(|index| krate.impls.get(index));
    owner.is_none_or(|owner| {
        !owner.for_type.any(&|ty| match ty {
            Type::Named(named) => {
                named.local.is_some_and(|id| krate.path_from(id, module).is_none())
            }
            _ => false,
        })
    })
}

/// Whether a type is `&mut Formatter`.
fn is_formatter(ty: &Type) -> bool {
    matches!(ty, Type::Reference { mutable: true, target } if target.as_std("Formatter").is_some())
}

/// How a function is called that writes into a formatter: by a value that is displayed through it.
fn formatting(callee: &Callee, instance: &Instance) -> Option<Special> {
    let place = instance.inputs.iter().position(is_formatter)?;
    let mut number = 0;
    let arguments = instance.inputs.iter().enumerate().map(|(index, _)| {
        if index == place {
            return "f".to_owned();
        }
        number += 1;
        format!("{{{}}}", number - 1)
    });
    let arguments: Vec<String> = arguments.collect();
    let call = format!("{}({})", callee.path, arguments.join(", "));
    let form = format!("::std::string::ToString::to_string(&::std::fmt::from_fn(|f| {call}))");
    let access = vec![Access::Value; instance.inputs.len() - 1];
    Some(Special { forms: vec![form], access, output: Output::Text })
}

/// Collects the candidates of one module.
struct Planner<'a> {
    producer: Producer<'a>,
    next: u32,
    made: Vec<Candidate>,
}

impl Planner<'_> {
    /// Adds the candidates of one function; fails with the reason if there is none.
    fn function(&mut self, index: usize) -> Result<(), Reason> {
        let function = &self.producer.krate().functions[index];
        if function.is_unsafe {
            return Err(Reason::Unsafe);
        }
        if function.is_async {
            return Err(Reason::Async);
        }
        let mut seen: Vec<(Vec<Type>, Option<Type>)> = Vec::new();
        let mut first_problem = None;
        for variant in 0..VARIANTS_MAX {
            let made = instantiate(&self.producer, function, Bindings::new(), variant).and_then(
                |instance| {
                    let key = (instance.inputs.clone(), instance.bindings.get("Self").cloned());
                    if seen.contains(&key) {
                        return Ok(None);
                    }
                    seen.push(key);
                    self.candidate(index, function, &instance).map(Some)
                },
            );
            match made {
                Ok(Some(candidate)) => self.made.push(candidate),
                Ok(None) => (),
                Err(reason) => first_problem = first_problem.or(Some(reason)),
            }
        }
        match first_problem {
            Some(reason) if !self.made.iter().any(|made| made.function == index) => Err(reason),
            None if !self.made.iter().any(|made| made.function == index) => {
                Err(Reason::Unobservable)
            }
            _ => Ok(()),
        }
    }

    /// Makes one candidate.
    fn candidate(
        &mut self,
        index: usize,
        function: &Function,
        instance: &Instance,
    ) -> Result<Candidate, Reason> {
        let callee = callee(&self.producer, function, instance)?;
        let special = match self.special(function, instance)? {
            Some(special) => Some(special),
            None => formatting(&callee, instance),
        };
        let mut operands = Vec::new();
        let count = special.as_ref().map_or(instance.inputs.len(), |s| s.access.len());
        let inputs = instance.inputs.iter().enumerate();
        let inputs = inputs.filter(|(_, ty)| special.is_none() || !is_formatter(ty));
        for (position, ty) in inputs.take(count) {
            let name = function.inputs.get(position).map(|(name, _)| name.as_str());
            let wanted = special.as_ref().and_then(|special| special.access.get(position).copied());
            operands.push(self.operand(name.unwrap_or("value"), ty, wanted)?);
        }
        let output = match special.as_ref().map(|special| special.output) {
            None | Some(Output::Same) => instance.output.clone(),
            Some(Output::Text) => Type::std("std::string::String", Vec::new()),
            Some(Output::Truth) => Type::primitive("bool"),
            Some(Output::Nothing) => Type::unit(),
        };
        let steps = self.steps(function, &operands);
        let looks = self.looks(function, &operands, &output);
        let id = self.next;
        self.next += 1;
        Ok(Candidate {
            id,
            function: index,
            operands,
            steps,
            call: special.map_or(Call::Callee(callee), |special| Call::Forms(special.forms)),
            result: self.result_kind(&output),
            output,
            looks,
            alive: true,
        })
    }

    /// How a method of a trait of the standard library is written.
    fn special(&self, function: &Function, instance: &Instance) -> Result<Option<Special>, Reason> {
        let krate = self.producer.krate();
        let owner = function.owner.and_then(|index| krate.impls.get(index));
        let Some(trait_ref) = owner.and_then(|owner| owner.trait_ref.as_ref()) else {
            return Ok(None);
        };
        let own = instance.bindings.get("Self").and_then(|ty| self.producer.names().ty(ty));
        let own = own.unwrap_or_default().replace("'static ", "");
        let is_std = trait_ref.path.starts_with("std::");
        match treatment(trait_ref.name(), &function.name, is_std, &own) {
            Treatment::Call => Ok(None),
            Treatment::Special(special) => Ok(Some(special)),
            Treatment::Leave => Err(Reason::Unobservable),
        }
    }

    /// An operand for a parameter of type `ty`; references to what is looked at afterwards become
    /// locals.
    fn operand(
        &mut self,
        name: &str,
        ty: &Type,
        wanted: Option<Access>,
    ) -> Result<Operand, Reason> {
        let whole = |access| (access, ty.clone());
        let (access, local) = match (ty, wanted) {
            (Type::Reference { mutable: true, target }, _)
                if !matches!(&**target, Type::Slice(_) | Type::Object(_)) && !target.is("str") =>
            {
                (Access::Exclusive, (**target).clone())
            }
            (Type::Reference { mutable: false, target }, Some(Access::Shared)) => {
                (Access::Shared, (**target).clone())
            }
            (Type::Reference { mutable: false, target }, None) if name == "self" => match &**target
            {
                Type::Slice(_) | Type::Object(_) => whole(Access::Value),
                Type::Primitive(name) if name == "str" => whole(Access::Value),
                target => (Access::Shared, target.clone()),
            },
            (_, Some(Access::Exclusive)) => whole(Access::Exclusive),
            _ => whole(Access::Value),
        };
        let recipe = match &local {
            // A place of type `str` or `[T]` is written as the reference itself.
            Type::Slice(_) => self.producer.recipe(ty)?,
            Type::Primitive(name) if name == "str" => self.producer.recipe(ty)?,
            local => self.producer.recipe(local)?,
        };
        let unsized_local = matches!(&local, Type::Slice(_)) || local.is("str");
        let access = if unsized_local { Access::Value } else { access };
        let ty = if unsized_local { ty.clone() } else { local };
        Ok(Operand { name: name.to_owned(), ty, recipe, access })
    }

    /// Methods that may be called on the receiver first: all that change it.
    fn steps(&mut self, function: &Function, operands: &[Operand]) -> Vec<Step> {
        let Some(receiver) = operands.first().filter(|_| function.receiver().is_some()) else {
            return Vec::new();
        };
        let krate = self.producer.krate();
        let local = matches!(&receiver.ty, Type::Named(named) if named.local.is_some());
        if !local {
            return Vec::new();
        }
        let ty = receiver.ty.clone();
        let mut steps = Vec::new();
        for method in &krate.functions {
            let owner = method.owner.and_then(|index| krate.impls.get(index));
            let exclusive = matches!(
                method.receiver(),
                Some(Type::Reference { mutable: true, target })
                    if **target == Type::Parameter("Self".to_owned())
            );
            let mut bindings = Bindings::new();
            let fits = exclusive
                && !method.is_unsafe
                && !method.is_async
                && method.name != "fmt"
                && krate.admits(method.scope, self.producer.module())
                && owner.is_some_and(|owner| unify(&owner.for_type, &ty, &mut bindings));
            if fits && let Ok(step) = self.step(method, bindings) {
                steps.push(step);
            }
            if STEPS_CHOICES_MAX <= steps.len() {
                break;
            }
        }
        steps
    }

    /// One method to call first.
    fn step(&mut self, method: &Function, bindings: Bindings) -> Result<Step, Reason> {
        let instance = instantiate(&self.producer, method, bindings, 0)?;
        let callee: Callee = callee(&self.producer, method, &instance)?;
        let args: Result<Vec<Recipe>, Reason> =
            instance.inputs.iter().skip(1).map(|ty| self.producer.recipe(ty)).collect();
        Ok(Step { callee, args: args?, returns: !instance.output.is_unit(), alive: true })
    }

    /// What is looked at beside the result.
    fn looks(&self, function: &Function, operands: &[Operand], output: &Type) -> Vec<Look> {
        let mut looks = Vec::new();
        for (index, operand) in operands.iter().enumerate() {
            if operand.access != Access::Exclusive {
                continue;
            }
            for (callee, output) in accessors(&self.producer, &operand.ty, &function.name) {
                looks.push(LookAt::Accessor { operand: index, callee, output });
            }
            looks.push(LookAt::Operand(index));
        }
        let inner = match output {
            Type::Named(named) if named.name() == "Result" && named.local.is_none() => {
                named.args.first().unwrap_or(output)
            }
            other => other,
        };
        let opaque = matches!(inner, Type::Named(named) if named.local.is_some())
            && !self.producer.krate().implements("Debug", inner);
        if opaque {
            for (callee, output) in accessors(&self.producer, inner, &function.name) {
                looks.push(LookAt::ResultAccessor { callee, output });
            }
        }
        looks.into_iter().map(|at| Look { at, alive: true }).collect()
    }

    /// What becomes of a result.
    fn result_kind(&self, output: &Type) -> ResultKind {
        let krate = self.producer.krate();
        match output {
            ty if ty.is_unit() => ResultKind::Unit,
            Type::Named(named) if named.local.is_none() && named.name() == "Result" => {
                ResultKind::Fallible
            }
            Type::Opaque(bounds) => {
                let names = bounds.iter().map(|bound| bound.trait_ref.name());
                let iterates = ["Iterator", "DoubleEndedIterator", "ExactSizeIterator"];
                if names.into_iter().any(|name| iterates.contains(&name)) {
                    ResultKind::Iterator
                } else {
                    ResultKind::Plain
                }
            }
            Type::Named(named) if named.local.is_some() && krate.implements("Iterator", output) => {
                ResultKind::Iterator
            }
            Type::Named(named) if named.local.is_none() => {
                let iterators = [
                    "Iter",
                    "IntoIter",
                    "Chars",
                    "Bytes",
                    "CharIndices",
                    "Map",
                    "Filter",
                    "Rev",
                    "Drain",
                    "Keys",
                    "Values",
                    "Enumerate",
                    "Zip",
                    "Take",
                    "Skip",
                    "Lines",
                ];
                if iterators.contains(&named.name()) {
                    ResultKind::Iterator
                } else {
                    ResultKind::Plain
                }
            }
            _ => ResultKind::Plain,
        }
    }
}
