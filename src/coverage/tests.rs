//! Tests of the coverage model at its interface.

use super::*;

#[test]
fn a_ratio_never_rounds_up_to_100() {
    assert_eq!(Ratio { covered: 99_999, coverable: 100_000 }.percent().to_string(), "99.99");
    assert_eq!(Ratio { covered: 3, coverable: 3 }.percent().to_string(), "100");
    assert_eq!(Ratio { covered: 0, coverable: 0 }.to_string(), "-");
}
