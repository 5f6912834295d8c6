//! The only code that touches files, processes, the clock, signals and ids.

pub mod clock;
pub mod companion;
pub mod fs;
pub mod group;
#[cfg(target_os = "linux")]
pub mod guard;
pub mod handover;
pub mod id;
pub mod lock;
pub mod parallel;
pub mod process;
pub mod stop;
mod stream;
pub mod terminal;

pub use clock::Clock;
pub use companion::Companion;
pub use process::{Ending, Finished, Process};
pub use stop::Stop;
