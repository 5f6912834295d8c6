//! The box around builds: compilers, linkers, build scripts and procedural macros.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use super::hook::{FOLDER as HOOKS, Links};
use super::workshop::Workshop;
use crate::error::Result;
use crate::sandbox::{Limits, Phase, Policy, Sandbox, View};
use crate::sys::{Process, fs};

/// What of cargo's home a build reads: not the credentials.
const CARGO_HOME: [&str; 5] = ["registry", "git", "bin", "config.toml", "config"];

/// What names of variables end with that lead to libraries and tools.
const PLACES: [&str; 6] = ["_DIR", "_DIRS", "_PATH", "_ROOT", "_HOME", "_PREFIX"];

/// What names of variables begin with that lead elsewhere.
const NO_PLACES: [&str; 8] = ["AWS_", "CARGO_", "DOCKER_", "GIT_", "GNUPG", "KUBE", "SSH_", "XDG_"];

/// What names of variables have in them that hold secrets.
const SECRETS: [&str; 10] = [
    "TOKEN",
    "SECRET",
    "PASSW",
    "PASSPHRASE",
    "CREDENTIAL",
    "PRIVATE_KEY",
    "APIKEY",
    "API_KEY",
    "COOKIE",
    "_AUTH",
];

/// What names of variables end with that hold secrets.
const SECRETS_AT_END: [&str; 3] = ["_KEY", "_PAT", "_DSN"];

/// What names of variables begin with that cargo sets, about packages that everybody may read.
const PACKAGE: &str = "CARGO_PKG_";

/// The box of the builds in one lane.
#[derive(Debug)]
pub(super) struct BuildBox {
    sandbox: Sandbox,
    policy: Policy,
}

impl BuildBox {
    /// Opens the box. The work tree can be read and the target folder written; there is no network.
    pub(super) fn open(workshop: &Workshop, sandbox: &Sandbox) -> Result<Self> {
        let lane = &workshop.lane;
        let mut read = vec![lane.folder().to_owned(), workshop.toolchain.sysroot.clone()];
        read.push(workshop.surroundings.program.clone());
        read.push(workshop.shared_runtime());
        fs::create_dir_all(&workshop.shared_runtime())?;
        read.extend(workshop.toolchain.rustup_home());
        read.extend(workshop.surroundings.workspace_wrapper.clone());
        read.extend(CARGO_HOME.map(|name| workshop.surroundings.cargo_home.join(name)));
        let variables = Process::new("cargo").environment();
        let home = variables.get("HOME").map(Utf8PathBuf::from);
        let private: Vec<Utf8PathBuf> =
            home.into_iter().chain([workshop.surroundings.cargo_home.clone()]).collect();
        let configs = configurations(workshop);
        let named = configs.iter().flat_map(|file| named(file));
        let more = places(&variables).into_iter().chain(named);
        read.extend(more.filter(|place| harmless(place, &private)));
        read.extend(configs.clone());
        read.retain(|path| fs::exists(path));
        let hooks = lane.folder().join(HOOKS);
        let write = vec![lane.target(), hooks];
        let view = View { phase: Phase::Build, read: read.clone(), write };
        let policy = Policy {
            phase: Phase::Build,
            read,
            write: vec![lane.target()],
            cwd: lane.root(),
            limits: Limits::build(),
            ..Policy::new(lane.scratch().join("build"))
        };
        Ok(Self { sandbox: sandbox.opened(&view)?, policy })
    }

    /// Puts a process of cargo, which goes through `links`, into the box.
    pub(super) fn boxed(
        &self,
        workshop: &Workshop,
        process: Process,
        links: &Links,
    ) -> Result<Process> {
        let mut env = process.environment();
        env.retain(|name, value| !is_secret(name, value));
        let homes = [
            ("CARGO_HOME", Some(workshop.surroundings.cargo_home.clone())),
            ("RUSTUP_HOME", workshop.toolchain.rustup_home()),
        ];
        for (name, home) in homes {
            env.extend(home.map(|home| (name.to_owned(), home.into_string())));
        }
        // What cargo would clean up is not ours, and cannot be written.
        env.insert("CARGO_CACHE_AUTO_CLEAN_FREQUENCY".to_owned(), "never".to_owned());
        // A cache of compilers is asked through the network, which is not there.
        env.insert("RUSTC_WRAPPER".to_owned(), String::new());
        let cfgs = links.cfgs_folder();
        fs::create_dir_all(&cfgs)?;
        fs::create_dir_all(&workshop.lane.target())?;
        let mut policy = Policy { env, ..self.policy.clone() };
        policy.write.push(cfgs);
        self.sandbox.boxed(process, &policy)
    }
}

/// Folders and files that variables name.
fn places(variables: &BTreeMap<String, String>) -> Vec<Utf8PathBuf> {
    let leads = |name: &str| {
        let place = name == "PATH" || PLACES.iter().any(|end| name.ends_with(end));
        place && !NO_PLACES.iter().any(|start| name.starts_with(start))
    };
    let values = variables.iter().filter(|(name, _)| leads(name)).map(|(_, value)| value);
    let paths = values.flat_map(|value| value.split(':')).map(Utf8PathBuf::from);
    paths.filter(|path| path.is_absolute()).collect()
}

/// The files of cargo's configuration, and the manifests, that cargo finds above the lane's root.
fn configurations(workshop: &Workshop) -> Vec<Utf8PathBuf> {
    let root = workshop.lane.root();
    let above = root.ancestors().flat_map(|folder| {
        [".cargo/config.toml", ".cargo/config", "Cargo.toml"].map(|name| folder.join(name))
    });
    let home = &workshop.surroundings.cargo_home;
    let own = ["config.toml", "config"].map(|name| home.join(name));
    above.chain(own).filter(|file| fs::exists(file)).collect()
}

/// What absolute paths a configuration names: vendored sources, linkers, further configurations.
fn named(file: &Utf8Path) -> Vec<Utf8PathBuf> {
    fn collect(value: &toml::Value, paths: &mut Vec<Utf8PathBuf>) {
        match value {
            toml::Value::String(text) => paths.push(text.into()),
            toml::Value::Array(items) => items.iter().for_each(|item| collect(item, paths)),
            toml::Value::Table(table) => table.values().for_each(|item| collect(item, paths)),
            _ => (),
        }
    }
    let table = fs::read_to_string(file).ok().and_then(|text| text.parse::<toml::Table>().ok());
    let mut paths = Vec::new();
    collect(&toml::Value::Table(table.unwrap_or_default()), &mut paths);
    paths.retain(|path| path.is_absolute());
    paths
}

/// Whether a place may be shown to a build: it holds none of the private folders.
fn harmless(place: &Utf8Path, private: &[Utf8PathBuf]) -> bool {
    let real = fs::canonicalize(place).unwrap_or_else(|_| place.to_owned());
    let holds = |folder: &Utf8PathBuf| {
        let folder = fs::canonicalize(folder).unwrap_or_else(|_| folder.clone());
        folder.starts_with(&real)
    };
    !private.iter().any(holds)
}

/// Whether a variable holds what a build has to do without.
fn is_secret(name: &str, value: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    let with_password = value.split_once("://").is_some_and(|(_, rest)| {
        let authority = rest.split('/').next().unwrap_or_default();
        authority.split_once('@').is_some_and(|(user, _)| user.contains(':'))
    });
    let named = SECRETS.iter().any(|word| upper.contains(word))
        || SECRETS_AT_END.iter().any(|word| upper.ends_with(word));
    with_password || (named && !upper.starts_with(PACKAGE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn builds_do_without_secrets_and_keep_the_rest() {
        for name in ["GITHUB_TOKEN", "AWS_SECRET_ACCESS_KEY", "npm_config__auth", "SSH_AUTH_SOCK"] {
            assert!(is_secret(name, "x"), "{name}");
        }
        assert!(is_secret("DATABASE_URL", "postgres://me:word@host/db"));
        for name in ["PKG_CONFIG_PATH", "CC", "RUSTFLAGS", "CARGO_PKG_AUTHORS", "AUTHOR", "LANG"] {
            assert!(!is_secret(name, "/usr"), "{name}");
        }
        assert!(!is_secret("HTTPS_PROXY", "http://proxy:8080/"));
    }

    #[test]
    fn a_place_that_holds_the_home_is_not_shown() {
        let private = ["/home/me".into(), "/home/me/.cargo".into()];
        assert!(harmless("/home/me/.local/bin".into(), &private));
        assert!(!harmless("/home/me".into(), &private) && !harmless("/".into(), &private));
    }

    #[test]
    fn variables_lead_to_places_unless_they_are_about_something_else() {
        let variables = [
            ("PATH", "/a/bin:/b/bin"),
            ("OPENSSL_DIR", "/c"),
            ("XDG_RUNTIME_DIR", "/run/user/1"),
            ("EDITOR", "/usr/bin/vi"),
            ("PKG_CONFIG_PATH", "relative"),
        ];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        assert_eq!(places(&variables), ["/c", "/a/bin", "/b/bin"]);
    }
}
