//! Which files outside the workspace a file of the workspace refers to.

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

use super::manifest;
use crate::sys::fs;

/// Returns the absolute paths that a manifest, a cargo configuration or a Rust file refers to.
///
/// A guess on the safe side: in Rust every string that begins by going up (`"../x"`, and `"/../x"`
/// as after `env!("CARGO_MANIFEST_DIR")`) counts, for `include_str!`, `#[path]` and for what tests
/// open when they run. What does not exist is not copied anyway.
pub(super) fn references(file: &Utf8Path, bytes: &[u8]) -> Vec<Utf8PathBuf> {
    let Some(folder) = file.parent() else { return Vec::new() };
    let name = file.file_name().unwrap_or_default();
    let text = || String::from_utf8_lossy(bytes).into_owned();
    let config = folder.file_name() == Some(".cargo") && matches!(name, "config" | "config.toml");
    let found = if name == "Cargo.toml" {
        let Ok(table) = text().parse::<toml::Table>() else { return Vec::new() };
        let mut paths = from(folder, &manifest::manifest_paths(&table));
        paths.extend(inherited(folder, &table));
        paths
    } else if config {
        let Ok(table) = text().parse::<toml::Table>() else { return Vec::new() };
        from(folder.parent().unwrap_or(folder), &manifest::config_paths(&table))
    } else if file.extension() == Some("rs") {
        strings_that_go_up(folder, &text())
    } else {
        Vec::new()
    };
    // A folder counts if it is a package, or a source that a configuration names.
    let folder = |path: &Utf8Path| fs::kind(path) == Some(fs::FileKind::Folder);
    let fits = |path: &Utf8PathBuf| config || !folder(path) || fs::exists(&path.join("Cargo.toml"));
    found.into_iter().filter(fits).collect()
}

/// The paths relative to `folder`, made absolute; targets and dependencies alike.
fn from(folder: &Utf8Path, paths: &[Utf8PathBuf]) -> Vec<Utf8PathBuf> {
    paths.iter().filter_map(|path| resolve(folder, path)).collect()
}

/// The manifest a package inherits from: the nearest one above that declares a workspace.
fn inherited(folder: &Utf8Path, table: &toml::Table) -> Option<Utf8PathBuf> {
    if table.contains_key("workspace") {
        return None;
    }
    let named = table.get("package").and_then(|package| package.get("workspace"));
    if let Some(named) = named.and_then(toml::Value::as_str) {
        return resolve(folder, &Utf8Path::new(named).join("Cargo.toml"));
    }
    let above = folder.ancestors().skip(1).map(|folder| folder.join("Cargo.toml"));
    above.filter(|manifest| fs::exists(manifest)).find(|manifest| {
        let text = fs::read_to_string(manifest).unwrap_or_default();
        text.parse::<toml::Table>().is_ok_and(|table| table.contains_key("workspace"))
    })
}

/// Resolves every string of a Rust file that goes up: against the file's folder, or against the
/// package's if it begins with a slash.
fn strings_that_go_up(folder: &Utf8Path, text: &str) -> Vec<Utf8PathBuf> {
    let pieces = text.split('"').skip(1);
    let mut found = Vec::new();
    for piece in pieces {
        if piece.starts_with("../") {
            found.extend(resolve(folder, Utf8Path::new(piece)));
        } else if piece.starts_with("/../") {
            let mut above = folder.ancestors();
            let package = above.find(|folder| fs::exists(&folder.join("Cargo.toml")));
            let relative = Utf8Path::new(piece.trim_start_matches('/'));
            found.extend(package.and_then(|package| resolve(package, relative)));
        }
    }
    found.retain(|path| fs::kind(path) == Some(fs::FileKind::File));
    found
}

/// Joins and removes the dots; `None` if it goes up beyond the root or cannot be a path.
fn resolve(folder: &Utf8Path, relative: &Utf8Path) -> Option<Utf8PathBuf> {
    if relative.as_str().contains(['\n', '\0', '{']) {
        return None;
    }
    let mut path = folder.to_owned();
    for component in relative.components() {
        match component {
            Utf8Component::ParentDir => {
                if !path.pop() {
                    return None;
                }
            }
            Utf8Component::CurDir => (),
            other => path.push(other),
        }
    }
    Some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_are_resolved_and_the_root_is_not_left() {
        let resolve = |path| resolve(Utf8Path::new("/a/b"), Utf8Path::new(path));
        assert_eq!(resolve("../c/./d.txt").as_deref(), Some(Utf8Path::new("/a/c/d.txt")));
        assert_eq!(resolve("../../../x"), None);
    }

    #[test]
    fn a_manifest_names_its_path_dependencies_and_targets() {
        let manifest = [
            "dependencies.a.path = '../a'",
            "lib.path = '../shared/lib.rs'",
            "target.'cfg(unix)'.dev-dependencies.b.path = '../../b'",
        ];
        let manifest = manifest.join("\n");
        let found = references(Utf8Path::new("/w/x/Cargo.toml"), manifest.as_bytes());
        assert_eq!(found, ["/w/a", "/w/shared/lib.rs", "/b"]);
    }
}
