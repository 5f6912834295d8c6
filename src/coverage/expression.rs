//! Resolving the expressions over counters of one function.

use std::collections::BTreeMap;

use super::map::{Counter, Expression, FunctionMap};

/// The expressions of one function, resolved to values of a kind: counts or linear terms.
pub(super) struct Resolved<T> {
    zero: T,
    counters: BTreeMap<u32, T>,
    expressions: Vec<T>,
}

impl<T: Clone> Resolved<T> {
    /// The value of a counter.
    pub(super) fn value(&self, counter: Counter) -> &T {
        match counter {
            Counter::Zero => &self.zero,
            Counter::Value(id) => self.counters.get(&id).unwrap_or(&self.zero),
            Counter::Expression(id) => {
                let value = usize::try_from(id).ok().and_then(|id| self.expressions.get(id));
                value.unwrap_or(&self.zero)
            }
        }
    }
}

/// How often each counter of a function ran, and with it every expression.
///
/// A negative sum (counters are not updated atomically, threads may race) counts as it is here
/// and as 0 where a region uses it.
pub(super) fn counts(function: &FunctionMap, counters: &[u64]) -> Resolved<i128> {
    let counters = (0..).zip(counters.iter().map(|count| i128::from(*count))).collect();
    resolve(function, Resolved { zero: 0, counters, expressions: Vec::new() }, |a, b, factor| {
        a.saturating_add(i128::from(factor).saturating_mul(*b))
    })
}

/// A sum of counters of one function: the counter's number within it, and its factor.
pub(super) type Terms = BTreeMap<u32, i64>;

/// Every expression of a function as a sum of its counters, of which it has `count`.
pub(super) fn terms(function: &FunctionMap, count: u32) -> Resolved<Terms> {
    let counters = (0..count).map(|id| (id, BTreeMap::from([(id, 1)]))).collect();
    let start = Resolved { zero: BTreeMap::new(), counters, expressions: Vec::new() };
    resolve(function, start, |a, b, factor| {
        let mut sum = a.clone();
        for (id, times) in b {
            let total: &mut i64 = sum.entry(*id).or_default();
            *total = total.saturating_add(factor * times);
            if *total == 0 {
                sum.remove(id);
            }
        }
        sum
    })
}

/// Resolves all expressions, each after those it uses; one that uses itself counts as 0.
fn resolve<T: Clone>(
    function: &FunctionMap,
    mut resolved: Resolved<T>,
    combine: impl Fn(&T, &T, i64) -> T,
) -> Resolved<T> {
    let expressions = &function.expressions;
    let mut done = vec![false; expressions.len()];
    let mut begun = done.clone();
    resolved.expressions = vec![resolved.zero.clone(); expressions.len()];
    // Long functions have chains of thousands of expressions: a stack of our own, no recursion.
    let mut pending: Vec<usize> = (0..expressions.len()).rev().collect();
    while let Some(&id) = pending.last() {
        let Expression { left, right, subtract } = expressions[id];
        let operands = [left, right].into_iter().filter_map(expression_id);
        let open: Vec<usize> =
            operands.filter(|id| begun.get(*id).is_some_and(|begun| !begun)).collect();
        if !done[id] && !begun[id] && !open.is_empty() {
            begun[id] = true;
            pending.extend(open);
            continue;
        }
        pending.pop();
        if !done[id] {
            let factor = if subtract { -1 } else { 1 };
            let value = combine(resolved.value(left), resolved.value(right), factor);
            resolved.expressions[id] = value;
            (begun[id], done[id]) = (true, true);
        }
    }
    resolved
}

/// The number of the expression that a counter stands for.
fn expression_id(counter: Counter) -> Option<usize> {
    match counter {
        Counter::Expression(id) => usize::try_from(id).ok(),
        Counter::Zero | Counter::Value(_) => None,
    }
}
