//! The crate as a whole: look-ups over its items.

use std::collections::BTreeMap;

use super::item::{Adt, Constant, Function, Generics, Impl, Module, Scope, Span};
use super::routes::Routes;
use super::ty::{Bindings, ItemId, TraitRef, Type, unify};

/// A trait of the crate.
#[derive(Debug, Clone)]
pub struct Trait {
    /// Its id.
    pub id: ItemId,
    /// Its generics.
    pub generics: Generics,
    /// Its methods that have a body.
    pub provided: Vec<Function>,
}

/// Everything the explorer knows of the crate under test.
#[derive(Debug, Clone)]
pub struct Crate {
    /// Its name, as rustc knows it.
    pub name: String,
    /// The id of its root module.
    pub root: ItemId,
    /// Functions and methods with a body, in the order of the source.
    pub functions: Vec<Function>,
    /// Impl blocks.
    pub impls: Vec<Impl>,
    /// Structs, enums and unions.
    pub adts: BTreeMap<ItemId, Adt>,
    /// Traits.
    pub traits: BTreeMap<ItemId, Trait>,
    /// Constants and statics.
    pub constants: Vec<Constant>,
    /// Modules.
    pub modules: BTreeMap<ItemId, Module>,
    /// How items are named.
    pub routes: Routes,
}

impl Crate {
    /// Creates an empty one.
    pub(super) fn new(name: &str, root: ItemId) -> Self {
        Self {
            name: name.to_owned(),
            root,
            functions: Vec::new(),
            impls: Vec::new(),
            adts: BTreeMap::new(),
            traits: BTreeMap::new(),
            constants: Vec::new(),
            modules: BTreeMap::new(),
            routes: Routes::default(),
        }
    }

    /// Puts functions and constants into the order of the source.
    pub(super) fn sort(&mut self) {
        self.functions
            .sort_by(|a, b| (&a.span, &a.name, a.owner).cmp(&(&b.span, &b.name, b.owner)));
        self.constants.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
    }

    /// Returns whether `module` is `ancestor` or lies below it.
    pub fn is_within(&self, module: ItemId, ancestor: ItemId) -> bool {
        let mut current = Some(module);
        while let Some(id) = current {
            if id == ancestor {
                return true;
            }
            current = self.modules.get(&id).and_then(|module| module.parent);
        }
        false
    }

    /// Returns whether code in `module` may use what has this scope.
    pub fn admits(&self, scope: Scope, module: ItemId) -> bool {
        match scope {
            Scope::Everywhere => true,
            Scope::Within(ancestor) => self.is_within(module, ancestor),
        }
    }

    /// Returns the shortest path by which code in `module` can name an item.
    pub fn path_from(&self, id: ItemId, module: ItemId) -> Option<&str> {
        let routes = self.routes.of.get(&id)?;
        let open = routes
            .iter()
            .filter(|route| route.scopes.iter().all(|scope| self.admits(*scope, module)));
        open.map(|route| route.path.as_str())
            .min_by_key(|path| (path.matches("::").count(), path.len()))
    }

    /// Returns the innermost module around a piece of source.
    pub fn module_at(&self, span: &Span) -> Option<ItemId> {
        let around = self.modules.values().filter(|module| module.span.contains(span));
        around.max_by_key(|module| module.span.start).map(|module| module.id)
    }

    /// Returns the impls of the trait called `name` (its last name) whose type is `ty`, with what
    /// their parameters stand for.
    pub fn impls_of<'a>(
        &'a self,
        name: &'a str,
        ty: &'a Type,
    ) -> impl Iterator<Item = (&'a Impl, Bindings)> + 'a {
        self.impls.iter().filter_map(move |item| {
            let trait_ref = item.trait_ref.as_ref().filter(|t| t.name() == name)?;
            let mut bindings = Bindings::new();
            let blanket = matches!(item.for_type, Type::Parameter(_));
            (!blanket && trait_ref.name() == name && unify(&item.for_type, ty, &mut bindings))
                .then_some((item, bindings))
        })
    }

    /// Returns whether the crate implements the trait called `name` for `ty`.
    pub fn implements(&self, name: &str, ty: &Type) -> bool {
        self.impls_of(name, ty).next().is_some()
    }

    /// Returns the types of the crate's impls of `wanted`, with their impls.
    pub fn implementors<'a>(&'a self, wanted: &'a TraitRef) -> impl Iterator<Item = &'a Impl> + 'a {
        self.impls.iter().filter(move |item| {
            item.trait_ref.as_ref().is_some_and(|own| {
                own.path == wanted.path
                    && own.args.iter().zip(&wanted.args).all(|(a, b)| {
                        unify(a, b, &mut Bindings::new()) || unify(b, a, &mut Bindings::new())
                    })
            })
        })
    }

    /// Returns the associated type `name` of `ty`, found in the crate's impls or known of the
    /// standard library.
    pub fn projection(&self, ty: &Type, trait_name: &str, name: &str) -> Option<Type> {
        for item in &self.impls {
            let Some(own) = &item.trait_ref else { continue };
            if !trait_name.is_empty() && own.name() != trait_name {
                continue;
            }
            let Some(found) = item.associated.get(name) else { continue };
            let mut bindings = Bindings::new();
            if !matches!(item.for_type, Type::Parameter(_))
                && unify(&item.for_type, ty, &mut bindings)
            {
                bindings.insert("Self".to_owned(), ty.clone());
                return Some(found.substitute(&bindings));
            }
        }
        match (ty, name) {
            (Type::Array(item, _) | Type::Iterator(item), "Item") => Some((**item).clone()),
            (Type::Named(named), "Item") if named.name() == "Vec" => named.args.first().cloned(),
            (Type::Named(named), "Item") if named.name() == "Chars" => {
                Some(Type::primitive("char"))
            }
            (Type::Reference { target, .. }, "Item") => match &**target {
                Type::Slice(item) => Some(Type::reference((**item).clone())),
                _ => None,
            },
            (Type::Primitive(_), "Output") => Some(ty.clone()),
            _ => None,
        }
    }

    /// Replaces every projection in a type by what it stands for, as far as that is known.
    #[must_use]
    pub fn resolve(&self, ty: &Type) -> Type {
        self.resolve_at(ty, 0)
    }

    /// Resolves projections, at most a few levels deep.
    fn resolve_at(&self, ty: &Type, depth: usize) -> Type {
        if 6 < depth {
            return ty.clone();
        }
        let one = |ty: &Type| self.resolve_at(ty, depth + 1);
        let all = |types: &[Type]| types.iter().map(one).collect::<Vec<_>>();
        match ty {
            Type::Projection { owner, trait_name, name } => {
                let owner = one(owner);
                match self.projection(&owner, trait_name, name) {
                    Some(found) => one(&found),
                    None => Type::Projection {
                        owner: Box::new(owner),
                        trait_name: trait_name.clone(),
                        name: name.clone(),
                    },
                }
            }
            Type::Named(named) => {
                let mut named = named.clone();
                named.args = all(&named.args);
                Type::Named(named)
            }
            Type::Reference { mutable, target } => {
                Type::Reference { mutable: *mutable, target: Box::new(one(target)) }
            }
            Type::Tuple(items) => Type::Tuple(all(items)),
            Type::Slice(item) => Type::Slice(Box::new(one(item))),
            Type::Array(item, length) => Type::Array(Box::new(one(item)), length.clone()),
            Type::Closure(inputs, output) => Type::Closure(all(inputs), Box::new(one(output))),
            Type::Function(inputs, output) => Type::Function(all(inputs), Box::new(one(output))),
            Type::Iterator(item) => Type::Iterator(Box::new(one(item))),
            other => other.clone(),
        }
    }
}
