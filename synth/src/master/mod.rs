//! What all voices share: chorus, reverb, limiter.

mod chorus;
mod limiter;
mod line;
mod reverb;

pub(crate) use chorus::Chorus;
pub(crate) use limiter::Limiter;
pub(crate) use reverb::Reverb;
