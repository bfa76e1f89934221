//! The training loop, its data and its run folder.

mod chart;
mod config;
mod data;
mod error;
mod folder;
mod item;
mod learner;
mod log;
mod report;
mod rng;
mod schedule;
mod stop;
mod stream;
mod tensorboard;
mod validate;

pub use crate::session::Device;
pub use chart::{Chart, Curve};
pub use config::{Budget, Config, Data, Machine, Optimiser, Reading};
pub(crate) use config::{MOST_WEIGHTS, parse};
pub use data::{Augment, BOS, EOS, PAD, Pieces, Sets, Splits, unchanged};
pub use error::TrainError;
pub use folder::{Metrics, RunFolder};
pub use item::Item;
pub use learner::Learner;
pub use log::Log;
pub use report::{Judged, Observer, Progress, Record, Validation};
pub use rng::Rng;
pub use schedule::Schedule;
pub(crate) use stop::Due;
pub use stop::Stop;
pub use stream::{Streams, Window};
pub use validate::Validator;
