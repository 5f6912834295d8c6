//! Paths in missions: relative to the project root, and never out of it.

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

/// Returns the path without `.`, or why it may not be used: absolute, with `..`, empty, or with a
/// control character.
///
/// Links are not looked at, since that takes the file system.
pub fn inside(text: &str) -> Result<Utf8PathBuf, String> {
    let shown = text.escape_debug();
    if text.trim().is_empty() {
        return Err("the path is empty".to_owned());
    }
    if text.chars().any(char::is_control) {
        return Err(format!("the path `{shown}` has a control character in it"));
    }
    let mut path = Utf8PathBuf::new();
    for component in Utf8Path::new(text).components() {
        match component {
            Utf8Component::Normal(name) => path.push(name),
            Utf8Component::CurDir => (),
            Utf8Component::ParentDir => {
                return Err(format!("the path `{shown}` leads out of the project"));
            }
            Utf8Component::RootDir | Utf8Component::Prefix(_) => {
                return Err(format!("the path `{shown}` is not relative to the project"));
            }
        }
    }
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_stays_inside() {
        assert_eq!(inside("./src/./a.rs").as_deref(), Ok(Utf8Path::new("src/a.rs")));
        assert_eq!(inside("."), Ok(Utf8PathBuf::new()));
        for path in ["", " ", "..", "a/../b", "../a", "/etc/passwd", "a\0b", "a\u{1b}[31m"] {
            assert!(inside(path).is_err(), "{path:?}");
        }
    }
}
