//! A step never touches the heap.

mod common;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use common::{Aligned, VOCABULARY, network};
use musigan_engine::image::Architecture;
use musigan_engine::{Generator, Kernels, Model};
use musigan_score::Token;

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
    static TOUCHED: Cell<usize> = const { Cell::new(0) };
}

struct Guard;

impl Guard {
    fn touch() {
        if GUARDED.get() {
            TOUCHED.set(TOUCHED.get() + 1);
        }
    }
}

// SAFETY: every call is handed on to the system's allocator unchanged.
unsafe impl GlobalAlloc for Guard {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        Self::touch();
        // SAFETY: the caller's promise is the one that `System` asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        Self::touch();
        // SAFETY: the caller's promise is the one that `System` asks for.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Guard = Guard;

/// Heap operations during `work`.
fn touches(work: impl FnOnce()) -> usize {
    TOUCHED.set(0);
    GUARDED.set(true);
    work();
    GUARDED.set(false);
    TOUCHED.get()
}

#[test]
fn the_guard_sees_an_allocation() {
    assert_eq!(touches(|| drop(std::hint::black_box(Box::new(1)))), 2);
}

#[test]
fn opening_resetting_and_stepping_leave_the_heap_alone() {
    for architecture in [Architecture::Lstm, Architecture::Gru] {
        let image = Aligned::new(&network(architecture, 100, &[64, 33], 5).to_image());
        let mut state = [0.0; 512];
        let mut logits = [0.0; 100];
        let touched = touches(|| {
            let model = Model::open(image.bytes(), VOCABULARY).expect("our own image");
            for isa in Kernels::available() {
                let model = model.with_kernels(isa);
                let state = &mut state[..model.state_len()];
                model.reset(state);
                for token in 0..200 {
                    model.step(state, Token(token), &mut logits);
                }
            }
        });
        assert_eq!(touched, 0, "{architecture:?}");
    }
}
