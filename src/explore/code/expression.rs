//! Recipes as code that asks the runtime for every choice.

use crate::explore::recipe::{Leaf, ListForm, Piece, Recipe};

/// Most elements of a list.
pub const LIST_MAX: u32 = 6;

/// Smallest and greatest value of an integer type, as far as the runtime's `i128` reaches.
pub fn limits(ty: &str) -> (i128, i128) {
    match ty {
        "u8" => (0, i128::from(u8::MAX)),
        "u16" => (0, i128::from(u16::MAX)),
        "u32" => (0, i128::from(u32::MAX)),
        "u64" | "usize" => (0, i128::from(u64::MAX)),
        "u128" => (0, i128::MAX),
        "i8" => (i128::from(i8::MIN), i128::from(i8::MAX)),
        "i16" => (i128::from(i16::MIN), i128::from(i16::MAX)),
        "i32" => (i128::from(i32::MIN), i128::from(i32::MAX)),
        "i64" | "isize" => (i128::from(i64::MIN), i128::from(i64::MAX)),
        _ => (i128::MIN, i128::MAX),
    }
}

/// Returns the code of a recipe; `p` is the runtime's source of choices.
pub fn expression(recipe: &Recipe) -> String {
    let inner = expression;
    match recipe {
        Recipe::Leaf(leaf) => choice(leaf),
        Recipe::Fixed(text) => text.clone(),
        Recipe::Make(id) => format!("make_{id}(p)"),
        Recipe::Compose(pieces) => pieces
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => text.clone(),
                Piece::Part(recipe) => inner(recipe),
            })
            .collect(),
        Recipe::Call { callee, args } => {
            let args: Vec<String> = args.iter().map(inner).collect();
            format!("{}({})", callee.path, args.join(", "))
        }
        Recipe::Borrow { mutable, inner: value } => {
            let keep = if *mutable { "keep" } else { "keep_ref" };
            format!("{{ let kept = {}; p.{keep}(kept) }}", inner(value))
        }
        Recipe::Unwrap { inner: call, option } => {
            let pattern = if *option { "option::Option::Some" } else { "result::Result::Ok" };
            format!("match {} {{ ::std::{pattern}(made) => made, _ => p.give_up() }}", inner(call))
        }
        Recipe::Part { inner: tuple, names, index } => {
            let items: Vec<String> = (0..names.len()).map(|item| format!("item_{item}")).collect();
            let others = (0..names.len()).filter(|item| item != index);
            let keep: Vec<String> =
                others.map(|item| format!("p.keep_ref(item_{item});")).collect();
            let (items, keep) = (items.join(", "), keep.join(" "));
            format!("{{ let ({items}) = {}; {keep} item_{index} }}", inner(tuple))
        }
        Recipe::List { item, ty, form } => {
            let list = format!(
                "{{ let mut list: ::std::vec::Vec<{ty}> = ::std::vec::Vec::new(); \
                 for _ in 0..p.count({LIST_MAX}) {{ let item = {}; list.push(item); }} list }}",
                inner(item)
            );
            match form {
                ListForm::Vector => list,
                ListForm::Slice => format!("&{{ let kept = {list}; p.keep_ref(kept) }}[..]"),
                ListForm::SliceMut => format!("&mut {{ let kept = {list}; p.keep(kept) }}[..]"),
            }
        }
        Recipe::Closure { typed, body, value, clone, .. } => {
            let value = inner(value);
            let used = if *clone { "::std::clone::Clone::clone(&chosen)" } else { "chosen" };
            let body = body.replace("{}", used);
            format!("{{ let chosen = {value}; move |{typed}| {body} }}")
        }
    }
}

/// The call of the runtime for one choice.
fn choice(leaf: &Leaf) -> String {
    match leaf {
        Leaf::Text => "p.text()".to_owned(),
        Leaf::Bytes => "p.bytes()".to_owned(),
        Leaf::Size => "p.size()".to_owned(),
        Leaf::Char => "p.char()".to_owned(),
        Leaf::Flag => "p.flag()".to_owned(),
        Leaf::Float(ty) => format!("(p.float() as {ty})"),
        Leaf::Within(ty, low, high) => int(ty, (*low, *high)),
        Leaf::Int(ty) => int(ty, limits(ty)),
    }
}

/// The call of the runtime for an integer.
fn int(ty: &str, (low, high): (i128, i128)) -> String {
    let low = if low == i128::MIN { "i128::MIN".to_owned() } else { low.to_string() };
    let high = if high == i128::MAX { "i128::MAX".to_owned() } else { high.to_string() };
    format!("(p.int({low}, {high}) as {ty})")
}
