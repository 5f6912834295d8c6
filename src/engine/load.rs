//! Mission files on disk.

use camino::Utf8Path;

use crate::error::{Error, Result};
use crate::mission::{self, Loaded, Problems};
use crate::sys::fs;

/// Reads the mission or campaign at `path`, which is named `name` in messages.
///
/// A file that is too large is not read. The cause of the usage error for a file that cannot be
/// used is its [`Problems`].
pub fn load(path: &Utf8Path, name: &str) -> Result<Loaded> {
    let missing = |error: Error| error.context(format!("cannot read the mission `{name}`"));
    let (size, _) = fs::size_and_time(path).map_err(missing)?;
    if usize::try_from(size).is_ok_and(|size| size <= mission::BYTES_MAX) {
        let bytes = fs::read(path).map_err(missing)?;
        return mission::parse(name, &bytes).map_err(Error::from);
    }
    let limit = mission::BYTES_MAX >> 20;
    let problem = mission::Problem::whole_file(format!("larger than {limit} MiB"));
    Err(Problems::new(name, "", vec![problem]).into())
}
