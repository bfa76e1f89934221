//! The training loop, its data and its run folder.

mod config;
mod data;
mod error;
mod folder;
mod learner;
mod plot;
mod report;
mod rng;
mod schedule;
mod stream;
mod validate;

pub use config::{Budget, Config, Data, Device, Machine, Optimiser};
pub use data::{Augment, BOS, EOS, PAD, Splits, unchanged};
pub use error::TrainError;
pub use folder::RunFolder;
pub use learner::{Learner, Stop};
pub use report::{Observer, Progress, Validation};
pub use rng::Rng;
pub use schedule::Schedule;
pub use stream::{Streams, Window};
pub use validate::Validator;
