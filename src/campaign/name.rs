//! Names of generated missions: their files, categories and priorities.

use std::fmt::Write as _;

use crate::mission::Priority;

/// Most characters that the path of the source file adds to the name of its mission.
const PATH_MAX: usize = 150;

/// Returns the name of the mission file with this number for this source file.
pub fn mission_file(number: u32, source: &str) -> String {
    let words = source.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' });
    let words: Vec<char> = words.collect();
    // The end of a path tells more than its beginning.
    let words: String = words.iter().skip(words.len().saturating_sub(PATH_MAX)).collect();
    format!("coverage_mission_{number:03}_{words}.yaml")
}

/// Returns the number in the name of a mission file, if it is a generated name.
pub fn number(mission_file: &str) -> Option<u32> {
    let rest = mission_file.strip_prefix("coverage_mission_")?;
    rest.split('_').next()?.parse().ok()
}

/// Returns the category of a source file: its first folder below `src` in capitals, or `MISC`.
pub fn category(source: &str) -> String {
    let mut below = source.split('/').skip_while(|part| *part != "src").skip(1);
    match (below.next(), below.next()) {
        (Some(folder), Some(_)) => folder.to_uppercase(),
        _ => "MISC".to_owned(),
    }
}

/// Returns how urgent a file with this share of covered lines is, given what it should have.
pub fn priority(percent: f64, target: f64) -> Priority {
    if percent < 50.0 {
        Priority::High
    } else if percent < target {
        Priority::Medium
    } else {
        Priority::Low
    }
}

/// Returns the word for a priority in mission files.
pub fn priority_word(priority: Priority) -> &'static str {
    match priority {
        Priority::High => "HIGH",
        Priority::Medium => "MEDIUM",
        Priority::Low => "LOW",
    }
}

/// Returns `text` as a YAML scalar: plain where that is safe, quoted otherwise.
pub fn scalar(text: &str) -> String {
    let safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | ' ');
    let starts_plainly = text.starts_with(|c: char| c.is_ascii_alphabetic());
    let word = matches!(
        text.to_ascii_lowercase().as_str(),
        "true" | "false" | "null" | "yes" | "no" | "on" | "off" | "y" | "n"
    );
    if starts_plainly && !word && text.chars().all(safe) && !text.ends_with(' ') {
        return text.to_owned();
    }
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => drop(write!(quoted, "\\u{:04x}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_holds_number_and_path() {
        assert_eq!(mission_file(7, "src/cli/args.rs"), "coverage_mission_007_src_cli_args_rs.yaml");
        assert_eq!(number("coverage_mission_007_src_cli_args_rs.yaml"), Some(7));
        assert_eq!(number("000_master.yaml"), None);
    }

    #[test]
    fn a_long_path_keeps_its_end() {
        let name = mission_file(1, &format!("{}/end.rs", "long".repeat(100)));
        assert!(name.len() < 200 && name.ends_with("_end_rs.yaml"), "{name}");
    }

    #[test]
    fn the_category_is_the_folder_of_the_module() {
        assert_eq!(category("src/engine/run.rs"), "ENGINE");
        assert_eq!(category("crates/a/src/io/deep/x.rs"), "IO");
        assert_eq!(category("src/lib.rs"), "MISC");
        assert_eq!(category("build.rs"), "MISC");
    }

    #[test]
    fn scalars_that_would_change_their_meaning_are_quoted() {
        assert_eq!(scalar("src/a.rs"), "src/a.rs");
        assert_eq!(scalar("no"), "\"no\"");
        assert_eq!(scalar("1.5"), "\"1.5\"");
        assert_eq!(scalar("a: b"), "\"a: b\"");
        assert_eq!(scalar("q\"\n"), "\"q\\\"\\u000a\"");
    }
}
