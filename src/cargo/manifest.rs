//! What only the text of a manifest or of a cargo configuration says.

use camino::{Utf8Path, Utf8PathBuf};
use toml::Value;

/// Returns whether the manifest turns the standard test harness off for a target.
///
/// `cargo metadata` does not tell. `section` is `lib`, `bin` or `test`; targets are compared by
/// name, the library needs none.
pub(super) fn without_harness(manifest: &toml::Table, section: &str, name: &str) -> bool {
    let off = |target: &Value| target.get("harness").and_then(Value::as_bool) == Some(false);
    match manifest.get(section) {
        Some(target @ Value::Table(_)) => off(target),
        Some(Value::Array(targets)) => targets
            .iter()
            .any(|target| target.get("name").and_then(Value::as_str) == Some(name) && off(target)),
        _ => false,
    }
}

/// Returns the relative paths in a manifest: of dependencies, patches and targets.
pub(super) fn manifest_paths(manifest: &toml::Table) -> Vec<Utf8PathBuf> {
    let mut paths = Vec::new();
    collect(manifest, &["path", "readme", "license-file"], &mut paths);
    paths
}

/// Returns the relative paths in a cargo configuration: vendored sources, overrides, patches and
/// included files, relative to the folder that holds `.cargo`.
pub(super) fn config_paths(config: &toml::Table) -> Vec<Utf8PathBuf> {
    let mut paths = Vec::new();
    let keys = ["path", "paths", "directory", "local-registry", "include", "linker", "runner"];
    collect(config, &keys, &mut paths);
    paths
}

/// Gathers the relative paths that stand under one of `keys`, at any depth.
fn collect(table: &toml::Table, keys: &[&str], found: &mut Vec<Utf8PathBuf>) {
    for (key, value) in table {
        gather(value, keys.contains(&key.as_str()), keys, found);
    }
}

/// Gathers from one value; strings count if `wanted`.
fn gather(value: &Value, wanted: bool, keys: &[&str], found: &mut Vec<Utf8PathBuf>) {
    match value {
        Value::String(text) if wanted && Utf8Path::new(text).is_relative() => {
            found.push(Utf8PathBuf::from(text));
        }
        Value::Array(values) => values.iter().for_each(|value| gather(value, wanted, keys, found)),
        Value::Table(table) => collect(table, keys, found),
        _ => (),
    }
}
