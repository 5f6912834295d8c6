//! Recipes for types of the standard library.

use super::calls;
use super::producer::Producer;
use crate::explore::model::{Named, Type};
use crate::explore::reason::Reason;
use crate::explore::recipe::{Leaf, ListForm, Recipe};

/// Returns every way to make a value of a standard type; of what is not known here, whatever
/// functions of the crate return.
pub fn recipes(producer: &mut Producer<'_>, named: &Named, ty: &Type) -> Vec<Recipe> {
    let found = known(producer, named);
    let found: Vec<Recipe> = found.into_iter().filter_map(Result::ok).collect();
    if found.is_empty() { calls::constructors(producer, ty) } else { found }
}

/// The text leaf.
fn text() -> Recipe {
    Recipe::Leaf(Leaf::Text)
}

/// An integer leaf.
fn int(ty: &str) -> Recipe {
    Recipe::Leaf(Leaf::Int(ty.to_owned()))
}

/// Recipes for the standard types that are known.
fn known(producer: &mut Producer<'_>, named: &Named) -> Vec<Result<Recipe, Reason>> {
    let name = named.name();
    let module = named.path.as_str();
    match name {
        "String" | "PathBuf" | "OsString" => {
            let path = match name {
                "String" => "::std::string::String",
                "PathBuf" => "::std::path::PathBuf",
                _ => "::std::ffi::OsString",
            };
            vec![Ok(Recipe::around(format!("{path}::from("), text(), ")"))]
        }
        "Duration" | "SystemTime" | "Instant" => times(name),
        "Ordering" if module.contains("cmp") => ["Less", "Equal", "Greater"]
            .map(|variant| Ok(Recipe::fixed(format!("::std::cmp::Ordering::{variant}"))))
            .to_vec(),
        "Error" | "Utf8Error" | "FromUtf8Error" | "ParseIntError" | "ParseFloatError"
        | "TryFromIntError" => errors(named),
        "MaybeUninit" => vec![Ok(Recipe::fixed("::std::mem::MaybeUninit::uninit()"))],
        "BufReader" => {
            vec![Ok(Recipe::around("::std::io::BufReader::new(", Recipe::Leaf(Leaf::Bytes), ")"))]
        }
        "PhantomData" => vec![Ok(Recipe::fixed("::std::marker::PhantomData"))],
        "DefaultHasher" | "BuildHasherDefault" | "RangeFull" => {
            let path = match name {
                "RangeFull" => "..",
                "DefaultHasher" => "::std::hash::DefaultHasher::new()",
                _ => "::std::hash::BuildHasherDefault::default()",
            };
            vec![Ok(Recipe::fixed(path))]
        }
        "Chars" => vec![Ok(Recipe::around("", text(), ".chars()"))],
        "CharIndices" => vec![Ok(Recipe::around("", text(), ".char_indices()"))],
        "Bytes" => vec![Ok(Recipe::around("", text(), ".bytes()"))],
        "Layout" => vec![Ok(Recipe::around(
            "::std::alloc::Layout::from_size_align(",
            Recipe::Leaf(Leaf::Size),
            " % 4096, 8).unwrap()",
        ))],
        _ if name.starts_with("NonZero") => vec![Ok(non_zero(named))],
        _ => generic(producer, named),
    }
}

/// Times.
fn times(name: &str) -> Vec<Result<Recipe, Reason>> {
    let within = |ty: &str, high| Recipe::Leaf(Leaf::Within(ty.to_owned(), 0, high));
    let nanos = within("u32", 999_999_999);
    match name {
        "Duration" => vec![
            Ok(Recipe::around("::std::time::Duration::from_secs(", int("u64"), ")")),
            Ok(Recipe::around("::std::time::Duration::from_millis(", int("u64"), ")")),
            Ok(Recipe::list("::std::time::Duration::new(", vec![int("u64"), nanos], ")")),
        ],
        "SystemTime" => vec![
            Ok(Recipe::around(
                "::std::time::UNIX_EPOCH + ::std::time::Duration::from_secs(",
                within("u64", i128::from(u32::MAX)),
                ")",
            )),
            Ok(Recipe::list(
                "::std::time::UNIX_EPOCH + ::std::time::Duration::new(",
                vec![within("u64", (1 << 40) - 1), nanos],
                ")",
            )),
        ],
        _ => vec![Ok(Recipe::fixed("::std::time::Instant::now()"))],
    }
}

/// Errors of the standard library that can be provoked.
fn errors(named: &Named) -> Vec<Result<Recipe, Reason>> {
    let expressions: &[&str] = match (named.name(), named.path.as_str()) {
        ("Error", path) if path.contains("fmt") => &["::std::fmt::Error"],
        ("Error", _) => &[
            "::std::io::Error::new(::std::io::ErrorKind::Other, \"broken\")",
            "::std::io::Error::new(::std::io::ErrorKind::NotFound, \"missing\")",
        ],
        ("Utf8Error", _) => &["::std::str::from_utf8(&[b'a', 255]).unwrap_err()"],
        ("FromUtf8Error", _) => &["::std::string::String::from_utf8(vec![255]).unwrap_err()"],
        ("ParseIntError", _) => {
            &["\"x\".parse::<u8>().unwrap_err()", "\"\".parse::<u8>().unwrap_err()"]
        }
        ("TryFromIntError", _) => &["u8::try_from(300_i32).unwrap_err()"],
        _ => &["\"x\".parse::<f64>().unwrap_err()"],
    };
    expressions.iter().map(|text| Ok(Recipe::fixed(*text))).collect()
}

/// A number that is not zero.
fn non_zero(named: &Named) -> Recipe {
    let own = named.name().trim_start_matches("NonZero").to_lowercase();
    let ty = match named.args.first() {
        Some(Type::Primitive(name)) => name.clone(),
        _ if own.is_empty() => "u32".to_owned(),
        _ => own,
    };
    let inner = Recipe::around("::std::num::NonZero::new(", int(&ty), ")");
    Recipe::Unwrap { inner: Box::new(inner), option: true }
}

/// Types with arguments.
fn generic(producer: &mut Producer<'_>, named: &Named) -> Vec<Result<Recipe, Reason>> {
    let first = named.args.first().cloned();
    let Some(first) = first else { return Vec::new() };
    let second = named.args.get(1).cloned().unwrap_or_else(Type::unit);
    let path = format!("::{}", named.path);
    match named.name() {
        "Option" => {
            let none = match producer.names().ty(&first) {
                Some(text) => format!("::std::option::Option::None::<{text}>"),
                None => "::std::option::Option::None".to_owned(),
            };
            let some = producer.recipe(&first);
            let some = some.map(|r| Recipe::around("::std::option::Option::Some(", r, ")"));
            vec![Ok(Recipe::fixed(none)), some]
        }
        "Result" => {
            let ok = producer.recipe(&first);
            let err = producer.recipe(&second);
            vec![
                ok.map(|recipe| Recipe::around("::std::result::Result::Ok(", recipe, ")")),
                err.map(|recipe| Recipe::around("::std::result::Result::Err(", recipe, ")")),
            ]
        }
        "Vec" if first.is("u8") => {
            vec![Ok(Recipe::around("", Recipe::Leaf(Leaf::Bytes), ".to_vec()"))]
        }
        "Vec" => vec![producer.list(&first, ListForm::Vector)],
        "Box" | "Rc" | "Arc" => vec![boxed(producer, &path, &first)],
        "Cell" | "RefCell" | "Mutex" | "RwLock" | "Wrapping" | "Reverse" | "Cursor" => {
            let open = match named.name() {
                "Wrapping" => "::std::num::Wrapping(".to_owned(),
                "Reverse" => "::std::cmp::Reverse(".to_owned(),
                _ => format!("{path}::new("),
            };
            vec![producer.recipe(&first).map(|recipe| Recipe::around(open, recipe, ")"))]
        }
        "Cow" => cow(producer, &first),
        "HashMap" | "BTreeMap" => {
            vec![collected(producer, &Type::Tuple(vec![first, second]), &path, "_, _")]
        }
        "HashSet" | "BTreeSet" | "VecDeque" | "BinaryHeap" | "LinkedList" => {
            vec![collected(producer, &first, &path, "_")]
        }
        "Range" | "RangeInclusive" => {
            let dots = if named.name() == "Range" { ".." } else { "..=" };
            let (low, high) = (producer.recipe(&first), producer.recipe(&first));
            let both = low.and_then(|low| Ok((low, high?)));
            vec![both.map(|(low, high)| {
                let joined = Recipe::around("", high, "");
                Recipe::Compose(vec![
                    crate::explore::recipe::Piece::Part(low),
                    crate::explore::recipe::Piece::Text(dots.to_owned()),
                    crate::explore::recipe::Piece::Part(joined),
                ])
            })]
        }
        "RangeTo" => vec![producer.recipe(&first).map(|recipe| Recipe::around("..", recipe, ""))],
        "RangeFrom" => vec![producer.recipe(&first).map(|recipe| Recipe::around("", recipe, ".."))],
        "Peekable" | "Rev" | "Enumerate" | "Fuse" => {
            let method = named.name().to_lowercase();
            let inner = producer.recipe(&first);
            vec![inner.map(|recipe| Recipe::around("", recipe, format!(".{method}()")))]
        }
        "Iter" => vec![iterated(producer, &first, ListForm::Slice, ".iter()")],
        "IntoIter" => vec![iterated(producer, &first, ListForm::Vector, ".into_iter()")],
        _ => Vec::new(),
    }
}

/// A list turned into an iterator.
fn iterated(
    producer: &mut Producer<'_>,
    item: &Type,
    form: ListForm,
    method: &str,
) -> Result<Recipe, Reason> {
    Ok(Recipe::around("", producer.list(item, form)?, method))
}

/// A list collected into a collection.
fn collected(
    producer: &mut Producer<'_>,
    item: &Type,
    path: &str,
    args: &str,
) -> Result<Recipe, Reason> {
    let list = producer.list(item, ListForm::Vector)?;
    Ok(Recipe::around("", list, format!(".into_iter().collect::<{path}<{args}>>()")))
}

/// `Box`, `Rc` and `Arc` of sized values, slices, text and trait objects.
fn boxed(producer: &mut Producer<'_>, path: &str, inner: &Type) -> Result<Recipe, Reason> {
    match inner {
        Type::Primitive(name) if name == "str" => {
            Ok(Recipe::around(format!("{path}::from("), text(), ")"))
        }
        Type::Slice(item) => {
            let list = producer.list(item, ListForm::Vector)?;
            Ok(Recipe::around(format!("{path}::from("), list, ")"))
        }
        Type::Object(bounds) => {
            let signature = bounds.iter().find_map(|bound| bound.signature.clone());
            let value = match signature {
                Some((inputs, output)) => producer.recipe(&Type::Closure(inputs, output))?,
                None => producer.object(bounds)?,
            };
            let ty = producer.names().ty(inner).ok_or(Reason::Unnameable)?;
            let open = format!("({path}::new(");
            Ok(Recipe::around(open, value, format!(") as {path}<{ty}>)")))
        }
        _ => Ok(Recipe::around(format!("{path}::new("), producer.recipe(inner)?, ")")),
    }
}

/// Borrowed and owned text or slices.
fn cow(producer: &mut Producer<'_>, inner: &Type) -> Vec<Result<Recipe, Reason>> {
    let borrowed = producer.recipe(&Type::reference(inner.clone()));
    let borrowed = borrowed.map(|r| Recipe::around("::std::borrow::Cow::Borrowed(", r, ")"));
    let owned = match inner {
        Type::Primitive(name) if name == "str" => {
            Some(Type::std("std::string::String", Vec::new()))
        }
        Type::Slice(item) => Some(Type::std("std::vec::Vec", vec![(**item).clone()])),
        _ => None,
    };
    let mut found = vec![borrowed];
    if let Some(owned) = owned {
        let recipe = producer.recipe(&owned);
        let open =
            producer.names().ty(inner).map(|text| format!("::std::borrow::Cow::Owned::<{text}>("));
        if let Some(open) = open {
            found.push(recipe.map(|recipe| Recipe::around(open, recipe, ")")));
        }
    }
    found
}
