//! What all voices share: chorus, reverb, limiter.

mod chorus;
mod finish;
mod limiter;
mod line;
mod reverb;

pub(crate) use chorus::Chorus;
pub(crate) use finish::Finish;
use limiter::Limiter;
pub(crate) use reverb::Reverb;
