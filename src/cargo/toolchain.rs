//! The toolchain a checkout uses.

use camino::{Utf8Path, Utf8PathBuf};

use crate::error::{Error, Result};
use crate::sys::{Process, Stop, fs};

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
}

impl Toolchain {
    /// Asks the compiler that is in force in `dir`.
    ///
    /// Fails with [`Kind::Environment`](crate::error::Kind::Environment) if there is none.
    pub fn discover(dir: &Utf8Path, stop: &Stop) -> Result<Self> {
        let ask = |args: &[&str]| -> Result<String> {
            let done = Process::new("rustc").args(args).cwd(dir).run(stop)?;
            stop.check()?;
            if done.success() {
                return Ok(done.stdout_text());
            }
            Err(Error::environment(format!("`rustc` does not work in `{dir}`"))
                .because(done.stderr_text().trim().to_owned())
                .hint("install the toolchain that the project asks for"))
        };
        let sysroot = Utf8PathBuf::from(ask(&["--print", "sysroot"])?.trim());
        let verbose = ask(&["-vV"])?;
        let field = |name: &str| {
            let line = verbose.lines().find_map(|line| line.strip_prefix(name));
            line.unwrap_or_default().trim().to_owned()
        };
        Ok(Self {
            release: field("release:"),
            host: field("host:"),
            llvm: field("LLVM version:"),
            sysroot,
            verbose,
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

    /// What rustup calls this toolchain: its name if rustup keeps it, else its path.
    fn rustup_name(&self) -> &str {
        let kept = self.sysroot.parent().is_some_and(|parent| parent.ends_with("toolchains"));
        let name = self.sysroot.file_name().filter(|_| kept);
        name.unwrap_or(self.sysroot.as_str())
    }
}
