//! Finding the sections of a binary that hold coverage data.

use object::{Object as _, ObjectSection as _};

use crate::error::{Error, Result};

/// The sections that matter, by their names in ELF and Mach-O files; COFF has its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Section {
    /// The file names of the coverage map.
    Files,
    /// The functions of the coverage map.
    Functions,
    /// The names of the instrumented functions.
    Names,
    /// The records that say where each function's counters lie.
    Records,
    /// The counters themselves.
    Counters,
}

impl Section {
    /// The name in ELF and Mach-O files, and the one in COFF files.
    fn names(self) -> [&'static str; 2] {
        match self {
            Self::Files => ["__llvm_covmap", ".lcovmap"],
            Self::Functions => ["__llvm_covfun", ".lcovfun"],
            Self::Names => ["__llvm_prf_names", ".lprfn"],
            Self::Records => ["__llvm_prf_data", ".lprfd"],
            Self::Counters => ["__llvm_prf_cnts", ".lprfc"],
        }
    }
}

/// Returns the object files in `binary`: itself, or the members of an archive.
pub(super) fn objects(binary: &[u8]) -> Result<Vec<object::File<'_>>> {
    if !binary.starts_with(b"!<arch>\n") {
        return Ok(vec![object::File::parse(binary).map_err(unreadable)?]);
    }
    let archive = object::read::archive::ArchiveFile::parse(binary).map_err(unreadable)?;
    let mut files = Vec::new();
    for member in archive.members() {
        let data = member.and_then(|member| member.data(binary)).map_err(unreadable)?;
        // Archives of Rust libraries also hold metadata, which is no object file.
        files.extend(object::File::parse(data).ok());
    }
    Ok(files)
}

/// Returns the bytes of a section, or nothing if the binary has none.
///
/// Relocatable objects have one section of the same name for each function; they are joined,
/// each at a multiple of eight bytes.
pub(super) fn section(file: &object::File<'_>, section: Section) -> Result<Option<Vec<u8>>> {
    let mut bytes: Option<Vec<u8>> = None;
    for part in file.sections() {
        if !part.name().is_ok_and(|name| section.names().contains(&name)) {
            continue;
        }
        let data = part.uncompressed_data().map_err(unreadable)?;
        let bytes = bytes.get_or_insert_default();
        bytes.resize(bytes.len().next_multiple_of(8), 0);
        bytes.extend_from_slice(&data);
    }
    Ok(bytes)
}

/// Returns the address and the size of a section in memory, both in bytes.
pub(super) fn extent(file: &object::File<'_>, section: Section) -> Option<(u64, u64)> {
    let mut parts = file
        .sections()
        .filter(|part| part.name().is_ok_and(|name| section.names().contains(&name)));
    parts.next().map(|part| (part.address(), part.size()))
}

/// The error for a binary that is none.
fn unreadable(error: object::read::Error) -> Error {
    Error::environment("cannot read the instrumented binary").because(error)
}
