//! What is worth looking at after a call: accessors that return plain values.

use crate::explore::model::{Crate, Function, Type, unify};
use crate::explore::produce::{Producer, callee, instantiate};
use crate::explore::recipe::Callee;

/// Most accessors that are looked at for one value.
const ACCESSORS_MAX: usize = 3;

/// Returns methods without arguments that return plain values of `ty`, at most a few; methods
/// that lead the same search or that may change something are not among them.
pub fn accessors(producer: &Producer<'_>, ty: &Type, except: &str) -> Vec<(Callee, Type)> {
    let krate = producer.krate();
    let mut found: Vec<(u8, Callee, Type)> = Vec::new();
    for function in &krate.functions {
        if function.name == except || !is_accessor(krate, function, ty) {
            continue;
        }
        if !krate.admits(function.scope, producer.module()) || function.is_unsafe {
            continue;
        }
        let mut bindings = crate::explore::model::Bindings::new();
        let owner = function.owner.and_then(|index| krate.impls.get(index));
        if !owner.is_some_and(|owner| unify(&owner.for_type, ty, &mut bindings)) {
            continue;
        }
        let Ok(instance) = instantiate(producer, function, bindings, 0) else { continue };
        if !is_plain(&instance.output) {
            continue;
        }
        let Ok(callee) = callee(producer, function, &instance) else { continue };
        let rank = match function.name.as_str() {
            "len" => 0,
            "is_empty" => 2,
            _ => 1,
        };
        found.push((rank, callee, instance.output));
    }
    found.sort_by_key(|(rank, ..)| *rank);
    found.into_iter().map(|(_, callee, ty)| (callee, ty)).take(ACCESSORS_MAX).collect()
}

/// Whether a function takes `&self` (or a `Copy` self) alone and is inherent.
fn is_accessor(krate: &Crate, function: &Function, ty: &Type) -> bool {
    let owner = function.owner.and_then(|index| krate.impls.get(index));
    let inherent = owner.is_some_and(|owner| owner.trait_ref.is_none());
    let by_value = || krate.implements("Copy", ty);
    inherent
        && !function.is_async
        && function.inputs.len() == 1
        && match function.receiver() {
            Some(Type::Reference { mutable: false, .. }) => true,
            Some(Type::Parameter(_)) => by_value(),
            _ => false,
        }
}

/// Whether a type reads well in an assertion: numbers, text, and these in an `Option`.
pub fn is_plain(ty: &Type) -> bool {
    match ty {
        Type::Primitive(name) => name != "!",
        Type::Reference { mutable: false, target } => is_plain(target),
        Type::Named(named) if named.local.is_none() => match named.name() {
            "String" | "Duration" => true,
            "Option" => named.args.first().is_some_and(is_plain),
            _ => false,
        },
        _ => false,
    }
}
