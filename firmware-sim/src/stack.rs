//! The end of the stack, watched.

use core::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// The words at the end of the stack, painted before the start and never to be written.
///
/// A stack that grows into them is caught at the next check, before it reaches what lies behind:
/// there must be more of them than one interrupt can pass over unseen.
#[derive(Clone, Copy, Debug)]
pub struct StackGuard<'a> {
    words: &'a [AtomicU32],
}

impl<'a> StackGuard<'a> {
    /// What unused stack is painted with (as the crate `cortex-m-rt` does).
    pub const PAINT: u32 = 0xcccc_cccc;

    /// A guard over these words, the lowest first.
    #[must_use]
    pub const fn new(words: &'a [AtomicU32]) -> Self {
        Self { words }
    }

    /// Whether the stack has stayed away from them.
    ///
    /// # Real-time
    /// One comparison for each word.
    #[must_use]
    pub fn check(self) -> bool {
        self.words.iter().all(|word| word.load(Relaxed) == Self::PAINT)
    }

    /// Bytes that were never written, from the end of the stack on.
    #[must_use]
    pub fn untouched(self) -> usize {
        4 * self.words.iter().take_while(|word| word.load(Relaxed) == Self::PAINT).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stack_that_is_full_is_seen() {
        let words = [const { AtomicU32::new(StackGuard::PAINT) }; 16];
        let guard = StackGuard::new(&words);
        assert!(guard.check());
        assert_eq!(guard.untouched(), 64);
        words[11].store(7, Relaxed);
        assert!(!guard.check());
        assert_eq!(guard.untouched(), 44);
    }
}
