//! The runtime crate: its source, and its compilation for a toolchain.

use camino::{Utf8Path, Utf8PathBuf};

use crate::cargo::Toolchain;
use crate::error::{Error, Result};
use crate::sys::{Process, Stop, fs, id};

/// The file of the compiled runtime.
const RLIB: &str = "librustchain_rt.rlib";

/// Includes files of the runtime by name.
macro_rules! sources {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../../templates/harness/", $name)))),*]
    };
}

/// The source files of the runtime.
const SOURCES: &[(&str, &str)] = sources![
    "bits.rs",
    "child.rs",
    "choice.rs",
    "counters.rs",
    "driver.rs",
    "execute.rs",
    "fresh.rs",
    "interpose.rs",
    "json.rs",
    "lib.rs",
    "making.rs",
    "mutate.rs",
    "outcome.rs",
    "pantry.rs",
    "picks.rs",
    "plan.rs",
    "pools.rs",
    "progress.rs",
    "random.rs",
    "reach.rs",
    "rounds.rs",
    "search.rs",
    "see.rs",
    "shape.rs",
    "shared.rs",
    "shrink.rs",
    "shrinker.rs",
    "sys.rs",
    "wire.rs",
];

/// The compiled runtime.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Runtime {
    /// The library, for `--extern rustchain_rt=<rlib>`.
    pub rlib: Utf8PathBuf,
}

impl Runtime {
    /// Compiles the runtime below `folder` for a toolchain, unless that has been done before.
    ///
    /// Fails with [`crate::error::Kind::Environment`] if the compiler cannot be started, and with
    /// [`crate::error::Kind::Internal`] if it refuses the source.
    pub fn build(folder: &Utf8Path, toolchain: &Toolchain, stop: &Stop) -> Result<Self> {
        let all: String = SOURCES.iter().flat_map(|(name, text)| [*name, "\n", *text]).collect();
        let key = id::hash(format!("{}\n{all}", toolchain.verbose).as_bytes());
        let home = folder.join(format!("runtime-{key}"));
        let rlib = home.join(RLIB);
        if fs::exists(&rlib) {
            return Ok(Self { rlib });
        }
        // Made elsewhere and renamed, so that nobody ever sees half a library.
        let work = fs::temporary_folder(folder)?;
        let work = Utf8Path::from_path(work.path())
            .ok_or_else(|| Error::environment("the name of a temporary folder is not UTF-8"))?;
        for (name, text) in SOURCES {
            fs::write_atomic(&work.join(name), text.as_bytes())?;
        }
        let made = work.join(RLIB);
        let compile = Process::new(toolchain.tool("rustc"))
            .args(["-O", "--edition", "2021", "-Ccodegen-units=1", "--crate-type", "rlib"])
            .args(["--crate-name", "rustchain_rt", "--cap-lints", "allow", "--color", "never"])
            .args(["-o", made.as_str(), "lib.rs"])
            .env_remove("RUSTFLAGS")
            .cwd(work);
        let done = compile.run(stop)?;
        stop.check()?;
        if !done.success() {
            fs::check_space(work, &done.stderr_text())?;
            return Err(Error::internal("the compiler refuses the search runtime")
                .because(done.stderr_text().trim().to_owned())
                .hint(format!(
                    "it was tried with rustc {}; 1.82 or newer is needed",
                    toolchain.release
                )));
        }
        fs::create_dir_all(&home)?;
        fs::rename(&made, &rlib)?;
        Ok(Self { rlib })
    }
}
