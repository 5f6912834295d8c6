//! Simpler sequences, tried one after the other; knows nothing of executions.

use crate::choice::Choice;

/// Most ways in which one choice is made simpler in one pass.
const WAYS_MAX: usize = 400;

/// The passes, in order.
const PASSES: [fn(&[Choice], usize) -> Vec<Vec<Choice>>; 4] = [spans, counts, arms, values];

/// Proposes simpler and simpler sequences.
#[derive(Clone)]
pub struct Shrinker {
    best: Vec<Choice>,
    pass: usize,
    place: usize,
    way: usize,
    ways: Option<Vec<Vec<Choice>>>,
    /// Whether anything was accepted at this place, and since the first pass.
    better_here: bool,
    better: bool,
}

impl Shrinker {
    /// Returns one that starts from `choices`.
    pub fn new(choices: Vec<Choice>) -> Self {
        Self {
            best: choices,
            pass: 0,
            place: 0,
            way: 0,
            ways: None,
            better_here: false,
            better: false,
        }
    }

    /// Returns the simplest sequence accepted so far.
    pub fn best(&self) -> &[Choice] {
        &self.best
    }

    /// Returns the next sequence to try; `None` if nothing is left to try.
    pub fn propose(&mut self) -> Option<Vec<Choice>> {
        loop {
            let pass = PASSES.get(self.pass)?;
            let (best, place) = (&self.best, self.place);
            let ways = self.ways.get_or_insert_with(|| pass(best, place));
            if let Some(way) = ways.get(self.way) {
                self.way += 1;
                return Some(way.clone());
            }
            self.ways = None;
            self.way = 0;
            if std::mem::take(&mut self.better_here) {
                continue;
            }
            self.place += 1;
            if self.best.len() <= self.place {
                self.place = 0;
                self.pass += 1;
                if self.pass == PASSES.len() && std::mem::take(&mut self.better) {
                    self.pass = 0;
                }
            }
        }
    }

    /// Returns whether `taken` is simpler than the best so far.
    pub fn is_better(&self, taken: &[Choice]) -> bool {
        cost(taken) < cost(&self.best)
    }

    /// Makes `taken` the best: it does all that is asked for.
    pub fn accept(&mut self, taken: Vec<Choice>) {
        self.best = taken;
        self.better = true;
        self.better_here = true;
        // The remaining ways are those of the new best; the ones before failed a moment ago.
        self.ways = None;
        self.way = self.way.saturating_sub(1);
    }
}

/// What a reader has to bear: number of choices, then their length, then their oddity.
fn cost(choices: &[Choice]) -> (usize, usize, u128) {
    let length = |choice: &Choice| match choice {
        Choice::Text(text) => text.chars().count(),
        Choice::Bytes(bytes) => bytes.len(),
        _ => 0,
    };
    let oddity = |choice: &Choice| match choice {
        Choice::Text(text) => text.chars().map(rank).map(u128::from).sum(),
        Choice::Bytes(bytes) => bytes.iter().map(|byte| u128::from(*byte)).sum(),
        Choice::Int(int) => int.unsigned_abs().saturating_mul(2) + u128::from(*int < 0),
        Choice::Size(size) => u128::from(*size),
        Choice::Char(c) => u128::from(rank(*c)),
        Choice::Float(bits) => float_oddity(f64::from_bits(*bits)),
        Choice::Flag(flag) => u128::from(*flag),
        Choice::Arm(arm) => u128::from(*arm),
        Choice::Count(count) => u128::from(*count),
    };
    let oddities = choices.iter().fold(0_u128, |sum, choice| sum.saturating_add(oddity(choice)));
    (choices.len(), choices.iter().map(length).sum(), oddities)
}

/// How odd a character is: `a` least, what is not ASCII most.
fn rank(c: char) -> u32 {
    match c {
        'a' => 0,
        '0' => 1,
        'b'..='z' => 2 + u32::from(c) - u32::from('b'),
        '1'..='9' => 30 + u32::from(c) - u32::from('1'),
        'A'..='Z' => 40 + u32::from(c) - u32::from('A'),
        ' ' => 70,
        '!'..='~' => 70 + u32::from(c) - u32::from('!'),
        _ => 200 + u32::from(c).min(10_000),
    }
}

/// How odd a float is: small whole numbers least.
fn float_oddity(float: f64) -> u128 {
    if !float.is_finite() {
        return 1 << 100;
    }
    let part = if float.fract() == 0.0 { 0 } else { 1 << 64 };
    let digits = float.to_string().len() as u128;
    part + ((float.abs().min(1e15) as u128) << 8) + (digits << 1) + u128::from(float < 0.0)
}

/// Leaves out choices: from the place on eight, four, two, one.
fn spans(best: &[Choice], place: usize) -> Vec<Vec<Choice>> {
    // The last ones first: what comes later depends on what comes before.
    let Some(last) = best.len().checked_sub(place + 1) else { return Vec::new() };
    let sizes = [8, 4, 2, 1].into_iter().filter(|size| last + size <= best.len());
    sizes.map(|size| without(best, last, size)).collect()
}

/// Lowers a count, with and without leaving out choices after it.
fn counts(best: &[Choice], place: usize) -> Vec<Vec<Choice>> {
    let Some(Choice::Count(count @ 1..)) = best.get(place) else { return Vec::new() };
    let with = |count: u32| {
        let mut choices = best.to_vec();
        choices[place] = Choice::Count(count);
        choices
    };
    let mut ways: Vec<_> = [0, count / 2, count - 1].into_iter().map(with).collect();
    for size in 1..=4 {
        for start in (place + 1..best.len().min(place + 24)).rev() {
            if start + size <= best.len() {
                ways.push(without(&with(count - 1), start, size));
            }
        }
    }
    ways
}

/// Takes an earlier alternative, which needs fewer choices as a rule.
fn arms(best: &[Choice], place: usize) -> Vec<Vec<Choice>> {
    let Some(Choice::Arm(arm)) = best.get(place) else { return Vec::new() };
    let mut ways = Vec::new();
    for lower in 0..(*arm).min(32) {
        let mut choices = best.to_vec();
        choices[place] = Choice::Arm(lower);
        for size in 1..=3 {
            if place + 1 + size <= choices.len() {
                ways.push(without(&choices, place + 1, size));
            }
        }
        ways.push(choices);
    }
    ways
}

/// Makes a value simpler.
fn values(best: &[Choice], place: usize) -> Vec<Vec<Choice>> {
    let Some(value) = best.get(place) else { return Vec::new() };
    let simpler: Vec<Choice> = match value {
        Choice::Text(text) => {
            let chars: Vec<char> = text.chars().collect();
            let mut ways = shorter(&chars);
            ways.extend(plainer(&chars, &plain));
            ways.into_iter().map(|chars| Choice::Text(chars.into_iter().collect())).collect()
        }
        Choice::Bytes(bytes) => {
            let mut ways = shorter(bytes);
            ways.extend(plainer(bytes, &|byte: u8| {
                lower_int(i128::from(byte))
                    .into_iter()
                    .filter_map(|int| u8::try_from(int).ok())
                    .collect()
            }));
            ways.into_iter().map(Choice::Bytes).collect()
        }
        Choice::Int(int) => lower_int(*int).into_iter().map(Choice::Int).collect(),
        Choice::Size(size) => {
            let lower = lower_int(i128::from(*size)).into_iter();
            lower.filter_map(|int| u64::try_from(int).ok()).map(Choice::Size).collect()
        }
        Choice::Char(c) => plain(*c).into_iter().map(Choice::Char).collect(),
        Choice::Float(bits) => {
            let float = f64::from_bits(*bits);
            let rounded = [0.0, 1.0, -1.0, float.abs(), float.trunc(), (float / 2.0).trunc()];
            let tenths = (float * 10.0).trunc() / 10.0;
            rounded
                .into_iter()
                .chain([tenths])
                .map(|float| Choice::Float(float.to_bits()))
                .collect()
        }
        Choice::Flag(true) => vec![Choice::Flag(false)],
        Choice::Flag(false) | Choice::Arm(_) | Choice::Count(_) => Vec::new(),
    };
    let with = |value| {
        let mut choices = best.to_vec();
        choices[place] = value;
        choices
    };
    simpler.into_iter().take(WAYS_MAX).map(with).collect()
}

/// Leaves out everything, halves, quarters, down to single items.
fn shorter<T: Clone>(items: &[T]) -> Vec<Vec<T>> {
    if items.is_empty() {
        return Vec::new();
    }
    let mut ways = vec![Vec::new()];
    let mut size = items.len() / 2;
    while 0 < size && ways.len() < WAYS_MAX / 2 {
        for start in (0..items.len()).step_by(size).rev() {
            ways.push(without(items, start, size.min(items.len() - start)));
        }
        size /= 2;
    }
    if items.len() == 1 { ways } else { ways.into_iter().take(WAYS_MAX / 2).collect() }
}

/// Replaces single items by plainer ones.
fn plainer<T: Clone>(items: &[T], plain: &dyn Fn(T) -> Vec<T>) -> Vec<Vec<T>> {
    let mut ways = Vec::new();
    for (place, item) in items.iter().enumerate().take(WAYS_MAX) {
        for simpler in plain(item.clone()) {
            let mut items = items.to_vec();
            items[place] = simpler;
            ways.push(items);
        }
        if WAYS_MAX < ways.len() {
            break;
        }
    }
    ways
}

/// Plainer characters of the same sort first.
fn plain(c: char) -> Vec<char> {
    let of_sort = match c {
        '0'..='9' => ['0', '1', 'a'],
        'A'..='Z' => ['a', 'A', '0'],
        _ => ['a', '0', ' '],
    };
    of_sort.into_iter().filter(|plain| rank(*plain) < rank(c)).collect()
}

/// Numbers nearer to 0: in great steps first, so that repeating it searches by halves.
fn lower_int(int: i128) -> Vec<i128> {
    let mut ways = vec![0, 1];
    if int < 0 {
        ways.push(int.saturating_neg());
    }
    let mut step = int / 2;
    while step != 0 {
        ways.push(int - step);
        step /= 2;
    }
    let magnitude = int.unsigned_abs();
    ways.retain(|way| way.unsigned_abs() < magnitude || (int < 0 && *way == int.saturating_neg()));
    ways
}

fn without<T: Clone>(items: &[T], start: usize, size: usize) -> Vec<T> {
    let kept = |(index, _): &(usize, &T)| *index < start || start + size <= *index;
    items.iter().enumerate().filter(kept).map(|(_, item)| item.clone()).collect()
}
