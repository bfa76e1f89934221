//! Small parts that every instrument is made of.

pub(crate) mod band;
pub(crate) mod envelope;
pub(crate) mod fft;
pub(crate) mod lfo;
pub(crate) mod math;
pub(crate) mod noise;
pub(crate) mod svf;
pub(crate) mod wavetable;
