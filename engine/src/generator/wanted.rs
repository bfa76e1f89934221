//! Which logits a step is to compute.

use core::ops::Range;

/// A set of tokens, coarse: whole runs of 16 tokens, as the head computes them.
///
/// ```
/// use musigan_engine::generator::Wanted;
///
/// let mut wanted = Wanted::NONE;
/// wanted.add(60..130);
/// assert!(wanted.contains(48) && wanted.contains(143));
/// assert!(!wanted.contains(47) && !wanted.contains(144));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted(u64);

impl Wanted {
    /// No token.
    pub const NONE: Self = Self(0);
    /// Every token.
    pub const ALL: Self = Self(u64::MAX);
    /// Tokens in a run.
    pub(crate) const RUN: usize = 16;
    /// The last bit stands for its run and all that follow.
    const LAST: usize = u64::BITS as usize - 1;

    /// Adds these tokens, and those of their runs.
    pub fn add(&mut self, tokens: Range<u16>) {
        if let Some(last) = tokens.end.checked_sub(1).filter(|&last| last >= tokens.start) {
            let bit = |token: u16| (usize::from(token) / Self::RUN).min(Self::LAST) as u32;
            // From the first run's bit to the last's.
            self.0 |= (u64::MAX << bit(tokens.start)) & (u64::MAX >> (u64::BITS - 1 - bit(last)));
        }
    }

    /// Whether the token is in the set.
    pub fn contains(self, token: u16) -> bool {
        self.0 >> (usize::from(token) / Self::RUN).min(Self::LAST) & 1 != 0
    }

    /// Those of `count` runs from `first` on that are in the set, a bit for each; `first` is a multiple of
    /// `count`, a power of two.
    #[inline(always)]
    pub(crate) fn runs(self, first: usize, count: usize) -> u32 {
        let all = (1 << count) - 1;
        match first {
            0..=Self::LAST => (self.0 >> first) as u32 & all,
            // They all have the last bit.
            _ => all * (self.0 >> Self::LAST) as u32,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_added_is_there_and_little_else(start: u16, end: u16, token: u16) {
            let mut wanted = Wanted::NONE;
            wanted.add(start..end);
            let run = |token: u16| (token / 16).min(63);
            let there = start < end && (run(start)..=run(end.saturating_sub(1))).contains(&run(token));
            prop_assert_eq!(wanted.contains(token), there);
            let at = usize::from(token) / Wanted::RUN;
            prop_assert_eq!(wanted.runs(at / 4 * 4, 4) >> (at % 4) & 1 != 0, there);
            prop_assert!(Wanted::ALL.contains(token) && !Wanted::NONE.contains(token));
        }
    }
}
