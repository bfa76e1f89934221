//! The functions that JavaScript calls, and the memory that it reads: `web/page/engine.js` is their
//! other side.
//!
//! Objects are made by `*_new` and stay for as long as the module: a page that wants another begins
//! another module. Addresses hold until the next call that makes an object, which may move the
//! module's memory as JavaScript sees it.
#![allow(missing_docs, reason = "engine.js says what each is for")]

mod duo;
mod model;
mod music_box;
mod piece;

use alloc::vec::Vec;

/// The most frames of a block.
const BLOCK: usize = 1_024;
/// The most reports or messages that are taken at once.
const REPORTS: usize = 64;

/// A text or a file, to be read by JavaScript.
pub struct Blob(Vec<u8>);

#[unsafe(no_mangle)]
pub extern "C" fn blob_at(blob: &Blob) -> *const u8 {
    blob.0.as_ptr()
}

#[unsafe(no_mangle)]
pub extern "C" fn blob_len(blob: &Blob) -> usize {
    blob.0.len()
}

/// Heap operations since the module began; 0 on a host, where the tests count them.
#[unsafe(no_mangle)]
pub extern "C" fn heap_operations() -> u32 {
    #[cfg(target_arch = "wasm32")]
    return crate::heap::operations();
    #[cfg(not(target_arch = "wasm32"))]
    0
}

/// Frames on their way to JavaScript.
pub struct Block {
    left: [f32; BLOCK],
    right: [f32; BLOCK],
}

impl Block {
    const SILENT: Self = Self { left: [0.0; BLOCK], right: [0.0; BLOCK] };
}
