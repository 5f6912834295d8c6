//! Types that satisfy bounds: common ones, the crate's own implementors, closures, streams.

use crate::explore::model::{
    Bindings, Bound, Crate, Generics, ParameterKind, Type, substitute_bounds,
};
use crate::explore::reason::Reason;

/// Traits that say nothing about which type to take, because the common ones all have them.
const PLAIN: &[&str] = &[
    "Clone",
    "Copy",
    "Debug",
    "PartialEq",
    "Eq",
    "PartialOrd",
    "Ord",
    "Hash",
    "Default",
    "Display",
    "Send",
    "Sync",
    "Unpin",
    "Any",
    "ToString",
    "ToOwned",
    "UnwindSafe",
    "RefUnwindSafe",
    "Drop",
];

/// Traits of numbers.
const NUMERIC: &[&str] = &[
    "Add",
    "Sub",
    "Mul",
    "Div",
    "Rem",
    "Sum",
    "Product",
    "AddAssign",
    "SubAssign",
    "MulAssign",
    "DivAssign",
    "Not",
    "BitAnd",
    "BitOr",
    "BitXor",
    "Shl",
    "Shr",
    "FromStr",
    "Num",
    "PrimInt",
];

/// How deep a choice may need further choices.
const DEPTH_MAX: usize = 4;

/// Binds every free parameter of `generics`; `variant` picks among several fitting types.
///
/// Fails with the bound for which no type is known.
pub fn bind(
    krate: &Crate,
    generics: &Generics,
    bindings: &mut Bindings,
    variant: usize,
) -> Result<(), Reason> {
    bind_at(krate, generics, bindings, variant, 0)
}

/// [`bind`], a number of choices deep.
fn bind_at(
    krate: &Crate,
    generics: &Generics,
    bindings: &mut Bindings,
    variant: usize,
    depth: usize,
) -> Result<(), Reason> {
    if DEPTH_MAX < depth {
        return Err(Reason::NoType("bounds that need each other".to_owned()));
    }
    iterated(generics, bindings);
    // Parameters that others mention come first: `T` before `I: Iterator<Item = T>`.
    let mut free: Vec<_> =
        generics.parameters.iter().filter(|p| !bindings.contains_key(&p.name)).collect();
    let mentions = |kind: &ParameterKind, bindings: &Bindings| match kind {
        ParameterKind::Type { bounds, .. } => {
            let bounds = substitute_bounds(bounds, bindings);
            bounds.iter().any(|bound| bound.types().any(Type::is_open))
        }
        ParameterKind::Const(_) => false,
    };
    while !free.is_empty() {
        let ready = free.iter().position(|p| !mentions(&p.kind, bindings)).unwrap_or(0);
        let parameter = free.remove(ready);
        let ty = match &parameter.kind {
            ParameterKind::Const(ty) if ty.is("bool") => Type::Value("true".to_owned()),
            ParameterKind::Const(_) => Type::Value(["4", "2", "8", "1"][variant % 4].to_owned()),
            ParameterKind::Type { bounds, default } => {
                let mut bounds = substitute_bounds(bounds, bindings);
                let own = Type::Parameter(parameter.name.clone());
                for (ty, more) in &generics.conditions {
                    // `&'a T: IntoIterator` and the like speak of the parameter all the same.
                    if *ty == own {
                        bounds.extend(substitute_bounds(more, bindings));
                    }
                }
                match default {
                    Some(ty) if variant == 0 && !ty.is_open() => ty.clone(),
                    _ => {
                        let options = options(krate, &bounds, depth)?;
                        let index = variant % options.len();
                        options.into_iter().nth(index).unwrap_or_else(|| Type::primitive("i32"))
                    }
                }
            }
        };
        bindings.insert(parameter.name.clone(), krate.resolve(&ty));
    }
    Ok(())
}

/// Binds parameters of which references have to be iterable: a vector, whose items are references.
fn iterated(generics: &Generics, bindings: &mut Bindings) {
    for (ty, bounds) in &generics.conditions {
        let Type::Reference { mutable: false, target } = ty else { continue };
        let Type::Parameter(name) = &**target else { continue };
        let Some(bound) = bounds.iter().find(|b| b.trait_ref.name() == "IntoIterator") else {
            continue;
        };
        let item = Type::primitive("i32");
        let vector = Type::std("std::vec::Vec", vec![item.clone()]);
        bindings.entry(name.clone()).or_insert(vector);
        if let Some(Type::Parameter(item_name)) = bound.associated.get("Item") {
            bindings.entry(item_name.clone()).or_insert(Type::reference(item));
        }
    }
}

/// Returns types that satisfy all `bounds`, the most telling first; never empty.
pub fn options(krate: &Crate, bounds: &[Bound], depth: usize) -> Result<Vec<Type>, Reason> {
    for bound in bounds {
        if let Some((inputs, output)) = &bound.signature {
            let inputs: Vec<Type> = inputs.iter().map(|ty| krate.resolve(ty)).collect();
            let output = krate.resolve(output);
            let output = if output.is_open() { Type::primitive("i32") } else { output };
            return Ok(vec![Type::Closure(inputs, Box::new(output))]);
        }
    }
    for bound in bounds {
        if let Some(found) = specific(krate, bound, depth)? {
            return Ok(found);
        }
    }
    let named = |name: &&str| bounds.iter().any(|bound| bound.trait_ref.name() == *name);
    if NUMERIC.iter().any(named) {
        return Ok(["i32", "u8", "f64", "u64"].map(Type::primitive).to_vec());
    }
    if bounds.iter().all(|bound| PLAIN.contains(&bound.trait_ref.name())) {
        let mut found = vec![Type::primitive("i32"), Type::reference(Type::primitive("str"))];
        if !named(&"Copy") {
            found.push(Type::std("std::string::String", Vec::new()));
        }
        found.push(Type::primitive("u8"));
        return Ok(found);
    }
    let names: Vec<&str> = bounds.iter().map(|bound| bound.trait_ref.name()).collect();
    Err(Reason::NoType(names.join(" + ")))
}

/// Returns the types for one bound that narrows the choice; `None` if it does not.
fn specific(krate: &Crate, bound: &Bound, depth: usize) -> Result<Option<Vec<Type>>, Reason> {
    let text = || Type::reference(Type::primitive("str"));
    let string = || Type::std("std::string::String", Vec::new());
    let bytes = || Type::reference(Type::Slice(Box::new(Type::primitive("u8"))));
    let vector = |item: Type| Type::std("std::vec::Vec", vec![item]);
    let exclusive = |target: Type| Type::Reference { mutable: true, target: Box::new(target) };
    let argument = bound.trait_ref.args.first().map(|ty| krate.resolve(ty));
    let item = || -> Result<Type, Reason> {
        match bound.associated.get("Item").map(|ty| krate.resolve(ty)) {
            Some(Type::Opaque(bounds)) => first(krate, &bounds, depth + 1),
            Some(ty) if !ty.is_open() => Ok(ty),
            Some(Type::Reference { mutable: false, target }) if target.is_open() => {
                Ok(Type::reference(Type::primitive("i32")))
            }
            _ => Ok(Type::primitive("i32")),
        }
    };
    let path = bound.trait_ref.path.as_str();
    Ok(Some(match (bound.trait_ref.name(), argument) {
        ("AsRef" | "Borrow", Some(ty)) if ty.is("str") => vec![text(), string()],
        ("AsRef" | "Borrow", Some(Type::Slice(item))) if item.is("u8") => {
            vec![bytes(), text(), vector(Type::primitive("u8"))]
        }
        ("AsRef" | "Borrow", Some(Type::Slice(item))) => vec![vector(*item)],
        ("AsRef", Some(ty)) if ty.as_std("Path").is_some() || ty.as_std("OsStr").is_some() => {
            vec![text()]
        }
        ("AsRef" | "Borrow" | "AsMut", Some(ty)) => vec![ty],
        ("Into", Some(ty)) if ty.as_std("String").is_some() || ty.as_std("Cow").is_some() => {
            vec![text(), string()]
        }
        ("Into", Some(ty)) => into_sources(krate, ty),
        ("Iterator" | "DoubleEndedIterator" | "ExactSizeIterator" | "FusedIterator", _) => {
            vec![Type::Iterator(Box::new(item()?))]
        }
        ("IntoIterator", _) => vec![vector(item()?)],
        ("Read", _) if path.starts_with("std::io") => vec![bytes()],
        ("BufRead", _) => vec![bytes()],
        ("Seek", _) => vec![Type::std("std::io::Cursor", vec![bytes()])],
        ("Write", _) if path.starts_with("std::io") => vec![
            exclusive(vector(Type::primitive("u8"))),
            exclusive(Type::Slice(Box::new(Type::primitive("u8")))),
        ],
        ("Write", _) if path.starts_with("std::fmt") => vec![exclusive(string())],
        ("Hasher", _) => vec![Type::std("std::hash::DefaultHasher", Vec::new())],
        ("BuildHasher", _) => vec![Type::std(
            "std::hash::BuildHasherDefault",
            vec![Type::std("std::hash::DefaultHasher", Vec::new())],
        )],
        ("FromIterator" | "Extend", Some(ty)) if ty.is("char") => vec![string(), vector(ty)],
        ("FromIterator" | "Extend", Some(ty)) => vec![vector(ty)],
        ("RangeBounds", Some(ty)) => ["Range", "RangeInclusive", "RangeTo", "RangeFrom"]
            .map(|name| Type::std(&format!("std::ops::{name}"), vec![ty.clone()]))
            .to_vec(),
        ("Error", _) if path.starts_with("std") => {
            vec![Type::std("std::fmt::Error", Vec::new())]
        }
        ("Float", _) => vec![Type::primitive("f64")],
        (name, _) if PLAIN.contains(&name) || NUMERIC.contains(&name) => return Ok(None),
        _ => return implementors(krate, bound, depth).map(Some),
    }))
}

/// The first fitting type.
fn first(krate: &Crate, bounds: &[Bound], depth: usize) -> Result<Type, Reason> {
    if DEPTH_MAX < depth {
        return Err(Reason::NoType("bounds that need each other".to_owned()));
    }
    let found = options(krate, bounds, depth)?;
    found.into_iter().next().ok_or_else(|| Reason::NoType("nothing".to_owned()))
}

/// What can be turned into `ty`: itself, and the sources of the crate's `From` impls for it.
fn into_sources(krate: &Crate, ty: Type) -> Vec<Type> {
    let sources: Vec<Type> = krate
        .impls_of("From", &ty)
        .filter_map(|(item, bindings)| {
            let source = item.trait_ref.as_ref()?.args.first()?.substitute(&bindings);
            (!source.is_open()).then_some(source)
        })
        .collect();
    [ty].into_iter().chain(sources).collect()
}

/// The types for which the crate implements a trait of its own or of a dependency.
fn implementors(krate: &Crate, bound: &Bound, depth: usize) -> Result<Vec<Type>, Reason> {
    let mut found = Vec::new();
    for item in krate.implementors(&bound.trait_ref) {
        let mut bindings = Bindings::new();
        if bind_at(krate, &item.generics, &mut bindings, 0, depth + 1).is_err() {
            continue;
        }
        let ty = krate.resolve(&item.for_type.substitute(&bindings));
        if !ty.is_open() && !found.contains(&ty) {
            found.push(ty);
        }
    }
    if found.is_empty() {
        return Err(Reason::NoType(bound.trait_ref.name().to_owned()));
    }
    Ok(found)
}
