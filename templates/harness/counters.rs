//! The coverage counters of the crate under test, as the compiler placed them in memory.

use std::sync::atomic::{AtomicPtr, AtomicU64, AtomicUsize, Ordering};

use crate::bits::Bits;

/// How many counters are looked at together.
const BLOCK: usize = 16;

unsafe extern "C" {
    fn __llvm_profile_begin_counters() -> *mut u64;
    fn __llvm_profile_end_counters() -> *mut u64;
}

/// Where the counters are, for the signal handler.
static BASE: AtomicPtr<u64> = AtomicPtr::new(std::ptr::null_mut());
static LENGTH: AtomicUsize = AtomicUsize::new(0);
/// Steps that observing hides from the counters while it lasts.
static HIDDEN: AtomicU64 = AtomicU64::new(0);

/// What is asked of the counters: a region is hit if the sum of its terms is positive.
#[derive(Default)]
pub struct Regions {
    terms: Vec<Vec<(u32, i64)>>,
    /// The regions that need each block of counters.
    of_block: Vec<Vec<u32>>,
}

impl Regions {
    /// Prepares the questions.
    pub fn new(terms: Vec<Vec<(u32, i64)>>) -> Self {
        let mut of_block = vec![Vec::new(); length().div_ceil(BLOCK)];
        for (region, terms) in terms.iter().enumerate() {
            for (counter, _) in terms {
                if let Some(regions) = of_block.get_mut(*counter as usize / BLOCK) {
                    if regions.last() != Some(&(region as u32)) {
                        regions.push(region as u32);
                    }
                }
            }
        }
        Self { terms, of_block }
    }

    /// Returns how many regions there are.
    pub fn len(&self) -> usize {
        self.terms.len()
    }

    fn hit(&self, region: u32, counters: &[u64]) -> bool {
        let terms = self.terms.get(region as usize).map(Vec::as_slice).unwrap_or_default();
        let sum = terms.iter().fold(0_i64, |sum, (counter, factor)| {
            let count = counters.get(*counter as usize).copied().unwrap_or(0);
            sum.wrapping_add(factor.wrapping_mul(count as i64))
        });
        0 < sum
    }
}

/// Finds out where the counters are; returns how many there are.
pub fn locate() -> usize {
    // SAFETY: both are linked in by every instrumented binary and only return an address.
    let (begin, end) = unsafe { (__llvm_profile_begin_counters(), __llvm_profile_end_counters()) };
    let length = (end as usize).saturating_sub(begin as usize) / size_of::<u64>();
    BASE.store(begin, Ordering::SeqCst);
    LENGTH.store(length, Ordering::SeqCst);
    length
}

/// Sets every touched counter to zero; a child does it once, [`read`] does it after that.
pub fn clear() {
    HIDDEN.store(0, Ordering::Relaxed);
    for block in counters().chunks_mut(BLOCK) {
        if sum(block) != 0 {
            block.fill(0);
        }
    }
}

/// Returns the steps so far: the sum of all counters. Async-signal-safe.
pub fn steps() -> u64 {
    sum(counters()).wrapping_add(HIDDEN.load(Ordering::Relaxed))
}

/// Returns the regions that are hit, in rising order, and the steps; sets the counters to zero.
pub fn read(regions: &Regions) -> (Vec<u32>, u64) {
    let counters = counters();
    let mut steps = HIDDEN.swap(0, Ordering::Relaxed);
    let mut touched = Vec::new();
    for (index, block) in counters.chunks(BLOCK).enumerate() {
        let sum = sum(block);
        if sum != 0 {
            steps = steps.wrapping_add(sum);
            touched.push(index);
        }
    }
    let mut hit = Vec::new();
    let mut asked = Bits::new(regions.len());
    for index in &touched {
        for region in regions.of_block.get(*index).map(Vec::as_slice).unwrap_or_default() {
            if asked.add(*region) && regions.hit(*region, counters) {
                hit.push(*region);
            }
        }
    }
    for index in touched {
        if let Some(block) = counters.chunks_mut(BLOCK).nth(index) {
            block.fill(0);
        }
    }
    hit.sort_unstable();
    (hit, steps)
}

/// Runs `observe` without leaving a trace in the counters; its steps still count as steps.
pub fn hidden<T>(observe: impl FnOnce() -> T) -> T {
    let mut before = 0_u64;
    let mut saved: Vec<(usize, [u64; BLOCK])> = Vec::new();
    for (index, block) in counters().chunks(BLOCK).enumerate() {
        let sum = sum(block);
        if sum != 0 {
            before = before.wrapping_add(sum);
            let mut copy = [0; BLOCK];
            copy.iter_mut().zip(block).for_each(|(to, from)| *to = *from);
            saved.push((index, copy));
        }
    }
    let seen = observe();
    let counters = counters();
    let made = sum(counters).wrapping_sub(before);
    if made == 0 {
        return seen;
    }
    HIDDEN.fetch_add(made, Ordering::Relaxed);
    let mut saved = saved.into_iter().peekable();
    for (index, block) in counters.chunks_mut(BLOCK).enumerate() {
        match saved.next_if(|(place, _)| *place == index) {
            Some((_, copy)) => block.iter_mut().zip(copy).for_each(|(to, from)| *to = from),
            None if sum(block) != 0 => block.fill(0),
            None => (),
        }
    }
    seen
}

fn length() -> usize {
    LENGTH.load(Ordering::Relaxed)
}

#[allow(clippy::mut_from_ref, reason = "the counters are memory of the compiler's making")]
fn counters() -> &'static mut [u64] {
    let base = BASE.load(Ordering::Relaxed);
    if base.is_null() {
        return &mut [];
    }
    // SAFETY: the range is that of the profile section, which lives as long as the process. The
    // code under test does not run while the slice is used, except for threads it left behind,
    // whose counting may be lost.
    unsafe { std::slice::from_raw_parts_mut(base, length()) }
}

fn sum(block: &[u64]) -> u64 {
    block.iter().fold(0, |sum, count| sum.wrapping_add(*count))
}
