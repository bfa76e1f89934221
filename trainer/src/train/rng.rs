//! Random numbers that depend on a key, not on what was drawn before.

/// SplitMix64 started from a key.
///
/// Everything random in training is drawn from a generator keyed by (seed, purpose, epoch or
/// update): a resumed run needs no saved generator state to continue with the same numbers.
#[derive(Clone, Debug)]
pub struct Rng {
    state: u64,
}

impl Rng {
    /// A generator for this key; different keys give unrelated sequences.
    pub fn keyed(key: &[u64]) -> Self {
        let mut rng = Self { state: 0x9e37_79b9_7f4a_7c15 };
        for &part in key {
            rng.state ^= part;
            rng.state = rng.next_u64();
        }
        rng
    }

    /// 64 random bits.
    pub fn next_u64(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Uniform in [0, 1) with 24 random bits.
    pub fn unit(&mut self) -> f32 {
        (self.next_u64() >> 40) as f32 / (1u32 << 24) as f32
    }

    /// Uniform in `0..n`; `n` = 0 gives 0. The bias is below n / 2⁶⁴.
    pub fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.next_u64()) * n as u128) >> 64) as usize
    }

    /// Shuffles in place (Fisher and Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i + 1));
        }
    }

    /// Fills `mask` with 0 (share `dropout`, in steps of 1/256) and else the reciprocal of the
    /// share that is kept, so that the mean is one.
    pub fn dropout_mask(&mut self, dropout: f32, mask: &mut [f32]) {
        let threshold = (dropout * 256.0).round().clamp(0.0, 255.0) as u8;
        let kept = 256.0 / (256.0 - f32::from(threshold));
        let of = |byte: u8| if byte < threshold { 0.0 } else { kept };
        // Eight at a time without a branch: masks are millions of numbers an update.
        let (eights, rest) = mask.as_chunks_mut();
        for eight in eights {
            *eight = self.next_u64().to_le_bytes().map(of);
        }
        if !rest.is_empty() {
            let bytes = self.next_u64().to_le_bytes();
            rest.iter_mut().zip(bytes).for_each(|(m, byte)| *m = of(byte));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_decides_everything_and_neighbouring_keys_differ() {
        let draw = |key: &[u64]| {
            let mut rng = Rng::keyed(key);
            [rng.next_u64(), rng.next_u64()]
        };
        assert_eq!(draw(&[1, 2]), draw(&[1, 2]));
        assert_ne!(draw(&[1, 2]), draw(&[2, 1]));
        assert_ne!(draw(&[0]), draw(&[0, 0]));
    }

    #[test]
    fn a_dropout_mask_drops_its_share_and_keeps_the_mean() {
        let mut mask = vec![9.0; 100_003];
        Rng::keyed(&[7]).dropout_mask(0.25, &mut mask);
        let dropped = mask.iter().filter(|&&m| m == 0.0).count() as f64 / mask.len() as f64;
        let mean = mask.iter().map(|&m| f64::from(m)).sum::<f64>() / mask.len() as f64;
        assert!((dropped - 0.25).abs() < 0.005, "{dropped}");
        assert!((mean - 1.0).abs() < 0.01, "{mean}");
        // A byte of the generator decides on each, the lowest first, also on the last three.
        let mut rng = Rng::keyed(&[7]);
        let bytes = (0..12_501).flat_map(|_| rng.next_u64().to_le_bytes());
        assert!(bytes.zip(&mask).all(|(byte, &m)| (m == 0.0) == (byte < 64)));
    }

    #[test]
    fn a_shuffle_is_a_permutation() {
        let mut items: Vec<usize> = (0..100).collect();
        Rng::keyed(&[3]).shuffle(&mut items);
        assert_ne!(items, (0..100).collect::<Vec<_>>());
        items.sort_unstable();
        assert_eq!(items, (0..100).collect::<Vec<_>>());
    }
}
