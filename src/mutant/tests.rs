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

/// The text with all its mutants, numbered from 0.
fn schema(text: &str) -> (String, Vec<Mutant>, super::schema::Schema) {
    let found = find(text).unwrap();
    let numbered: Vec<(u32, &Mutant)> = (0..).zip(&found).collect();
    let schema = super::schema::write(text, &numbered);
    (schema.text.clone(), found, schema)
}

#[test]
fn alternatives_stand_around_what_was_there_on_the_same_lines() {
    let text = "fn f() -> bool {\n    a == b\n}\n";
    let expected = "fn f() -> bool { if rustchain_mu::on(0u32) { return true; } \
                    if rustchain_mu::on(1u32) { return false; }\n    \
                    (if rustchain_mu::off(2u32) { a == b } else { a != b })\n}\n";
    let (text, ..) = schema(text);
    assert_eq!(text, expected);
}

#[test]
fn every_schema_of_nested_code_is_rust() {
    let text = "fn f(x: u8) -> u8 {\n    match x {\n        1 if !a && b + c * d == e => -x,\n\
                2 => g(|y| y - 1),\n        _ => S { a: b | c, ..h() }.a,\n    }\n}\n";
    let (written, found, _) = schema(text);
    assert_eq!(found.len(), 18);
    assert_eq!(written.lines().count(), text.lines().count());
    syn::parse_file(&written).unwrap();
}

#[test]
fn an_error_leads_to_the_mutant_whose_own_rust_it_is_in_or_to_those_around() {
    let (written, found, schema) = schema("fn f() -> bool {\n    g(a == b, c)\n}\n");
    let at = |part: &str| {
        let start = written.find(part).unwrap();
        start..start + part.len()
    };
    let number = found.iter().position(|one| one.replacement == "!=").unwrap();
    let number = u32::try_from(number).unwrap();
    assert_eq!(schema.blame(&at("a != b")).own, [number].into());
    let around = schema.blame(&at("a == b"));
    assert!(around.own.is_empty());
    assert_eq!(around.around, [number].into());
}

#[test]
fn verdicts_add_up_and_what_was_skipped_leaves_no_score() {
    use super::{Tally, Verdict};
    let tally = Tally::of([Verdict::Killed, Verdict::Timeout, Verdict::Missed, Verdict::Unreached]);
    assert_eq!((tally.total(), tally.score()), (4, Some(50.0)));
    let partial = Tally::of([Verdict::Killed, Verdict::Skipped]);
    assert_eq!((partial.total(), partial.score()), (2, None));
    assert_eq!(Tally::of([Verdict::Unviable]).score(), None);
}
