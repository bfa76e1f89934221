//! Random numbers that are the same everywhere.

/// The generator xoshiro128++ 1.0 (Blackman & Vigna, *Scrambled Linear Pseudorandom Number
/// Generators*, ACM TOMS 2021), seeded through SplitMix64. 32-bit arithmetic only.
///
/// The same seed gives the same numbers on every machine; a piece is its model and its seed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rng {
    state: [u32; 4],
}

impl Rng {
    /// The stream of `seed`; every seed is a good one.
    pub const fn new(seed: u64) -> Self {
        let (first, seed) = split_mix(seed);
        let (second, _) = split_mix(seed);
        let state = [first as u32, (first >> 32) as u32, second as u32, (second >> 32) as u32];
        Self { state }
    }

    /// The next 32 random bits.
    pub const fn next_u32(&mut self) -> u32 {
        let [a, b, c, d] = self.state;
        let result = a.wrapping_add(d).rotate_left(7).wrapping_add(a);
        let (c, d) = (c ^ a, d ^ b);
        let (b, a) = (b ^ c, a ^ d);
        self.state = [a, b, c ^ (self.state[1] << 9), d.rotate_left(11)];
        result
    }

    /// The next 64 random bits.
    pub const fn next_u64(&mut self) -> u64 {
        (self.next_u32() as u64) << 32 | self.next_u32() as u64
    }

    /// A number in [0, 1), a multiple of 2⁻²⁴.
    pub const fn unit(&mut self) -> f32 {
        (self.next_u32() >> 8) as f32 / (1 << 24) as f32
    }
}

/// SplitMix64 (Steele, Lea & Flood, OOPSLA 2014): a mixed number and the next state.
pub(crate) const fn split_mix(state: u64) -> (u64, u64) {
    let state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (z ^ (z >> 31), state)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The reference implementation's output for the state 1, 2, 3, 4 (also the vector of the
    /// `rand_xoshiro` crate).
    #[test]
    fn agrees_with_the_reference_implementation() {
        let mut rng = Rng { state: [1, 2, 3, 4] };
        let expected = [641, 1573767, 3222811527, 3517856514, 836907274, 4247214768];
        assert_eq!(expected.map(|_| rng.next_u32()), expected);
    }

    /// The reference output of SplitMix64 from the state 1234567.
    #[test]
    fn seeds_as_split_mix_does() {
        let (first, state) = split_mix(1_234_567);
        assert_eq!((first, split_mix(state).0), (6457827717110365317, 3203168211198807973));
    }

    #[test]
    fn unit_is_below_one_and_even() {
        let mut rng = Rng::new(7);
        let mut mean = 0.0;
        for _ in 0..100_000 {
            let x = rng.unit();
            assert!((0.0..1.0).contains(&x));
            mean += f64::from(x) / 100_000.0;
        }
        assert!((mean - 0.5).abs() < 0.005, "{mean}");
    }
}
