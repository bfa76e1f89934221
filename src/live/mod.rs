//! Plays *with* a player: hears his keys, and continues, answers or accompanies.
//!
//! - [`Partner`]: who plays when, and what; it knows no ports, no threads and no clock but ticks;
//! - [`Notebook`]: what was played, as notes.

mod ear;
mod notebook;
mod partner;
mod plan;
mod stage;

pub use notebook::{Extract, Notebook};
pub use partner::{Doing, Memory, Partner};
pub use plan::{Mode, Plan};
