//! Calls as recipes: how a function is named, and which functions return a type.

use super::bounds;
use super::producer::{Producer, with_self};
use crate::explore::model::{Bindings, Bound, Function, ParameterKind, Type, unify};
use crate::explore::reason::Reason;
use crate::explore::recipe::{Callee, Recipe};
use crate::text::snake;

/// Most constructors that are taken for one type.
const CONSTRUCTORS_MAX: usize = 10;

/// Most methods of a builder that are called one after the other.
const CHAIN_MAX: usize = 16;

/// Traits whose methods are no sensible way to make a value.
const NOT_CONSTRUCTORS: &[&str] = &[
    "Add",
    "Sub",
    "Mul",
    "Div",
    "Rem",
    "Neg",
    "Not",
    "BitAnd",
    "BitOr",
    "BitXor",
    "Shl",
    "Shr",
    "Clone",
    "Iterator",
    "DoubleEndedIterator",
    "Ord",
    "PartialOrd",
    "Deref",
    "DerefMut",
    "Index",
    "IndexMut",
    "Borrow",
    "AsRef",
    "ToOwned",
    "Extend",
    "Serialize",
    "Deserialize",
    "Error",
];

/// Traits that are in scope in every edition.
const PRELUDE: &[&str] = &[
    "Clone",
    "Default",
    "From",
    "Into",
    "Iterator",
    "IntoIterator",
    "DoubleEndedIterator",
    "ExactSizeIterator",
    "Extend",
    "AsRef",
    "AsMut",
    "Drop",
    "PartialEq",
    "PartialOrd",
    "Eq",
    "Ord",
    "ToOwned",
    "ToString",
];

/// Traits whose methods do not tell which of several impls is meant.
const AMBIGUOUS: &[&str] = &["AsRef", "AsMut", "Borrow", "BorrowMut", "Into", "TryInto"];

/// A function with everything generic in it chosen.
#[derive(Debug, Clone)]
pub struct Instance {
    /// What the parameters stand for, `Self` included.
    pub bindings: Bindings,
    /// The types of its parameters.
    pub inputs: Vec<Type>,
    /// What it returns.
    pub output: Type,
}

/// How a call of a function succeeds with a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Yield {
    Plain,
    InOption,
    InResult,
}

/// A function that returns a wanted type.
struct Source {
    /// What its parameters then stand for.
    bindings: Bindings,
    how: Yield,
    /// The place of the value in the tuple that is returned, and names for all its items.
    part: Option<(usize, Vec<String>)>,
}

/// Chooses types for everything generic in a function; `bindings` are kept.
///
/// Fails with the bound for which no type is known.
pub fn instantiate(
    producer: &Producer<'_>,
    function: &Function,
    mut bindings: Bindings,
    variant: usize,
) -> Result<Instance, Reason> {
    let krate = producer.krate();
    if let Some(owner) = function.owner.and_then(|index| krate.impls.get(index)) {
        bounds::bind(krate, &owner.generics, &mut bindings, variant)?;
        let own = krate.resolve(&owner.for_type.substitute(&bindings));
        bindings.insert("Self".to_owned(), own);
    }
    bounds::bind(krate, &function.generics, &mut bindings, variant)?;
    let resolve = |ty: &Type| {
        // Twice: an associated type of `Self` may mention parameters again.
        krate.resolve(&krate.resolve(&ty.substitute(&bindings)).substitute(&bindings))
    };
    let inputs = function.inputs.iter().map(|(_, ty)| resolve(ty)).collect();
    let output = resolve(&function.output);
    Ok(Instance { bindings, inputs, output })
}

/// Returns how a function is named from the producer's module.
///
/// Fails with [`Reason::Unnameable`].
pub fn callee(
    producer: &Producer<'_>,
    function: &Function,
    instance: &Instance,
) -> Result<Callee, Reason> {
    let (krate, names) = (producer.krate(), producer.names());
    let name = &format!("{}{}", function.name, told_types(producer, function, instance));
    let own_type = Type::Parameter("Self".to_owned());
    let generic = |ty: &Type| *ty != own_type && ty.is_open();
    let generic: Vec<bool> = function.inputs.iter().map(|(_, ty)| generic(ty)).collect();
    let Some(owner) = function.owner.and_then(|index| krate.impls.get(index)) else {
        let path = krate.path_from(function.id, producer.module()).ok_or(Reason::Unnameable)?;
        let path = format!("{path}{}", told_types(producer, function, instance));
        let (shown, of_reference) = (path.clone(), false);
        return Ok(Callee { shown, path, method: None, needs: None, of_reference, generic });
    };
    let own = instance.bindings.get("Self").ok_or(Reason::Unnameable)?;
    let text = names.ty(own).ok_or(Reason::Unnameable)?.replace("'static ", "");
    let is_method = function.receiver().is_some();
    let method = is_method.then(|| name.clone());
    let Some(trait_ref) = &owner.trait_ref else {
        let shown = format!("{}::{name}", shown_type(producer, function, own, &text));
        let path = format!("<{text}>::{name}");
        return Ok(Callee { path, shown, method, needs: None, of_reference: false, generic });
    };
    let trait_path =
        names.trait_path(&trait_ref.path, trait_ref.local).ok_or(Reason::Unnameable)?;
    let args: Vec<Type> =
        trait_ref.args.iter().map(|ty| krate.resolve(&ty.substitute(&instance.bindings))).collect();
    let args = names.all(&args).ok_or(Reason::Unnameable)?;
    let args = if args.is_empty() { args } else { format!("<{args}>") };
    let ambiguous = AMBIGUOUS.contains(&trait_ref.name());
    let method = method.filter(|_| !ambiguous);
    let shown = match own {
        Type::Named(_) if !ambiguous => {
            format!("{}::{name}", shown_type(producer, function, own, &text))
        }
        _ => format!("<{text} as {trait_path}{args}>::{name}"),
    };
    let prelude = PRELUDE.contains(&trait_ref.name()) && trait_ref.local.is_none();
    let needs = (!prelude).then(|| trait_path.clone());
    let path = format!("<{text} as {trait_path}{args}>::{name}");
    let of_reference = matches!(own, Type::Reference { .. });
    Ok(Callee { path, shown, method, needs, of_reference, generic })
}

/// The type as a person would write it before `::name`: arguments only where nothing else tells.
fn shown_type(producer: &Producer<'_>, function: &Function, own: &Type, text: &str) -> String {
    let Type::Named(named) = own else { return format!("<{text}>") };
    let told = function.inputs.iter().any(|(name, _)| name == "self")
        || named.args.iter().all(|arg| {
            // Values tell their types, except that literals of numbers are `i32` and `f64`.
            !matches!(arg, Type::Value(_))
        }) && owner_parameters(producer, function)
            .iter()
            .all(|parameter| function.inputs.iter().any(|(_, ty)| tells(ty, parameter)));
    let mut shown = named.clone();
    if told {
        shown.args.clear();
    }
    producer.names().named(&shown, "::<", false).unwrap_or_else(|| format!("<{text}>"))
}

/// The types after the name of a function, where its arguments do not tell them: `::<i32>`.
fn told_types(producer: &Producer<'_>, function: &Function, instance: &Instance) -> String {
    let parameters = &function.generics.parameters;
    let bounds = parameters.iter().flat_map(|parameter| match &parameter.kind {
        ParameterKind::Type { bounds, .. } => bounds.as_slice(),
        ParameterKind::Const(_) => &[],
    });
    // What a closure returns or an iterator yields tells, too.
    let bounds: Vec<&Type> = bounds.flat_map(Bound::types).collect();
    let told = |name: &str| {
        function.inputs.iter().any(|(_, ty)| tells(ty, name))
            || bounds.iter().any(|ty| tells(ty, name))
    };
    if parameters.iter().all(|parameter| told(&parameter.name)) {
        return String::new();
    }
    let written = parameters.iter().map(|parameter| match instance.bindings.get(&parameter.name) {
        Some(ty) if !told(&parameter.name) => producer.names().ty(ty),
        _ => Some("_".to_owned()),
    });
    let written: Option<Vec<String>> = written.collect();
    written.map_or_else(String::new, |types| format!("::<{}>", types.join(", ")))
}

/// Whether a value of type `ty` tells what a parameter stands for; an associated type does not.
fn tells(ty: &Type, parameter: &str) -> bool {
    match ty {
        Type::Parameter(name) => name == parameter,
        Type::Projection { .. } | Type::Opaque(_) => false,
        other => other.parts().into_iter().any(|part| tells(part, parameter)),
    }
}

/// The names of the parameters of the impl around a function.
fn owner_parameters(producer: &Producer<'_>, function: &Function) -> Vec<String> {
    let owner = function.owner.and_then(|index| producer.krate().impls.get(index));
    owner.map_or_else(Vec::new, |owner| {
        owner.generics.parameters.iter().map(|parameter| parameter.name.clone()).collect()
    })
}

/// Returns calls of the crate's functions that return `ty`, plainly or in an `Option` or
/// `Result`; those that need no other value of the type come first.
pub fn constructors(producer: &mut Producer<'_>, ty: &Type) -> Vec<Recipe> {
    let krate = producer.krate();
    let mut found: Vec<(u8, Recipe)> = Vec::new();
    let mut chain = Vec::new();
    for function in &krate.functions {
        let Some(Source { bindings, how, part }) = returns(producer, function, ty) else {
            continue;
        };
        let Ok(instance) = instantiate(producer, function, bindings, 0) else { continue };
        let recursive = instance.inputs.iter().any(|input| input.any(&|part| part == ty));
        let getter = function.receiver().is_some() && !recursive;
        let Ok(callee) = callee(producer, function, &instance) else { continue };
        let args: Result<Vec<Recipe>, Reason> =
            instance.inputs.iter().map(|input| producer.recipe(input)).collect();
        let Ok(args) = args else { continue };
        if recursive && how == Yield::Plain && part.is_none() && instance.inputs.first() == Some(ty)
        {
            chain.push((callee.clone(), args.clone()));
        }
        let call = Recipe::Call { callee, args };
        let recipe = match how {
            Yield::Plain => call,
            _ => Recipe::Unwrap { inner: Box::new(call), option: how == Yield::InOption },
        };
        let in_tuple = part.is_some();
        let recipe = match part {
            Some((index, names)) => Recipe::Part { inner: Box::new(recipe), names, index },
            None => recipe,
        };
        let rank = u8::from(recursive) * 4
            + u8::from(getter) * 3
            + u8::from(how != Yield::Plain || in_tuple)
            + u8::from(function.owner.is_none())
            + u8::from(function.name.starts_with('_'));
        found.push((rank, recipe));
    }
    found.sort_by_key(|(rank, _)| *rank);
    // A type that is returned by many getters needs none of them if it can be made directly.
    let direct = found.iter().any(|(rank, _)| *rank < 3);
    let wanted = found.into_iter().filter(|(rank, _)| !direct || *rank < 3 || 4 <= *rank);
    let mut recipes: Vec<Recipe> =
        wanted.map(|(_, recipe)| recipe).take(CONSTRUCTORS_MAX).collect();
    recipes.extend(whole_chain(recipes.first(), chain));
    recipes
}

/// A builder with every one of its methods called once, in the order of the source: what most
/// builders ask for, and what chance alone seldom calls.
fn whole_chain(start: Option<&Recipe>, chain: Vec<(Callee, Vec<Recipe>)>) -> Option<Recipe> {
    if chain.len() < 2 || CHAIN_MAX < chain.len() {
        return None;
    }
    let mut built = start?.clone();
    for (callee, mut args) in chain {
        *args.first_mut()? = built;
        built = Recipe::Call { callee, args };
    }
    Some(built)
}

/// A name for an item of a tuple.
fn item_name(ty: &Type) -> String {
    match ty {
        Type::Named(named) => snake(named.name()),
        _ => "other".to_owned(),
    }
}

/// Whether a function may serve to make `ty`.
fn returns(producer: &Producer<'_>, function: &Function, ty: &Type) -> Option<Source> {
    let krate = producer.krate();
    if function.is_unsafe || function.is_async || !krate.admits(function.scope, producer.module()) {
        return None;
    }
    let owner = function.owner.and_then(|index| krate.impls.get(index));
    let trait_ref = owner.and_then(|owner| owner.trait_ref.as_ref());
    if trait_ref.is_some_and(|tr| NOT_CONSTRUCTORS.contains(&tr.name())) || function.is_provided {
        return None;
    }
    let own = owner.map(|owner| owner.for_type.clone());
    let output = match &own {
        Some(own) => {
            let bindings = with_self(own);
            let associated = owner.map(|owner| owner.associated.clone()).unwrap_or_default();
            let output = match &function.output {
                Type::Projection { owner, name, .. }
                    if **owner == Type::Parameter("Self".to_owned()) =>
                {
                    associated.get(name).cloned().unwrap_or_else(|| function.output.clone())
                }
                other => other.clone(),
            };
            output.substitute(&bindings)
        }
        None => function.output.clone(),
    };
    let (inner, how) = match &output {
        Type::Named(named) if named.local.is_none() && named.name() == "Option" => {
            (named.args.first()?.clone(), Yield::InOption)
        }
        Type::Named(named) if named.local.is_none() && named.name() == "Result" => {
            (named.args.first()?.clone(), Yield::InResult)
        }
        other => (other.clone(), Yield::Plain),
    };
    let fits = |found: &Type| {
        let mut bindings = Bindings::new();
        let known = !matches!(found, Type::Parameter(_));
        (known && unify(found, ty, &mut bindings)).then_some(bindings)
    };
    if let Some(bindings) = fits(&inner) {
        return Some(Source { bindings, how, part: None });
    }
    let Type::Tuple(items) = &inner else { return None };
    let names = || items.iter().map(item_name).collect();
    let part =
        |(part, item)| Some(Source { bindings: fits(item)?, how, part: Some((part, names())) });
    items.iter().enumerate().find_map(part)
}
