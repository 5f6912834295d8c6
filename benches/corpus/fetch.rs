//! The sources of the crates, as cargo has them.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use camino::{Utf8Path, Utf8PathBuf};
use cargo_metadata::MetadataCommand;
use rustchain::error::{Error, Result};
use rustchain::sys::{Process, Stop, fs};

use crate::manifest::Pinned;

/// Returns the folder of each crate's sources by its name, after cargo has fetched them.
///
/// `scratch` becomes a package that depends on all of them. Fails with an environment error if
/// cargo cannot get one; nothing is asked of the network if all of them are there.
pub fn sources(
    crates: &[Pinned],
    scratch: &Utf8Path,
    stop: &Stop,
) -> Result<BTreeMap<String, Utf8PathBuf>> {
    let mut manifest = "[package]\nname = \"corpus\"\nedition = \"2021\"\n\n[workspace]\n\n\
                        [dependencies]\n"
        .to_owned();
    for (number, Pinned { name, version, .. }) in crates.iter().enumerate() {
        let line = format!("c{number} = {{ package = \"{name}\", version = \"={version}\" }}");
        writeln!(manifest, "{line}").map_err(|e| Error::internal("no memory").because(e))?;
    }
    fs::write_copy(&scratch.join("Cargo.toml"), manifest.as_bytes(), false)?;
    fs::write_copy(&scratch.join("src/lib.rs"), b"", false)?;
    let metadata = match metadata(scratch, &["--offline"], stop) {
        Ok(metadata) => metadata,
        Err(_) => metadata(scratch, &[], stop)?,
    };
    let mut found = BTreeMap::new();
    for pinned in crates {
        let package = metadata.packages.iter().find(|package| {
            *package.name == pinned.name && package.version.to_string() == pinned.version
        });
        let folder = package.and_then(|package| package.manifest_path.parent());
        let folder = folder
            .ok_or_else(|| Error::environment(format!("cargo did not fetch `{}`", pinned.name)))?;
        found.insert(pinned.name.clone(), folder.to_owned());
    }
    Ok(found)
}

/// What `cargo metadata` says of a folder.
pub fn metadata(folder: &Utf8Path, args: &[&str], stop: &Stop) -> Result<cargo_metadata::Metadata> {
    let done = Process::new("cargo")
        .args(["metadata", "--format-version", "1"])
        .args(args)
        .cwd(folder)
        .run(stop)?;
    if !done.success() {
        return Err(Error::environment(format!("`cargo metadata` fails in `{folder}`"))
            .because(done.stderr_text()));
    }
    MetadataCommand::parse(done.stdout_text())
        .map_err(|error| Error::environment("cannot read `cargo metadata`").because(error))
}
