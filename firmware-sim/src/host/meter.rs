//! The host's allocator, which counts what a sealed heap would have given away.
#![allow(unsafe_code, reason = "an allocator is unsafe by its trait")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};

/// The system's allocator. The program is single-threaded while it counts.
#[derive(Debug)]
pub struct Meter;

static COUNTS: AtomicBool = AtomicBool::new(false);
static USED: AtomicUsize = AtomicUsize::new(0);
static TOUCHES: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call is handed on to the system's allocator unchanged.
unsafe impl GlobalAlloc for Meter {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if COUNTS.load(Relaxed) {
            let from = USED.load(Relaxed).next_multiple_of(layout.align());
            USED.store(from + layout.size(), Relaxed);
            TOUCHES.fetch_add(1, Relaxed);
        }
        // SAFETY: the caller's promise is the one that `System` asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise is the one that `System` asks for.
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// What `make` makes, the bytes that it took, and how often it asked for some.
pub fn counted<T>(make: impl FnOnce() -> T) -> (T, usize, usize) {
    USED.store(0, Relaxed);
    TOUCHES.store(0, Relaxed);
    COUNTS.store(true, Relaxed);
    let made = make();
    COUNTS.store(false, Relaxed);
    (made, USED.load(Relaxed), TOUCHES.load(Relaxed))
}
