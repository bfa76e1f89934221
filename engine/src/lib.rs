//! MusiGAN's engine: composes music token by token.
//!
//! - [`image`]: the `.mgi` file, a trained model as one flat block of bytes used in place;
//! - [`generator`]: from the token heard to the logits of the next;
//! - [`kernel`]: the arithmetic per instruction set, one specification for all;
//! - [`math`]: `exp`, `tanh` and the logistic function, the same bits on every machine.
//!
//! The crate never allocates, never opens a file and never starts a thread; the caller owns all
//! memory. Everything is proven when an image is opened, and nothing can fail after.
#![no_std]
#![deny(unsafe_code)]

#[cfg(target_endian = "big")]
compile_error!(
    "images are little-endian and used in place; a big-endian target would misread them"
);

pub mod generator;
pub mod image;
pub mod kernel;
mod layer;
pub mod math;

pub use generator::{Generator, Model};
pub use image::{Image, OpenError};
pub use kernel::Kernels;
