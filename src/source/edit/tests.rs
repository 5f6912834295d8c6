//! Tests of insertion at the interface.

use super::*;
use crate::source::production_tokens;

const HOST: &str = "\
//! A shelf.

use std::fmt;

pub struct Shelf(u32);

impl fmt::Display for Shelf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, \"{}\", self.0)
    }
}
";

const TEST: &str = "\
#[test]
fn shows_the_number() {
    assert_eq!(Shelf(3).to_string(), \"3\");
}";

/// A file whose own module is the host.
fn file(text: &str) -> Host<'_> {
    Host { text, file_module: "shelf", child_folder: "shelf", modules: &[], sibling_text: None }
}

fn tests(functions: &[&str], imports: &[&str]) -> Tests {
    let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    Tests {
        imports: owned(imports),
        functions: owned(functions),
        origin: "1 test".to_owned(),
        needs_std: false,
    }
}

/// Inserts, and checks what holds for every insertion.
fn insert_into(host: &Host<'_>, tests: &Tests, placement: Placement) -> Edit {
    let edit = insert(host, tests, placement).expect("an edit");
    check_file(host.text, &edit.file);
    let old = production_tokens(host.text).expect("Rust");
    assert_eq!(old, production_tokens(&edit.file.text).expect("Rust"));
    if let Some(sibling) = &edit.sibling {
        check_file(host.sibling_text.unwrap_or_default(), &sibling.file);
        assert_eq!(sibling.created, host.sibling_text.is_none());
    }
    edit
}

/// Checks that only blocks were inserted, and that lines are counted right.
fn check_file(before: &str, after: &FileEdit) {
    let removal = remove(&after.text, &after.blocks);
    assert_eq!(removal, Removal { text: before.to_owned(), missing: Vec::new() });
    let [old, new] = [before, &after.text]
        .map(|text| text.trim_start_matches('\u{feff}').lines().collect::<Vec<&str>>());
    let is_new = |line: u32| after.lines.is_some_and(|(first, last)| first <= line && line <= last);
    let mut kept = Vec::new();
    for (number, line) in (1..).zip(&new) {
        assert_eq!(after.old_line(number).is_none(), is_new(number), "line {number}: {line}");
        kept.extend(after.old_line(number).map(|old| (old, number)));
    }
    assert_eq!(kept.len(), old.len());
    for ((number, moved), line) in kept.into_iter().zip(&old) {
        assert_eq!(after.new_line(number), moved);
        let text = new.get(moved as usize - 1).expect("a line");
        // A module in one line is broken up before its closing brace.
        assert!(text == line || is_new(moved + 1) && line.starts_with(text), "{text:?} {line:?}");
    }
}

fn inline(text: &str, functions: &[&str], imports: &[&str]) -> String {
    insert_into(&file(text), &tests(functions, imports), Placement::Inline).file.text
}

#[test]
fn a_file_without_tests_gets_a_module_at_its_end() {
    let expected = "
// rustchain: 1 test
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_the_number() {
        assert_eq!(Shelf(3).to_string(), \"3\");
    }
}
";
    let edit = insert_into(&file(HOST), &tests(&[TEST], &[]), Placement::Inline);
    assert_eq!(edit.file.text, format!("{HOST}{expected}"));
    assert_eq!(edit.file.blocks, [expected]);
    assert_eq!(edit.file.lines, Some((12, 22)));
    assert_eq!((&*edit.module, edit.sibling), ("tests", None));
}

#[test]
fn a_test_module_gets_the_tests_at_its_end() {
    let old = "mod tests {\n    use super::*;\n\n    #[test]\n    fn old() {}\n}\n";
    let text = format!("{HOST}\n#[cfg(test)]\n{old}\npub fn more() {{}}\n");
    let new = "
    // rustchain: 1 test
    use std::io::Read as _;

    #[test]
    fn shows_the_number() {
        assert_eq!(Shelf(3).to_string(), \"3\");
    }
";
    let edit =
        insert_into(&file(&text), &tests(&[TEST], &["std::io::Read as _"]), Placement::Inline);
    assert_eq!(edit.file.blocks, [new]);
    let grown = old.replace("fn old() {}\n", &format!("fn old() {{}}\n{new}"));
    assert_eq!(edit.file.text, text.replace(old, &grown));
    assert_eq!(edit.file.lines, Some((19, 26)));
}

#[test]
fn imports_that_are_in_scope_are_left_out() {
    let more = "use std::fmt;\nuse std::io::{self, Read as _};";
    let text = HOST.replace("use std::fmt;", more);
    let imports = [
        "crate::shelf::Shelf",
        "std::io",
        "std::io::Read as _",
        "std::io::Write as _",
        "std::rc::Rc",
        "crate::address::Address",
    ];
    let new = inline(&text, &[TEST], &imports);
    let expected = "
    use super::*;
    use crate::address::Address;
    use std::io::Write as _;
    use std::rc::Rc;

    #[test]
";
    assert!(new.contains(expected), "{new}");
}

#[test]
fn an_import_hides_another_name_in_a_new_module_only() {
    let tests = tests(&[TEST], &["crate::other::Shelf", "std::fmt::Error", "std::io::Error"]);
    let conflict = |import: &str, visible: &str| Conflict {
        import: import.to_owned(),
        visible: visible.to_owned(),
    };
    let edit = insert_into(&file(HOST), &tests, Placement::Inline);
    assert!(edit.file.text.contains("use crate::other::Shelf;\n    use std::fmt::Error;\n\n"));
    assert_eq!(edit.conflicts, [conflict("std::io::Error", "std::fmt::Error")]);

    let text =
        format!("{HOST}\n#[cfg(test)]\nmod tests {{\n    use super::*;\n    struct Error;\n}}\n");
    let edit = insert_into(&file(&text), &tests, Placement::Inline);
    assert_eq!(
        edit.conflicts,
        [
            conflict("crate::other::Shelf", "crate::shelf::Shelf"),
            conflict("std::fmt::Error", "crate::shelf::tests::Error"),
            conflict("std::io::Error", "crate::shelf::tests::Error"),
        ]
    );
    assert!(!edit.file.text.contains("use crate"));
}

#[test]
fn the_names_in_scope_are_known_with_their_paths() {
    let text = "
extern crate alloc;
mod part;
use part::Part as Piece;
use std::io;
use io::{Read as _, prelude::*};
use super::Money;
macro_rules! sum { () => {} }
const _: () = ();
#[cfg(test)]
mod tests {
    use super::{*, part::inner::Deep};
    use proptest::prelude::*;
    fn helper() {}
    #[test]
    fn works() {}
}
";
    let visible = file(text).visible(Placement::Inline).expect("names");
    let names = visible.names.iter().map(|(name, known)| {
        let own = if known.own { " own" } else { "" };
        format!("{name}={}{own}", known.path)
    });
    let expected = [
        "Deep=crate::shelf::part::inner::Deep own",
        "Money=crate::Money",
        "Piece=crate::shelf::part::Part",
        "alloc=alloc",
        "helper=crate::shelf::tests::helper own",
        "io=std::io",
        "part=crate::shelf::part",
        "sum=crate::shelf::sum",
        "tests=crate::shelf::tests",
        "works=crate::shelf::tests::works own",
    ];
    assert_eq!(names.collect::<Vec<_>>(), expected);
    assert_eq!(Vec::from_iter(visible.unnamed.clone()), ["std::io::Read"]);
    assert_eq!(Vec::from_iter(visible.globs.clone()), ["proptest::prelude", "std::io::prelude"]);
    assert_eq!(visible.module.as_deref(), Some("tests"));
    assert!(visible.takes("works") && visible.takes("part") && !visible.takes("fails"));
}

#[test]
fn a_test_whose_name_is_taken_is_refused() {
    let test = "#[test]\nfn fmt() {}";
    let error = insert(&file(HOST), &tests(&[test], &[]), Placement::Inline).expect_err("taken");
    assert_eq!(error.message(), "the name `fmt` of a test is taken");
    let twice = insert(&file(HOST), &tests(&[TEST, TEST], &[]), Placement::Inline);
    assert!(twice.is_err());
    assert!(insert(&file(HOST), &tests(&["struct A;"], &[]), Placement::Inline).is_err());
    assert!(insert(&file("not rust"), &tests(&[TEST], &[]), Placement::Inline).is_err());
}

#[test]
fn only_a_module_that_is_always_there_and_sees_the_host_is_used() {
    for module in [
        "#[cfg(test)]\nmod tests {\n    use super::Shelf;\n}\n",
        "#[cfg(all(test, unix))]\nmod tests {\n    use super::*;\n}\n",
        "#[cfg(test)]\n#[cfg(unix)]\nmod tests {\n    use super::*;\n}\n",
        "#[cfg(test)]\nmod tests {\n    #![cfg(unix)]\n    use super::*;\n}\n",
        "#[cfg(test)]\n#[cfg_attr(unix, cfg(unix))]\nmod tests {\n    use super::*;\n}\n",
        "mod tests {\n    use super::*;\n}\n",
        "#[cfg(test)]\nmod tests;\n",
    ] {
        let text = format!("{HOST}\n{module}");
        let edit = insert_into(&file(&text), &tests(&[TEST], &[]), Placement::Inline);
        assert_eq!(edit.module, "generated_tests", "{module}");
        let again = insert_into(&file(&edit.file.text), &tests(&[OTHER], &[]), Placement::Inline);
        assert_eq!(again.module, "generated_tests");
    }
    let text = format!("{HOST}fn tests() {{}}\nmod generated_tests {{}}\n");
    let edit = insert_into(&file(&text), &tests(&[TEST], &[]), Placement::Inline);
    assert_eq!(edit.module, "generated_tests_2");
}

#[test]
fn an_inline_module_can_be_the_host() {
    let modules = ["outer".to_owned(), "inner".to_owned()];
    let text = "\
mod outer {
\tpub mod inner {
\t\tfn f() {}
\t\t// the end
\t}
}
fn after() {}
";
    let host = Host { modules: &modules, ..file(text) };
    let test = "#[test]\nfn g() {\n    if true {\n        f();\n    }\n}";
    let edit =
        insert_into(&host, &tests(&[test], &["crate::shelf::outer::inner::f"]), Placement::Inline);
    let expected = "
\t\t// rustchain: 1 test
\t\t#[cfg(test)]
\t\tmod tests {
\t\t\tuse super::*;

\t\t\t#[test]
\t\t\tfn g() {
\t\t\t\tif true {
\t\t\t\t\tf();
\t\t\t\t}
\t\t\t}
\t\t}
";
    assert_eq!(edit.file.blocks, [expected]);
    assert_eq!(edit.module, "outer::inner::tests");
    assert!(edit.file.text.contains("\t\t// the end\n\n\t\t// rustchain"));

    let edit = insert_into(&host, &tests(&[test], &[]), Placement::Sibling);
    assert_eq!(edit.file.blocks, ["\n\t\t#[cfg(test)]\n\t\tmod tests;\n"]);
    assert_eq!(edit.sibling.expect("a file").path, "shelf/outer/inner/tests.rs");

    let missing = Host { modules: &["gone".to_owned()], ..file(text) };
    let error = insert(&missing, &tests(&[test], &[]), Placement::Inline).expect_err("no module");
    assert_eq!(error.message(), "the file has no module `gone`");
}

#[test]
fn modules_in_one_line_and_empty_ones_are_broken_up() {
    let modules = ["inner".to_owned()];
    for (text, expected) in [
        ("mod inner {}\n", "mod inner {\n    // rustchain: 1 test\n    #[cfg(test)]\n"),
        ("mod inner {\n}\n", "mod inner {\n    // rustchain: 1 test\n    #[cfg(test)]\n"),
        ("mod inner { fn f() {} }\n", "fn f() {} \n\n    // rustchain: 1 test\n    #[cfg(test)]\n"),
        ("  mod inner { // {\n  }", "  mod inner { // {\n\n      // rustchain: 1 test\n"),
        ("mod inner {\n\n}\n", "mod inner {\n\n    // rustchain: 1 test\n    #[cfg(test)]\n"),
    ] {
        let host = Host { modules: &modules, ..file(text) };
        let new = insert_into(&host, &tests(&[TEST], &[]), Placement::Inline).file.text;
        assert!(new.contains(expected), "{new}");
    }
}

#[test]
fn a_test_file_beside_is_added_to() {
    let text = format!("{HOST}\n#[cfg(test)]\nmod tests;\n");
    assert_eq!(file(&text).sibling().expect("Rust").as_deref(), Some("shelf/tests.rs"));
    let moved = text.replace("mod tests;", "#[path = \"shelf_tests.rs\"]\nmod tests;");
    assert_eq!(file(&moved).sibling().expect("Rust").as_deref(), Some("shelf_tests.rs"));
    assert_eq!(file(HOST).sibling().expect("Rust"), None);

    let beside = "use super::*;\nuse std::rc::Rc;\n\n#[test]\nfn old() {}\n";
    let host = Host { sibling_text: Some(beside), ..file(&text) };
    let tests = tests(&[TEST], &["std::rc::Rc"]);
    for placement in [Placement::Inline, Placement::Sibling] {
        let edit = insert_into(&host, &tests, placement);
        let sibling = edit.sibling.expect("a file");
        assert_eq!((&*edit.module, &*sibling.path), ("tests", "shelf/tests.rs"));
        assert_eq!(sibling.file.text, format!("{beside}\n// rustchain: 1 test\n{TEST}\n"));
        assert_eq!((edit.file.text, edit.file.blocks), (text.clone(), Vec::new()));
    }
}

#[test]
fn a_test_file_beside_is_made() {
    let edit = insert_into(&file(HOST), &tests(&[TEST], &["std::rc::Rc"]), Placement::Sibling);
    assert_eq!(edit.file.text, format!("{HOST}\n#[cfg(test)]\nmod tests;\n"));
    let sibling = edit.sibling.expect("a file");
    let expected = format!("// rustchain: 1 test\nuse super::*;\nuse std::rc::Rc;\n\n{TEST}\n");
    assert_eq!((&*sibling.path, &*sibling.file.text), ("shelf/tests.rs", &*expected));
    assert_eq!(child_folder("lib.rs", true), "");
    let root = Host { child_folder: child_folder("tool.rs", true), ..file(HOST) };
    let edit = insert_into(&root, &tests(&[TEST], &[]), Placement::Sibling);
    assert_eq!(edit.sibling.expect("a file").path, "tests.rs");
}

#[test]
fn a_crate_without_the_standard_library_gets_it_in_its_tests() {
    let functions = "#[test]\nfn a() {\n    let text: String = format!(\"{}\", 1);\n    \
        assert!(text != std::vec::Vec::<u8>::new().len().to_string());\n}";
    let no_std = Tests { needs_std: true, ..tests(&[functions], &[]) };
    let text = "#![no_std]\nextern crate alloc;\nuse alloc::string::ToString;\n";
    let new = insert_into(&file(text), &no_std, Placement::Inline).file.text;
    let expected = "
    extern crate std;

    use super::*;
    use std::format;
    use std::string::String;

    #[test]
";
    assert!(new.contains(expected), "{new}");
    let functions = functions.replace("fn a", "fn b");
    let more = Tests { needs_std: true, ..tests(&[&functions], &[]) };
    let twice = insert_into(&file(&new), &more, Placement::Inline).file.text;
    assert_eq!(twice.matches("extern crate std").count(), 1);
    assert_eq!(twice.matches("use std::format;").count(), 1);
}

const OTHER: &str = "\
#[test]
fn tells_lines_apart() {
    let text = \"ä
  kept {
\";
    assert_eq!(text.lines().count(), 2, r#\"
\"#);
}";

#[test]
fn literals_keep_their_lines() {
    let text = format!("{HOST}\n#[cfg(test)]\nmod tests {{\n\tuse super::*;\n}}\n");
    let new = inline(&text, &[OTHER], &[]);
    let expected = "
\t// rustchain: 1 test
\t#[test]
\tfn tells_lines_apart() {
\t\tlet text = \"ä
  kept {
\";
\t\tassert_eq!(text.lines().count(), 2, r#\"
\"#);
\t}
}
";
    assert!(new.ends_with(expected), "{new}");
}

#[test]
fn earlier_insertions_are_found_again() {
    let new = inline(HOST, &[TEST], &[]);
    let origin = |origin: &str, function| Tests {
        origin: origin.to_owned(),
        ..tests(&[function], &["std::rc::Rc"])
    };
    let again = insert_into(&file(&new), &origin("run 2", OTHER), Placement::Inline).file.text;
    let blocks = generated_tests(&again);
    let block = |origin: &str, test: &str, lines| GeneratedBlock {
        origin: origin.to_owned(),
        tests: vec![test.to_owned()],
        lines,
    };
    let expected = [
        block("1 test", "tests::shows_the_number", (13, 34)),
        block("run 2", "tests::tells_lines_apart", (23, 33)),
    ];
    assert_eq!(blocks, expected);

    let comments = "/*\n// rustchain: no\n*/\nconst A: &str = \"\n// rustchain: no\n\";\n";
    let flat = format!(
        "{comments}// rustchain: yes\nuse super::*;\n\n{TEST}\n\nfn mine() {{}}\n{OTHER}\n"
    );
    let blocks = generated_tests(&flat);
    assert_eq!(blocks, [block("yes", "shows_the_number", (7, 13))]);
    assert_eq!(generated_tests("// rustchain: not rust\n}"), []);
}

#[test]
fn an_edited_block_is_not_removed() {
    let edit = insert_into(&file(HOST), &tests(&[TEST], &[]), Placement::Inline);
    let edited = edit.file.text.replace("\"3\"", "\"4\"");
    let removal = remove(&edited, &edit.file.blocks);
    assert_eq!(removal, Removal { text: edited, missing: vec![0] });
    let more = insert_into(&file(&edit.file.text), &tests(&[OTHER], &[]), Placement::Inline);
    let both = [edit.file.blocks, more.file.blocks].concat();
    assert_eq!(remove(&more.file.text, &both).text, HOST);
}

#[test]
fn whatever_the_text_is_like_only_the_block_is_new() {
    let sources = [
        "",
        "// nothing but a comment\n\n",
        "pub fn f() {}",
        "pub fn f() {}   ",
        "#![deny(missing_docs)]
#![forbid(unsafe_code)]
//! Docs.

/// F.
pub fn f() {}


",
        "const A: &str = \"ä }}} ö\";\nconst B: &str = r##\"\n} { \"# \"##;\n/* } /* { */ */",
        "macro_rules! m { () => { mod x {} } }\nm! {}",
        "fn f() { /* ü */ }\n#[cfg(test)]\nmod tests { use super::*; }",
        "#[cfg(test)] mod tests { use super::*; /* { */ }\n// the end",
        "é!();
/// Ä
#[cfg(test)]
mod test
{
  use super::*;

  // last {
  }
fn after() {}
",
        HOST,
        include_str!("place.rs"),
        include_str!("../syntax.rs"),
        include_str!("../../error.rs"),
    ];
    for source in sources {
        for preamble in ["", "\u{feff}", "#!/usr/bin/env run\n", "\u{feff}#!/bin/sh\n"] {
            let source = format!("{preamble}{source}");
            for text in [source.replace('\n', "\r\n"), source] {
                for placement in [Placement::Inline, Placement::Sibling] {
                    check_everything(&text, placement);
                }
            }
        }
    }
}

/// Inserts twice, and finds the tests again.
fn check_everything(text: &str, placement: Placement) {
    let edit = insert_into(&file(text), &tests(&[TEST, OTHER], &["std::rc::Rc"]), placement);
    let beside = edit.sibling.as_ref().map(|sibling| &*sibling.file.text);
    let (tests_text, module) = beside.map_or((&*edit.file.text, "tests::"), |text| (text, ""));
    let module = if edit.module == "test" { "test::" } else { module };
    let names = ["shows_the_number", "tells_lines_apart"].map(|name| format!("{module}{name}"));
    let found: Vec<String> =
        generated_tests(tests_text).into_iter().flat_map(|block| block.tests).collect();
    assert_eq!(found, names, "{tests_text}");
    if text.contains("\r\n") {
        let all = tests_text.matches('\n').count();
        assert_eq!(tests_text.matches("\r\n").count(), all, "{tests_text:?}");
    }
    let third = TEST.replace("shows", "counts");
    let again = Host { sibling_text: beside, ..file(&edit.file.text) };
    let again = insert_into(&again, &tests(&[&third], &["std::rc::Rc"]), placement);
    assert_eq!(again.module, edit.module);
    assert!(again.conflicts.is_empty());
}
