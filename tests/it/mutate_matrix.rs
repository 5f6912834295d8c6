//! Mutants as the gates use them: which test kills which mutants of a file.

use std::collections::BTreeSet;

use camino::Utf8PathBuf;
use rustchain::cargo::{Selection, Surroundings, Targets, Workshop};
use rustchain::mutant::{Lab, Rig, matrix, of_lane};
use rustchain::sys::{Stop, fs};

use crate::harness::Project;

const LIB: &str = "\
pub fn sum(a: u8, b: u8) -> u8 {
    a + b
}

#[cfg(test)]
mod tests {
    #[test]
    fn says_nothing() {
        super::sum(2, 1);
    }

    #[test]
    fn is_weak() {
        assert_eq!(super::sum(2, 2), 4);
    }

    #[test]
    fn is_strong() {
        assert_eq!(super::sum(1, 2), 3);
    }

    #[test]
    fn is_elsewhere() {}
}
";

#[test]
fn a_hollow_test_reaches_mutants_and_kills_none() {
    let project = Project::new();
    let manifest = "[package]\nname = \"small\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";
    project.write("Cargo.toml", manifest);
    project.write("src/lib.rs", LIB);
    let path = |path: std::path::PathBuf| Utf8PathBuf::from_path_buf(path).expect("UTF-8");
    let surroundings = Surroundings {
        cache: path(project.home().join("cache")),
        cargo_home: path(project.home()),
        program: env!("CARGO_BIN_EXE_rustchain").into(),
        workspace_wrapper: None,
    };
    let stop = Stop::never();
    let mut workshop =
        Workshop::open(&path(project.path("")), surroundings, &stop).expect("a lane");
    let file = of_lane(&workshop, "src/lib.rs", "small").expect("mutants");
    let chosen: BTreeSet<u32> = (0..).take(file.mutants.len()).collect();
    let what = (&Selection::default(), Targets::Lib);
    let lab = Lab::build(&mut workshop, what, vec![file], &chosen, &stop).expect("a build");
    let folder = workshop.lane.scratch().join("matrix");
    let names = ["says_nothing", "is_weak", "is_strong", "is_elsewhere"];
    let names = names.map(|name| format!("tests::{name}"));
    let [binary] = lab.binaries.as_slice() else { unreachable!("one binary") };
    let wrap = |process, _: &_| Ok(process);
    let rig = Rig::trace(&lab, binary, Some(&names), (folder.clone(), &wrap), &stop);
    let rig = rig.expect("a trace").expect("tests");
    let found = matrix(&lab, &rig, &|_| true, (&folder, &wrap), &stop).expect("verdicts");
    let counts = |name: &str| {
        let kills = &found[&format!("tests::{name}")];
        (kills.reached.len(), kills.killed.len())
    };
    assert_eq!(counts("says_nothing"), (4, 0));
    assert_eq!(counts("is_weak"), (4, 3), "2 times 2 is 2 plus 2");
    assert_eq!(counts("is_strong"), (4, 4));
    assert_eq!(counts("is_elsewhere"), (0, 0));
    lab.restore(&mut workshop).expect("the text without mutants");
    let text = fs::read_to_string(&workshop.lane.root().join("src/lib.rs"));
    assert_eq!(text.expect("a file"), LIB);
}
