//! The sound card: rings on one side, the device's callback on the other.

mod anchor;
mod deck;
mod denormals;
mod device;
mod feed;
mod priority;
mod speaker;
mod stats;

pub use anchor::Passing;
pub use deck::{Change, Deck};
pub use device::{Choice, Latency, NoDevice, Output, open, outputs};
pub use feed::{Feed, Keys};
pub(crate) use priority::raise as raise_priority;
pub use speaker::{Line, Speaker, line};
pub use stats::{Controls, Late, Scheduling, Stats};
