//! Sounding notes: one voice, eight voices side by side, and the bank of all of them.

mod bank;
mod channel;
mod group;
#[allow(clippy::module_inception)]
mod voice;

pub(crate) use bank::Bank;
