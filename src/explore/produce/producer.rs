//! Finds a recipe for every type that a function needs.

use std::collections::BTreeMap;

use super::names::Names;
use super::{local, std_types};
use crate::explore::model::{Bindings, Crate, ItemId, Type};
use crate::explore::reason::Reason;
use crate::explore::recipe::{Arm, Leaf, ListForm, Maker, MakerId, Recipe};

/// How deep recipes may be nested without a maker between them.
const DEPTH_MAX: usize = 8;

/// Most makers in one module: a bound for very large crates.
const MAKERS_MAX: usize = 400;

/// The recipes of one module of the crate under test.
#[derive(Debug)]
pub struct Producer<'a> {
    krate: &'a Crate,
    module: ItemId,
    literals: bool,
    makers: Vec<Maker>,
    known: BTreeMap<Type, Result<MakerId, Reason>>,
    depth: usize,
}

impl<'a> Producer<'a> {
    /// Creates one for code in `module`; `literals` allows struct literals with private fields,
    /// which is safe only in crates without `unsafe`.
    pub fn new(krate: &'a Crate, module: ItemId, literals: bool) -> Self {
        let (makers, known) = (Vec::new(), BTreeMap::new());
        Self { krate, module, literals, makers, known, depth: 0 }
    }

    /// Returns the crate.
    pub fn krate(&self) -> &'a Crate {
        self.krate
    }

    /// Returns the module in which the recipes are valid.
    pub fn module(&self) -> ItemId {
        self.module
    }

    /// Returns whether struct literals with private fields are allowed.
    pub fn literals(&self) -> bool {
        self.literals
    }

    /// Returns the writer of types for this module.
    pub fn names(&self) -> Names<'a> {
        Names { krate: self.krate, module: self.module }
    }

    /// Returns all makers found so far.
    pub fn into_makers(self) -> Vec<Maker> {
        self.makers
    }

    /// Returns how many makers there are.
    pub fn makers_len(&self) -> usize {
        self.makers.len()
    }

    /// Returns a recipe for a value of `ty`.
    ///
    /// Fails with the innermost type of which no value can be made.
    pub fn recipe(&mut self, ty: &Type) -> Result<Recipe, Reason> {
        if DEPTH_MAX <= self.depth {
            return Err(Reason::NoValue("a type that is nested too deeply".to_owned()));
        }
        self.depth += 1;
        let result = self.recipe_inner(&self.krate.resolve(ty));
        self.depth -= 1;
        result
    }

    /// Returns a recipe for a resolved type.
    fn recipe_inner(&mut self, ty: &Type) -> Result<Recipe, Reason> {
        match ty {
            Type::Primitive(name) => primitive(name),
            Type::Reference { mutable, target } => self.reference(*mutable, target),
            Type::Tuple(items) => {
                let parts = items.iter().map(|item| self.recipe(item)).collect::<Result<_, _>>()?;
                let close = if items.len() == 1 { ",)" } else { ")" };
                Ok(Recipe::list("(", parts, close))
            }
            Type::Array(item, length) => self.array(item, length),
            Type::Iterator(item) => {
                let list = self.list(item, ListForm::Vector)?;
                Ok(Recipe::around("", list, ".into_iter()"))
            }
            Type::Closure(inputs, output) | Type::Function(inputs, output) => {
                self.closure(inputs, output)
            }
            Type::Opaque(bounds) => {
                let chosen = super::bounds::options(self.krate, bounds, 0)?;
                let first = chosen.into_iter().next();
                let first = first.ok_or_else(|| Reason::NoType("nothing".to_owned()))?;
                self.recipe(&first)
            }
            Type::Named(_) => self.make(ty),
            other => Err(Reason::NoValue(self.show(other))),
        }
    }

    /// Returns a type as people read it, for a reason.
    pub fn show(&self, ty: &Type) -> String {
        self.names().ty(ty).map_or_else(
            || format!("{ty:?}").chars().take(60).collect(),
            |text| text.replace("'static ", "").replace("::std::", ""),
        )
    }

    /// Returns the maker of a type, made if it is not known yet.
    fn make(&mut self, ty: &Type) -> Result<Recipe, Reason> {
        if let Some(known) = self.known.get(ty) {
            return known.clone().map(Recipe::Make);
        }
        let missing = Reason::NoValue(self.show(ty));
        let Some(text) = self.names().ty(ty) else { return Err(missing) };
        if MAKERS_MAX <= self.makers.len() {
            return Err(missing);
        }
        let id = self.makers.len();
        self.makers.push(Maker { ty: text, arms: Vec::new() });
        self.known.insert(ty.clone(), Ok(id));
        let depth = std::mem::take(&mut self.depth);
        let recipes = match ty {
            Type::Named(named) if named.local.is_none() => std_types::recipes(self, named, ty),
            _ => local::recipes(self, ty),
        };
        self.depth = depth;
        let arms = recipes.into_iter();
        self.makers[id].arms =
            arms.map(|recipe| Arm { recipe, alive: true, recursive: false }).collect();
        if self.makers[id].arms.is_empty() {
            self.known.insert(ty.clone(), Err(missing.clone()));
            return Err(missing);
        }
        Ok(Recipe::Make(id))
    }

    /// Returns a reference; text, bytes and slices are values of their own.
    fn reference(&mut self, mutable: bool, target: &Type) -> Result<Recipe, Reason> {
        match target {
            Type::Primitive(name) if name == "str" && !mutable => Ok(Recipe::Leaf(Leaf::Text)),
            Type::Primitive(name) if name == "str" => {
                let owned =
                    Recipe::around("::std::string::String::from(", Recipe::Leaf(Leaf::Text), ")");
                let kept = Recipe::Borrow { mutable: true, inner: Box::new(owned) };
                Ok(Recipe::around("", kept, ".as_mut_str()"))
            }
            Type::Slice(item) if item.is("u8") && !mutable => Ok(Recipe::Leaf(Leaf::Bytes)),
            Type::Slice(item) => {
                self.list(item, if mutable { ListForm::SliceMut } else { ListForm::Slice })
            }
            Type::Named(named) if named.name() == "Path" && named.local.is_none() => {
                Ok(Recipe::around("::std::path::Path::new(", Recipe::Leaf(Leaf::Text), ")"))
            }
            Type::Named(named) if named.name() == "OsStr" && named.local.is_none() => {
                Ok(Recipe::around("::std::ffi::OsStr::new(", Recipe::Leaf(Leaf::Text), ")"))
            }
            Type::Object(bounds) => {
                let inner = self.object(bounds)?;
                Ok(Recipe::Borrow { mutable, inner: Box::new(inner) })
            }
            _ => {
                let inner = Box::new(self.recipe(target)?);
                Ok(Recipe::Borrow { mutable, inner })
            }
        }
    }

    /// Returns a value that implements the bounds of a trait object.
    pub fn object(&mut self, bounds: &[crate::explore::model::Bound]) -> Result<Recipe, Reason> {
        let chosen = super::bounds::options(self.krate, bounds, 0)?;
        for ty in chosen {
            if let Ok(recipe) = self.recipe(&ty) {
                return Ok(recipe);
            }
        }
        Err(Reason::NoType("dyn".to_owned()))
    }

    /// Returns an array; long ones repeat one value.
    fn array(&mut self, item: &Type, length: &str) -> Result<Recipe, Reason> {
        let count: Option<usize> =
            length.trim_end_matches("usize").trim_end_matches('_').parse().ok();
        match count {
            Some(count) if count <= 8 => {
                let parts = (0..count).map(|_| self.recipe(item)).collect::<Result<Vec<_>, _>>()?;
                Ok(Recipe::list("[", parts, "]"))
            }
            _ => Ok(Recipe::around("[", self.recipe(item)?, format!("; {length}]"))),
        }
    }

    /// Returns a list of values.
    pub fn list(&mut self, item: &Type, form: ListForm) -> Result<Recipe, Reason> {
        let item = self.krate.resolve(item);
        let recipe = self.recipe(&item)?;
        let ty = self.names().ty(&item).unwrap_or_else(|| "_".to_owned());
        Ok(Recipe::List { item: Box::new(recipe), ty, form })
    }

    /// Returns a closure: one that compares where it has to answer yes or no, else one that
    /// returns a value.
    fn closure(&mut self, inputs: &[Type], output: &Type) -> Result<Recipe, Reason> {
        let ignored = vec!["_"; inputs.len()].join(", ");
        if output.is_unit() {
            return Ok(Recipe::fixed(format!("|{}| ()", self.parameters("_", inputs))));
        }
        if output.is("bool")
            && let [input] = inputs
            && let (stars, Type::Primitive(name)) = dereferenced(input)
        {
            let star = "*".repeat(stars);
            let body = match name.as_str() {
                "str" => "x.len() < {}".to_owned(),
                "bool" => format!("{star}x == {{}}"),
                _ => format!("{star}x < {{}}"),
            };
            let value = match name.as_str() {
                "str" => Recipe::Leaf(Leaf::Size),
                _ => primitive(name)?,
            };
            let typed = self.parameters("x", inputs);
            let (parameters, value) = ("x".to_owned(), Box::new(value));
            return Ok(Recipe::Closure { parameters, typed, body, value, clone: false });
        }
        let value = Box::new(self.recipe(output)?);
        let copied = matches!(output, Type::Primitive(_) | Type::Reference { mutable: false, .. });
        let typed = self.parameters("_", inputs);
        let body = "{}".to_owned();
        Ok(Recipe::Closure { parameters: ignored, typed, body, value, clone: !copied })
    }

    /// Parameters of a closure with their types; a lifetime is left open.
    fn parameters(&self, name: &str, inputs: &[Type]) -> String {
        let typed = inputs.iter().map(|input| {
            let ty = self.names().ty(input).map(|ty| ty.replace("'static ", ""));
            ty.map_or_else(|| name.to_owned(), |ty| format!("{name}: {ty}"))
        });
        typed.collect::<Vec<_>>().join(", ")
    }

    /// Removes arms that can never end, and moves those to the front that end soonest: from any
    /// maker, taking only these leads to a value in the fewest steps.
    pub fn settle(makers: &mut [Maker]) {
        prune(makers);
        let heights = heights(makers);
        for (maker, own) in makers.iter_mut().zip(&heights) {
            for arm in &mut maker.arms {
                arm.recursive = height(&arm.recipe, &heights) + 1 > *own;
            }
            maker.arms.sort_by_key(|arm| arm.recursive);
        }
    }
}

/// How many makers deep the shallowest value of each maker is.
fn heights(makers: &[Maker]) -> Vec<usize> {
    let mut heights = vec![usize::MAX - 1; makers.len()];
    loop {
        let mut changed = false;
        for (id, maker) in makers.iter().enumerate() {
            let arms = maker.arms.iter().filter(|arm| arm.alive);
            let least = arms.map(|arm| height(&arm.recipe, &heights).saturating_add(1)).min();
            let least = least.unwrap_or(usize::MAX - 1).min(usize::MAX - 1);
            if least < heights[id] {
                heights[id] = least;
                changed = true;
            }
        }
        if !changed {
            return heights;
        }
    }
}

/// How many makers deep a recipe is at least.
fn height(recipe: &Recipe, heights: &[usize]) -> usize {
    let mut needed = Vec::new();
    recipe.makers(&mut needed);
    needed.iter().map(|id| heights[*id]).max().unwrap_or(0)
}

/// Kills every arm that needs a maker without any living way to end; returns whether one died.
pub fn prune(makers: &mut [Maker]) -> bool {
    let mut ends = vec![false; makers.len()];
    loop {
        let mut changed = false;
        for id in 0..makers.len() {
            let done = makers[id].arms.iter().any(|arm| arm.alive && all_end(&arm.recipe, &ends));
            if done && !ends[id] {
                ends[id] = true;
                changed = true;
            }
        }
        if !changed {
            break;
        }
    }
    let mut died = false;
    for maker in makers.iter_mut() {
        for arm in maker.arms.iter_mut().filter(|arm| arm.alive) {
            if !all_end(&arm.recipe, &ends) {
                arm.alive = false;
                died = true;
            }
        }
    }
    died
}

/// Returns whether every maker that a recipe needs can end.
pub fn all_end(recipe: &Recipe, ends: &[bool]) -> bool {
    let mut needed = Vec::new();
    recipe.makers(&mut needed);
    needed.iter().all(|id| ends.get(*id).copied().unwrap_or(false))
}

/// How many references are around a type, and the type within.
fn dereferenced(ty: &Type) -> (usize, &Type) {
    match ty {
        Type::Reference { target, .. } => {
            let (count, inner) = dereferenced(target);
            (count + 1, inner)
        }
        other => (0, other),
    }
}

/// A primitive value.
fn primitive(name: &str) -> Result<Recipe, Reason> {
    Ok(match name {
        "bool" => Recipe::Leaf(Leaf::Flag),
        "char" => Recipe::Leaf(Leaf::Char),
        "f32" | "f64" => Recipe::Leaf(Leaf::Float(name.to_owned())),
        "usize" => Recipe::Leaf(Leaf::Size),
        "u8" | "u16" | "u32" | "u64" | "u128" | "i8" | "i16" | "i32" | "i64" | "i128" | "isize" => {
            Recipe::Leaf(Leaf::Int(name.to_owned()))
        }
        other => return Err(Reason::NoValue(other.to_owned())),
    })
}

/// Returns an empty binding set with `Self` bound to `ty`.
pub fn with_self(ty: &Type) -> Bindings {
    Bindings::from([("Self".to_owned(), ty.clone())])
}
