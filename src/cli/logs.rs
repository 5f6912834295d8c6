//! `rustchain logs why`: how a mission ended, and what the gates had against its tests.

use std::collections::BTreeMap;

use super::args::Why;
use super::context::Context;
use super::output::Output;
use crate::campaign::{self, Objection};
use crate::error::Result;

/// Prints what the latest run with the mission says of it.
pub fn why(context: &Context, output: &mut Output, options: &Why) -> Result<()> {
    let run = options.run.as_deref().map(str::parse).transpose()?;
    let why = campaign::why(&context.root, &options.mission, run.as_ref())?;
    output.data(&format!("{}: {} (run {})", why.mission, why.name, why.run))?;
    let outcome = match why.outcome.replace('_', " ") {
        outcome if outcome.is_empty() => "cut off".to_owned(),
        outcome => outcome,
    };
    output.data(&if why.message.is_empty() {
        outcome
    } else {
        format!("{outcome}: {}", why.message)
    })?;
    if let Some((reason, report)) = &why.validator {
        output.data(&format!("the validator said no: {reason}"))?;
        output.data(&format!("  its report: {report}"))?;
    }
    objections(output, "rejected", &why.rejected)?;
    objections(output, "warned of", &why.warned)?;
    if why.rejected.is_empty() && why.warned.is_empty() {
        output.say("no gate had anything against its tests");
    }
    Ok(())
}

/// Prints objections by their reasons.
fn objections(output: &mut Output, verb: &str, objections: &[Objection]) -> Result<()> {
    let mut reasons: BTreeMap<&str, Vec<&Objection>> = BTreeMap::new();
    for objection in objections {
        reasons.entry(&objection.reason).or_default().push(objection);
    }
    for (reason, objections) in reasons {
        output.data(&format!("{verb}, {reason} ({}):", objections.len()))?;
        for objection in objections {
            output.data(&format!("  {}: {}", objection.test, objection.detail))?;
        }
    }
    Ok(())
}
