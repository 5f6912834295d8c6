//! Recipes as source, with the choices that the search has found.

use std::collections::BTreeSet;

use super::literal;
use crate::explore::harness::Choice;
use crate::explore::recipe::{Callee, Leaf, ListForm, Maker, Piece, Recipe};

/// Renders recipes; each takes its choices from the front of what is left.
#[derive(Debug)]
pub struct Renderer<'a> {
    makers: &'a [Maker],
    choices: std::slice::Iter<'a, Choice>,
    imports: BTreeSet<String>,
    /// Locals for what is borrowed, while what is rendered has to live on.
    locals: Option<Vec<String>>,
    /// Locals for tuples of which one item is used.
    tuples: Vec<String>,
    names: BTreeSet<String>,
}

/// Where an expression will stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Where its type is known: an argument of a concrete type.
    Typed,
    /// Where its type follows from itself.
    Free,
    /// In front of a dot.
    Receiver,
}

impl Place {
    /// The place of an argument.
    pub fn of(callee: &Callee, index: usize) -> Self {
        if callee.generic.get(index).copied().unwrap_or(true) { Self::Free } else { Self::Typed }
    }

    /// The place of a part of an expression in this place.
    fn inside(self) -> Self {
        if self == Self::Receiver { Self::Free } else { self }
    }
}

impl<'a> Renderer<'a> {
    /// Creates one for a sequence of choices.
    pub fn new(makers: &'a [Maker], choices: &'a [Choice]) -> Self {
        Self {
            makers,
            choices: choices.iter(),
            imports: BTreeSet::new(),
            locals: None,
            tuples: Vec::new(),
            names: BTreeSet::new(),
        }
    }

    /// Returns the source of a recipe whose value becomes a local, after the statements for what
    /// it borrows.
    pub fn lasting(&mut self, recipe: &Recipe, place: Place) -> Option<(Vec<String>, String)> {
        self.locals = Some(Vec::new());
        let value = self.expression(recipe, place);
        let locals = self.locals.take().unwrap_or_default();
        value.map(|value| (locals, value))
    }

    /// A value that is borrowed: a local of its own where it has to live on.
    fn borrowed(&mut self, mutable: bool, inner: &Recipe, place: Place) -> Option<String> {
        let value = self.expression(inner, place)?;
        let simple = matches!(inner, Recipe::Leaf(_) | Recipe::Fixed(_));
        if simple || self.locals.is_none() {
            return Some(value);
        }
        let base = match inner {
            Recipe::Make(id) => self.makers.get(*id).map(|maker| last_word(&maker.ty)),
            _ => None,
        };
        let base = base.filter(|base| !base.is_empty()).unwrap_or_else(|| "borrowed".to_owned());
        let name = self.local(&base);
        let word = if mutable { "mut " } else { "" };
        self.locals.as_mut()?.push(format!("let {word}{name} = {value};"));
        Some(name)
    }

    /// One item of a tuple; all of them become locals, so that the others live as long.
    fn part(&mut self, tuple: &Recipe, names: &[String], index: usize) -> Option<String> {
        let tuple = self.expression(tuple, Place::Typed)?;
        let locals: Vec<String> = names.iter().map(|name| self.local(name)).collect();
        let used = |(item, name): (usize, &String)| {
            if item == index { name.clone() } else { format!("_{name}") }
        };
        let items: Vec<String> = locals.iter().enumerate().map(used).collect();
        self.tuples.push(format!("let ({}) = {tuple};", items.join(", ")));
        locals.into_iter().nth(index)
    }

    /// A name for a local that no other local has.
    fn local(&mut self, base: &str) -> String {
        let mut name = base.to_owned();
        let mut number = 2;
        while !self.names.insert(name.clone()) {
            name = format!("{base}{number}");
            number += 1;
        }
        name
    }

    /// Returns the statements that what was rendered since the last call needs before it.
    pub fn take_tuples(&mut self) -> Vec<String> {
        std::mem::take(&mut self.tuples)
    }

    /// Returns the traits that have to be in scope for what was rendered.
    pub fn into_imports(self) -> BTreeSet<String> {
        self.imports
    }

    /// Notes that a trait has to be in scope.
    pub fn import(&mut self, callee: &Callee) {
        self.imports.extend(callee.needs.clone());
    }

    /// Returns the next choice among several; `None` if the choices do not fit.
    pub fn arm(&mut self) -> Option<usize> {
        match self.choices.next()? {
            Choice::Arm(arm) => usize::try_from(*arm).ok(),
            _ => None,
        }
    }

    /// Returns the next count; `None` if the choices do not fit.
    pub fn count(&mut self) -> Option<usize> {
        match self.choices.next()? {
            Choice::Count(count) => usize::try_from(*count).ok(),
            _ => None,
        }
    }

    /// Returns the source of a recipe; `None` if the choices do not fit or a value is too long.
    pub fn expression(&mut self, recipe: &Recipe, place: Place) -> Option<String> {
        match recipe {
            Recipe::Leaf(leaf) => self.leaf(leaf, place),
            Recipe::Fixed(text) => Some(text.clone()),
            Recipe::Make(id) => self.made(*id, place),
            Recipe::Compose(pieces) => self.composed(pieces, place),
            Recipe::Call { callee, args } => self.call(callee, args),
            Recipe::Borrow { mutable, inner } => {
                let inner = self.borrowed(*mutable, inner, place.inside())?;
                let word = if *mutable { "&mut " } else { "&" };
                Some(format!("{word}{inner}"))
            }
            Recipe::Unwrap { inner, .. } => {
                Some(format!("{}.unwrap()", self.expression(inner, Place::Typed)?))
            }
            Recipe::Part { inner, names, index } => self.part(inner, names, *index),
            Recipe::List { item, ty, form } => {
                let count = self.count()?;
                let items: Option<Vec<String>> =
                    (0..count).map(|_| self.expression(item, place.inside())).collect();
                let items = items?.join(", ");
                Some(match form {
                    ListForm::Vector if items.is_empty() => {
                        format!("::std::vec::Vec::<{ty}>::new()")
                    }
                    ListForm::Vector => format!("vec![{items}]"),
                    ListForm::Slice if place == Place::Typed => format!("&[{items}]"),
                    ListForm::Slice => format!("[{items}].as_slice()"),
                    ListForm::SliceMut if place == Place::Typed => format!("&mut [{items}]"),
                    ListForm::SliceMut => format!("[{items}].as_mut_slice()"),
                })
            }
            Recipe::Closure { parameters, body, value, .. } => {
                let value = self.expression(value, Place::Typed)?;
                Some(format!("|{parameters}| {}", body.replace("{}", &value)))
            }
        }
    }

    /// What a maker makes.
    fn made(&mut self, id: usize, place: Place) -> Option<String> {
        let makers = self.makers;
        let maker = makers.get(id)?;
        let (arms, _) = maker.counts();
        let chosen = if arms == 1 { 0 } else { self.arm()? };
        let (_, arm) = maker.alive().nth(chosen)?;
        // The fields of a type without parameters have types of their own.
        let concrete = place == Place::Free && !maker.ty.contains('<');
        self.expression(&arm.recipe, if concrete { Place::Typed } else { place })
    }

    /// Pieces in a row.
    fn composed(&mut self, pieces: &[Piece], place: Place) -> Option<String> {
        let mut text = String::new();
        for (index, piece) in pieces.iter().enumerate() {
            match piece {
                Piece::Text(piece) => text.push_str(piece),
                Piece::Part(recipe) => {
                    let dotted =
                        matches!(pieces.get(index + 1), Some(Piece::Text(t)) if t.starts_with('.'));
                    let place = if dotted { Place::Receiver } else { place.inside() };
                    text.push_str(&self.expression(recipe, place)?);
                }
            }
        }
        Some(text)
    }

    /// A call, with a dot where that is possible.
    pub fn call(&mut self, callee: &Callee, args: &[Recipe]) -> Option<String> {
        let Some((method, receiver)) = callee.method.as_ref().zip(args.first()) else {
            if let Some(ty) = callee.shown.strip_suffix("::from_str")
                && callee.path.contains("::str::FromStr>")
                && let [text] = args
            {
                let text = self.expression(text, Place::Receiver)?;
                return Some(format!("{text}.parse::<{ty}>()"));
            }
            let args: Option<Vec<String>> = args
                .iter()
                .enumerate()
                .map(|(index, arg)| self.expression(arg, Place::of(callee, index)))
                .collect();
            self.import(callee);
            return Some(format!("{}({})", callee.shown, args?.join(", ")));
        };
        let receiver = match receiver {
            Recipe::Borrow { mutable, inner } if !callee.of_reference => {
                self.borrowed(*mutable, inner, Place::Receiver)?
            }
            other if callee.of_reference => {
                format!("({})", self.expression(other, Place::Free)?)
            }
            other => self.expression(other, Place::Receiver)?,
        };
        let rest: Option<Vec<String>> = args
            .iter()
            .enumerate()
            .skip(1)
            .map(|(index, arg)| self.expression(arg, Place::of(callee, index)))
            .collect();
        self.import(callee);
        Some(format!("{receiver}.{method}({})", rest?.join(", ")))
    }

    /// A chosen value.
    fn leaf(&mut self, leaf: &Leaf, place: Place) -> Option<String> {
        let receiver = place == Place::Receiver;
        // Without a type to tell, an integer is an `i32` and a float an `f64`.
        let untold = |ty: &str, own: &str| receiver || (place == Place::Free && ty != own);
        match (leaf, self.choices.next()?) {
            (Leaf::Text, Choice::Text(value)) => {
                let text = literal::text_expression(value)?;
                Some(match text.strip_prefix('&') {
                    Some(owned) if receiver => owned.to_owned(),
                    _ => text,
                })
            }
            (Leaf::Bytes, Choice::Bytes(value)) => literal::bytes(value, place == Place::Free),
            (Leaf::Int(ty) | Leaf::Within(ty, ..), Choice::Int(value)) => {
                let number = literal::integer(*value, ty, untold(ty, "i32"));
                Some(before_dot(number, receiver))
            }
            (Leaf::Size, Choice::Size(value)) => {
                let value = i128::from(*value);
                Some(literal::integer(value, "usize", untold("usize", "i32")))
            }
            (Leaf::Char, Choice::Char(value)) => Some(literal::character(*value)),
            (Leaf::Flag, Choice::Flag(value)) => Some(value.to_string()),
            (Leaf::Float(ty), Choice::Float(value)) => {
                let number = literal::float(*value, ty, untold(ty, "f64"));
                Some(before_dot(number, receiver))
            }
            _ => None,
        }
    }
}

/// A number in front of a dot: a sign needs brackets.
fn before_dot(number: String, receiver: bool) -> String {
    if receiver && number.starts_with('-') { format!("({number})") } else { number }
}

/// The last name of a type, as the name of a local.
fn last_word(ty: &str) -> String {
    let bare = ty.split('<').next().unwrap_or_default();
    crate::text::snake(bare.rsplit("::").next().unwrap_or_default())
}
