//! Tests of the module tree.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use super::linux;
use crate::source::{ModuleTree, Role, module_subtree, module_tree, plain_path};

/// The tree of files given as path and text; the first is the root.
fn tree(files: &[(&str, &str)]) -> ModuleTree {
    let texts: BTreeMap<&str, &str> = files.iter().copied().collect();
    let read = |path: &Utf8Path| texts.get(path.as_str()).map(|text| (*text).to_owned());
    let root = files.first().map_or("", |(path, _)| *path);
    module_tree(Utf8Path::new(root), &read, &linux())
}

/// Checks which files are found, as `path module` with a letter for the role, and that nothing is
/// wrong.
#[track_caller]
fn check(files: &[(&str, &str)], expected: &[&str]) {
    let tree = tree(files);
    assert_eq!(found(&tree), expected);
    assert!(tree.problems.is_empty(), "{:?}", tree.problems);
}

/// The files of a tree in words, by the text of their path.
fn found(tree: &ModuleTree) -> Vec<String> {
    let mut files: Vec<_> = tree.files.iter().collect();
    files.sort_by_key(|(path, _)| path.as_str());
    let files = files.into_iter().map(|(path, file)| {
        let role = match file.role {
            Role::Production => 'p',
            Role::Test => 't',
            Role::Absent => 'a',
        };
        format!("{role} {path} {}", file.module).trim_end().to_owned()
    });
    files.collect()
}

#[test]
fn modules_lie_beside_the_root_and_below_other_files() {
    let files = [
        ("src/lib.rs", "mod a; pub mod b; mod r#type;"),
        ("src/a.rs", "mod deep;"),
        ("src/a/deep.rs", "mod er;"),
        ("src/a/deep/er.rs", ""),
        ("src/b/mod.rs", "mod flat;"),
        ("src/b/flat.rs", ""),
        ("src/type.rs", ""),
        ("src/forgotten.rs", ""),
    ];
    check(
        &files,
        &[
            "p src/a.rs a",
            "p src/a/deep.rs a::deep",
            "p src/a/deep/er.rs a::deep::er",
            "p src/b/flat.rs b::flat",
            "p src/b/mod.rs b",
            "p src/lib.rs",
            "p src/type.rs type",
        ],
    );
}

#[test]
fn a_path_is_relative_to_the_file_and_in_a_module_to_its_folder() {
    let files = [
        (
            "src/lib.rs",
            "#[path = \"./x/../one.rs\"] mod a; mod b; #[path = \"odd\"] mod c { mod d; }",
        ),
        ("src/one.rs", "mod beside;"),
        ("src/beside.rs", ""),
        ("src/b.rs", "mod inner { #[path = \"two.rs\"] mod e; mod f; } #[path = \"g.rs\"] mod g;"),
        ("src/b/inner/two.rs", ""),
        ("src/b/inner/f.rs", ""),
        ("src/g.rs", ""),
        ("src/odd/d.rs", ""),
    ];
    check(
        &files,
        &[
            "p src/b.rs b",
            "p src/b/inner/f.rs b::inner::f",
            "p src/b/inner/two.rs b::inner::e",
            "p src/beside.rs a::beside",
            "p src/g.rs b::g",
            "p src/lib.rs",
            "p src/odd/d.rs c::d",
            "p src/one.rs a",
        ],
    );
}

#[test]
fn a_file_is_test_code_if_nothing_else_declares_it() {
    let files = [
        (
            "src/lib.rs",
            "#[cfg(test)] mod tests;\n\
             #[cfg(any(test, feature = \"extra\"))] mod helper;\n\
             #[cfg(any(test, feature = \"fast\"))] mod shipped;\n\
             #[cfg(windows)] mod windows;\n\
             #[cfg_attr(test, path = \"fake.rs\")] mod real;\n\
             #[cfg(test)] #[path = \"shared.rs\"] mod once;\n\
             #[path = \"shared.rs\"] mod twice;\n\
             #[cfg(test,)] mod comma;",
        ),
        ("src/tests.rs", "mod inner;"),
        ("src/tests/inner.rs", ""),
        ("src/helper.rs", ""),
        ("src/shipped.rs", ""),
        ("src/windows.rs", ""),
        ("src/real.rs", ""),
        ("src/fake.rs", ""),
        ("src/shared.rs", ""),
        ("src/comma.rs", ""),
    ];
    check(
        &files,
        &[
            "t src/comma.rs comma",
            "t src/fake.rs real",
            "t src/helper.rs helper",
            "p src/lib.rs",
            "p src/real.rs real",
            "p src/shared.rs twice",
            "p src/shipped.rs shipped",
            "t src/tests.rs tests",
            "t src/tests/inner.rs tests::inner",
            "a src/windows.rs windows",
        ],
    );
}

#[test]
fn a_file_that_says_of_itself_that_it_is_for_tests_leads_to_tests() {
    let files = [
        ("src/lib.rs", "mod inner; mod plain;"),
        ("src/inner.rs", "#![cfg(test)]\nmod more;"),
        ("src/inner/more.rs", ""),
        ("src/plain.rs", ""),
    ];
    let tree = tree(&files);
    assert!(tree.files.get(Utf8Path::new("src/inner.rs")).is_some_and(|f| f.test_code.whole_file));
    assert!(found(&tree).contains(&"t src/inner/more.rs inner::more".to_owned()));
}

#[test]
fn macros_that_are_given_items_pass_them_on() {
    let files = [
        (
            "src/lib.rs",
            "cfg_rt! { mod runtime; }\n\
             cfg_if::cfg_if! {\n\
                 if #[cfg(windows)] { mod windows; }\n\
                 else if #[cfg(test)] { mod fake; }\n\
                 else { mod unix; }\n\
             }\n\
             cfg_select! { test => { mod chosen; } _ => {} }\n\
             macro_rules! later { () => { mod never; } }\n\
             include!(\"parts/some.rs\");\n\
             include!(concat!(env!(\"OUT_DIR\"), \"/made.rs\"));",
        ),
        ("src/runtime.rs", ""),
        ("src/windows.rs", ""),
        ("src/fake.rs", ""),
        ("src/unix.rs", ""),
        ("src/chosen.rs", ""),
        ("src/parts/some.rs", "mod beside;"),
        ("src/parts/beside.rs", ""),
    ];
    check(
        &files,
        &[
            "t src/chosen.rs chosen",
            "t src/fake.rs fake",
            "p src/lib.rs",
            "p src/parts/beside.rs beside",
            "p src/parts/some.rs",
            "p src/runtime.rs runtime",
            "p src/unix.rs unix",
            "a src/windows.rs windows",
        ],
    );
}

#[test]
fn what_is_missing_or_not_rust_is_told_if_it_is_part_of_the_crate() {
    let files = [
        ("src/lib.rs", "\nmod gone; mod broken; #[cfg(windows)] mod elsewhere;"),
        ("src/broken.rs", "fn f( {"),
    ];
    let problems = tree(&files).problems;
    assert_eq!(problems.len(), 2, "{problems:?}");
    let [first, second] = [0, 1].map(|index| problems.get(index).map_or("", String::as_str));
    assert_eq!(first, "`mod gone;` at src/lib.rs:2 has no file `src/gone.rs`");
    assert!(second.starts_with("cannot parse `src/broken.rs`: not Rust at line 1"), "{second}");
    assert_eq!(tree(&[]).problems, ["cannot read ``"]);
}

#[test]
fn files_that_declare_each_other_come_to_an_end() {
    let files = [
        ("src/lib.rs", "#[path = \"a.rs\"] mod a;"),
        ("src/a.rs", "#[path = \"a.rs\"] mod a; include!(\"a.rs\");"),
    ];
    // Both ways lead back to the file, so that the walk doubles at each level if nothing stops it.
    assert_eq!(found(&tree(&files)), ["p src/a.rs a", "p src/lib.rs"]);
}

#[test]
fn a_file_that_a_macro_declares_is_the_root_of_its_own_tree() {
    let read = |path: &Utf8Path| match path.as_str() {
        "src/a.rs" => Some("mod b; #[cfg(test)] mod tests;".to_owned()),
        "src/a/b.rs" | "src/a/tests.rs" => Some(String::new()),
        _ => None,
    };
    let tree = module_subtree(Utf8Path::new("src/a.rs"), &read, &linux());
    assert_eq!(found(&tree), ["p src/a.rs", "p src/a/b.rs b", "t src/a/tests.rs tests"]);
}

#[test]
fn a_plain_path_has_no_dots() {
    for (path, plain) in [
        ("src/a/../b/./c.rs", "src/b/c.rs"),
        ("/src/../../x.rs", "/x.rs"),
        ("../x/../y.rs", "../y.rs"),
        ("a\\b.rs", "a\\b.rs"),
    ] {
        assert_eq!(plain_path(Utf8Path::new(path)), Utf8PathBuf::from(plain));
    }
}
