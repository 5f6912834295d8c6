//! `rustchain mutate` on small crates.

use crate::harness::{Project, run};

const MANIFEST: &str = "\
[package]
name = \"small\"
version = \"0.1.0\"
edition = \"2021\"
[features]
other = []
";

/// A crate whose one test is weak.
fn project(lib: &str) -> Project {
    let project = Project::new();
    project.write("Cargo.toml", MANIFEST);
    project.write("src/lib.rs", lib);
    project
}

#[test]
fn the_list_has_what_is_no_test_code_and_other_features_too() {
    let project =
        project("pub mod a;\n#[cfg(feature = \"other\")]\npub mod b;\n#[cfg(test)]\nmod tests;\n");
    project.write("src/a.rs", "pub fn sum(a: u8, b: u8) -> u8 {\n    a + b\n}\n");
    project.write("src/b.rs", "pub fn not(a: bool) -> bool {\n    !a\n}\n");
    project.write("src/tests.rs", "#[test]\nfn one() { assert!(super::a::sum(1, 2) == 1 + 2); }\n");
    let before = project.tree();
    let done = run(&project, &["mutate", "--list"]);
    let expected = "\
src/a.rs:2:5: replace the body with `0` in `sum`
src/a.rs:2:5: replace the body with `1` in `sum`
src/a.rs:2:7: replace `+` with `-` in `sum`
src/a.rs:2:7: replace `+` with `*` in `sum`
src/b.rs:2:5: delete `!` in `not`
src/b.rs:2:5: replace the body with `true` in `not`
src/b.rs:2:5: replace the body with `false` in `not`
";
    assert_eq!((done.code, &*done.stdout), (0, expected), "{}", done.stderr);
    assert_eq!(project.tree(), before);
    let json = run(&project, &["mutate", "--list", "--json", "-f", "src/b.rs"]).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["mutants"][0]["operator"], "unary_operator");
    assert_eq!(json["mutants"].as_array().map(Vec::len), Some(3));
}

#[test]
fn a_file_without_production_code_is_refused() {
    let project = project("#[cfg(test)]\nmod tests;\n");
    project.write("src/tests.rs", "#[test]\nfn one() {}\n");
    let done = run(&project, &["mutate", "--list", "-f", "src/tests.rs"]);
    assert_eq!(done.code, 1, "{}", done.stdout);
    assert!(done.stderr.contains("`src/tests.rs` has no code"), "{}", done.stderr);
}
