//! Parts that listen to each other: one sentence, heard by a generator for each part.
//!
//! A piece of several parts is one sentence of the [`events`](crate::events) vocabulary. Where every
//! part has a generator of its own, each hears a sentence of its own: what all share (head, bars,
//! tags) and its own notes. What the others do comes beside every token as a [`Picture`]: which keys of
//! theirs sound at that moment, which have just begun, how much longer they last. [`Relay`] takes the one
//! sentence apart into these, token by token, the same way in training and in play:
//!
//! ```text
//! all:     Bar Position Part₀ Velocity Pitch Duration Part₁ Velocity Pitch Duration Position …
//! part 0:  Bar Position Part₀ Velocity Pitch Duration
//! part 1:  Bar Position                               Part₁ Velocity Pitch Duration …
//! ```
//!
//! A part hears a position when its own line begins there, and with it what parts before it have just
//! said at that position; so parts speak in their order, and the later one knows what the earlier did.

mod picture;
mod relay;

pub use picture::Picture;
pub use relay::{MAX_LINKED, Relay};
