//! Values that a function body is replaced by, guessed from the return type.

use quote::ToTokens as _;
use syn::{GenericArgument, PathArguments, PathSegment, ReturnType, Type, TypeParamBound};

/// Most values for one function: combinations of tuples grow fast.
const VALUES_MAX: usize = 64;

/// The value that is tried for a type nothing is known of.
const DEFAULT: &str = "Default::default()";

/// Returns values of a return type, as Rust text; none for a type that has none to guess.
pub(super) fn values(output: &ReturnType) -> Vec<String> {
    let mut values = match output {
        ReturnType::Default => vec!["()".to_owned()],
        ReturnType::Type(_, kind) => of_type(kind),
    };
    values.truncate(VALUES_MAX);
    values
}

/// Returns whether a type hides another one behind `impl`, so that no second type fits.
pub(super) fn is_opaque(output: &ReturnType) -> bool {
    let ReturnType::Type(_, kind) = output else { return false };
    kind.to_token_stream().to_string().split(' ').any(|word| word == "impl")
}

/// Values of a type.
fn of_type(kind: &Type) -> Vec<String> {
    match kind {
        Type::Never(_) => Vec::new(),
        Type::Paren(inner) => of_type(&inner.elem),
        Type::Group(inner) => of_type(&inner.elem),
        Type::ImplTrait(bounds) => iterators(bounds),
        Type::Path(path) => of_path(path),
        Type::Reference(reference) => of_reference(reference),
        Type::Slice(slice) => leaked_slices(&slice.elem),
        Type::Array(array) => {
            let length = array.len.to_token_stream();
            each(&array.elem, |value| format!("[{value}; {length}]"))
        }
        Type::Tuple(tuple) => tuples(tuple),
        _ => vec![DEFAULT.to_owned()],
    }
}

/// The values of a type, each put into words.
fn each(kind: &Type, words: impl Fn(&str) -> String) -> Vec<String> {
    of_type(kind).iter().take(VALUES_MAX).map(|value| words(value)).collect()
}

/// Empty iterators and those of one item.
fn iterators(kind: &syn::TypeImplTrait) -> Vec<String> {
    let item = kind.bounds.iter().find_map(|bound| {
        let TypeParamBound::Trait(bound) = bound else { return None };
        let last = bound.path.segments.last().filter(|last| last.ident == "Iterator")?;
        let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
        arguments.args.iter().find_map(|argument| match argument {
            GenericArgument::AssocType(item) if item.ident == "Item" => Some(&item.ty),
            _ => None,
        })
    });
    let Some(item) = item else { return Vec::new() };
    let mut values = vec!["::std::iter::empty()".to_owned()];
    values.extend(each(item, |value| format!("::std::iter::once({value})")));
    values
}

/// Values behind a reference: constants, or leaked ones.
fn of_reference(kind: &syn::TypeReference) -> Vec<String> {
    match &*kind.elem {
        Type::Path(path) if path.path.is_ident("str") && kind.mutability.is_none() => strings(),
        Type::Slice(slice) => leaked_slices(&slice.elem),
        other => each(other, |value| format!("Box::leak(Box::new({value}))")),
    }
}

/// Texts of type `&str`.
fn strings() -> Vec<String> {
    ["\"\"", "\"xyzzy\""].map(str::to_owned).to_vec()
}

/// Slices that live for ever.
fn leaked_slices(item: &Type) -> Vec<String> {
    let mut values = vec!["Vec::leak(Vec::new())".to_owned()];
    values.extend(each(item, |value| format!("Vec::leak(vec![{value}])")));
    values
}

/// Every combination of the values of the members.
fn tuples(kind: &syn::TypeTuple) -> Vec<String> {
    let mut rows: Vec<Vec<String>> = vec![Vec::new()];
    for member in &kind.elems {
        let values = of_type(member);
        let longer = rows.iter().flat_map(|row| {
            values.iter().map(|value| row.iter().chain([value]).cloned().collect())
        });
        rows = longer.take(VALUES_MAX).collect();
    }
    let text = |row: Vec<String>| match row.as_slice() {
        [only] => format!("({only},)"),
        all => format!("({})", all.join(", ")),
    };
    rows.into_iter().map(text).collect()
}

/// Values of a named type.
fn of_path(kind: &syn::TypePath) -> Vec<String> {
    let Some(last) = kind.path.segments.last() else { return vec![DEFAULT.to_owned()] };
    let name = last.ident.to_string();
    if let Some(values) = number(&name) {
        return values;
    }
    if last.arguments.is_none() && kind.path.segments.len() == 1 {
        let values: &[&str] = match &*name {
            "bool" => &["true", "false"],
            "i8" | "i16" | "i32" | "i64" | "i128" | "isize" => &["0", "1", "-1"],
            "u8" | "u16" | "u32" | "u64" | "u128" | "usize" => &["0", "1"],
            "f32" | "f64" => &["0.0", "1.0", "-1.0"],
            "String" => &["String::new()", "\"xyzzy\".into()"],
            "str" => return strings(),
            "HttpResponse" => &["HttpResponse::Ok().finish()"],
            "Result" => &["Ok(Default::default())"],
            _ => &[DEFAULT],
        };
        return values.iter().map(|value| (*value).to_owned()).collect();
    }
    of_generic(&name, last)
}

/// Values of a number that is never zero; `None` for any other type.
fn number(name: &str) -> Option<Vec<String>> {
    let rest = name.strip_prefix("NonZero")?;
    let mut values = vec!["1.try_into().unwrap()".to_owned()];
    if rest.starts_with('I') {
        values.push("(-1).try_into().unwrap()".to_owned());
    }
    Some(values)
}

/// Values of a type with arguments.
fn of_generic(name: &str, last: &PathSegment) -> Vec<String> {
    let types = type_arguments(last);
    match (name, types.as_slice()) {
        ("Result", []) => vec!["Ok(Default::default())".to_owned()],
        ("Result", [inner, ..]) => each(inner, |value| format!("Ok({value})")),
        ("Option", [inner]) => with("None", each(inner, |value| format!("Some({value})"))),
        ("Vec", [inner, ..]) => with("vec![]", each(inner, |value| format!("vec![{value}]"))),
        ("Cow", [inner]) => {
            let pair = |value: &String| {
                [format!("Cow::Borrowed({value})"), format!("Cow::Owned({value}.to_owned())")]
            };
            of_type(inner).iter().flat_map(pair).collect()
        }
        ("Box" | "Rc" | "Arc" | "Cell" | "RefCell" | "Mutex", [inner]) => {
            each(inner, |value| format!("{name}::new({value})"))
        }
        ("HashMap" | "BTreeMap", [key, value]) => {
            let (keys, values) = (of_type(key), of_type(value));
            let pairs = keys.iter().flat_map(|key| {
                values.iter().map(move |value| format!("{name}::from_iter([({key}, {value})])"))
            });
            with(&format!("{name}::new()"), pairs.collect())
        }
        ("HashSet" | "BTreeSet" | "BinaryHeap" | "VecDeque" | "LinkedList", [inner]) => {
            let one = each(inner, |value| format!("{name}::from_iter([{value}])"));
            with(&format!("{name}::new()"), one)
        }
        (_, [inner]) => {
            let ways = |value: &String| {
                [
                    format!("{name}::from_iter([{value}])"),
                    format!("{name}::new({value})"),
                    format!("{name}::from({value})"),
                ]
            };
            with(&format!("{name}::new()"), of_type(inner).iter().flat_map(ways).collect())
        }
        _ => vec![DEFAULT.to_owned()],
    }
}

/// A value and then others.
fn with(first: &str, others: Vec<String>) -> Vec<String> {
    std::iter::once(first.to_owned()).chain(others).collect()
}

/// The arguments that are types.
fn type_arguments(segment: &PathSegment) -> Vec<&Type> {
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else { return Vec::new() };
    let types = arguments.args.iter().filter_map(|argument| match argument {
        GenericArgument::Type(kind) => Some(kind),
        _ => None,
    });
    types.collect()
}
