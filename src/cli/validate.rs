//! `rustchain validate`: says what is wrong with mission files.

use camino::Utf8Path;

use super::args::Validate;
use super::context::Context;
use super::output::Output;
use crate::error::{Error, Result};
use crate::mission::{self, Document};
use crate::sys::fs;
use crate::text;

/// Checks every file and fails if one of them cannot be used.
pub fn run(context: &Context, output: &mut Output, options: &Validate) -> Result<()> {
    let mut bad = 0;
    for file in &options.files {
        if let Err(error) = check(context, output, file, options.strict) {
            output.error(&error);
            bad += 1;
        }
    }
    if bad == 0 {
        return Ok(());
    }
    let all = text::count(options.files.len(), "file");
    Err(Error::usage(format!("{bad} of {all} cannot be used")))
}

/// Checks one file and says what it is.
fn check(context: &Context, output: &mut Output, file: &Utf8Path, strict: bool) -> Result<()> {
    let bytes = fs::read(&context.cwd.join(file))?;
    let mut loaded = mission::parse(file.as_str(), &bytes)?;
    if strict {
        loaded = loaded.strict()?;
    }
    if !loaded.warnings.is_empty() {
        output.say(&loaded.warnings.render(output.colour()));
    }
    let what = match &loaded.document {
        Document::Mission(mission) => {
            format!("a mission of {}", text::count(mission.steps.len(), "step"))
        }
        Document::Campaign(campaign) => {
            format!("a campaign of {}", text::count(campaign.missions.len(), "mission"))
        }
    };
    output.data(&format!("{file}: {what}"))
}
