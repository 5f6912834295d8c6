//! The toolchain a checkout uses.

use camino::{Utf8Path, Utf8PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::sys::fs::{self, Stamp};
use crate::sys::{Process, Stop, id};

/// The compiler of a checkout, found there once.
///
/// A lane has another path than its checkout, so that `rustup override` and the toolchain files of
/// parent folders would not apply in it: every command in a lane is given this toolchain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Toolchain {
    /// Its folder.
    pub sysroot: Utf8PathBuf,
    /// Its version, such as `1.95.0`.
    pub release: String,
    /// The triple it runs on.
    pub host: String,
    /// The version of its LLVM, such as `22.1.2`.
    pub llvm: String,
    /// All it says about its version.
    pub verbose: String,
    /// What `--print cfg` prints.
    pub cfg: String,
}

/// What a compiler says of itself.
#[derive(Debug, Serialize, Deserialize)]
struct Told {
    stamp: Option<Stamp>,
    verbose: String,
    cfg: String,
}

impl Toolchain {
    /// Asks the compiler that is in force in `dir`.
    ///
    /// Fails with [`Kind::Environment`](crate::error::Kind::Environment) if there is none.
    pub fn discover(dir: &Utf8Path, stop: &Stop) -> Result<Self> {
        Self::ask(dir, None, stop)
    }

    /// Asks the compiler that is in force in `dir`. What it says of itself is kept in the folder
    /// `cache` for as long as it is the same file.
    ///
    /// Fails with [`Kind::Environment`](crate::error::Kind::Environment) if there is none.
    pub(super) fn ask(dir: &Utf8Path, cache: Option<&Utf8Path>, stop: &Stop) -> Result<Self> {
        let ask = |program: &Utf8Path, args: &[&str]| -> Result<String> {
            let done = Process::new(program).args(args).cwd(dir).run(stop)?;
            stop.check()?;
            if done.success() {
                return Ok(done.stdout_text());
            }
            Err(Error::environment(format!("`{program}` does not work in `{dir}`"))
                .because(done.stderr_text().trim().to_owned())
                .hint("install the toolchain that the project asks for"))
        };
        let sysroot = ask(Utf8Path::new("rustc"), &["--print", "sysroot"])?;
        let sysroot = Utf8PathBuf::from(sysroot.trim());
        let own = sysroot.join("bin/rustc");
        let rustc = if fs::exists(&own) { own } else { "rustc".into() };
        let stamp = fs::stamp(&rustc);
        let name = format!("toolchain-{}.json", id::hash(sysroot.as_str().as_bytes()));
        let file = cache.map(|cache| cache.join(name));
        let known = file.as_ref().and_then(|file| fs::read(file).ok());
        let known = known.and_then(|bytes| serde_json::from_slice::<Told>(&bytes).ok());
        let told = known.filter(|told| stamp.is_some() && told.stamp == stamp);
        let told = if let Some(told) = told {
            told
        } else {
            let (verbose, cfg) = (ask(&rustc, &["-vV"])?, ask(&rustc, &["--print", "cfg"])?);
            let told = Told { stamp, verbose, cfg };
            if let (Some(file), Ok(bytes)) = (&file, serde_json::to_vec(&told)) {
                fs::write_copy(file, &bytes, false)?;
            }
            told
        };
        let field = |name: &str| {
            let line = told.verbose.lines().find_map(|line| line.strip_prefix(name));
            line.unwrap_or_default().trim().to_owned()
        };
        Ok(Self {
            release: field("release:"),
            host: field("host:"),
            llvm: field("LLVM version:"),
            sysroot,
            verbose: told.verbose,
            cfg: told.cfg,
        })
    }

    /// Returns a process for cargo that uses this toolchain wherever it runs.
    ///
    /// Cargo is taken from the toolchain itself where it is there: that spares each command the
    /// start of rustup's stand-in, and cargo then finds its compiler without one, too.
    pub fn cargo(&self) -> Process {
        let own = self.tool("cargo");
        let process = if fs::exists(&own) { Process::new(&own) } else { Process::new("cargo") };
        process.env("RUSTUP_TOOLCHAIN", self.rustup_name())
    }

    /// Returns where a tool of this toolchain is.
    pub fn tool(&self, name: &str) -> Utf8PathBuf {
        self.sysroot.join("bin").join(name)
    }

    /// Returns the folder of rustup, if rustup keeps this toolchain.
    pub(super) fn rustup_home(&self) -> Option<Utf8PathBuf> {
        let toolchains = self.sysroot.parent().filter(|parent| parent.ends_with("toolchains"))?;
        toolchains.parent().map(Utf8Path::to_owned)
    }

    /// What rustup calls this toolchain: its name if rustup keeps it, else its path.
    fn rustup_name(&self) -> &str {
        let kept = self.sysroot.parent().is_some_and(|parent| parent.ends_with("toolchains"));
        let name = self.sysroot.file_name().filter(|_| kept);
        name.unwrap_or(self.sysroot.as_str())
    }
}
