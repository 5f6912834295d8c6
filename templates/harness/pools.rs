//! Values that the source of the crate, or the search itself, suggests.

use crate::random::Random;

/// Suggested values of every kind.
#[derive(Clone, Default)]
pub struct Pool {
    pub texts: Vec<String>,
    pub bytes: Vec<Vec<u8>>,
    pub ints: Vec<i128>,
    pub chars: Vec<char>,
    pub floats: Vec<f64>,
}

/// The pools a candidate draws from, each with its weight.
#[derive(Clone, Default)]
pub struct Tiers(pub Vec<(usize, &'static Pool)>);

impl Tiers {
    /// Returns a suggested text.
    pub fn text(&self, random: &mut Random) -> Option<&'static String> {
        self.draw(random, |pool| &pool.texts)
    }

    /// Returns a suggested byte string.
    pub fn bytes(&self, random: &mut Random) -> Option<&'static Vec<u8>> {
        self.draw(random, |pool| &pool.bytes)
    }

    /// Returns a suggested number.
    pub fn int(&self, random: &mut Random) -> Option<i128> {
        self.draw(random, |pool| &pool.ints).copied()
    }

    /// Returns a suggested character.
    pub fn char(&self, random: &mut Random) -> Option<char> {
        self.draw(random, |pool| &pool.chars).copied()
    }

    /// Returns a suggested float.
    pub fn float(&self, random: &mut Random) -> Option<f64> {
        self.draw(random, |pool| &pool.floats).copied()
    }

    /// Draws from the pools that have the kind, by weight.
    fn draw<T>(
        &self,
        random: &mut Random,
        kind: impl Fn(&'static Pool) -> &'static Vec<T>,
    ) -> Option<&'static T> {
        let filled = || self.0.iter().filter(|(_, pool)| !kind(pool).is_empty());
        let mut ticket = random.below(filled().map(|(weight, _)| weight).sum());
        for (weight, pool) in filled() {
            if ticket < *weight {
                return random.pick(kind(pool));
            }
            ticket -= weight;
        }
        None
    }
}
