//! What so many clean runs of a test prove.

/// Returns the least rate of failures, in percent with two decimals, that this many clean runs in a
/// row would have shown with a certainty of 95 %; a test may still fail less often than that.
///
/// A test that fails at a rate `p` passes `runs` times in a row with probability `(1 - p)^runs`;
/// the bound is the `p` for which that is 5 %.
pub fn bound_percent(runs: u32) -> f64 {
    if runs == 0 {
        return 100.0;
    }
    ((1.0 - 0.05_f64.powf(1.0 / f64::from(runs))) * 10_000.0).round() / 100.0
}

/// Returns the bound in words, as in `26 %`.
pub fn bound_words(runs: u32) -> String {
    let percent = bound_percent(runs);
    let rounded = if percent < 10.0 { format!("{percent:.1}") } else { format!("{percent:.0}") };
    format!("{} %", rounded.trim_end_matches(".0"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_clean_runs_prove_more() {
        let words = [0, 1, 5, 10, 50, 300].map(bound_words);
        assert_eq!(words, ["100 %", "95 %", "45 %", "26 %", "5.8 %", "1 %"]);
    }
}
