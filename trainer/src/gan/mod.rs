//! A generative adversarial network that composes bar by bar.
//!
//! A [`network::generator`] makes a bar (a piano roll, `musigan_score::roll`) out of chance, the bar
//! before and a condition, as MidiNet does (Yang, Chou and Yang, 2017); of the latent a share belongs to
//! all parts and a share to each, as in MuseGAN (Dong et al., 2018). A critic tells bars of the corpus
//! from generated ones; both learn in turn ([`step`], [`Learner`]).
//!
//! Binarisation is a part of the generator: the critic hears cells that are on or off, as a player
//! does, and the gradient passes straight through (Dong and Yang, 2018). So there is no threshold to
//! be chosen afterwards, and nothing flickers that the critic has not heard flicker.

pub mod bars;
mod batch;
pub mod compare;
mod config;
mod export;
pub mod features;
mod judge;
mod learner;
pub mod network;
mod opening;
mod report;
pub mod rollout;
pub mod step;
pub mod thresholds;

pub use batch::{Draw, Rows};
pub use config::{Config, Data, Kind, Optimiser};
pub use export::{ExportError, Exported, Proof, export, onnx_file};
pub use judge::{Judge, Verdict, distinct, empty};
pub use learner::{Learner, Splits};
pub use opening::Opening;
pub use report::{Observer, Progress, Validation};
