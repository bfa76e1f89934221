//! The guarding allocator of the tests: counts heap operations of the present thread.
//!
//! ```
//! use musigan_guard::{Guard, held, touches};
//!
//! #[global_allocator]
//! static ALLOCATOR: Guard = Guard;
//!
//! assert_eq!(touches(|| drop(std::hint::black_box(Box::new(1)))), 2);
//! assert_eq!(touches(|| drop(std::hint::black_box(1))), 0);
//! assert_eq!(held(|| vec![0_u8; 100]), 100);
//! ```
#![allow(unsafe_code, reason = "an allocator is unsafe by its trait")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
    static TOUCHED: Cell<usize> = const { Cell::new(0) };
    static HELD: Cell<usize> = const { Cell::new(0) };
}

/// The system's allocator, which counts while [`touches`] runs.
#[derive(Debug)]
pub struct Guard;

impl Guard {
    fn touch(hold: impl Fn(usize) -> usize) {
        if GUARDED.get() {
            TOUCHED.set(TOUCHED.get() + 1);
            HELD.set(hold(HELD.get()));
        }
    }
}

// SAFETY: every call is handed on to the system's allocator unchanged.
unsafe impl GlobalAlloc for Guard {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        Self::touch(|held| held.wrapping_add(layout.size()));
        // SAFETY: the caller's promise is the one that `System` asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        Self::touch(|held| held.wrapping_sub(layout.size()));
        // SAFETY: the caller's promise is the one that `System` asks for.
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// Allocations and frees that `work` makes on this thread.
pub fn touches(work: impl FnOnce()) -> usize {
    TOUCHED.set(0);
    GUARDED.set(true);
    work();
    GUARDED.set(false);
    TOUCHED.get()
}

/// Bytes on the heap that what `make` returns still holds, and that it leaves behind elsewhere.
pub fn held<T>(make: impl FnOnce() -> T) -> usize {
    let mut made = None;
    HELD.set(0);
    touches(|| made = Some(make()));
    HELD.get()
}
