//! Reading numbers from bytes, little-endian, without ever reading past the end.

use md5::{Digest as _, Md5};
use miniz_oxide::inflate::decompress_to_vec_zlib_with_limit;

use crate::error::{Error, Result};

/// Most bytes a compressed name table may unpack to.
const INFLATED_BYTES_MAX: usize = 1 << 30;

/// A place in a run of bytes.
pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
    /// What the bytes are, for messages.
    what: &'static str,
}

impl<'a> Cursor<'a> {
    /// Starts at the beginning of `bytes`; `what` names them in messages.
    pub(super) fn new(bytes: &'a [u8], what: &'static str) -> Self {
        Self { bytes, at: 0, what }
    }

    /// How many bytes are left.
    pub(super) fn left(&self) -> usize {
        self.bytes.len() - self.at
    }

    /// The bytes that are left.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// All bytes, read or not.
    pub(super) fn whole(&self) -> &'a [u8] {
        self.bytes
    }

    /// Takes `count` bytes.
    pub(super) fn take(&mut self, count: u64) -> Result<&'a [u8]> {
        let end = usize::try_from(count).ok().and_then(|count| self.at.checked_add(count));
        let taken = end.and_then(|end| self.bytes.get(self.at..end));
        let taken = taken.ok_or_else(|| self.broken())?;
        self.at += taken.len();
        Ok(taken)
    }

    /// Takes a number of four bytes.
    pub(super) fn u32(&mut self) -> Result<u32> {
        let bytes = self.take(4)?.try_into().map_err(|_| self.broken())?;
        Ok(u32::from_le_bytes(bytes))
    }

    /// Takes a number of eight bytes.
    pub(super) fn u64(&mut self) -> Result<u64> {
        let bytes = self.take(8)?.try_into().map_err(|_| self.broken())?;
        Ok(u64::from_le_bytes(bytes))
    }

    /// Takes a number of variable length (LEB128).
    pub(super) fn number(&mut self) -> Result<u64> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.take(1)?.first().copied().unwrap_or_default();
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(self.broken())
    }

    /// Takes a number of variable length that fits 32 bits.
    pub(super) fn small(&mut self) -> Result<u32> {
        u32::try_from(self.number()?).map_err(|_| self.broken())
    }

    /// Takes a block with its length before it, compressed if its compressed length is not 0.
    pub(super) fn block(&mut self) -> Result<Vec<u8>> {
        let (plain, packed) = (self.number()?, self.number()?);
        if packed == 0 {
            return Ok(self.take(plain)?.to_vec());
        }
        decompress_to_vec_zlib_with_limit(self.take(packed)?, INFLATED_BYTES_MAX)
            .map_err(|error| self.broken().because(error.to_string()))
    }

    /// Skips to the next multiple of eight bytes, or to the end.
    pub(super) fn align(&mut self) {
        self.at = self.at.next_multiple_of(8).min(self.bytes.len());
    }

    /// Skips bytes that are 0.
    pub(super) fn skip_zeros(&mut self) {
        self.at += self.rest().iter().take_while(|byte| **byte == 0).count();
    }

    /// The error for bytes that make no sense here.
    pub(super) fn broken(&self) -> Error {
        Error::environment(format!("the {} is damaged at byte {}", self.what, self.at))
            .hint("build and run the instrumented tests again")
    }
}

/// Returns the first eight bytes of the MD5 sum, by which LLVM names functions and file lists.
pub(super) fn name_hash(bytes: &[u8]) -> u64 {
    let sum = Md5::digest(bytes);
    let first = sum.iter().take(8).rev();
    first.fold(0, |hash, byte| hash << 8 | u64::from(*byte))
}
