//! Hides all files but the listed ones, by landlock.

use camino::{Utf8Path, Utf8PathBuf};
use landlock::{
    ABI, Access as _, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible as _, PathBeneath,
    PathFd, Ruleset, RulesetAttr as _, RulesetCreated, RulesetCreatedAttr as _, RulesetError,
    RulesetStatus, Scope,
};

use super::policy::Policy;
use super::system;
use crate::error::{Error, Result};
use crate::sys::fs::{self, FileKind};

/// The versions of landlock this is written for, best first.
const VERSIONS: [(u32, ABI); 9] = [
    (9, ABI::V9),
    (8, ABI::V8),
    (7, ABI::V7),
    (6, ABI::V6),
    (5, ABI::V5),
    (4, ABI::V4),
    (3, ABI::V3),
    (2, ABI::V2),
    (1, ABI::V1),
];

/// Hides all files from this thread and what it starts, but those of the policy, the system's own
/// and `own`; returns the version of landlock. `own` has what may be read, and what may be written,
/// in this box alone.
///
/// Fails with [`Kind::Environment`](crate::error::Kind::Environment) if the kernel has no landlock
/// or a listed path is not there.
pub(super) fn hide(policy: &Policy, own: (&[Utf8PathBuf], &[Utf8PathBuf])) -> Result<u32> {
    let (version, abi, ruleset) = best().map_err(failure)?;
    let (read, all) = (AccessFs::from_read(abi), AccessFs::from_all(abi));
    let mut rules = Vec::new();
    let system = system::readable(policy.phase).iter().copied().chain(system::proc(policy.phase));
    for path in system.chain(system::DEVICES_READ) {
        rules.extend(rule(Utf8Path::new(path), read, abi).ok());
    }
    for path in system::DEVICES_WRITE.map(Utf8Path::new) {
        rules.extend(rule(path, all, abi).ok());
    }
    for path in policy.read.iter().chain(own.0) {
        rules.push(rule(path, read, abi)?);
    }
    for path in policy.write.iter().chain(own.1).chain([&policy.home]) {
        rules.push(rule(path, all, abi)?);
    }
    let ruleset = ruleset.add_rules(rules.into_iter().map(Ok::<_, RulesetError>));
    let status = ruleset.and_then(RulesetCreated::restrict_self).map_err(failure)?;
    match status.ruleset {
        RulesetStatus::FullyEnforced => Ok(version),
        _ => Err(Error::environment("landlock was not enforced in full")),
    }
}

/// Returns whether this kernel has landlock.
pub(super) fn there() -> bool {
    best().is_ok()
}

/// An empty set of rules of the best version that the kernel has.
///
/// The crate would degrade silently by itself; here each version is required as a whole, so that
/// the version says what is enforced.
fn best() -> Result<(u32, ABI, RulesetCreated), RulesetError> {
    let found = VERSIONS.iter().find_map(|(version, abi)| {
        let ruleset = create(*abi).ok()?;
        Some((*version, *abi, ruleset))
    });
    // The oldest version can tell why there is none.
    found.map_or_else(|| create(ABI::V1).map(|ruleset| (1, ABI::V1, ruleset)), Ok)
}

/// An empty set of rules that handles all that version `abi` can.
fn create(abi: ABI) -> Result<RulesetCreated, RulesetError> {
    let mut ruleset = Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(AccessFs::from_all(abi))?;
    // An empty set is an error.
    if !AccessNet::from_all(abi).is_empty() {
        ruleset = ruleset.handle_access(AccessNet::from_all(abi))?;
    }
    if !Scope::from_all(abi).is_empty() {
        ruleset = ruleset.scope(Scope::from_all(abi))?;
    }
    ruleset.create()
}

/// Allows `access` on `path` and all below it.
fn rule(path: &Utf8Path, access: BitFlags<AccessFs>, abi: ABI) -> Result<PathBeneath<PathFd>> {
    let missing = |error| Error::environment(format!("cannot open `{path}`")).because(error);
    let opened = PathFd::new(path).map_err(missing)?;
    let folder = fs::canonicalize(path).is_ok_and(|path| fs::kind(&path) == Some(FileKind::Folder));
    let access = if folder { access } else { access & AccessFs::from_file(abi) };
    Ok(PathBeneath::new(opened, access).set_compatibility(CompatLevel::HardRequirement))
}

/// The error for a kernel that refuses.
fn failure(error: RulesetError) -> Error {
    Error::environment("this kernel does not let landlock hide files")
        .because(error)
        .hint("Linux 5.13 or newer with `landlock` among its security modules")
}
