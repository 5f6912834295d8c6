//! Types of the crate under test: their shape, substitution and unification.

use std::collections::BTreeMap;

/// The id of an item in the documentation of the crate.
pub type ItemId = u64;

/// What type parameters stand for.
pub type Bindings = BTreeMap<String, Type>;

/// A type, as far as making and reading values needs it. Lifetimes are left out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Type {
    /// A primitive type by name; also `str` and `!`.
    Primitive(String),
    /// A type parameter, or `Self`.
    Parameter(String),
    /// A struct, enum or union.
    Named(Named),
    /// A reference.
    Reference {
        /// Whether it is `&mut`.
        mutable: bool,
        /// What it points to.
        target: Box<Type>,
    },
    /// A tuple; the empty one is the unit.
    Tuple(Vec<Type>),
    /// A slice.
    Slice(Box<Type>),
    /// An array with its length, as text.
    Array(Box<Type>, String),
    /// A value for a const parameter.
    Value(String),
    /// `impl Bounds`.
    Opaque(Vec<Bound>),
    /// `dyn Bounds`.
    Object(Vec<Bound>),
    /// `<owner as trait>::name`.
    Projection {
        /// The type whose associated type is meant.
        owner: Box<Type>,
        /// The last name of the trait; empty for an inherent one.
        trait_name: String,
        /// The name of the associated type.
        name: String,
    },
    /// A function pointer.
    Function(Vec<Type>, Box<Type>),
    /// A closure that satisfies a bound of the `Fn` family; never in a signature, only chosen.
    Closure(Vec<Type>, Box<Type>),
    /// An iterator that was chosen for a bound: `Vec<T>::into_iter`.
    Iterator(Box<Type>),
    /// Raw pointers and whatever else is not handled, by the name of its kind.
    Other(String),
}

/// A struct, enum or union with its arguments.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Named {
    /// The path of its definition, `std` for `core` and `alloc`.
    pub path: String,
    /// Its id if it is of the crate under test.
    pub local: Option<ItemId>,
    /// Its type and const arguments.
    pub args: Vec<Type>,
}

impl Named {
    /// Returns the last name of the path.
    pub fn name(&self) -> &str {
        self.path.rsplit("::").next().unwrap_or_default()
    }
}

/// A trait with its arguments.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct TraitRef {
    /// The path of its definition, `std` for `core` and `alloc`.
    pub path: String,
    /// Its id if it is of the crate under test.
    pub local: Option<ItemId>,
    /// Its type arguments.
    pub args: Vec<Type>,
}

impl TraitRef {
    /// Returns the last name of the path.
    pub fn name(&self) -> &str {
        self.path.rsplit("::").next().unwrap_or_default()
    }
}

/// A trait bound.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bound {
    /// The trait.
    pub trait_ref: TraitRef,
    /// What the bound says about associated types.
    pub associated: BTreeMap<String, Type>,
    /// Parameters and result of a bound of the `Fn` family.
    pub signature: Option<(Vec<Type>, Box<Type>)>,
}

impl Bound {
    /// Returns the types that the bound mentions: arguments, associated types, a signature.
    pub fn types(&self) -> impl Iterator<Item = &Type> {
        let signature = self.signature.iter();
        let signature = signature.flat_map(|(inputs, output)| inputs.iter().chain([&**output]));
        self.trait_ref.args.iter().chain(self.associated.values()).chain(signature)
    }
}

impl Type {
    /// Returns a primitive type.
    pub fn primitive(name: &str) -> Self {
        Self::Primitive(name.to_owned())
    }

    /// Returns the unit.
    pub fn unit() -> Self {
        Self::Tuple(Vec::new())
    }

    /// Returns a type of the standard library.
    pub fn std(path: &str, args: Vec<Self>) -> Self {
        Self::Named(Named { path: path.to_owned(), local: None, args })
    }

    /// Returns a shared reference to `target`.
    pub fn reference(target: Self) -> Self {
        Self::Reference { mutable: false, target: Box::new(target) }
    }

    /// Returns whether this is the unit.
    pub fn is_unit(&self) -> bool {
        matches!(self, Self::Tuple(items) if items.is_empty())
    }

    /// Returns whether this is the primitive type `name`.
    pub fn is(&self, name: &str) -> bool {
        matches!(self, Self::Primitive(own) if own == name)
    }

    /// Returns the named type if this is one of the standard library whose last name is `name`.
    pub fn as_std(&self, name: &str) -> Option<&Named> {
        match self {
            Self::Named(named) if named.local.is_none() && named.name() == name => Some(named),
            _ => None,
        }
    }

    /// Returns the types directly inside this one.
    pub fn parts(&self) -> Vec<&Self> {
        match self {
            Self::Named(named) => named.args.iter().collect(),
            Self::Reference { target, .. } => vec![target],
            Self::Tuple(items) => items.iter().collect(),
            Self::Slice(item) | Self::Array(item, _) | Self::Iterator(item) => vec![item],
            Self::Projection { owner, .. } => vec![owner],
            Self::Function(inputs, output) | Self::Closure(inputs, output) => {
                inputs.iter().chain([&**output]).collect()
            }
            Self::Opaque(bounds) | Self::Object(bounds) => bounds
                .iter()
                .flat_map(|bound| bound.trait_ref.args.iter().chain(bound.associated.values()))
                .collect(),
            _ => Vec::new(),
        }
    }

    /// Returns whether `found` holds for this type or any inside it.
    pub fn any(&self, found: &dyn Fn(&Self) -> bool) -> bool {
        found(self) || self.parts().into_iter().any(|part| part.any(found))
    }

    /// Returns whether a type parameter, projection or `impl Trait` is left in it.
    pub fn is_open(&self) -> bool {
        self.any(&|ty| matches!(ty, Self::Parameter(_) | Self::Projection { .. } | Self::Opaque(_)))
    }

    /// Returns the type with every parameter replaced by what `bindings` says.
    #[must_use]
    pub fn substitute(&self, bindings: &Bindings) -> Self {
        let sub = |ty: &Self| ty.substitute(bindings);
        let all = |types: &[Self]| types.iter().map(sub).collect::<Vec<_>>();
        match self {
            Self::Parameter(name) | Self::Value(name) => bindings.get(name).unwrap_or(self).clone(),
            Self::Named(named) => Self::Named(Named { args: all(&named.args), ..named.clone() }),
            Self::Reference { mutable, target } => {
                Self::Reference { mutable: *mutable, target: Box::new(sub(target)) }
            }
            Self::Tuple(items) => Self::Tuple(all(items)),
            Self::Slice(item) => Self::Slice(Box::new(sub(item))),
            Self::Array(item, length) => {
                let length = match bindings.get(length) {
                    Some(Self::Value(value)) => value.clone(),
                    _ => length.clone(),
                };
                Self::Array(Box::new(sub(item)), length)
            }
            Self::Opaque(bounds) => Self::Opaque(substitute_bounds(bounds, bindings)),
            Self::Object(bounds) => Self::Object(substitute_bounds(bounds, bindings)),
            Self::Projection { owner, trait_name, name } => Self::Projection {
                owner: Box::new(sub(owner)),
                trait_name: trait_name.clone(),
                name: name.clone(),
            },
            Self::Function(inputs, output) => Self::Function(all(inputs), Box::new(sub(output))),
            Self::Closure(inputs, output) => Self::Closure(all(inputs), Box::new(sub(output))),
            Self::Iterator(item) => Self::Iterator(Box::new(sub(item))),
            Self::Primitive(_) | Self::Other(_) => self.clone(),
        }
    }
}

/// Substitutes within bounds.
pub fn substitute_bounds(bounds: &[Bound], bindings: &Bindings) -> Vec<Bound> {
    let all = |types: &[Type]| types.iter().map(|ty| ty.substitute(bindings)).collect::<Vec<_>>();
    let one = |bound: &Bound| Bound {
        trait_ref: TraitRef { args: all(&bound.trait_ref.args), ..bound.trait_ref.clone() },
        associated: bound
            .associated
            .iter()
            .map(|(name, ty)| (name.clone(), ty.substitute(bindings)))
            .collect(),
        signature: bound
            .signature
            .as_ref()
            .map(|(inputs, output)| (all(inputs), Box::new(output.substitute(bindings)))),
    };
    bounds.iter().map(one).collect()
}

/// Binds the parameters in `pattern` so that it equals `ty`; returns whether that is possible.
///
/// Parameters of `ty` itself match anything. What was bound before a mismatch stays bound: work
/// on a copy.
pub fn unify(pattern: &Type, ty: &Type, bindings: &mut Bindings) -> bool {
    match (pattern, ty) {
        (Type::Parameter(name), _) => match bindings.get(name) {
            Some(bound) => bound == ty,
            None if ty.any(&|part| part == pattern) => ty == pattern,
            None => {
                bindings.insert(name.clone(), ty.clone());
                true
            }
        },
        (_, Type::Parameter(_)) => true,
        (Type::Value(name), Type::Value(_)) if name.chars().all(char::is_alphanumeric) => {
            if name.starts_with(|c: char| c.is_ascii_digit()) {
                return pattern == ty;
            }
            bindings.insert(name.clone(), ty.clone()).is_none_or(|old| old == *ty)
        }
        (Type::Named(a), Type::Named(b)) => {
            a.path == b.path && a.local == b.local && unify_all(&a.args, &b.args, bindings)
        }
        (
            Type::Reference { mutable: a, target: left },
            Type::Reference { mutable: b, target: right },
        ) => a == b && unify(left, right, bindings),
        (Type::Tuple(a), Type::Tuple(b)) => a.len() == b.len() && unify_all(a, b, bindings),
        (Type::Slice(a), Type::Slice(b)) => unify(a, b, bindings),
        (Type::Array(a, n), Type::Array(b, m)) => {
            unify(&Type::Value(n.clone()), &Type::Value(m.clone()), bindings)
                && unify(a, b, bindings)
        }
        _ => pattern == ty,
    }
}

/// Unifies position by position; missing arguments on one side are defaults and match.
fn unify_all(patterns: &[Type], types: &[Type], bindings: &mut Bindings) -> bool {
    patterns.iter().zip(types).all(|(pattern, ty)| unify(pattern, ty, bindings))
}
