//! MusiGAN's engine: composes music token by token.
//!
//! - [`image`]: the `.mgi` file, a trained model as one flat block of bytes used in place;
//! - [`generator`]: from the token heard to the logits of the next;
//! - [`sampler`]: from logits to a token, [`rng`]: chance that is the same everywhere;
//! - [`composer`]: a piece, token by token, as the grammar of the vocabulary allows;
//! - [`scale`]: which notes may sound;
//! - [`loops`]: notices when music runs in circles;
//! - [`passages`]: what a model has learnt from, so that it is not said again;
//! - [`performer`]: from notes to keys that go down and up;
//! - [`kernel`]: the arithmetic per instruction set, one specification for all;
//! - [`math`]: `exp`, `ln`, `tanh` and the logistic function, the same bits on every machine.
//!
//! The crate never allocates, never opens a file and never starts a thread; the caller owns all
//! memory. Everything is proven when an image is opened, and nothing can fail after.
//!
//! From an image in flash to the first note, without a heap:
//!
//! ```
//! use musigan_engine::composer::{Composer, Opening, Settings};
//! use musigan_engine::{Generator, Model, include_image};
//! use musigan_score::events::{Event, FINGERPRINT};
//!
//! # fn main() -> Result<(), musigan_engine::OpenError> {
//! static IMAGE: &[u8] = include_image!(concat!(env!("CARGO_MANIFEST_DIR"), "/../models/music-box.mgi"));
//! let model = Model::open(IMAGE, FINGERPRINT)?;
//! let (mut state, mut logits) = ([0.0; 8192], [0.0; 1024]); // room for more than the model asks
//! let (state, logits) = (&mut state[..model.state_len()], &mut logits[..model.vocab_len()]);
//! let (settings, opening) = (Settings::default(), Opening::default());
//! let mut composer = Composer::new(&model, state, logits, settings, opening, 7);
//! let note = loop {
//!     if let Some(Event::Note(note)) = composer.step() {
//!         break note; // in ticks of 1/24 of a quarter note: a performer makes keys of it
//!     }
//! };
//! assert!(note.end() > note.onset);
//! # Ok(())
//! # }
//! ```
#![no_std]
#![deny(unsafe_code)]

#[cfg(target_endian = "big")]
compile_error!(
    "images are little-endian and used in place; a big-endian target would misread them"
);

pub mod composer;
mod form;
pub mod generator;
pub mod image;
pub mod kernel;
mod layer;
pub mod loops;
pub mod math;
pub mod passages;
pub mod performer;
pub mod rng;
mod rules;
pub mod sampler;
pub mod scale;
pub mod tonality;

pub use composer::Composer;
pub use generator::{Generator, Model};
pub use image::{Image, OpenError};
pub use kernel::Kernels;
