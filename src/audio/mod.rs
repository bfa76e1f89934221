//! The sound card: a ring of timed actions on one side, the device's callback on the other.

mod device;
mod speaker;

pub use device::{NoDevice, Output, open};
pub use speaker::{Feed, Speaker, Stats, speaker};
