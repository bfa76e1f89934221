//! The heap of a firmware: handed out once, at the start, then sealed.
#![allow(unsafe_code, reason = "an allocator is unsafe by its trait")]

use core::alloc::{GlobalAlloc, Layout};
use core::cell::UnsafeCell;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicU32, AtomicUsize, Ordering::Relaxed};

/// `N` bytes, given away from the first to the last; nothing comes back.
///
/// Once sealed it gives nothing more: the allocation fails, and with it the program, which says so.
/// So no memory is ever short after the start.
#[derive(Debug)]
#[repr(align(64))]
pub struct SealedHeap<const N: usize> {
    bytes: UnsafeCell<[u8; N]>,
    used: AtomicUsize,
    /// Beyond 0: sealed at this many bytes, and one.
    seal: AtomicUsize,
    refused: AtomicU32,
}

// SAFETY: `new` asks for one context at a time until the heap is sealed; from then on no pointer
// into `bytes` is made.
unsafe impl<const N: usize> Sync for SealedHeap<N> {}

impl<const N: usize> SealedHeap<N> {
    /// An unsealed heap.
    ///
    /// # Safety
    /// Until it is sealed, only one context (thread, interrupt) may allocate.
    pub const unsafe fn new() -> Self {
        Self {
            bytes: UnsafeCell::new([0; N]),
            used: AtomicUsize::new(0),
            seal: AtomicUsize::new(0),
            refused: AtomicU32::new(0),
        }
    }

    /// Gives nothing more from now on.
    pub fn seal(&self) {
        self.seal.store(self.used() + 1, Relaxed);
    }

    /// Whether it is sealed.
    pub fn is_sealed(&self) -> bool {
        self.seal.load(Relaxed) != 0
    }

    /// Bytes given away, those lost to alignment included.
    pub fn used(&self) -> usize {
        self.used.load(Relaxed)
    }

    /// Bytes that it refused last; 0 if it never had to.
    pub fn refused(&self) -> u32 {
        self.refused.load(Relaxed)
    }

    /// The range of the next block of this layout.
    fn next(&self, layout: Layout) -> Option<(usize, usize)> {
        let from = self.used().checked_next_multiple_of(layout.align())?;
        let to = from.checked_add(layout.size())?;
        // The bytes lie at a multiple of 64, and so does any offset that is one.
        (to <= N && layout.align() <= 64 && !self.is_sealed()).then_some((from, to))
    }
}

// SAFETY: every block lies within `bytes`, is aligned, and is given away once: `used` only grows.
unsafe impl<const N: usize> GlobalAlloc for SealedHeap<N> {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let Some((from, to)) = self.next(layout) else {
            self.refused.store(layout.size() as u32, Relaxed);
            return null_mut();
        };
        self.used.store(to, Relaxed);
        // SAFETY: `from` is within `bytes`, and nobody else has this part of it.
        unsafe { self.bytes.get().cast::<u8>().add(from) }
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(heap: &SealedHeap<1_024>, size: usize, align: usize) -> *mut u8 {
        let layout = Layout::from_size_align(size, align).unwrap();
        // SAFETY: the size is not 0.
        unsafe { heap.alloc(layout) }
    }

    #[test]
    fn blocks_are_aligned_and_apart_and_the_seal_holds() {
        // SAFETY: this test is the one context.
        let heap = unsafe { SealedHeap::<1_024>::new() };
        let (a, b) = (take(&heap, 3, 1), take(&heap, 64, 32));
        assert!(b.addr().is_multiple_of(32) && b.addr() >= a.addr() + 3);
        assert_eq!(heap.used(), 96);
        assert!(take(&heap, 2_000, 1).is_null(), "too big");
        assert_eq!((heap.refused(), heap.used()), (2_000, 96));
        heap.seal();
        assert!(heap.is_sealed() && take(&heap, 8, 8).is_null());
        assert_eq!((heap.refused(), heap.used()), (8, 96));
    }
}
