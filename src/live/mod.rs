//! Plays *with* a player: hears his keys, and continues, answers or accompanies.
//!
//! - [`Partner`]: who plays when, and what; it knows no ports, no threads and no clock but ticks;
//! - [`Notebook`]: what was played, as notes;
//! - [`Band`]: the thread on which the partner plays, between the ports and the audio callback;
//! - [`Hands`]: what runs in the callback of a MIDI input: keys sound at once, past the band;
//! - [`Outlet`]: a MIDI output and its clock; [`Follower`]: in step with the clock of others;
//! - [`Keyboard`], [`ports()`]: the ports.
//!
//! ```text
//!  MIDI in ─▶ hands ─┬─▶ keys ────────────────▶ audio callback
//!                    └─▶ band (partner) ─┬─▶ feed ─▶ audio callback
//!                                        └─▶ outlet ─▶ MIDI out
//! ```

mod band;
mod desk;
mod follower;
mod hands;
mod learn;
mod outlet;
mod ports;
mod timeline;
mod wire;

pub use band::{Band, Clock, Ends as BandEnds, Order, Song, doing};
pub use desk::{Desk, log};
pub use follower::Follower;
pub use hands::{Hands, Heard, Wrist, hands};
pub use learn::{Dial, Learned};
pub use musigan_music::partner::{Doing, Extract, Memory, Mode, Notebook, Partner, Plan};
pub use outlet::{Inlet, Outlet, Port, outlet};
pub use ports::{Keyboard, KeyboardChange, Ports, VIRTUAL, open_output, ports};
pub use wire::Message;
