//! Tests of what is read from one file.

use super::linux;
use crate::source::lines::{doc_lines, fmt_lines};
use crate::source::syntax::parse;
use crate::source::{
    FunctionItem, Visibility, coverage_off_lines, failure_sites, functions, is_generated,
    production_tokens, test_code,
};

/// Checks which lines are test code: those that end with `// t`.
#[track_caller]
fn check_test_code(text: &str) {
    for text in [text.to_owned(), text.replace('\n', "\r\n"), format!("\u{feff}{text}")] {
        let code = test_code(&text, &linux()).expect("Rust");
        assert!(!code.whole_file);
        for (number, line) in (1..).zip(text.lines()) {
            assert_eq!(code.contains(number), line.ends_with("// t"), "{number}: {line}");
        }
        let mut ranges = code.lines.iter().zip(code.lines.iter().skip(1));
        assert!(ranges.all(|(one, next)| one.1 + 1 < next.0), "{:?}", code.lines);
    }
}

#[test]
fn items_under_cfg_test_are_test_code_with_their_docs_and_attributes() {
    check_test_code(
        "#![allow(dead_code)]
use std::fmt;
#[cfg(test)] // t
use std::rc::Rc; // t
/// Docs. // t
#[cfg(test)] // t
#[derive(Debug)] // t
struct OnlyInTests { // t
    field: u8, // t
} // t
struct Shipped {
    always: u8,
    #[cfg(test)] // t
    sometimes: u8, // t
}
impl Shipped {
    #[cfg(all(test, unix))] // t
    fn peek(&self) -> u8 { // t
        self.always // t
    } // t
    fn shipped(&self) {}
}
mod inner {
    #![allow(unused)]
    fn production() {}
    #[cfg(test)] // t
    mod tests { // t
        #[cfg(test)] // t
        mod nested {} // t
    } // t
}
mod all_of_it { // t
    #![cfg(test)] // t
} // t
fn last() {}
",
    );
}

#[test]
fn conditions_are_judged_by_what_is_set() {
    check_test_code(
        "#[cfg(not(test))]
fn a() {}
#[cfg(any(test, feature = \"std\"))]
fn b() {}
#[cfg(any(test, feature = r\"missing\"))] // t
fn c() {} // t
#[cfg(all(unix, not(windows), target_os = \"linux\"))]
fn d() {}
#[cfg(any())] // t
fn e() {} // t
#[cfg(all())]
fn f() {}
#[cfg(false)] // t
fn g() {} // t
#[cfg(version(\"1.90\"))]
fn h() {}
#[cfg_attr(feature = \"fast\", cfg(test))] // t
fn i() {} // t
#[cfg_attr(feature = \"missing\", cfg(test))]
fn j() {}
#[cfg_attr(all(), cfg_attr(unix, inline, cfg(windows)))] // t
fn k() {} // t
#[cfg(test,)] // t
fn l() {} // t
#[cfg(not(all(test, feature = \"std\")))]
fn m() {}
",
    );
}

#[test]
fn functions_with_a_test_attribute_are_test_code_anywhere() {
    check_test_code(
        "#[test] // t
fn a() {} // t
#[tokio::test(flavor = \"multi_thread\")] // t
async fn b() {} // t
#[test_case(1; \"one\")] // t
#[test_case(2)] // t
fn c(x: u8) {} // t
#[proptest] // t
fn d(x: u8) {} // t
#[inline]
fn testing() {}
#[cfg_attr(feature = \"fast\", test)] // t
fn e() {} // t
#[cfg_attr(windows, test)]
fn f() {}
",
    );
}

#[test]
fn parts_of_functions_can_be_test_code() {
    check_test_code(
        "fn f(a: u8) -> u8 {
    #[cfg(test)] // t
    println!(\"{a}\"); // t
    #[cfg(test)] // t
    let a = 3; // t
    let mut b = 1;
    #[cfg(test)] // t
    { // t
        b = 2; // t
    } // t
    #[cfg(test)] // t
    b = 3; // t
    let s = S {
        x: 1,
        #[cfg(test)] // t
        y: 2, // t
    };
    cfg_if! {
        if #[cfg(test)] {
            b = 4; // t
        } else {
            b = 5;
        }
    }
    match a {
        #[cfg(test)] // t
        1 => 2, // t
        _ => b,
    }
}
",
    );
}

#[test]
fn macros_around_items_are_looked_into_and_other_tokens_are_not() {
    check_test_code(
        "thread_local! {
    #[cfg(test)] // t
    static A: u8 = 1; // t
    static B: u8 = 2;
}
cfg_if::cfg_if! {
    if #[cfg(windows)] {
        fn c() {} // t
    } else {
        fn d() {}
        #[cfg(test)] // t
        fn e() {} // t
    }
}
macro_rules! m {
    () => {
        #[cfg(test)]
        mod tests {}
    };
}
fn f() {
    quote! {
        #[cfg(test)]
        mod tests {}
    }
}
",
    );
}

#[test]
fn strings_and_comments_are_no_code() {
    check_test_code(
        "const A: &str = \"
#[cfg(test)]
mod tests {\";
const B: &str = r##\"\"#
#[test]
\"##;
// #[cfg(test)]
/* #[cfg(test)]
/* nested */
#[test] */
fn f() -> char { '\"' }
#[cfg(test)] // t
const C: &str = r#\" // t
}}} // t
\"#; // t
fn g<'a>(x: &'a str) -> &'a str { x }
",
    );
}

#[test]
fn a_script_line_keeps_the_lines_in_their_place() {
    check_test_code("#!/usr/bin/env run\n\n#[cfg(test)] // t\nfn f() {} // t\n");
    check_test_code("#![cfg(unix)]\n#[cfg(test)] // t\nfn f() {} // t\n");
    check_test_code("#! [allow(unused)]\n#[cfg(test)] // t\nfn f() {} // t\n");
}

#[test]
fn a_whole_file_can_be_test_code() {
    for text in ["#![cfg(test)]\nfn f() {}\n", "//! Docs.\n#![cfg(all(test, feature = \"std\"))]\n"]
    {
        let code = test_code(text, &linux()).expect("Rust");
        assert!(code.whole_file && code.contains(77), "{text}");
        assert!(production_tokens(text).expect("Rust").is_empty(), "{text}");
    }
    assert!(!test_code("#![cfg(not(test))]\n", &linux()).expect("Rust").whole_file);
}

#[test]
fn text_that_is_not_rust_is_an_error_with_its_place() {
    let deep = "(".repeat(5000) + &")".repeat(5000);
    for (text, words) in [
        ("fn f( {\n", "not Rust at line 1"),
        ("fn f() {}\n  this is not\n", "not Rust at line 2, column 8"),
        ("\u{feff}#!/bin/sh\nfn f() {\n\"open", "not Rust at line 3"),
        (&*format!("const A: () = {deep};"), "the text nests too deeply"),
    ] {
        let error = production_tokens(text).expect_err(words).to_string();
        assert!(error.contains(words), "{error}");
    }
}

/// Checks that both texts have the same production code, or at which line they differ.
#[track_caller]
fn check_tokens(old: &str, new: &str, difference: Option<u32>) {
    let [old, new] = [old, new].map(|text| production_tokens(text).expect("Rust"));
    assert_eq!(new.first_difference(&old), difference);
    assert_eq!(old == new, difference.is_none());
}

#[test]
fn blanks_comments_and_test_code_do_not_change_production_code() {
    let old = "#!/bin/sh\n/// D\npub fn f(a: u8) -> u8 { a + 1 }\n";
    for new in [
        "\u{feff}/// D\npub fn f(a: u8)\r\n-> u8 {\r\n    a + 1 // more\r\n}\r\n",
        "#[doc = \" D\"] pub fn f(a:u8)->u8{a+1}",
        "/// D\npub fn f(a: u8) -> u8 { a + 1 }\n#[cfg(test)]\nmod tests { fn f( ) {} }",
        "#[test] fn t() {}\n/// D\npub fn f(a: u8) -> u8 { a + 1 }\n#[cfg(all(test, a))] use b;",
    ] {
        check_tokens(old, new, None);
    }
}

#[test]
fn every_other_change_is_found_at_its_line() {
    let old = "/// D\npub fn f(a: bool, b: bool) -> bool {\n    a && b\n}\nfn g() { m!(1) }\n";
    check_tokens(old, &old.replace("&&", "& &"), Some(3));
    check_tokens(old, &old.replace('D', "E"), Some(1));
    check_tokens(old, &old.replace("pub ", ""), Some(2));
    check_tokens(old, &old.replace("m!(1)", "m!(2)"), Some(5));
    check_tokens(old, &old.replace("m!(1)", "m![1]"), Some(5));
    check_tokens(old, &format!("{old}fn h() {{}}"), Some(6));
    check_tokens(&format!("{old}fn h() {{}}"), old, Some(5));
    // It is in a build without `test`, if another feature is set.
    check_tokens(old, &format!("{old}#[cfg(any(test, x))]\nmod tests {{}}"), Some(6));
    // What a macro makes of its tokens is not known.
    check_tokens(old, &format!("{old}m! {{ #[cfg(test)] mod t {{}} }}"), Some(6));
    check_tokens("fn f() { \"a\nb\" }", "fn f() { \"a\n  b\" }", Some(1));
}

#[test]
fn functions_are_found_with_their_paths() {
    let text = "\
mod inner {
    pub struct Parser<T>(T);
    impl<T> Parser<T> {
        /// Parses.
        ///
        /// # Panics
        ///
        /// Always.
        #[inline]
        pub fn parse(&self) {
            fn helper() {}
            helper();
        }
        pub(crate) fn r#type(&self) {}
    }
    impl<T> std::fmt::Display for &Parser<T> {
        fn fmt(&self) {}
    }
}
trait Shape {
    fn area(&self);
    fn twice(&self) {}
}
extern \"C\" { fn outside(); }
#[cfg(test)]
mod tests {
    fn helper() {}
}
";
    let found = functions(text).expect("Rust");
    let shown: Vec<String> = found.iter().map(show).collect();
    let expected = [
        "Public inner::Parser::parse 10-13 panics",
        "Private inner::Parser::parse::helper 11-11",
        "Restricted inner::Parser::r#type 14-14",
        "Public inner::Parser::fmt 17-17 of Display",
        "Public Shape::twice 22-22",
        "Private tests::helper 27-27 test",
    ];
    assert_eq!(shown, expected);
    assert_eq!(functions(&text.replace('\n', "\r\n")).expect("Rust"), found);
}

/// A function in words.
fn show(function: &FunctionItem) -> String {
    let who = match function.visibility {
        Visibility::Private => "Private",
        Visibility::Restricted => "Restricted",
        Visibility::Public => "Public",
    };
    let (start, end) = (function.start_line, function.end_line);
    let mut words = format!("{who} {} {start}-{end}", function.path);
    words.extend(function.of_trait.iter().flat_map(|name| [" of ", name]));
    words.extend(function.panics_documented.then_some(" panics"));
    words.extend(function.is_test.then_some(" test"));
    words
}

#[test]
fn lines_that_count_apart_are_found() {
    let text = "\
//! Docs
//! of two lines.

/** Block
 */
#[doc = \"attribute\"]
struct S; // no docs
impl std::fmt::Debug for S {
    fn fmt(&self, f: &mut F) -> R {
        Ok(())
    }
}
impl S {
    /// Not of a trait.
    #[coverage(off)]
    fn fmt(&self) {}
}
#[cfg_attr(nightly, coverage(off))]
fn left_out() {
}
#[coverage(on)]
fn counted() {}
fn pad(f: &mut std::fmt::Formatter<'_>) {}
";
    for text in [text.to_owned(), text.replace('\n', "\r\n"), format!("\u{feff}{text}")] {
        assert_eq!(parse(&text, doc_lines).expect("Rust"), [(1, 2), (4, 5), (14, 14)]);
        assert_eq!(parse(&text, fmt_lines).expect("Rust"), [(9, 11), (23, 23)]);
        assert_eq!(coverage_off_lines(&text).expect("Rust"), [(14, 16), (18, 20)]);
    }
    let whole = coverage_off_lines("#![coverage(off)]\nfn f() {}\n").expect("Rust");
    assert_eq!(whole, [(1, u32::MAX)]);
}

#[test]
fn only_comments_at_the_beginning_say_that_a_file_is_generated() {
    for text in [
        "// @generated\n",
        "\u{feff}/* Automatically generated by a tool */",
        "#![allow(x)]\n\n// Code generated by a tool. DO NOT EDIT.\n",
        "//! This file is generated by a script.\n//!\n//! Please do not edit it by hand.\n",
        "/*\n * @generated by a tool\n */\n",
    ] {
        assert!(is_generated(text), "{text}");
    }
    for text in [
        "",
        "const A: &str = \"@generated\";\n",
        "//! Configuration that people do not edit by hand.\n",
        "//! Finds files that are generated.\n",
        &format!("{}// @generated\n", "\n".repeat(20)),
    ] {
        assert!(!is_generated(text), "{text}");
    }
}

#[test]
fn failures_that_are_not_handled_are_found_at_their_place() {
    let text = "\
const A: u8 = B[0].unwrap();
static C: L = L::new(|| x.unwrap());
fn f(a: [u8; D[1]], s: &str) {
    let _ = a[2] + a.ü[i];
    let _ = &s[..];
    let _unused = r().ok()?;
    let _: R;
    (|| x.expect(\"y\"))();
    p!(\"{}\", x.unwrap(), y = z[3]);
    cfg_if! { if a { b.unwrap(); } }
    m! { let _ = 1; q.ok(); }
    x.unwrap_or(1).expect_err(\"y\");
    // x.unwrap()
    \"x.unwrap()\";
}
macro_rules! m { () => { x.unwrap() } }
";
    let expected = "2:27 unwrap, 4:9 let _, 4:14 index, 4:24 index, 5:9 let _, 6:23 ok, \
                    8:11 expect, 9:16 unwrap, 9:31 index, 10:24 unwrap, 11:14 let _, 11:23 ok";
    for text in [text.to_owned(), text.replace('\n', "\r\n"), format!("#!/bin/sh\n{text}")] {
        let moved = u32::from(text.starts_with("#!"));
        let sites = failure_sites(&text).expect("Rust");
        let shown = sites
            .iter()
            .map(|site| format!("{}:{} {}", site.line - moved, site.column, site.kind.name()));
        assert_eq!(shown.collect::<Vec<_>>().join(", "), expected);
    }
}
