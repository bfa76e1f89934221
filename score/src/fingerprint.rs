use core::fmt;

/// Identity of a vocabulary: equal fingerprints mean that every token has the same meaning.
///
/// The 64-bit FNV-1a hash (Fowler, Noll, Vo) of the vocabulary's description, computed at compile
/// time. It travels in a model's metadata, so that a model trained on another vocabulary is refused.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint(pub u64);

impl Fingerprint {
    /// The hash of nothing.
    pub const EMPTY: Self = Self(0xcbf2_9ce4_8422_2325);

    /// The fingerprint after one more number of the description.
    #[must_use]
    pub const fn with(self, number: u32) -> Self {
        let mut hash = self.0;
        let bytes = number.to_le_bytes();
        let mut i = 0;
        while i < bytes.len() {
            hash = (hash ^ bytes[i] as u64).wrapping_mul(0x0000_0100_0000_01b3);
            i += 1;
        }
        Self(hash)
    }

    /// The fingerprint after a table of the description: its length, then its numbers.
    #[must_use]
    pub const fn with_table(self, table: &[u16]) -> Self {
        let mut hash = self.with(table.len() as u32);
        let mut i = 0;
        while i < table.len() {
            hash = hash.with(table[i] as u32);
            i += 1;
        }
        hash
    }
}

/// Sixteen hexadecimal digits.
impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}
