//! Reads types, bounds and generics out of rustdoc's JSON, tolerantly: what is not known becomes
//! [`Type::Other`].

use std::collections::BTreeMap;

use camino::Utf8Path;
use serde_json::Value;

use super::item::{Generics, Parameter, ParameterKind, Scope, Span};
use super::std_paths::{std_alias, std_path};
use super::ty::{Bindings, Bound, ItemId, Named, TraitRef, Type};
use crate::source::plain_path;

/// How deep type aliases may refer to each other.
const ALIAS_DEPTH_MAX: usize = 8;

/// The documentation of one crate, as JSON.
#[derive(Debug, Clone, Copy)]
pub struct Docs<'a> {
    /// Items by id.
    pub index: &'a Value,
    /// Paths of all items that are mentioned, by id.
    pub paths: &'a Value,
}

/// Returns an id given as a number.
pub fn id_of(value: &Value) -> Option<ItemId> {
    value.as_u64()
}

/// Returns the kind and the content of a one-entry object such as `{"primitive": "u8"}`.
pub fn variant(value: &Value) -> Option<(&str, &Value)> {
    match value {
        Value::Object(map) => map.iter().next().map(|(kind, inner)| (kind.as_str(), inner)),
        Value::String(kind) => Some((kind, &Value::Null)),
        _ => None,
    }
}

/// Returns the elements of an array; nothing for anything else.
pub fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// Returns a string; the empty one for anything else.
pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// Returns the span of an item.
pub fn span(value: &Value) -> Option<Span> {
    let at = |name: &str| {
        let number = |index: usize| u32::try_from(value[name][index].as_u64()?).ok();
        Some((number(0)?, number(1)?))
    };
    let file = plain_path(Utf8Path::new(text(&value["filename"]))).into_string();
    Some(Span { file, start: at("begin")?, end: at("end")? })
}

impl<'a> Docs<'a> {
    /// Returns an item of the crate.
    pub fn item(&self, id: ItemId) -> Option<&'a Value> {
        self.index.get(id.to_string())
    }

    /// Returns where an item with this visibility can be named; `module` is where it stands.
    pub fn scope(visibility: &Value, module: ItemId, parent: Option<ItemId>) -> Scope {
        match variant(visibility) {
            Some(("public" | "crate", _)) => Scope::Everywhere,
            Some(("restricted", inside)) => {
                id_of(&inside["parent"]).map_or(Scope::Within(module), Scope::Within)
            }
            _ => Scope::Within(parent.unwrap_or(module)),
        }
    }

    /// Returns the path of a mentioned item, and its id if it is of this crate.
    fn path(&self, id: &Value, fallback: &str) -> (String, Option<ItemId>) {
        let number = id_of(id);
        let entry = number.and_then(|id| self.paths.get(id.to_string()));
        let Some(entry) = entry else {
            let local = number.filter(|id| self.item(*id).is_some());
            return (fallback.to_owned(), local);
        };
        let names: Vec<&str> = items(&entry["path"]).map(text).collect();
        if entry["crate_id"] == 0 {
            let own = names.get(1..).unwrap_or_default();
            return (["crate"].iter().chain(own).copied().collect::<Vec<_>>().join("::"), number);
        }
        (std_path(&names), None)
    }

    /// Returns a type.
    pub fn ty(&self, value: &Value) -> Type {
        self.ty_at(value, 0)
    }

    /// Returns a type, `depth` aliases deep.
    fn ty_at(&self, value: &Value, depth: usize) -> Type {
        let Some((kind, inner)) = variant(value) else { return Type::unit() };
        let one = |value: &Value| Box::new(self.ty_at(value, depth));
        let all = |value: &Value| items(value).map(|ty| self.ty_at(ty, depth)).collect::<Vec<_>>();
        match kind {
            "primitive" if inner == "never" => Type::primitive("!"),
            "primitive" => Type::primitive(text(inner)),
            "generic" => Type::Parameter(text(inner).to_owned()),
            "resolved_path" => self.named(inner, depth),
            "borrowed_ref" => Type::Reference {
                mutable: inner["is_mutable"] == true,
                target: one(&inner["type"]),
            },
            "tuple" => Type::Tuple(all(inner)),
            "slice" => Type::Slice(one(inner)),
            "array" => Type::Array(one(&inner["type"]), text(&inner["len"]).to_owned()),
            "impl_trait" => Type::Opaque(self.bounds(inner)),
            "dyn_trait" => {
                let bounds = items(&inner["traits"]).filter_map(|b| self.bound_of(&b["trait"]));
                Type::Object(bounds.collect())
            }
            "qualified_path" => Type::Projection {
                owner: one(&inner["self_type"]),
                trait_name: last_name(text(&inner["trait"]["path"])).to_owned(),
                name: text(&inner["name"]).to_owned(),
            },
            "function_pointer" => {
                let inputs =
                    items(&inner["sig"]["inputs"]).map(|input| self.ty_at(&input[1], depth));
                Type::Function(inputs.collect(), one(&inner["sig"]["output"]))
            }
            other => Type::Other(other.to_owned()),
        }
    }

    /// Returns a type given by a path; aliases are replaced by what they stand for.
    fn named(&self, value: &Value, depth: usize) -> Type {
        let (path, local) = self.path(&value["id"], text(&value["path"]));
        let args = self.arguments(&value["args"], depth);
        if let Some(ty) = std_alias(&path, &args) {
            return ty;
        }
        let alias = local.and_then(|id| self.item(id)).map(|item| &item["inner"]["type_alias"]);
        if let Some(alias) = alias.filter(|alias| alias.is_object())
            && depth < ALIAS_DEPTH_MAX
        {
            let mut bindings = Bindings::new();
            let generics = self.generics(&alias["generics"]);
            for (index, parameter) in generics.parameters.iter().enumerate() {
                let default = match &parameter.kind {
                    ParameterKind::Type { default, .. } => default.clone(),
                    ParameterKind::Const(_) => None,
                };
                if let Some(ty) = args.get(index).cloned().or(default) {
                    bindings.insert(parameter.name.clone(), ty);
                }
            }
            return self.ty_at(&alias["type"], depth + 1).substitute(&bindings);
        }
        Type::Named(Named { path, local, args })
    }

    /// Returns the type and const arguments of a path.
    fn arguments(&self, value: &Value, depth: usize) -> Vec<Type> {
        items(&value["angle_bracketed"]["args"])
            .filter_map(|arg| match variant(arg)? {
                ("type", ty) => Some(self.ty_at(ty, depth)),
                ("const", constant) => {
                    let value = constant["value"].as_str().unwrap_or(text(&constant["expr"]));
                    Some(Type::Value(value.to_owned()))
                }
                _ => None,
            })
            .collect()
    }

    /// Returns a trait with its arguments.
    pub fn trait_ref(&self, value: &Value) -> TraitRef {
        let (path, local) = self.path(&value["id"], text(&value["path"]));
        TraitRef { path, local, args: self.arguments(&value["args"], 0) }
    }

    /// Returns the trait bounds in a list; lifetimes and `?Sized` are left out.
    pub fn bounds(&self, value: &Value) -> Vec<Bound> {
        items(value)
            .filter_map(|bound| {
                let bound = bound.get("trait_bound")?;
                (bound["modifier"] != "maybe").then(|| self.bound_of(&bound["trait"]))?
            })
            .filter(|bound| bound.trait_ref.name() != "Sized")
            .collect()
    }

    /// Returns one bound.
    fn bound_of(&self, value: &Value) -> Option<Bound> {
        if value.is_null() {
            return None;
        }
        let args = &value["args"];
        let mut associated = BTreeMap::new();
        for constraint in items(&args["angle_bracketed"]["constraints"]) {
            let ty = match variant(&constraint["binding"]) {
                Some(("equality", term)) => self.ty(&term["type"]),
                Some(("constraint", bounds)) => Type::Opaque(self.bounds(bounds)),
                _ => continue,
            };
            associated.insert(text(&constraint["name"]).to_owned(), ty);
        }
        let signature = args.get("parenthesized").map(|signature| {
            let inputs = items(&signature["inputs"]).map(|input| self.ty(input)).collect();
            (inputs, Box::new(self.ty(&signature["output"])))
        });
        Some(Bound { trait_ref: self.trait_ref(value), associated, signature })
    }

    /// Returns generics, with the bounds of `where` clauses moved to their parameters.
    pub fn generics(&self, value: &Value) -> Generics {
        let mut generics = Generics::default();
        for parameter in items(&value["params"]) {
            let name = text(&parameter["name"]).to_owned();
            match variant(&parameter["kind"]) {
                Some(("lifetime", _)) => generics.lifetimes += 1,
                Some(("type", kind)) if kind["is_synthetic"] != true => {
                    let default = kind.get("default").filter(|ty| !ty.is_null());
                    let kind = ParameterKind::Type {
                        bounds: self.bounds(&kind["bounds"]),
                        default: default.map(|ty| self.ty(ty)),
                    };
                    generics.parameters.push(Parameter { name, kind });
                }
                Some(("const", kind)) => {
                    let kind = ParameterKind::Const(self.ty(&kind["type"]));
                    generics.parameters.push(Parameter { name, kind });
                }
                _ => (),
            }
        }
        for predicate in items(&value["where_predicates"]) {
            let Some(predicate) = predicate.get("bound_predicate") else { continue };
            let ty = self.ty(&predicate["type"]);
            let more = self.bounds(&predicate["bounds"]);
            let own = generics
                .parameters
                .iter_mut()
                .find(|parameter| matches!(&ty, Type::Parameter(name) if *name == parameter.name));
            match own.map(|parameter| &mut parameter.kind) {
                Some(ParameterKind::Type { bounds, .. }) => bounds.extend(more),
                _ => generics.conditions.push((ty, more)),
            }
        }
        generics
    }
}

/// Returns what follows the last `::`.
pub fn last_name(path: &str) -> &str {
    path.rsplit("::").next().unwrap_or_default()
}
