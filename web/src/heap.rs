//! The module's heap, which counts what is asked of it, so that a page can see that nothing is.

use core::alloc::{GlobalAlloc, Layout};
use core::panic::PanicInfo;
use core::sync::atomic::{AtomicU32, Ordering::Relaxed};

use dlmalloc::GlobalDlmalloc;

struct Counted;

#[global_allocator]
static HEAP: Counted = Counted;

static ASKED: AtomicU32 = AtomicU32::new(0);

/// How often memory was asked for or given back since the module began.
pub(crate) fn operations() -> u32 {
    ASKED.load(Relaxed)
}

// SAFETY: everything is passed on to an allocator that keeps the contract.
unsafe impl GlobalAlloc for Counted {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ASKED.fetch_add(1, Relaxed);
        // SAFETY: the caller's promise is the one asked for.
        unsafe { GlobalDlmalloc.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        ASKED.fetch_add(1, Relaxed);
        // SAFETY: as above.
        unsafe { GlobalDlmalloc.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ASKED.fetch_add(1, Relaxed);
        // SAFETY: as above.
        unsafe { GlobalDlmalloc.realloc(at, layout, size) }
    }
}

/// Traps: JavaScript sees an error, and the page tells it.
#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
