//! What the commands do with GANs.

mod data;
mod display;
mod export;
mod train;

pub use export::export;
pub use train::{begin, is_run, resume};
