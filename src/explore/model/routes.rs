//! The paths by which items can be named, and from where.

use std::collections::BTreeMap;

use super::item::Scope;
use super::ty::ItemId;

/// One path to an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The path, from `crate`.
    pub path: String,
    /// The scopes of everything along it: all must admit whoever names it.
    pub scopes: Vec<Scope>,
}

impl Route {
    /// Returns the route to `name`, one step further.
    #[must_use]
    pub fn join(&self, name: &str, scope: Scope) -> Self {
        let mut scopes = self.scopes.clone();
        if scope != Scope::Everywhere && !scopes.contains(&scope) {
            scopes.push(scope);
        }
        Self { path: format!("{}::{name}", self.path), scopes }
    }
}

/// Every path to every item.
#[derive(Debug, Clone, Default)]
pub struct Routes {
    /// The routes to each item, in the order in which they were found.
    pub of: BTreeMap<ItemId, Vec<Route>>,
    /// Glob imports still to be followed: the module, where it is imported, and for whom.
    pub globs: Vec<(ItemId, Route, Scope)>,
}

impl Routes {
    /// Adds a route to an item.
    pub fn add(&mut self, id: ItemId, route: Route) {
        self.of.entry(id).or_default().push(route);
    }
}
