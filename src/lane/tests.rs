//! Tests of the mirroring.

use camino::{Utf8Path, Utf8PathBuf};

use super::{Lane, Sources};
use crate::sys::{Stop, fs};

/// A checkout and a cache in a temporary folder.
struct Place {
    _folder: tempfile::TempDir,
    root: Utf8PathBuf,
    cache: Utf8PathBuf,
}

fn place(files: &[(&str, &str)]) -> Place {
    let folder = tempfile::tempdir().unwrap();
    let base = fs::canonicalize(Utf8Path::from_path(folder.path()).unwrap()).unwrap();
    let root = base.join("project/crate");
    fs::create_dir_all(&root).unwrap();
    let place = Place { _folder: folder, root, cache: base.join("cache") };
    for (path, text) in files {
        place.write(path, text);
    }
    place
}

impl Place {
    fn write(&self, path: &str, text: &str) {
        fs::write_copy(&self.root.join(path), text.as_bytes(), false).unwrap();
    }

    fn lane(&self) -> Lane {
        let follow = |_: &Utf8Path, _: &[u8]| Vec::new();
        Lane::open(self.sources(follow), &self.cache).unwrap()
    }

    fn sources(&self, follow: fn(&Utf8Path, &[u8]) -> Vec<Utf8PathBuf>) -> Sources {
        let root = self.root.clone();
        Sources { root, folders: Vec::new(), files: Vec::new(), skipped: Vec::new(), follow }
    }
}

fn text(lane: &Lane, path: &str) -> Option<String> {
    fs::read_to_string(&lane.root().join(path)).ok()
}

fn names(paths: &[Utf8PathBuf]) -> Vec<&str> {
    paths.iter().filter_map(|path| path.file_name()).collect()
}

#[test]
fn only_what_changed_is_written_and_what_vanished_is_removed() {
    let place = place(&[("src/lib.rs", "one"), ("data/a.txt", "a"), ("data/b.txt", "b")]);
    let mut lane = place.lane();
    assert_eq!(lane.sync(&Stop::never()).unwrap().written.len(), 3);
    assert_eq!(lane.sync(&Stop::never()).unwrap(), super::Synced::default());
    place.write("src/lib.rs", "two");
    place.write("data/a.txt", "a");
    fs::remove_file(&place.root.join("data/b.txt")).unwrap();
    let synced = lane.sync(&Stop::never()).unwrap();
    assert_eq!(names(&synced.written), ["lib.rs"]);
    assert_eq!(names(&synced.removed), ["b.txt"]);
    assert_eq!(text(&lane, "src/lib.rs").as_deref(), Some("two"));
    assert_eq!(text(&lane, "data/b.txt"), None);
}

#[test]
fn a_copy_that_is_right_keeps_its_time_even_in_a_new_process() {
    let place = place(&[("src/lib.rs", "one")]);
    let mut lane = place.lane();
    lane.sync(&Stop::never()).unwrap();
    let before = fs::stamp(&lane.root().join("src/lib.rs"));
    drop(lane);
    fs::remove_file(&place.root.join("src/lib.rs")).unwrap();
    place.write("src/lib.rs", "one");
    let mut lane = place.lane();
    lane.sync(&Stop::never()).unwrap();
    assert_eq!(fs::stamp(&lane.root().join("src/lib.rs")), before);
}

#[test]
fn an_overlay_is_undone_by_the_next_synchronisation() {
    let place = place(&[("src/lib.rs", "one")]);
    let mut lane = place.lane();
    lane.sync(&Stop::never()).unwrap();
    lane.overlay(Utf8Path::new("src/lib.rs"), "two").unwrap();
    lane.overlay(Utf8Path::new("tests/new.rs"), "three").unwrap();
    assert_eq!(text(&lane, "src/lib.rs").as_deref(), Some("two"));
    assert_eq!(text(&lane, "tests/new.rs").as_deref(), Some("three"));
    drop(lane);
    let mut lane = place.lane();
    let synced = lane.sync(&Stop::never()).unwrap();
    assert_eq!(names(&synced.written), ["lib.rs"]);
    assert_eq!(names(&synced.removed), ["tests"]);
    assert_eq!(text(&lane, "src/lib.rs").as_deref(), Some("one"));
    assert_eq!(fs::read_to_string(&place.root.join("src/lib.rs")).unwrap(), "one");
}

#[test]
fn caches_and_repositories_are_left_out() {
    let tag = "Signature: 8a477f597d28d172789f06886806bc55\n";
    let place = place(&[
        ("src/lib.rs", ""),
        (".git/HEAD", ""),
        ("sub/.git", "gitdir: elsewhere"),
        ("target/CACHEDIR.TAG", tag),
        ("target/debug/x", ""),
        (".rustchain/runs/1", ""),
        (".hidden", ""),
    ]);
    let mut lane = place.lane();
    let synced = lane.sync(&Stop::never()).unwrap();
    let mut written = names(&synced.written);
    written.sort_unstable();
    assert_eq!(written, [".hidden", "lib.rs"]);
}

#[test]
fn a_link_stays_a_link_inside_and_becomes_a_copy_outside() {
    let place = place(&[("src/lib.rs", "one"), ("../outside.txt", "out")]);
    fs::symlink(Utf8Path::new("lib.rs"), &place.root.join("src/inside.rs")).unwrap();
    fs::symlink(Utf8Path::new("../../outside.txt"), &place.root.join("src/out.txt")).unwrap();
    fs::symlink(Utf8Path::new("nowhere"), &place.root.join("src/dangling")).unwrap();
    let mut lane = place.lane();
    lane.sync(&Stop::never()).unwrap();
    let kind = |path: &str| fs::kind(&lane.root().join(path));
    assert_eq!(kind("src/inside.rs"), Some(fs::FileKind::Link));
    assert_eq!(kind("src/dangling"), Some(fs::FileKind::Link));
    assert_eq!(kind("src/out.txt"), Some(fs::FileKind::File));
    assert_eq!(text(&lane, "src/out.txt").as_deref(), Some("out"));
    assert_eq!(lane.sync(&Stop::never()).unwrap(), super::Synced::default());
}

#[test]
fn what_a_file_refers_to_outside_is_copied_to_the_same_relative_place() {
    let place = place(&[("src/lib.rs", ""), ("../other/Cargo.toml", ""), ("../notes.md", "n")]);
    let follow = |file: &Utf8Path, _: &[u8]| {
        let up = file.parent().and_then(Utf8Path::parent).and_then(Utf8Path::parent).unwrap();
        if file.ends_with("lib.rs") { vec![up.join("other"), up.join("notes.md")] } else { vec![] }
    };
    let mut lane = Lane::open(place.sources(follow), &place.cache).unwrap();
    lane.sync(&Stop::never()).unwrap();
    assert_eq!(text(&lane, "../notes.md").as_deref(), Some("n"));
    assert_eq!(text(&lane, "../other/Cargo.toml").as_deref(), Some(""));
    assert_eq!(lane.sync(&Stop::never()).unwrap(), super::Synced::default());
}

#[test]
fn a_kept_file_stays_until_its_original_changes() {
    let place = place(&[("src/lib.rs", "")]);
    let mut lane = place.lane();
    lane.sync(&Stop::never()).unwrap();
    lane.overlay(Utf8Path::new("Cargo.lock"), "made here").unwrap();
    lane.keep(Utf8Path::new("Cargo.lock")).unwrap();
    lane.sync(&Stop::never()).unwrap();
    assert_eq!(text(&lane, "Cargo.lock").as_deref(), Some("made here"));
    place.write("Cargo.lock", "theirs");
    lane.sync(&Stop::never()).unwrap();
    assert_eq!(text(&lane, "Cargo.lock").as_deref(), Some("theirs"));
}

#[test]
fn a_lane_has_one_owner() {
    let place = place(&[("src/lib.rs", "")]);
    let _lane = place.lane();
    let second = Lane::open(place.sources(|_, _| Vec::new()), &place.cache);
    assert_eq!(second.unwrap_err().kind(), crate::error::Kind::Locked);
}
