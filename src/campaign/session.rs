//! What the missions of one run share, seen from the campaign.

use crate::coverage::Table;
use crate::engine::StepRunner;
use crate::error::Result;
use crate::mission::Target;
use crate::report::BoxRow;
use crate::sys::Stop;

/// What the missions of one run share: work copies, what was measured, the explorer.
pub trait Session {
    /// Returns what is covered now in the workspace, the package and the features that `target`
    /// names; it is measured unless it is known.
    ///
    /// Fails with [`crate::error::Kind::BaselineRed`] if the crate's own tests fail.
    fn coverage(&mut self, target: &Target, stop: &Stop) -> Result<Table>;

    /// Returns how many tests the missions so far left in the checkout, those inside others too.
    fn tests_kept(&self) -> u64;

    /// Returns what generated code is kept from; `None` if none was run so far.
    fn boxed(&self) -> Option<BoxRow> {
        None
    }

    /// Returns the runner of one mission.
    fn runner(&mut self) -> Result<Box<dyn StepRunner + '_>>;
}
