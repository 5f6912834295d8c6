//! What every command starts from: the project's folder, its settings, the clock, the stop.

use camino::{Utf8Path, Utf8PathBuf};

use super::args::{Global, Select};
use super::config::{self, Environment, Settings};
use crate::cargo::{Selection, Surroundings};
use crate::error::{Error, Result};
use crate::sys::{Process, Stop, fs};

/// What a command needs to know before it begins.
#[derive(Debug)]
pub struct Context {
    /// The folder from which relative paths of the command line count.
    pub cwd: Utf8PathBuf,
    /// The folder with `missions/`, `registry/` and `.rustchain/`.
    pub root: Utf8PathBuf,
    /// The folder of the work copies of all projects.
    pub cache: Utf8PathBuf,
    /// The project's configuration.
    pub settings: Settings,
    /// Whether a person asked for an end.
    pub stop: Stop,
    /// Whether the user named the project.
    pub named: bool,
    /// The surroundings of the program.
    pub environment: Environment,
}

impl Context {
    /// Finds the project that `global` names, or the one around the current folder, and reads its
    /// settings.
    pub fn new(global: &Global, environment: Environment) -> Result<Self> {
        let stop = Stop::on_signals()?;
        let cwd = environment.cwd.clone();
        let root = match &global.project {
            Some(project) => named(&cwd.join(project), &stop)?,
            None => find_root(&cwd, &stop)?,
        };
        let (settings, cache) = configured(&root, &environment)?;
        Ok(Self { cwd, root, cache, settings, stop, named: global.project.is_some(), environment })
    }

    /// Returns what concerns cargo.
    pub fn surroundings(&self) -> Surroundings {
        Surroundings {
            cache: self.cache.clone(),
            cargo_home: self.environment.cargo_home.clone(),
            program: self.environment.program.clone(),
            workspace_wrapper: self.environment.workspace_wrapper.clone(),
        }
    }

    /// Returns which packages and features a command is about: what it says, else what the
    /// configuration says.
    pub fn selection(&self, asked: &Select) -> Selection {
        let settings = &self.settings;
        let features = if asked.features.is_empty() { &settings.features } else { &asked.features };
        Selection {
            packages: asked.package.clone(),
            features: features.clone(),
            all_features: asked.all_features || settings.all_features,
            no_default_features: asked.no_default_features || settings.no_default_features,
        }
    }

    /// Returns this context for the project around `file`, unless the user named another one or
    /// no project is there.
    pub fn around(self, file: &Utf8Path) -> Result<Self> {
        let folder = file.ancestors().skip(1).find(|folder| fs::exists(folder));
        let (false, Some(folder)) = (self.named, folder) else { return Ok(self) };
        let found = project_around(&fs::canonicalize(folder)?, &self.stop);
        let Some(root) = found.filter(|root| *root != self.root) else { return Ok(self) };
        let (settings, cache) = configured(&root, &self.environment)?;
        Ok(Self { root, cache, settings, ..self })
    }
}

/// The settings of a project, and where its work copies live.
fn configured(root: &Utf8Path, environment: &Environment) -> Result<(Settings, Utf8PathBuf)> {
    let settings = config::read(root)?;
    let cache = settings.cache.as_ref().map(|cache| root.join(cache));
    let cache = cache.unwrap_or_else(|| environment.cache.clone());
    Ok((settings, cache))
}

/// Finds the project in a folder that the user named.
fn named(project: &Utf8Path, stop: &Stop) -> Result<Utf8PathBuf> {
    let folder = fs::canonicalize(project).map_err(|error| {
        error.context(format!("no project in `{project}`")).hint("name a folder that exists")
    })?;
    if fs::kind(&folder) == Some(fs::FileKind::Folder) {
        Ok(workspace(&folder, stop).unwrap_or(folder))
    } else {
        Err(Error::usage(format!("`{project}` is not a folder"))
            .hint("name the folder that holds `Cargo.toml`"))
    }
}

/// Returns the project around `folder`: its cargo workspace, else the nearest folder above with a
/// `rustchain.toml`, else `folder` itself.
pub fn find_root(folder: &Utf8Path, stop: &Stop) -> Result<Utf8PathBuf> {
    let folder = fs::canonicalize(folder)?;
    Ok(project_around(&folder, stop).unwrap_or(folder))
}

/// The cargo workspace around `folder`, else the nearest folder above with a configuration.
fn project_around(folder: &Utf8Path, stop: &Stop) -> Option<Utf8PathBuf> {
    let configured =
        || folder.ancestors().find(|dir| fs::exists(&dir.join(config::FILE_NAME))).map(Into::into);
    workspace(folder, stop).or_else(configured)
}

/// The root of the cargo workspace around `folder`, if there is one that cargo can read.
fn workspace(folder: &Utf8Path, stop: &Stop) -> Option<Utf8PathBuf> {
    folder.ancestors().find(|dir| fs::exists(&dir.join("Cargo.toml")))?;
    let cargo = Process::new("cargo").cwd(folder);
    let located = cargo.args(["locate-project", "--workspace", "--message-format", "plain"]);
    let located = located.run(stop).ok().filter(crate::sys::Finished::success)?;
    let manifest = Utf8PathBuf::from(String::from_utf8(located.stdout).ok()?.trim());
    manifest.parent().map(Utf8Path::to_owned)
}
