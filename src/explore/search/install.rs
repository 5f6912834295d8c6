//! Puts the generated modules into the lane's copy of the crate, and nowhere else.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use crate::cargo::Workshop;
use crate::error::{Error, Result};
use crate::explore::model::{Crate, Module};
use crate::explore::target::Host;
use crate::sys::fs;

/// Where the generated modules of one crate go.
#[derive(Debug, Clone)]
pub struct Install {
    folder: Utf8PathBuf,
    /// The modules of the hosts, in their order.
    modules: Vec<Module>,
    /// The crate root, relative to the workspace root.
    root: Utf8PathBuf,
    /// Original texts of the files of the hosts, by path relative to the workspace root.
    originals: BTreeMap<Utf8PathBuf, String>,
    /// Whether the crate's edition needs `extern crate`.
    extern_crate: bool,
}

impl Install {
    /// Creates one for `hosts`; generated modules are written into `folder`.
    ///
    /// Fails if a source file of the lane cannot be read.
    pub fn new(
        workshop: &Workshop,
        krate: &Crate,
        hosts: &[Host],
        folder: Utf8PathBuf,
        edition: &str,
    ) -> Result<Self> {
        let module = |id| krate.modules.get(&id).cloned();
        let modules: Option<Vec<Module>> = hosts.iter().map(|host| module(host.module)).collect();
        let root = module(krate.root).ok_or_else(|| Error::internal("a crate without a root"))?;
        let modules = modules.ok_or_else(|| Error::internal("a host without a module"))?;
        let root = Utf8PathBuf::from(&root.span.file);
        let mut originals = BTreeMap::new();
        let files = modules.iter().map(|module| Utf8PathBuf::from(&module.span.file));
        for file in files.chain([root.clone()]) {
            let text = fs::read_to_string(&workshop.lane.root().join(&file))?;
            originals.insert(file, text);
        }
        fs::create_dir_all(&folder)?;
        Ok(Self { folder, modules, root, originals, extern_crate: edition == "2015" })
    }

    /// Returns the file of the generated module of a host.
    pub fn file(&self, host: usize) -> Utf8PathBuf {
        self.folder.join(format!("host_{host}.rs"))
    }

    /// Returns the host whose generated module is `file`.
    pub fn host_of(&self, file: &Utf8Path) -> Option<usize> {
        let own = file.parent().is_some_and(|parent| parent.ends_with(&self.folder))
            || file.starts_with(&self.folder);
        let name = file.file_stem().filter(|_| own)?;
        name.strip_prefix("host_")?.parse().ok()
    }

    /// Overlays the files of the lane with declarations of the generated modules.
    pub fn apply(&self, workshop: &mut Workshop, hosts: &[Host]) -> Result<()> {
        let mut texts = self.originals.clone();
        // From the end of each file to its start, so that places stay right.
        let mut order: Vec<usize> = (0..self.modules.len()).collect();
        order.sort_by_key(|index| std::cmp::Reverse(self.modules[*index].span.end));
        for index in order {
            if !hosts.get(index).is_some_and(|host| host.candidates.iter().any(|c| c.alive)) {
                continue;
            }
            let module = &self.modules[index];
            let declaration = format!(
                "#[cfg(test)] #[path = \"{}\"] mod rustchain_explore_{index};",
                self.file(index)
            );
            let Some(text) = texts.get_mut(Utf8Path::new(&module.span.file)) else { continue };
            if module.inline {
                if let Some(at) = closing_brace(text, module) {
                    text.insert_str(at, &declaration);
                }
            } else {
                text.push('\n');
                text.push_str(&declaration);
                text.push('\n');
            }
        }
        if self.extern_crate
            && let Some(text) = texts.get_mut(&self.root)
        {
            text.push_str("\n#[cfg(test)] extern crate rustchain_rt;\n");
        }
        for (file, text) in texts {
            workshop.lane.overlay(&file, &text)?;
        }
        Ok(())
    }
}

/// The byte at which the closing brace of an inline module stands.
fn closing_brace(text: &str, module: &Module) -> Option<usize> {
    let (line, column) = module.span.end;
    let (line, column) = (usize::try_from(line).ok()?, usize::try_from(column).ok()?);
    let start: usize = text.split_inclusive('\n').take(line.checked_sub(1)?).map(str::len).sum();
    let row = text.get(start..)?.lines().next()?;
    let (at, _) = row.char_indices().nth(column.checked_sub(2)?)?;
    (text.get(start + at..)?.starts_with('}')).then_some(start + at)
}
