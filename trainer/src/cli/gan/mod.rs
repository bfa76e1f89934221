//! What the commands do with GANs.

mod data;
mod display;
mod train;

pub use train::{begin, is_run, resume};
