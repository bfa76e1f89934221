//! MusiGAN's engine: composes music token by token.
//!
//! - [`image`]: the `.mgi` file, a trained model as one flat block of bytes used in place;
//! - [`generator`]: from the token heard to the logits of the next;
//! - [`sampler`]: from logits to a token, [`rng`]: chance that is the same everywhere;
//! - [`composer`]: a piece, token by token, as the grammar of the vocabulary allows;
//! - [`loops`]: notices when music runs in circles;
//! - [`performer`]: from notes to keys that go down and up;
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

pub mod composer;
pub mod generator;
pub mod image;
pub mod kernel;
mod layer;
pub mod loops;
pub mod math;
pub mod performer;
pub mod rng;
mod rules;
pub mod sampler;

pub use composer::Composer;
pub use generator::{Generator, Model};
pub use image::{Image, OpenError};
pub use kernel::Kernels;
