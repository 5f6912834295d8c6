//! Pseudo-random numbers, reproducible on every machine.

/// A SplitMix64 generator.
#[derive(Clone)]
pub struct Random(u64);

impl Random {
    /// Returns a generator whose numbers depend on all of `seeds` and on their order.
    pub fn new(seeds: &[u64]) -> Self {
        let mut random = Self(0x9E37_79B9_7F4A_7C15);
        for seed in seeds {
            random.0 = random.next() ^ seed.wrapping_mul(0xD6E8_FEB8_6659_FD93);
        }
        random
    }

    /// Returns the next 64 bits.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^ (bits >> 31)
    }

    /// Returns a number below `limit`; 0 if the limit is 0.
    pub fn below(&mut self, limit: usize) -> usize {
        if limit == 0 {
            return 0;
        }
        ((u128::from(self.next()) * limit as u128) >> 64) as usize
    }

    /// Returns true once in `times`.
    pub fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// Returns one of `items`, or `None` if there are none.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        items.get(self.below(items.len()))
    }
}
