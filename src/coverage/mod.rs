//! What is covered: the model, its metrics, and how they are read from instrumented binaries.
//!
//! A binary built with `-Cinstrument-coverage` holds a *coverage map* (which region of which file
//! is counted by which expression over counters); each of its runs leaves a *raw profile* (the
//! counters). [`CoverageMap`] reads the first, [`Profile`] the second, and [`report`] joins them
//! into a [`Report`]: lines by LLVM's own rule, regions and functions merged over all
//! instantiations by location. [`mark_error_paths`] then finds the `?` operators, and [`subtract`]
//! takes away what is not production code. The explorer, which reads the counters in the process,
//! uses [`counter_layout`], [`counted_regions`] and [`lines_of`] instead of a profile. Where many
//! runs each cover a little of one large file, [`Focus`] looks at that little only.

mod binary;
mod bytes;
mod error_path;
mod expression;
mod focus;
mod layout;
mod lcov;
mod line;
mod map;
mod model;
mod profile;
mod report;
mod subtract;
mod table;

#[cfg(test)]
mod tests;

pub use error_path::mark_error_paths;
pub use focus::Focus;
pub use layout::{CountedRegion, CounterLayout, counted_regions, counter_layout};
pub use lcov::lcov;
pub use line::{RegionCount, lines_of};
pub use map::{Counter, CoverageMap, Expression, FunctionMap, MappedRegion, RegionKind};
pub use model::{ErrorPath, FileCoverage, Function, Position, Ratio, Region, Report, Summary};
pub use profile::Profile;
pub use report::report;
pub use subtract::{LineSet, subtract};
pub use table::{NOT_MEASURED, Row, Table};
