//! Identifiers: run ids and stable hashes of paths.

use std::fmt::Write as _;

use md5::{Digest as _, Md5};

use super::Clock;

/// Returns a new run id, sortable by time: `20261121-022500-1a2b`.
pub fn run(clock: &Clock) -> String {
    let stamp = clock.timestamp().replace(['-', ':', 'Z'], "").replace('T', "-");
    let salt = format!("{}-{:?}", std::process::id(), Clock::now());
    let tail: String = hash(salt.as_bytes()).chars().take(4).collect();
    format!("{stamp}-{tail}")
}

/// Returns the 32 hexadecimal digits of the MD5 of `bytes`: a name, not a protection.
pub fn hash(bytes: &[u8]) -> String {
    Md5::digest(bytes).iter().fold(String::new(), |mut digits, byte| {
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}
