//! Piano-roll data sets: music on a grid, frame by frame, and the published protocols over it.
//!
//! A file holds three sets of pieces, `{"train": [[[keys]…]…], "valid": …, "test": …}`, every piece a
//! list of frames, every frame the keys that sound. It is read for one of three [`Task`]s:
//!
//! * [`Task::Keys`]: a network hears whole frames and predicts the 88 keys of the next one
//!   independently of each other;
//! * [`Task::Chain`]: the frames vocabulary of `musigan_score::frames`, whose tokens' nats add up to
//!   the exact nats of the frame;
//! * [`Task::Lines`]: four parts, by `musigan_score::lines`.

mod file;
mod grammar;
mod protocol;
mod roll;
mod task;
mod tokens;

pub use file::{FileError, Rolls, Set};
pub use grammar::Grammar;
pub use protocol::{Score, judge_keys, judge_tokens};
pub use roll::{Step, transposed_steps};
pub use task::Task;
pub use tokens::transposed;
