//! The hash that committed rules rest on: it must never change.

/// The 64-bit FNV-1a hash (Fowler, Noll, Vo), fed piece by piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fnv(u64);

impl Fnv {
    /// The hash of nothing.
    pub const fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    /// The hash after some more bytes.
    #[must_use]
    pub const fn with(self, bytes: &[u8]) -> Self {
        let mut hash = self.0;
        let mut i = 0;
        while i < bytes.len() {
            hash = (hash ^ bytes[i] as u64).wrapping_mul(0x0000_0100_0000_01b3);
            i += 1;
        }
        Self(hash)
    }

    /// The hash after one more number, in little-endian order.
    #[must_use]
    pub const fn with_u64(self, number: u64) -> Self {
        self.with(&number.to_le_bytes())
    }

    /// The hash.
    pub const fn finish(self) -> u64 {
        self.0
    }

    /// The hash with its bits well mixed, for draws: FNV's own high bits change little on a short
    /// difference (the finaliser of splitmix64).
    pub const fn mixed(self) -> u64 {
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }
}

impl Default for Fnv {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::Fnv;

    #[test]
    fn it_is_the_published_fnv_1a() {
        // Test vectors of the FNV reference page.
        for (text, hash) in [
            ("", 0xcbf2_9ce4_8422_2325),
            ("a", 0xaf63_dc4c_8601_ec8c),
            ("foobar", 0x8594_4171_f739_67e8),
        ] {
            assert_eq!(Fnv::new().with(text.as_bytes()).finish(), hash, "{text}");
        }
    }
}
