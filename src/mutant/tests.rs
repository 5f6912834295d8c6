//! Tests of finding mutants.

use super::{Graft, Mutant, find};

/// The mutants of a text as `line:column change in function`.
fn titles(text: &str) -> Vec<String> {
    let found = find(text).unwrap();
    found.iter().map(|one| format!("{}:{} {}", one.line, one.column, one.title())).collect()
}

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    assert_eq!(titles(text), expected);
}

/// How each mutant is built in: the text it covers, or a reason.
fn grafts(text: &str) -> Vec<String> {
    let cut = |bytes: &std::ops::Range<usize>| text.get(bytes.clone()).unwrap();
    let graft = |one: &Mutant| match &one.graft {
        Graft::Body(at) => format!("body {at}"),
        Graft::Choice(bytes) => format!("{} <- {}", cut(bytes), one.replacement),
        Graft::Arm(at) => format!("arm {at}"),
        Graft::Guard(bytes) => format!("guard {}", cut(bytes)),
        Graft::Alone(reason) => format!("alone: {reason}"),
        Graft::Never(reason) => format!("never: {reason}"),
    };
    find(text).unwrap().iter().map(graft).collect()
}

#[test]
fn a_body_is_replaced_by_every_value_but_the_one_it_has() {
    check("fn f() -> bool { true }", &["1:18 replace the body with `false` in `f`"]);
    check("fn f() {}", &[]);
    check("fn f() -> ! { loop {} }", &[]);
    check(
        "impl A { fn g(&self) -> Result<Option<&str>, E> { h(self) } }",
        &[
            "1:51 replace the body with `Ok(None)` in `A::g`",
            "1:51 replace the body with `Ok(Some(\"\"))` in `A::g`",
            "1:51 replace the body with `Ok(Some(\"xyzzy\"))` in `A::g`",
        ],
    );
}

#[test]
fn operators_guards_arms_and_fields_are_mutated() {
    check(
        "fn f() { a <= b; !c; x += 1; match y { 1 if d => 2, 3 => 4, _ => 5 }; S { a: 1, ..b } }",
        &[
            "1:10 replace the body with `()` in `f`",
            "1:12 replace `<=` with `>` in `f`",
            "1:18 delete `!` in `f`",
            "1:24 replace `+=` with `-=` in `f`",
            "1:24 replace `+=` with `*=` in `f`",
            "1:45 replace the guard `d` with `true` in `f`",
            "1:45 replace the guard `d` with `false` in `f`",
            "1:53 delete the arm `3` in `f`",
            "1:75 delete the field `a` in `f`",
        ],
    );
}

#[test]
fn tests_unsafe_functions_and_what_says_so_are_left_alone() {
    check("#[cfg(test)] mod t { fn f() { a + b; } }", &[]);
    check("#[test]\nfn f() { a + b; }", &[]);
    check("unsafe fn f() { a + b; }", &[]);
    check("#[mutants::skip] fn f() { a + b; }", &[]);
    check("impl A { fn new() -> A { B } }", &[]);
}

#[test]
fn an_operator_that_binds_otherwise_is_read_together_with_its_neighbours() {
    let body = |code: &str| grafts(&format!("const A: fn() = || {{ {code}; }};"));
    assert_eq!(body("a + b == c")[..2], ["a + b <- -", "a + b <- *"]);
    assert_eq!(body("a + b + c")[1], "a + b + c <- *");
    assert_eq!(body("a * b + c == d")[..2], ["a * b + c <- +", "a * b <- /"]);
    assert_eq!(body("a && b || c")[0], "a && b || c <- ||");
    assert_eq!(body("(a && b) == c")[0], "a && b <- ||");
    assert_eq!(body("a as u8 > b")[1], "never: the result is not an expression");
}

#[test]
fn what_cannot_share_a_build_is_built_alone() {
    assert_eq!(grafts("const A: u8 = 1 + 2;")[0], "alone: it is evaluated by the compiler");
    assert_eq!(grafts("fn f() -> impl Iterator<Item = u8> { x() }").len(), 3);
    let text = "fn f() { if let A = b && c {} }";
    assert_eq!(grafts(text)[1], "never: `let` cannot stand beside `||`");
    assert_eq!(grafts("fn f() { #![allow(x)] x() }"), ["body 21"]);
}

#[test]
fn a_mutant_is_the_text_with_some_bytes_replaced() {
    let text = "fn f() -> u8 { match a { 1 => 2, _ => 3 } }";
    let found = find(text).unwrap();
    let texts: Vec<String> = found.iter().filter_map(|one| one.apply(text)).collect();
    assert_eq!(texts[0], "fn f() -> u8 { 0 }");
    assert_eq!(texts[2], "fn f() -> u8 { match a {  _ => 3 } }");
}
