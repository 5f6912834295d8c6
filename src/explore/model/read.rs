//! Turns the JSON documentation of a crate into the model.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::item::{
    Adt, Constant, Field, Fields, Function, Impl, Module, Scope, Shape, Span, Variant,
};
use super::json::{Docs, id_of, items, span, text, variant};
use super::routes::Route;
use super::ty::{ItemId, Type};
use super::{Crate, Trait};
use crate::error::{Error, Result};

/// The format versions of rustdoc's JSON that were tried; others are read all the same.
pub const KNOWN_FORMATS: std::ops::RangeInclusive<u64> = 45..=57;

/// Reads the documentation of one crate.
///
/// Fails with `Kind::Environment` if the text is no rustdoc JSON.
pub fn read(json: &str) -> Result<Crate> {
    let broken = |what: &str| {
        Error::environment(format!("the documentation of the crate has no {what}"))
            .hint("this toolchain writes a format that is not known here")
    };
    let document: Value =
        serde_json::from_str(json).map_err(|error| broken("readable JSON").because(error))?;
    let docs = Docs { index: &document["index"], paths: &document["paths"] };
    let root = id_of(&document["root"]).ok_or_else(|| broken("root"))?;
    let root_item = docs.item(root).ok_or_else(|| broken("root module"))?;
    let mut reader = Reader { docs, krate: Crate::new(text(&root_item["name"]), root) };
    let route = Route { path: "crate".to_owned(), scopes: Vec::new() };
    reader.module(root, None, &route, &mut BTreeSet::new());
    reader.globs();
    reader.impls();
    reader.krate.sort();
    Ok(reader.krate)
}

/// The state while reading.
struct Reader<'a> {
    docs: Docs<'a>,
    krate: Crate,
}

impl Reader<'_> {
    /// Reads a module and all below it.
    fn module(
        &mut self,
        id: ItemId,
        parent: Option<ItemId>,
        route: &Route,
        seen: &mut BTreeSet<ItemId>,
    ) {
        let Some(item) = self.docs.item(id).filter(|_| seen.insert(id)) else { return };
        let Some(own) = span(&item["span"]) else { return };
        let inline = parent
            .and_then(|parent| self.krate.modules.get(&parent))
            .is_some_and(|parent| parent.span.file == own.file);
        let scope = Docs::scope(&item["visibility"], parent.unwrap_or(id), parent);
        let module = Module { id, parent, path: route.path.clone(), scope, span: own, inline };
        self.krate.modules.insert(id, module);
        for child in items(&item["inner"]["module"]["items"]).filter_map(id_of) {
            self.child(child, id, route, seen);
        }
    }

    /// Reads one item of a module.
    fn child(&mut self, id: ItemId, module: ItemId, route: &Route, seen: &mut BTreeSet<ItemId>) {
        let Some(item) = self.docs.item(id) else { return };
        let Some((kind, inner)) = variant(&item["inner"]) else { return };
        let scope = Docs::scope(&item["visibility"], module, Some(module));
        let name = text(&item["name"]);
        let below = route.join(name, scope);
        match kind {
            "use" => {
                let target = id_of(&inner["id"]);
                match target {
                    Some(target) if inner["is_glob"] == true => {
                        self.krate.routes.globs.push((target, route.clone(), scope));
                    }
                    Some(target) => {
                        self.krate.routes.add(target, route.join(text(&inner["name"]), scope));
                    }
                    None => (),
                }
                return;
            }
            "module" => self.module(id, Some(module), &below, seen),
            "function" => {
                if let Some(mut function) = self.function(item, module, None) {
                    function.id = id;
                    self.krate.functions.push(function);
                }
            }
            "struct" | "enum" | "union" => self.adt(id, item, kind, module),
            "trait" => self.trait_item(id, item, module),
            "constant" | "static" => {
                let ty = self.docs.ty(&inner["type"]);
                let name = name.to_owned();
                self.krate.constants.push(Constant { id, name, ty, owner: None, scope });
            }
            _ => (),
        }
        self.krate.routes.add(id, below);
    }

    /// Adds the routes that glob imports open.
    fn globs(&mut self) {
        for (target, route, scope) in std::mem::take(&mut self.krate.routes.globs) {
            let Some(item) = self.docs.item(target) else { continue };
            let children = match variant(&item["inner"]) {
                Some(("module", inner)) => &inner["items"],
                _ => continue,
            };
            for child in items(children).filter_map(id_of) {
                let Some(item) = self.docs.item(child) else { continue };
                let own = Docs::scope(&item["visibility"], target, Some(target));
                if own == Scope::Everywhere && !text(&item["name"]).is_empty() {
                    self.krate.routes.add(child, route.join(text(&item["name"]), scope));
                }
            }
        }
    }

    /// Reads a function; `None` if it has no place in the source.
    fn function(&self, item: &Value, module: ItemId, owner: Option<usize>) -> Option<Function> {
        let inner = &item["inner"]["function"];
        let header = &inner["header"];
        let inputs = items(&inner["sig"]["inputs"]);
        Some(Function {
            name: text(&item["name"]).to_owned(),
            owner,
            id: id_of(&item["id"])?,
            generics: self.docs.generics(&inner["generics"]),
            inputs: inputs.map(|i| (text(&i[0]).to_owned(), self.docs.ty(&i[1]))).collect(),
            output: self.docs.ty(&inner["sig"]["output"]),
            is_unsafe: header["is_unsafe"] == true,
            is_async: header["is_async"] == true,
            is_provided: false,
            scope: Docs::scope(&item["visibility"], module, Some(module)),
            module,
            span: span(&item["span"])?,
            docs: text(&item["docs"]).to_owned(),
        })
    }

    /// Reads a struct, enum or union.
    fn adt(&mut self, id: ItemId, item: &Value, kind: &str, module: ItemId) {
        let inner = &item["inner"][kind];
        let shape = match kind {
            "struct" => Shape::Struct(self.fields(&inner["kind"], module, false)),
            "enum" => Shape::Enum(
                items(&inner["variants"])
                    .filter_map(|id| self.docs.item(id_of(id)?))
                    .map(|variant| Variant {
                        name: text(&variant["name"]).to_owned(),
                        fields: self.fields(&variant["inner"]["variant"]["kind"], module, true),
                    })
                    .collect(),
            ),
            _ => Shape::Union,
        };
        let generics = self.docs.generics(&inner["generics"]);
        let name = text(&item["name"]).to_owned();
        self.krate.adts.insert(id, Adt { id, name, generics, shape });
    }

    /// Reads the fields of a struct or variant; those of a variant are as visible as the enum.
    fn fields(&self, kind: &Value, module: ItemId, inherits: bool) -> Fields {
        let field = |id: &Value| {
            let item = self.docs.item(id_of(id)?)?;
            let scope = if inherits {
                Scope::Everywhere
            } else {
                Docs::scope(&item["visibility"], module, Some(module))
            };
            let ty = self.docs.ty(&item["inner"]["struct_field"]);
            Some(Field { name: text(&item["name"]).to_owned(), ty, scope })
        };
        let all = |ids: &Value| items(ids).map(field).collect::<Option<Vec<_>>>();
        match variant(kind) {
            Some(("tuple", ids)) => Fields::Tuple(all(ids)),
            Some(("plain" | "struct", inner)) if inner.is_object() => {
                let hidden = inner["has_stripped_fields"] == true;
                Fields::Named(all(&inner["fields"]).filter(|_| !hidden))
            }
            _ => Fields::Unit,
        }
    }

    /// Reads a trait with the methods that have a body.
    fn trait_item(&mut self, id: ItemId, item: &Value, module: ItemId) {
        let inner = &item["inner"]["trait"];
        let mut provided = Vec::new();
        for child in items(&inner["items"]).filter_map(|id| self.docs.item(id_of(id)?)) {
            if child["inner"]["function"]["has_body"] == true
                && let Some(mut function) = self.function(child, module, None)
            {
                function.is_provided = true;
                function.scope = Scope::Everywhere;
                provided.push(function);
            }
        }
        let generics = self.docs.generics(&inner["generics"]);
        self.krate.traits.insert(id, Trait { id, generics, provided });
    }

    /// Reads every impl of the crate with its functions.
    fn impls(&mut self) {
        let Some(index) = self.docs.index.as_object() else { return };
        let mut found: Vec<(Span, &Value)> = index
            .values()
            .filter(|item| item["crate_id"] == 0)
            .filter_map(|item| Some((span(&item["span"])?, item)))
            .filter(|(_, item)| {
                let inner = &item["inner"]["impl"];
                inner.is_object()
                    && inner["is_synthetic"] != true
                    && inner["is_negative"] != true
                    && inner["blanket_impl"].is_null()
            })
            .collect();
        found.sort_by(|a, b| (&a.0, a.1["id"].as_u64()).cmp(&(&b.0, b.1["id"].as_u64())));
        for (span, item) in found {
            self.impl_item(&span, item);
        }
    }

    /// Reads one impl.
    fn impl_item(&mut self, span: &Span, item: &Value) {
        let inner = &item["inner"]["impl"];
        let Some(module) = self.krate.module_at(span) else { return };
        let owner = self.krate.impls.len();
        let for_type = self.docs.ty(&inner["for"]);
        let trait_ref =
            Some(&inner["trait"]).filter(|t| t.is_object()).map(|t| self.docs.trait_ref(t));
        let mut associated = BTreeMap::new();
        let mut names = BTreeSet::new();
        for child in items(&inner["items"]).filter_map(|id| self.docs.item(id_of(id)?)) {
            let name = text(&child["name"]).to_owned();
            match variant(&child["inner"]) {
                Some(("assoc_type", ty)) => {
                    associated.insert(name, self.docs.ty(&ty["type"]));
                }
                Some(("assoc_const", constant)) => {
                    let Some(id) = id_of(&child["id"]) else { continue };
                    let scope = Docs::scope(&child["visibility"], module, Some(module));
                    let ty = match self.docs.ty(&constant["type"]) {
                        Type::Parameter(name) if name == "Self" => for_type.clone(),
                        ty => ty,
                    };
                    let owner = Some(for_type.clone());
                    self.krate.constants.push(Constant { id, name, ty, owner, scope });
                }
                Some(("function", _)) => {
                    names.insert(name);
                    if let Some(mut function) = self.function(child, module, Some(owner)) {
                        if trait_ref.is_some() {
                            function.scope = Scope::Everywhere;
                        }
                        self.krate.functions.push(function);
                    }
                }
                _ => (),
            }
        }
        let attributes = item["attrs"].to_string();
        let derived = attributes.contains("automatically_derived");
        if let Some(tr) = trait_ref.as_ref().and_then(|t| self.krate.traits.get(&t.local?)) {
            let missing = tr.provided.iter().filter(|function| !names.contains(&function.name));
            let used = missing.map(|f| Function { owner: Some(owner), ..f.clone() });
            self.krate.functions.extend(used.collect::<Vec<_>>());
        }
        let generics = self.docs.generics(&inner["generics"]);
        let made = Impl { generics, for_type, trait_ref, associated, derived, module };
        self.krate.impls.push(made);
    }
}
