//! `rustchain init`: prepares a project without touching what it already has.

use camino::Utf8Path;

use super::config;
use super::context::Context;
use super::output::Output;
use crate::error::Result;
use crate::sys::fs;

/// What a new configuration file says.
const CONFIGURATION: &str = include_str!("../../templates/rustchain.toml");

/// The folders of a project that uses missions.
const FOLDERS: [&str; 3] = ["missions", "missions/done", "registry"];

/// What git should not see: runs, their events and their reports.
const IGNORED: &str = "/.rustchain/";

/// Makes what is missing and says what was made.
pub fn run(context: &Context, output: &mut Output) -> Result<()> {
    let root = &context.root;
    let mut made = Vec::new();
    for folder in FOLDERS {
        if !fs::exists(&root.join(folder)) {
            fs::create_dir_all(&root.join(folder))?;
            made.push(format!("{folder}/"));
        }
    }
    let configuration = root.join(config::FILE_NAME);
    if !fs::exists(&configuration) {
        fs::write_atomic(&configuration, CONFIGURATION.as_bytes())?;
        made.push(config::FILE_NAME.to_owned());
    }
    if ignore_runs(root)? {
        made.push(format!(".gitignore (the line `{IGNORED}`)"));
    }
    if made.is_empty() {
        output.say(&format!("`{root}` has everything already"));
    } else {
        output.say(&format!("made in `{root}`:"));
        for name in made {
            output.say(&format!("  {name}"));
        }
        output.say("next: `rustchain generate` writes a mission for every file below its target");
    }
    Ok(())
}

/// Adds the line for runs to `.gitignore`, in the file's own line ends, unless it is there.
fn ignore_runs(root: &Utf8Path) -> Result<bool> {
    let path = root.join(".gitignore");
    let old = if fs::exists(&path) { fs::read_to_string(&path)? } else { String::new() };
    let present = |line: &str| line.trim().trim_matches('/') == IGNORED.trim_matches('/');
    if old.lines().any(present) {
        return Ok(false);
    }
    let end = if old.contains("\r\n") { "\r\n" } else { "\n" };
    let gap = if old.is_empty() || old.ends_with('\n') { "" } else { end };
    fs::write_atomic(&path, format!("{old}{gap}{IGNORED}{end}").as_bytes())?;
    Ok(true)
}
