//! The session of a real run: the coverage steps with everything their missions share.

use camino::Utf8PathBuf;

use super::session::Session;
use crate::coverage::Table;
use crate::engine::StepRunner;
use crate::error::Result;
use crate::mission::Target;
use crate::report::BoxRow;
use crate::step::Kinds;
use crate::step::coverage::Desk;
use crate::sys::Stop;

/// What the missions of a real run share.
#[derive(Debug)]
pub struct Shared<'d, 'j> {
    desk: &'d Desk<'j>,
    kinds: Kinds<'d>,
    root: Utf8PathBuf,
}

impl<'d, 'j: 'd> Shared<'d, 'j> {
    /// Creates the session of a run in the project at `root`; `targets` are those of all its
    /// missions.
    pub fn new(desk: &'d Desk<'j>, root: Utf8PathBuf, targets: &[&Target]) -> Self {
        desk.expect(&root, targets);
        Self { desk, kinds: Kinds::new(move || Box::new(desk.runner())), root }
    }
}

impl Session for Shared<'_, '_> {
    fn coverage(&mut self, target: &Target, stop: &Stop) -> Result<Table> {
        let shop = self.desk.shop(&self.root, target, stop)?;
        let covered = shop.borrow_mut().covered(&self.desk.selection(target), stop)?;
        Ok(Table::of(&covered.report))
    }

    fn tests_kept(&self) -> u64 {
        self.desk.kept.get()
    }

    fn boxed(&self) -> Option<BoxRow> {
        let sandbox = self.desk.sandbox_found()?;
        Some(BoxRow {
            name: sandbox.rung().name().to_owned(),
            enforced: sandbox.rung().to_string(),
            missing: sandbox.missing().to_vec(),
            incompatible: self.desk.incompatible(),
        })
    }

    fn runner(&mut self) -> Result<Box<dyn StepRunner + '_>> {
        Ok(Box::new(self.kinds.runner()))
    }
}
