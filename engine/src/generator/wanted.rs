//! Which logits a step is to compute.

use core::ops::Range;

/// A set of tokens, coarse: whole runs of 64 tokens, as the head computes them.
///
/// ```
/// use musigan_engine::generator::Wanted;
///
/// let mut wanted = Wanted::NONE;
/// wanted.add(60..130);
/// assert!(wanted.contains(0) && wanted.contains(191) && !wanted.contains(192));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted(u32);

impl Wanted {
    /// No token.
    pub const NONE: Self = Self(0);
    /// Every token.
    pub const ALL: Self = Self(u32::MAX);
    /// Tokens in a run.
    pub(crate) const RUN: usize = 64;
    /// The last bit stands for its run and all that follow.
    const LAST: usize = u32::BITS as usize - 1;

    /// Adds these tokens, and those of their runs.
    pub fn add(&mut self, tokens: Range<u16>) {
        if let Some(last) = tokens.end.checked_sub(1).filter(|&last| last >= tokens.start) {
            let bit = |token: u16| (usize::from(token) / Self::RUN).min(Self::LAST) as u32;
            // From the first run's bit to the last's.
            self.0 |= (u32::MAX << bit(tokens.start)) & (u32::MAX >> (u32::BITS - 1 - bit(last)));
        }
    }

    /// Whether the token is in the set.
    pub fn contains(self, token: u16) -> bool {
        self.contains_run(usize::from(token) / Self::RUN)
    }

    /// Whether the tokens of a run are in the set.
    #[inline(always)]
    pub(crate) fn contains_run(self, run: usize) -> bool {
        self.0 >> run.min(Self::LAST) & 1 != 0
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
            let run = |token: u16| (token / 64).min(31);
            let there = start < end && (run(start)..=run(end.saturating_sub(1))).contains(&run(token));
            prop_assert_eq!(wanted.contains(token), there);
            prop_assert!(Wanted::ALL.contains(token) && !Wanted::NONE.contains(token));
        }
    }
}
