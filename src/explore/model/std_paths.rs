//! Public paths of the standard library, where the documentation names private ones.

use super::ty::Type;

/// Traits by the module of `std` in which they are public.
const TRAITS: &[(&str, &str)] = &[
    ("str", "FromStr Pattern"),
    (
        "ops",
        "Deref DerefMut Add Sub Mul Div Rem Neg Not BitAnd BitOr BitXor Shl Shr AddAssign \
         SubAssign MulAssign DivAssign RemAssign BitAndAssign BitOrAssign BitXorAssign \
         ShlAssign ShrAssign \
         Index IndexMut RangeBounds Fn FnMut FnOnce Drop",
    ),
    (
        "iter",
        "Iterator DoubleEndedIterator ExactSizeIterator IntoIterator FromIterator Extend \
         FusedIterator Sum Product",
    ),
    ("cmp", "PartialEq Eq PartialOrd Ord"),
    ("convert", "From Into TryFrom TryInto AsRef AsMut"),
    ("hash", "Hash Hasher BuildHasher"),
    ("marker", "Copy Send Sync Unpin"),
    ("clone", "Clone"),
    ("default", "Default"),
    ("borrow", "Borrow BorrowMut ToOwned"),
    ("error", "Error"),
    ("string", "ToString"),
    ("future", "Future IntoFuture"),
    ("any", "Any"),
];

/// Traits of `std::fmt` and `std::io`, whose names also occur elsewhere.
const FMT: &str = "Display Debug LowerHex UpperHex Binary Octal LowerExp UpperExp Pointer Write \
                   Formatter Arguments Alignment";
const IO: &str = "Read Write BufRead Seek";

/// Returns the public path of an item that is defined at `names`; `core` and `alloc` become `std`.
pub fn std_path(names: &[&str]) -> String {
    let (Some(first), Some(last)) = (names.first(), names.last()) else { return String::new() };
    if !["core", "alloc", "std"].contains(first) {
        return format!("::{}", names.join("::"));
    }
    let has = |list: &str| list.split_whitespace().any(|name| name == *last);
    if names.contains(&"fmt") && has(FMT) {
        return format!("std::fmt::{last}");
    }
    if names.contains(&"io") && has(IO) {
        return format!("std::io::{last}");
    }
    if let Some((module, _)) = TRAITS.iter().find(|(_, list)| has(list))
        && !names.contains(&"fmt")
        && !(names.contains(&"io") || names.contains(&"fs"))
        && (*last != "Error" || names.contains(&"error"))
    {
        return format!("std::{module}::{last}");
    }
    // Definitions live in private modules (`std::collections::hash::map::HashMap`,
    // `core::slice::iter::Iter`): keep the first public module and the name.
    let public = match names.get(1).copied().unwrap_or_default() {
        "collections" => match *last {
            "Entry" | "OccupiedEntry" | "VacantEntry" | "Iter" | "IntoIter" | "Keys" | "Values" => {
                return format!(
                    "std::{}::{last}",
                    names.get(1..names.len() - 1).unwrap_or_default().join("::")
                );
            }
            "DefaultHasher" | "RandomState" => "hash",
            _ => "collections",
        },
        "hash" if names.contains(&"random") => "hash",
        "time" => "time",
        module => module,
    };
    match public {
        name if name == *last => format!("std::{last}"),
        module => format!("std::{module}::{last}"),
    }
}

/// Returns what the type aliases of the standard library stand for.
pub fn std_alias(path: &str, args: &[Type]) -> Option<Type> {
    let value = || args.first().cloned().unwrap_or_else(Type::unit);
    let error = match path {
        "std::io::Result" => "std::io::Error",
        "std::fmt::Result" => "std::fmt::Error",
        _ => return None,
    };
    Some(Type::std("std::result::Result", vec![value(), Type::std(error, Vec::new())]))
}
