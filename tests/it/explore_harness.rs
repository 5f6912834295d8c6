//! The search runtime: compiled, linked into a small crate, and let loose on it.
#![expect(clippy::disallowed_methods, reason = "tests prepare folders and start compilers")]

use std::process::Command;
use std::sync::OnceLock;

use camino::{Utf8Path, Utf8PathBuf};
use rustchain::cargo::Toolchain;
use rustchain::coverage::{CoverageMap, counted_regions, counter_layout};
use rustchain::explore::harness::{
    Candidate, Choice, Harness, Limits, Outcome, Plan, Pool, Region, Request, Results, Runtime,
    Shrunk, Sighting, Work,
};
use rustchain::sandbox::{Policy, boxed};
use rustchain::sys::Stop;

use crate::harness::{remove_at_exit, shared_runtime};

/// The fixture, compiled once for all tests.
struct Fixture {
    _folder: tempfile::TempDir,
    root: Utf8PathBuf,
    rlib: Utf8PathBuf,
    binary: Utf8PathBuf,
    regions: Vec<Region>,
}

fn fixture() -> &'static Fixture {
    static FIXTURE: OnceLock<Fixture> = OnceLock::new();
    FIXTURE.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a temporary folder");
        remove_at_exit(folder.path());
        let root = Utf8Path::from_path(folder.path()).expect("UTF-8").to_owned();
        let here = Utf8Path::new(env!("CARGO_MANIFEST_DIR"));
        let stop = Stop::never();
        let toolchain = Toolchain::discover(here, &stop).expect("a toolchain");
        let shared = Utf8PathBuf::from_path_buf(shared_runtime()).expect("UTF-8");
        let runtime = Runtime::build(&shared, &toolchain, &stop).expect("the runtime");
        let again = Runtime::build(&shared, &toolchain, &stop).expect("the runtime");
        assert_eq!(runtime, again);
        let binary = root.join("fixture");
        let source = here.join("tests/fixtures/explore/lib.rs");
        compile(&["--test", "--edition", "2021", "-Cinstrument-coverage", source.as_str()], |c| {
            c.arg("-o").arg(&binary);
            c.arg("--extern").arg(format!("rustchain_rt={}", runtime.rlib));
        });
        let regions = regions(&binary);
        Fixture { _folder: folder, root, rlib: runtime.rlib, binary, regions }
    })
}

fn compile(args: &[&str], more: impl FnOnce(&mut Command)) {
    let mut command = Command::new("rustc");
    command.args(args);
    more(&mut command);
    let output = command.output().expect("rustc starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// The regions of the fixture before its test module.
fn regions(binary: &Utf8Path) -> Vec<Region> {
    let bytes = std::fs::read(binary).expect("the binary");
    let mut map = CoverageMap::default();
    map.read(&bytes).expect("a coverage map");
    let layout = counter_layout(&bytes).expect("a layout");
    let keep = |file: &str| file.ends_with("explore/lib.rs").then(|| file.to_owned());
    let source = include_str!("../fixtures/explore/lib.rs");
    let tests = source.lines().position(|line| line == "mod rustchain_explore {").unwrap_or(0);
    counted_regions(&map, &layout, keep)
        .into_iter()
        .filter(|region| (region.start.line as usize) < tests)
        .map(|region| Region { terms: region.terms, function: region.function })
        .collect()
}

fn plan(work: Work) -> Plan {
    let words = ["magicword", "text is not empty"].map(|word| Choice::Text(word.to_owned()));
    let values = [Choice::Int(4096), Choice::Int(77), Choice::Char('!'), Choice::Char(':')];
    Plan {
        seed: 1,
        modules: 1,
        workers: 2,
        limits: Limits {
            executions: 60_000,
            patience: 20_000,
            steps: 1_000_000,
            blocked_ms: 500,
            ..Limits::default()
        },
        regions: fixture().regions.clone(),
        covered: Vec::new(),
        pools: vec![Pool { values: words.into_iter().chain(values).collect() }],
        work,
    }
}

fn run(plan: &Plan) -> Results {
    run_in(plan).1
}

/// Runs a plan; returns the bytes of the results, too.
fn run_in(plan: &Plan) -> (Vec<u8>, Results) {
    let fixture = fixture();
    let scratch = tempfile::tempdir_in(&fixture.root).expect("a scratch folder");
    let scratch = Utf8Path::from_path(scratch.path()).expect("UTF-8");
    let results = open_harness(scratch).run(plan, &Stop::never()).expect("the search ends");
    (std::fs::read(scratch.join("results")).expect("results"), results)
}

/// A harness without a box.
fn open_harness(scratch: &Utf8Path) -> Harness<'_> {
    let fixture = fixture();
    Harness {
        binary: &fixture.binary,
        package: &fixture.root,
        scratch,
        wrap: &|process| Ok(process),
        on_progress: &|_| (),
    }
}

fn search(ids: &[u32]) -> Plan {
    let candidate = |id: &u32| Candidate { id: *id, function: None, pools: vec![0] };
    plan(Work::Search(ids.iter().map(candidate).collect()))
}

fn shapes(results: &Results, candidate: u32) -> Vec<&str> {
    let own = results.sightings.iter().filter(|sighting| sighting.candidate == candidate);
    own.map(|sighting| sighting.shape.as_str()).collect()
}

/// Candidates in a crate without `std`, whose values can be seen in every way there is.
const EDITIONS: &str = r#"
    #![no_std]
    #![forbid(unsafe_code)]
    pub struct Blind;
    #[derive(Debug)]
    pub struct Half(u8);
    #[cfg(test)]
    mod rustchain_explore {
        static CASES: &'static [(u32, fn(&mut rustchain_rt::Picks))] = &[(1, c1)];
        #[test]
        fn rustchain_explore() {
            rustchain_rt::register(CASES);
        }
        fn c1(p: &mut rustchain_rt::Picks) {
            let a0 = p.int(7, 7) as u8;
            p.built();
            rustchain_rt::see!(p, 0, &super::Half(a0));
            rustchain_rt::see!(p, 1, "both");
            rustchain_rt::see!(p, 2, &super::Blind);
            rustchain_rt::see!(p, 3, &Shown);
        }
        struct Shown;
        impl ::core::fmt::Display for Shown {
            fn fmt(&self, f: &mut ::core::fmt::Formatter) -> ::core::fmt::Result {
                f.write_str("shown")
            }
        }
    }
"#;

#[test]
fn candidates_compile_in_every_edition() {
    let fixture = fixture();
    let folder = tempfile::tempdir_in(&fixture.root).expect("a folder");
    let folder = Utf8Path::from_path(folder.path()).expect("UTF-8");
    let source = folder.join("lib.rs");
    std::fs::write(&source, EDITIONS).expect("a source");
    for edition in ["2015", "2018", "2021", "2024"] {
        let binary = folder.join(format!("edition{edition}"));
        compile(&["--test", "--edition", edition, "-Cinstrument-coverage"], |command| {
            command.arg("--extern").arg(format!("rustchain_rt={}", fixture.rlib));
            command.arg(&source).arg("-o").arg(&binary);
        });
        let harness = Harness { binary: &binary, scratch: folder, ..open_harness(folder) };
        let results = harness.run(&search(&[1]), &Stop::never()).expect("the search ends");
        let seen = results.sightings.first().map(|sighting| sighting.seen.clone());
        let seen = seen.expect("a sighting").into_iter().map(|seen| (seen.debug, seen.display));
        let some = |text: &str| Some(text.to_owned());
        let expected = [
            (some("Half(7)"), None),
            (some("\"both\""), some("both")),
            (None, None),
            (None, some("shown")),
        ];
        assert_eq!(seen.collect::<Vec<_>>(), expected, "{edition}");
    }
}

#[test]
fn the_search_works_in_a_box() {
    let fixture = fixture();
    let scratch = tempfile::tempdir_in(&fixture.root).expect("a scratch folder");
    let scratch = Utf8Path::from_path(scratch.path()).expect("UTF-8");
    let mut policy = Policy::new(scratch.join("home"));
    policy.write.push(scratch.to_owned());
    policy.read.push(fixture.binary.clone());
    policy.env.extend(open_harness(scratch).variables());
    let rustchain = Utf8Path::new(env!("CARGO_BIN_EXE_rustchain"));
    let wrap = |process| boxed(process, &policy, rustchain);
    let harness = Harness { wrap: &wrap, ..open_harness(scratch) };
    let mut plan = search(&[1, 2, 3, 4, 5, 7, 8]);
    plan.limits.executions = 5_000;
    let results = harness.run(&plan, &Stop::never()).expect("the search ends");
    assert_eq!(results, run(&plan));
}

#[test]
fn the_runtime_compiles_without_a_warning() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let source = Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/harness/lib.rs");
    let args = ["-D", "warnings", "--edition", "2021", "--crate-type", "rlib", "--emit=metadata"];
    compile(&args, |command| {
        command.arg(&source).arg("-o").arg(folder.path().join("librustchain_rt.rmeta"));
    });
}

#[test]
fn a_branch_behind_a_word_a_number_and_a_mark_is_reached() {
    let results = run(&search(&[1]));
    let shapes = shapes(&results, 1);
    for shape in ["Err.Magic", "Err.Version", "Err.Trailing", "Ok.Header.false", "Ok.Header.true"] {
        assert!(shapes.contains(&shape), "{shape} is not in {shapes:?}");
    }
}

#[test]
fn parts_that_can_hardly_be_made_come_together() {
    let results = run(&search(&[1, 10]));
    for shape in ["true", "false"] {
        assert!(shapes(&results, 10).contains(&shape), "{shape}");
    }
    let own = results.sightings.iter().filter(|sighting| sighting.candidate == 10);
    for sighting in own {
        // What was tried in vain on the way is neither among the choices nor in the regions.
        let headers = sighting.choices.iter().filter(|choice| matches!(choice, Choice::Text(_)));
        assert_eq!(headers.count(), 3);
        let choices = sighting.choices.clone();
        let shrunk = shrunk_from(10, &sighting.shape, &sighting.regions, choices);
        assert!(shrunk.is_stable());
    }
}

#[test]
fn looking_at_a_value_covers_nothing() {
    let results = run(&search(&[1]));
    let hit: Vec<usize> =
        results.sightings.iter().flat_map(|sighting| sighting.regions.clone()).collect();
    let with_display = run(&search(&[8]));
    let also = with_display.sightings.iter().flat_map(|sighting| sighting.regions.clone());
    assert!(also.into_iter().any(|region| !hit.contains(&region)));
}

#[test]
fn deaths_and_hangs_cost_only_the_execution_they_happen_in() {
    let results = run(&search(&[2, 3, 4, 5]));
    let found = |candidate: u32| {
        let own = results.findings.iter().filter(move |finding| finding.candidate == candidate);
        own.map(|finding| finding.outcome.clone()).collect::<Vec<_>>()
    };
    assert_eq!(found(2), [Outcome::Hang]);
    assert!(matches!(found(3).as_slice(), [Outcome::Died { signal: 6, .. }]));
    let overflow = found(4);
    assert!(
        matches!(overflow.as_slice(), [Outcome::Died { word, .. }] if word == "stack overflow"),
        "{overflow:?}"
    );
    let panics = found(5);
    let [Outcome::Panicked { message, .. }] = panics.as_slice() else { panic!("{panics:?}") };
    assert_eq!(message, "text is not empty");
    assert!(shapes(&results, 3).contains(&"positive"));
    assert!(shapes(&results, 4).contains(&"zero"));
}

#[test]
fn what_a_clock_has_to_stop_contributes_nothing() {
    let results = run(&search(&[5, 6]));
    assert!(shapes(&results, 6).is_empty());
    let dropped = results.dropped.iter().find(|dropped| dropped.candidate == 6);
    assert!(dropped.is_some_and(|dropped| dropped.void && dropped.reason == "blocked"));
    assert!(results.findings.iter().any(|finding| finding.candidate == 6));
}

#[test]
fn the_number_of_workers_changes_nothing() {
    let mut plan = search(&[1, 2, 3, 4, 5, 7, 8, 10]);
    plan.limits.executions = 10_000;
    let (two, _) = run_in(&plan);
    plan.workers = 1;
    let (one, _) = run_in(&plan);
    assert!(one == two);
}

#[test]
fn another_seed_is_another_search() {
    let mut plan = search(&[1]);
    let (one, _) = run_in(&plan);
    plan.seed = 2;
    let (two, _) = run_in(&plan);
    assert!(one != two);
}

/// Shrinks the first sighting of a candidate that has a shape.
fn shrunk(candidate: u32, shape: &str) -> Shrunk {
    let results = run(&search(&[candidate]));
    let fits = |sighting: &&Sighting| sighting.shape.starts_with(shape);
    let sighting = results.sightings.iter().find(fits).expect("a sighting of that shape");
    shrunk_from(candidate, &sighting.shape, &sighting.regions, sighting.choices.clone())
}

fn shrunk_from(candidate: u32, shape: &str, keep: &[usize], choices: Vec<Choice>) -> Shrunk {
    let shape = shape.to_owned();
    let request = Request { id: 9, candidate, shape, keep: keep.to_vec(), choices };
    let mut results = run(&plan(Work::Shrink(vec![request])));
    assert_eq!(results.shrunk.len(), 1);
    let shrunk = results.shrunk.remove(0);
    assert!(shrunk.reproduced);
    shrunk
}

#[test]
fn shrinking_ends_with_a_number_no_digit_of_which_can_be_plainer() {
    let shrunk = shrunk(1, "Ok.Header.true");
    assert!(shrunk.is_stable());
    let [Choice::Text(text)] = shrunk.choices.as_slice() else { panic!("{:?}", shrunk.choices) };
    assert_eq!(text, "magicword:4100!");
    let seen = shrunk.seen.first().expect("an observation");
    assert_eq!(seen.debug.as_deref(), Some("Ok(Header { version: 4100, signed: true })"));
    assert_eq!(seen.display, None);
}

#[test]
fn shrinking_leaves_out_list_elements() {
    let long = [7, 8, 9, 10].map(Choice::Int);
    let choices =
        [Choice::Count(4)].into_iter().chain(long).chain([Choice::Size(3)]).collect::<Vec<_>>();
    let shrunk = shrunk_from(2, "positive", &[], choices);
    assert_eq!(shrunk.choices, [Choice::Count(1), Choice::Int(1), Choice::Size(1)]);
}

#[test]
fn shrinking_survives_deaths_and_hangs_on_the_way() {
    let shrunk = shrunk_from(3, "positive", &[], vec![Choice::Int(154)]);
    assert_eq!(shrunk.choices, [Choice::Int(2)]);
}

#[test]
fn what_depends_on_chance_or_the_day_or_an_address_is_not_steady() {
    for candidate in [7, 9] {
        let shrunk = shrunk_from(candidate, "text", &[], Vec::new());
        assert!(!shrunk.is_stable());
        assert!(shrunk.stable_outcome && shrunk.stable_regions);
        assert!(shrunk.seen.iter().all(|seen| !seen.steady));
    }
}

#[test]
fn the_search_does_not_know_the_day() {
    let results = run(&search(&[7]));
    let seen = results.sightings.first().and_then(|sighting| sighting.seen.first());
    let text = seen.and_then(|seen| seen.display.clone()).expect("an observation");
    assert!(text.starts_with("19675 "), "{text}");
}
