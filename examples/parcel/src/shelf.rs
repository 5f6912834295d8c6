//! A bounded, ordered collection.

use std::error::Error;
use std::fmt;
use std::{slice, vec};

/// A shelf with a fixed number of places whose items are kept in order.
///
/// ```
/// use parcel::Shelf;
///
/// let mut shelf = Shelf::new(2);
/// assert!(shelf.insert("pear").is_ok());
/// assert!(shelf.insert("apple").is_ok());
/// assert!(shelf.insert("plum").is_err());
/// assert_eq!(shelf.take(0), Some("apple"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shelf<T> {
    capacity: usize,
    items: Vec<T>,
}

/// An item did not fit on a full shelf.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShelfFull<T> {
    /// The item that did not fit.
    pub item: T,
    /// The number of places of the shelf.
    pub capacity: usize,
}

impl<T> Shelf<T> {
    /// Makes an empty shelf with `capacity` places.
    pub const fn new(capacity: usize) -> Self {
        Self { capacity, items: Vec::new() }
    }

    /// The number of items.
    pub const fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there are no items.
    pub const fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Takes the item at `position` off the shelf, if there is one. Later
    /// items move up.
    pub fn take(&mut self, position: usize) -> Option<T> {
        if position < self.items.len() { Some(self.items.remove(position)) } else { None }
    }

    /// The position of the first item that `matches`.
    pub fn position_by<F>(&self, matches: F) -> Option<usize>
    where
        F: FnMut(&T) -> bool,
    {
        self.items.iter().position(matches)
    }

    /// Keeps the items that `keep` approves of and returns the others.
    pub fn retain<F>(&mut self, mut keep: F) -> Vec<T>
    where
        F: FnMut(&T) -> bool,
    {
        let (kept, removed) = self.items.drain(..).partition(|item| keep(item));
        self.items = kept;
        removed
    }

    /// Goes through the items in order.
    pub fn iter(&self) -> slice::Iter<'_, T> {
        self.items.iter()
    }
}

impl<T: Ord> Shelf<T> {
    /// Puts an item in its place and returns the position. An item goes
    /// behind those that are equal to it.
    ///
    /// # Errors
    ///
    /// Returns the item in a [`ShelfFull`] if all places are taken.
    pub fn insert(&mut self, item: T) -> Result<usize, ShelfFull<T>> {
        if self.items.len() >= self.capacity {
            return Err(ShelfFull { item, capacity: self.capacity });
        }
        let position = self.items.partition_point(|other| *other <= item);
        self.items.insert(position, item);
        Ok(position)
    }
}

impl<T: Ord> FromIterator<T> for Shelf<T> {
    /// Makes a full shelf with one place for each item.
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        let mut items: Vec<T> = items.into_iter().collect();
        items.sort();
        Self { capacity: items.len(), items }
    }
}

impl<T> IntoIterator for Shelf<T> {
    type Item = T;
    type IntoIter = vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.into_iter()
    }
}

impl<'a, T> IntoIterator for &'a Shelf<T> {
    type Item = &'a T;
    type IntoIter = slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<T> fmt::Display for ShelfFull<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.capacity {
            0 => f.write_str("the shelf has no places"),
            1 => f.write_str("the only place of the shelf is taken"),
            capacity => write!(f, "all {capacity} places of the shelf are taken"),
        }
    }
}

impl<T: fmt::Debug> Error for ShelfFull<T> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_items_in_order() {
        let mut shelf = Shelf::new(3);
        assert_eq!(shelf.insert(5), Ok(0));
        assert_eq!(shelf.insert(3), Ok(0));
        assert_eq!(shelf.insert(4), Ok(1));
        assert_eq!(shelf.iter().copied().collect::<Vec<_>>(), [3, 4, 5]);
        assert_eq!(shelf.insert(9), Err(ShelfFull { item: 9, capacity: 3 }));
    }
}
