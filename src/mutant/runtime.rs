//! The runtime crate: its source, and its compilation for a toolchain.

use camino::{Utf8Path, Utf8PathBuf};

use crate::cargo::Toolchain;
use crate::error::{Error, Result};
use crate::sys::{Process, Stop, fs, id};

/// The name under which crates with mutants know it.
pub(super) const NAME: &str = "rustchain_mu";

/// The file of the compiled runtime.
const RLIB: &str = "librustchain_mu.rlib";

/// Includes files of the runtime by name.
macro_rules! sources {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../templates/mutants/", $name)))),*]
    };
}

/// The source files of the runtime.
const SOURCES: &[(&str, &str)] = sources!["lib.rs", "plan.rs", "serve.rs", "sys.rs"];

/// The compiled runtime.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Runtime {
    /// The folder of the library.
    pub(super) folder: Utf8PathBuf,
    /// The library.
    pub(super) rlib: Utf8PathBuf,
    /// Whether `const fn` may ask it.
    pub(super) in_const: bool,
}

impl Runtime {
    /// Compiles the runtime below `folder` for a toolchain, unless that has been done before.
    ///
    /// Fails with [`Kind::Internal`](crate::error::Kind::Internal) if the compiler refuses it.
    pub(super) fn build(folder: &Utf8Path, toolchain: &Toolchain, stop: &Stop) -> Result<Self> {
        let all: String = SOURCES.iter().flat_map(|(name, text)| [*name, "\n", *text]).collect();
        let key = id::hash(format!("{}\n{all}", toolchain.verbose).as_bytes());
        let home = |in_const: bool| folder.join(format!("{key}-{}", u8::from(in_const)));
        let known = |in_const: bool| {
            let folder = home(in_const);
            let rlib = folder.join(RLIB);
            fs::exists(&rlib).then_some(Self { folder, rlib, in_const })
        };
        if let Some(known) = known(true).or_else(|| known(false)) {
            return Ok(known);
        }
        fs::create_dir_all(folder)?;
        // Made elsewhere and renamed, so that nobody ever sees half a library.
        let work = fs::temporary_folder(folder)?;
        let work = Utf8Path::from_path(work.path())
            .ok_or_else(|| Error::environment("the name of a temporary folder is not UTF-8"))?;
        for (name, text) in SOURCES {
            fs::write_atomic(&work.join(name), text.as_bytes())?;
        }
        let mut words = String::new();
        for in_const in [true, false] {
            let done = compile(toolchain, work, in_const).run(stop)?;
            stop.check()?;
            if done.success() {
                fs::create_dir_all(&home(in_const))?;
                fs::rename(&work.join(RLIB), &home(in_const).join(RLIB))?;
                return known(in_const).ok_or_else(|| Error::internal("the library is gone"));
            }
            words = done.stderr_text();
        }
        Err(Error::internal("the compiler refuses the runtime of the mutants")
            .because(words.trim().to_owned())
            .hint(format!(
                "it was tried with rustc {}; 1.82 or newer is needed",
                toolchain.release
            )))
    }
}

/// The compiler's command line.
fn compile(toolchain: &Toolchain, work: &Utf8Path, in_const: bool) -> Process {
    let process = Process::new(toolchain.tool("rustc"))
        .args(["-O", "--edition", "2021", "-Ccodegen-units=1", "--crate-type", "rlib"])
        .args(["--crate-name", NAME, "--cap-lints", "allow", "--color", "never"])
        .args(["-o", RLIB, "lib.rs"])
        .env_remove("RUSTFLAGS")
        .cwd(work);
    if in_const {
        // What a `const fn` needs to behave otherwise at run time is no stable feature.
        return process.args(["--cfg", "rustchain_const"]).env("RUSTC_BOOTSTRAP", "1");
    }
    process
}
