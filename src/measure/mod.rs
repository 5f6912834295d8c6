//! Coverage of a workspace: an instrumented build, every test binary run once, and a report.
//!
//! Beside the report of the production code, which everything judges by, there is the raw one,
//! which equals what LLVM's own tools print. A binary whose content was run before, with the same
//! data files around it, is not run again.

mod failures;
mod gaps;
mod kept;
mod run;
mod scope;

pub use failures::{Failures, PathClass, PathRow, SiteRow};
pub use gaps::{Gaps, gaps};
pub use kept::profiles_folder;
pub use run::{Measured, Options, TestRun, baseline, per_test, profile_of, run};
pub use scope::Scope;
