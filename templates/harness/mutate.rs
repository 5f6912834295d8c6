//! New sequences of choices out of ones that were worth keeping.

use crate::choice::{ANY_ARM, Choice};
use crate::fresh::Fresh;
use crate::picks::Style;
use crate::random::Random;

/// Greatest size that a change leads to: loops up to greater ones take long.
const SIZE_MAX: u64 = 1 << 17;

/// Greatest size that stays as it is in most changed copies.
const SIZE_USUAL: u64 = 1000;

/// Returns a changed copy of `base`, with pieces of `other`, another sequence of the candidate.
pub fn mutated(
    base: &[Choice],
    other: &[Choice],
    style: &'static Style,
    random: &mut Random,
) -> Vec<Choice> {
    let mut choices = base.to_vec();
    for choice in &mut choices {
        // What one large size costs is not to be paid by all that come after.
        if matches!(choice, Choice::Size(size) if SIZE_USUAL < *size) && !random.once_in(4) {
            *choice = Choice::Size(random.below(SIZE_USUAL as usize) as u64);
        }
    }
    let times = 1 + [0, 0, 0, 1, 1, 2, 4][random.below(7)];
    for _ in 0..times {
        match random.below(16) {
            0..=9 => change_leaf(&mut choices, style, random),
            10..=12 => change_structure(&mut choices, random),
            13 => change_span(&mut choices, random),
            _ => splice(&mut choices, other, random),
        }
    }
    choices
}

/// Changes one value.
fn change_leaf(choices: &mut [Choice], style: &'static Style, random: &mut Random) {
    let places: Vec<usize> = (0..choices.len()).filter(|place| choices[*place].is_leaf()).collect();
    let Some(place) = random.pick(&places).copied() else { return };
    let old = choices[place].clone();
    let mut others = choices.to_vec();
    others.remove(place);
    let mut fresh = Fresh { random, style, earlier: &others };
    choices[place] = match old {
        Choice::Text(text) => Choice::Text(change_text(&text, &mut fresh)),
        Choice::Bytes(bytes) => Choice::Bytes(change_bytes(bytes, &mut fresh)),
        Choice::Int(int) => Choice::Int(change_int(int, &mut fresh)),
        Choice::Size(size) => {
            let new = u64::try_from(change_int(i128::from(size), &mut fresh));
            Choice::Size(new.ok().filter(|size| *size <= SIZE_MAX).unwrap_or_else(|| fresh.size()))
        }
        Choice::Char(_) => Choice::Char(fresh.char()),
        Choice::Float(bits) => {
            let float = f64::from_bits(bits);
            let new = match fresh.random.below(6) {
                0 => float + 1.0,
                1 => -float,
                2 => float / 2.0,
                3 => float * 10.0,
                _ => fresh.float(),
            };
            Choice::Float(new.to_bits())
        }
        Choice::Flag(flag) => Choice::Flag(!flag),
        Choice::Arm(_) | Choice::Count(_) => old,
    };
}

/// Changes an alternative or a count; what follows is drawn anew where it no longer fits.
fn change_structure(choices: &mut Vec<Choice>, random: &mut Random) {
    let places: Vec<usize> =
        (0..choices.len()).filter(|place| !choices[*place].is_leaf()).collect();
    let Some(place) = random.pick(&places).copied() else { return };
    match choices[place].clone() {
        Choice::Arm(arm) => {
            let next = [arm.saturating_sub(1), arm.saturating_add(1)];
            choices[place] =
                if random.once_in(3) { Choice::Arm(next[random.below(2)]) } else { ANY_ARM };
        }
        Choice::Count(count) => match random.below(4) {
            0 => choices[place] = Choice::Count(count.saturating_sub(1)),
            1 => choices[place] = Choice::Count(random.below(9) as u32),
            2 => {
                // One element less: the count and a span after it.
                choices[place] = Choice::Count(count.saturating_sub(1));
                let from = (place + 1 + random.below(4)).min(choices.len());
                let to = (from + 1 + random.below(3)).min(choices.len());
                choices.drain(from..to);
            }
            _ => {
                // One element more: a copy of what follows.
                choices[place] = Choice::Count(count.saturating_add(1));
                let from = (place + 1).min(choices.len());
                let to = (from + 1 + random.below(3)).min(choices.len());
                let span = choices[from..to].to_vec();
                choices.splice(from..from, span);
            }
        },
        _ => (),
    }
}

/// Removes, repeats or moves a few neighbouring choices.
fn change_span(choices: &mut Vec<Choice>, random: &mut Random) {
    if choices.is_empty() {
        return;
    }
    let from = random.below(choices.len());
    let to = (from + 1 + random.below(4)).min(choices.len());
    let span = choices[from..to].to_vec();
    match random.below(3) {
        0 => drop(choices.drain(from..to)),
        1 => drop(choices.splice(from..from, span)),
        _ => {
            choices.drain(from..to);
            let place = random.below(choices.len() + 1);
            choices.splice(place..place, span);
        }
    }
}

/// Takes one value, or the whole rest, from another sequence.
fn splice(choices: &mut Vec<Choice>, other: &[Choice], random: &mut Random) {
    if choices.is_empty() || other.is_empty() {
        return;
    }
    let place = random.below(choices.len());
    let like: Vec<usize> =
        (0..other.len()).filter(|at| other[*at].same_kind(&choices[place])).collect();
    let Some(from) = random.pick(&like).copied() else { return };
    if random.once_in(3) {
        choices.truncate(place);
        choices.extend_from_slice(&other[from..]);
    } else {
        choices[place] = other[from].clone();
    }
}

fn change_int(int: i128, fresh: &mut Fresh<'_>) -> i128 {
    match fresh.random.below(12) {
        0 => int.saturating_add(1),
        1 => int.saturating_sub(1),
        2 => int / 2,
        3 => int.saturating_mul(10),
        4 => int.saturating_neg(),
        5 => int ^ 1 << fresh.random.below(64),
        6 => int.saturating_mul(2),
        7 => int.saturating_add(fresh.int(-64, 64)),
        8 | 9 => fresh.related_int().unwrap_or_else(|| int.saturating_add(2)),
        _ => fresh.int(i128::from(i64::MIN), i128::from(u64::MAX)),
    }
}

fn change_text(text: &str, fresh: &mut Fresh<'_>) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    let place = fresh.random.below(chars.len() + 1);
    match fresh.random.below(16) {
        0 => return fresh.text(),
        1 | 2 if place < chars.len() => drop(chars.remove(place)),
        3 | 4 => chars.insert(place, fresh.char()),
        5 if place < chars.len() => chars[place] = fresh.char(),
        6 | 7 => {
            let piece: Vec<char> = fresh.text().chars().collect();
            chars.splice(place..place, piece);
        }
        8 if chars.len() < 2000 => chars.extend_from_within(..),
        9 => chars.truncate(place),
        10 => drop(chars.drain(..place)),
        11 => {
            // Repeat a piece in place.
            let to = (place + 1 + fresh.random.below(4)).min(chars.len());
            let piece = chars[place..to].to_vec();
            chars.splice(place..place, piece);
        }
        12 => return change_number_within(text, fresh),
        13 if 1 < chars.len() => {
            let one = place.min(chars.len() - 1);
            let other = fresh.random.below(chars.len());
            chars.swap(one, other);
        }
        14 => {
            let piece: Vec<char> = fresh.text().chars().collect();
            let to = (place + 1 + fresh.random.below(8)).min(chars.len());
            chars.splice(place..to, piece);
        }
        _ if place < chars.len() => {
            let c = chars[place];
            let upper = c.is_uppercase();
            let flipped: Vec<char> =
                if upper { c.to_lowercase().collect() } else { c.to_uppercase().collect() };
            chars.splice(place..=place, flipped);
        }
        _ => chars.push(fresh.char()),
    }
    fresh.shortened(chars.into_iter().collect())
}

/// Changes one of the decimal numbers in a text.
fn change_number_within(text: &str, fresh: &mut Fresh<'_>) -> String {
    let starts: Vec<usize> = text
        .char_indices()
        .filter(|(at, c)| {
            let before = text.get(..*at).and_then(|head| head.chars().next_back());
            c.is_ascii_digit() && !before.is_some_and(|c| c.is_ascii_digit())
        })
        .map(|(at, _)| at)
        .collect();
    let Some(start) = fresh.random.pick(&starts).copied() else { return fresh.text() };
    let rest = text.get(start..).unwrap_or_default();
    let digits = rest.chars().take_while(char::is_ascii_digit).count();
    let number: i128 = rest.get(..digits).and_then(|word| word.parse().ok()).unwrap_or(0);
    let new = change_int(number, fresh);
    let (head, tail) = (text.get(..start), rest.get(digits..));
    format!("{}{new}{}", head.unwrap_or_default(), tail.unwrap_or_default())
}

fn change_bytes(mut bytes: Vec<u8>, fresh: &mut Fresh<'_>) -> Vec<u8> {
    let place = fresh.random.below(bytes.len() + 1);
    let byte = fresh.random.next() as u8;
    match fresh.random.below(11) {
        0 => bytes = fresh.bytes(),
        1 if place < bytes.len() => drop(bytes.remove(place)),
        2 => bytes.insert(place, byte),
        3 if place < bytes.len() => bytes[place] = byte,
        4 if place < bytes.len() => bytes[place] ^= 1 << fresh.random.below(8),
        5 if place < bytes.len() => bytes[place] = [0, 1, 127, 128, 255, 10][byte as usize % 6],
        6 => bytes.truncate(place),
        7 => drop(bytes.drain(..place)),
        8 if bytes.len() < 2000 => bytes.extend_from_within(..),
        9 => {
            let piece = fresh.bytes();
            bytes.splice(place..place, piece);
        }
        _ => {
            if let Ok(text) = std::str::from_utf8(&bytes) {
                bytes = change_text(text, fresh).into_bytes();
            }
        }
    }
    bytes.truncate(fresh.style.length_max);
    bytes
}
