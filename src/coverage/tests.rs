//! Tests of the coverage model at its interface.

use super::*;

#[test]
fn a_ratio_never_rounds_up_to_100() {
    assert_eq!(Ratio { covered: 99_999, coverable: 100_000 }.percent().to_string(), "99.99");
    assert_eq!(Ratio { covered: 3, coverable: 3 }.percent().to_string(), "100");
    assert_eq!(Ratio { covered: 0, coverable: 0 }.to_string(), "-");
}

/// A function of the only file with regions given as first line, first column, last line, last
/// column and counter.
fn function(name_hash: u64, regions: &[(u32, u32, u32, u32, u32)]) -> FunctionMap {
    let region = |(line, column, end_line, end_column, counter): &(u32, u32, u32, u32, u32)| {
        let (start, end) = (Position::new(*line, *column), Position::new(*end_line, *end_column));
        let counter = Counter::Value(*counter);
        MappedRegion { file: 0, kind: RegionKind::Code, counter, start, end }
    };
    FunctionMap {
        name: name_hash.to_string(),
        name_hash,
        hash: 7,
        files: vec![0],
        expressions: Vec::new(),
        regions: regions.iter().map(region).collect(),
    }
}

#[test]
fn a_focus_covers_what_the_report_covers() {
    let functions = vec![
        // A closure within a function, an instantiation of that, one on its last line, one apart.
        function(4, &[(30, 1, 33, 2, 0)]),
        function(1, &[(1, 1, 2, 5, 0), (6, 1, 9, 2, 1)]),
        function(2, &[(2, 5, 5, 9, 0), (4, 2, 4, 3, 1)]),
        function(3, &[(9, 3, 9, 20, 0)]),
        FunctionMap { hash: 8, ..function(1, &[(1, 1, 2, 5, 0), (6, 1, 9, 2, 1)]) },
    ];
    let map = CoverageMap { files: vec!["/x/a.rs".to_owned()], functions };
    let focus = Focus::new(&map, |file| file == "/x/a.rs");
    let keys = [(1, 7), (2, 7), (3, 7), (4, 7), (1, 8)];
    for chosen in 0..1_u32 << (2 * keys.len()) {
        let mut profile = Profile::new();
        for (index, key) in keys.iter().enumerate() {
            let ran = |bit: usize| u64::from(chosen >> (2 * index + bit) & 1) * 3;
            profile.add(*key, vec![ran(0), ran(1)]);
        }
        let whole = report(&map, &profile, |_| Some("a.rs".to_owned()));
        let own = focus.covered(&profile);
        let lines = |file: &FileCoverage| -> Vec<(u32, u64)> {
            let ran = file.lines.iter().filter(|(_, count)| **count != 0);
            ran.map(|(line, count)| (*line, *count)).collect()
        };
        let regions = |file: &FileCoverage| -> Vec<Region> {
            file.regions.iter().filter(|region| region.count != 0).copied().collect()
        };
        let whole = &whole.files["a.rs"];
        assert_eq!(lines(whole), lines(&own), "{chosen:b}");
        assert_eq!(regions(whole), regions(&own), "{chosen:b}");
    }
}
