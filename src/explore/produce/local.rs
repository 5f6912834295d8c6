//! Recipes for the crate's own types: literals, variants, constants and constructors.

use super::calls;
use super::producer::Producer;
use crate::explore::model::{Adt, Bindings, Field, Fields, ParameterKind, Shape, Type};
use crate::explore::recipe::Recipe;

/// Returns every way to make a value of one of the crate's types.
pub fn recipes(producer: &mut Producer<'_>, ty: &Type) -> Vec<Recipe> {
    let mut found = constants(producer, ty);
    let constructors = calls::constructors(producer, ty);
    let made = literals(producer, ty, constructors.is_empty());
    found.extend(made);
    found.extend(constructors);
    found
}

/// Constants of exactly this type, at most a few.
fn constants(producer: &Producer<'_>, ty: &Type) -> Vec<Recipe> {
    let (krate, module) = (producer.krate(), producer.module());
    let matching = krate.constants.iter().filter(|constant| constant.ty == *ty);
    let open = matching.filter(|constant| krate.admits(constant.scope, module));
    open.filter_map(|constant| match &constant.owner {
        Some(owner) => {
            let owner = producer.names().ty(owner)?.replace("'static", "'_");
            let owner = if owner.contains('<') { format!("<{owner}>") } else { owner };
            Some(Recipe::fixed(format!("{owner}::{}", constant.name)))
        }
        None => krate.path_from(constant.id, module).map(Recipe::fixed),
    })
    .take(4)
    .collect()
}

/// Struct literals and enum variants whose fields can be named.
fn literals(producer: &mut Producer<'_>, ty: &Type, only_way: bool) -> Vec<Recipe> {
    let Type::Named(named) = ty else { return Vec::new() };
    let krate = producer.krate();
    let Some(adt) = named.local.and_then(|id| krate.adts.get(&id)) else { return Vec::new() };
    let Some(path) = krate.path_from(adt.id, producer.module()) else { return Vec::new() };
    let bindings = arguments(adt, &named.args);
    match &adt.shape {
        Shape::Union => Vec::new(),
        Shape::Struct(fields) => {
            let (open, private) = access(producer, fields);
            let allowed = open && (!private || producer.literals() && only_way);
            let literal = if allowed { literal(producer, path, fields, &bindings) } else { None };
            literal.into_iter().collect()
        }
        Shape::Enum(variants) => variants
            .iter()
            .filter_map(|variant| {
                literal(producer, &format!("{path}::{}", variant.name), &variant.fields, &bindings)
            })
            .collect(),
    }
}

/// What the parameters of a type stand for, given its arguments; the rest are defaults.
pub fn arguments(adt: &Adt, args: &[Type]) -> Bindings {
    let mut bindings = Bindings::new();
    for (index, parameter) in adt.generics.parameters.iter().enumerate() {
        let default = match &parameter.kind {
            ParameterKind::Type { default, .. } => default.clone(),
            ParameterKind::Const(_) => None,
        };
        if let Some(ty) = args.get(index).cloned().or(default) {
            bindings.insert(parameter.name.clone(), ty);
        }
    }
    bindings
}

/// Whether all fields can be named from here, and whether some are not public.
fn access(producer: &Producer<'_>, fields: &Fields) -> (bool, bool) {
    let fields = match fields {
        Fields::Unit => return (true, false),
        Fields::Tuple(fields) | Fields::Named(fields) => fields,
    };
    let Some(fields) = fields else { return (false, true) };
    let admits = |field: &Field| producer.krate().admits(field.scope, producer.module());
    let private = |field: &Field| field.scope != crate::explore::model::Scope::Everywhere;
    (fields.iter().all(admits), fields.iter().any(private))
}

/// The literal of a struct or variant.
fn literal(
    producer: &mut Producer<'_>,
    path: &str,
    fields: &Fields,
    bindings: &Bindings,
) -> Option<Recipe> {
    let mut part = |field: &Field| {
        let ty = field.ty.substitute(bindings);
        producer.recipe(&ty).ok()
    };
    match fields {
        Fields::Unit => Some(Recipe::fixed(path)),
        Fields::Tuple(fields) => {
            let parts: Option<Vec<Recipe>> = fields.as_ref()?.iter().map(part).collect();
            Some(Recipe::list(format!("{path}("), parts?, ")"))
        }
        Fields::Named(fields) => {
            let parts: Option<Vec<Recipe>> = fields
                .as_ref()?
                .iter()
                .map(|field| Some(Recipe::around(format!("{}: ", field.name), part(field)?, "")))
                .collect();
            Some(Recipe::list(format!("{path} {{ "), parts?, " }"))
        }
    }
}
