//! The values that each candidate draws from: those of its function, its file and its crate.

use std::collections::BTreeMap;

use crate::explore::harness::{Choice, Pool};
use crate::explore::mine::{Literals, Mined, mine, mine_prose};
use crate::explore::model::{Crate, Function};

/// Most texts in the pool of the crate.
const TEXTS_MAX: usize = 1_500;

/// All pools of a crate.
#[derive(Debug, Clone)]
pub struct Pools {
    list: Vec<Pool>,
    of_file: BTreeMap<String, usize>,
    of_function: BTreeMap<(String, u32, u32), usize>,
}

impl Pools {
    /// Mines the sources of a crate, given by file, and its README.
    pub fn new(krate: &Crate, sources: &BTreeMap<String, String>, readme: &str) -> Self {
        let mined: BTreeMap<&String, Mined> =
            sources.iter().map(|(file, text)| (file, mine(text))).collect();
        let mut all = mine_prose(readme);
        for mined in mined.values() {
            all.extend(&mined.file);
        }
        all.split_texts(300);
        let mut pools =
            Self { list: vec![pool(&all)], of_file: BTreeMap::new(), of_function: BTreeMap::new() };
        for (file, mined) in &mined {
            let mut own = mined.file.clone();
            own.split_texts(100);
            pools.of_file.insert((*file).clone(), pools.list.len());
            pools.list.push(pool(&own));
        }
        for function in &krate.functions {
            let span = &function.span;
            let key = (span.file.clone(), span.start.0, span.end.0);
            let literals = mined.get(&span.file).and_then(|mined| mined.at(span.start.0));
            if let Some(literals) = literals
                && *literals != Literals::default()
            {
                let next = pools.list.len();
                if *pools.of_function.entry(key).or_insert(next) == next {
                    pools.list.push(pool(literals));
                }
            }
        }
        pools
    }

    /// Returns all pools.
    pub fn list(&self) -> &[Pool] {
        &self.list
    }

    /// Returns the pools for a function, nearest first.
    pub fn of(&self, function: &Function) -> Vec<usize> {
        let span = &function.span;
        let own = self.of_function.get(&(span.file.clone(), span.start.0, span.end.0));
        own.into_iter().chain(self.of_file.get(&span.file)).copied().chain([0]).collect()
    }
}

/// Literals as choices.
fn pool(literals: &Literals) -> Pool {
    let texts = literals.texts.iter().take(TEXTS_MAX).cloned().map(Choice::Text);
    let bytes = literals.bytes.iter().cloned().map(Choice::Bytes);
    let chars = literals.chars.iter().copied().map(Choice::Char);
    let ints = literals.ints.iter().copied().map(Choice::Int);
    Pool { values: texts.chain(bytes).chain(chars).chain(ints).collect() }
}
