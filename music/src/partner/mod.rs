//! One who plays with a player: hears his keys, and continues, answers or accompanies.
//!
//! - [`Partner`]: who plays when, and what; it knows no ports, no threads and no clock but ticks;
//! - [`Plan`]: what is agreed before;
//! - [`Notebook`]: what was played, as notes.

mod ear;
mod notebook;
#[expect(clippy::module_inception, reason = "the folder is named after its chief inhabitant")]
mod partner;
mod plan;
mod stage;

pub use notebook::{Extract, Notebook};
pub use partner::{Doing, Memory, Partner};
pub use plan::{Mode, PLAYER_CHANNEL, Plan};
