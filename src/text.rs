//! Words for people: counts, percentages, durations and the nearest name.

use std::time::Duration;

/// Returns `1 test`, `2 tests`: a count with its noun, whose plural ends in `s`.
pub fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// Returns a share as a percentage with one decimal, such as `84.9 %`; it is rounded down, so that
/// only a complete whole reads `100.0 %`, and a whole of nothing reads `-`.
pub fn percent(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "-".to_owned();
    }
    let tenths = u128::from(part) * 1000 / u128::from(whole);
    format!("{}.{} %", tenths / 10, tenths % 10)
}

/// Returns a duration as people write it: `850 ms`, `12.3 s`, `3 min 05 s`.
pub fn duration(duration: Duration) -> String {
    let ms = duration.as_millis();
    match ms {
        0..1_000 => format!("{ms} ms"),
        1_000..60_000 => format!("{}.{} s", ms / 1_000, ms % 1_000 / 100),
        _ => format!("{} min {:02} s", ms / 60_000, ms % 60_000 / 1_000),
    }
}

/// Returns the candidate most like `name`, if one is near enough to be a slip of the keyboard.
///
/// Near enough means an edit distance (with swaps of neighbours) of at most a third of the length.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = name.chars().count().div_ceil(3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (distance(&name.to_lowercase(), &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Returns line numbers as compact ranges: `3-5, 9`.
pub fn ranges(numbers: impl IntoIterator<Item = u32>) -> String {
    let mut spans: Vec<(u32, u32)> = Vec::new();
    for number in numbers {
        match spans.last_mut() {
            Some(last) if last.1.checked_add(1) == Some(number) => last.1 = number,
            _ => spans.push((number, number)),
        }
    }
    let words = spans.into_iter().map(|(first, last)| {
        if first == last { first.to_string() } else { format!("{first}-{last}") }
    });
    words.collect::<Vec<_>>().join(", ")
}

/// The edit distance between two words, where a swap of neighbours counts as one edit.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![(0..=b.len()).collect::<Vec<usize>>()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let same = usize::from(a[i - 1] != b[j - 1]);
            let mut best = (rows[i - 1][j] + 1).min(row[j - 1] + 1).min(rows[i - 1][j - 1] + same);
            if 1 < i && 1 < j && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

/// Turns words and camel case into a snake-case identifier.
pub fn snake(text: &str) -> String {
    let mut name = String::new();
    let mut lower = false;
    for c in text.chars() {
        if c.is_uppercase() && lower {
            name.push('_');
        }
        lower = c.is_lowercase() || c.is_ascii_digit();
        let c = if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
        if c != '_' || !name.ends_with('_') {
            name.push(c);
        }
    }
    let name = name.trim_matches('_').to_owned();
    if name.starts_with(|c: char| c.is_ascii_digit()) { format!("case_{name}") } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentage_never_rounds_up_to_100() {
        assert_eq!(percent(99_999, 100_000), "99.9 %");
        assert_eq!(percent(7, 7), "100.0 %");
        assert_eq!(percent(0, 0), "-");
    }

    #[test]
    fn a_swapped_letter_is_near_and_another_word_is_not() {
        let names = ["depends_on", "description", "step_type"];
        assert_eq!(nearest("depend_on", names), Some("depends_on"));
        assert_eq!(nearest("setp_type", names), Some("step_type"));
        assert_eq!(nearest("banana", names), None);
    }

    #[test]
    fn neighbours_join_into_ranges() {
        assert_eq!(ranges([1, 2, 3, 7, 9, 10]), "1-3, 7, 9-10");
        assert_eq!(ranges([]), "");
    }

    #[test]
    fn durations_read_as_people_write_them() {
        assert_eq!(duration(Duration::from_millis(850)), "850 ms");
        assert_eq!(duration(Duration::from_millis(12_340)), "12.3 s");
        assert_eq!(duration(Duration::from_secs(185)), "3 min 05 s");
    }
}
