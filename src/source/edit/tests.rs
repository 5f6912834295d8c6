//! Tests of insertion at the interface.

use super::*;

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
    if let Some(sibling) = &edit.sibling {
        check_file(host.sibling_text.unwrap_or_default(), &sibling.file);
        assert_eq!(sibling.created, host.sibling_text.is_none());
    }
    edit
}

fn check_file(before: &str, after: &FileEdit) {
    let removal = remove(&after.text, &after.blocks);
    assert_eq!(removal, Removal { text: before.to_owned(), missing: Vec::new() });
    syn::parse_file(&after.text).expect("still Rust");
    let (old, new): (Vec<_>, Vec<_>) =
        (before.split('\n').collect(), after.text.split('\n').collect());
    for (number, line) in (1..).zip(&old) {
        let moved = after.new_line(number);
        assert_eq!(after.old_line(moved), Some(number));
        let same = new.get(moved as usize - 1) == Some(line);
        let split = after.lines.is_some_and(|(first, _)| first == number + 1);
        assert!(same || split || number as usize == old.len(), "line {number}: {line:?}");
    }
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
