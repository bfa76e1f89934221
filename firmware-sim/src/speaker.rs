//! The audio interrupt: fills one half of the DMA buffer after the other.

use musigan_synth::{Config, Player};

use crate::gate::{Gate, Order};
use crate::profile::Profile;
use crate::wire::SpeakerEnd;

/// Frames rendered at a time: the synth's own grid.
const BLOCK: usize = 64;

/// A frame as the converter takes it: left, right.
pub type Frame = [i16; 2];

/// Plays what the band composes.
///
/// Where the music is not composed in time, the clock waits and what sounds rings on, until a
/// quarter note is composed again.
pub struct Speaker<'w> {
    player: Player,
    gate: Gate<'w>,
}

impl<'w> Speaker<'w> {
    /// A silent speaker for this board; allocates all it will ever use.
    #[must_use]
    pub fn new(profile: &Profile, end: SpeakerEnd<'w>) -> Self {
        let config = Config {
            sample_rate: profile.rate(),
            voices: profile.voices,
            size: profile.size,
            ..Config::default()
        };
        let player = Player::new(config, musigan_score::TICKS_PER_QUARTER);
        let gate = Gate::new(end, player.transport());
        Self { player, gate }
    }

    /// Renders the next frames.
    ///
    /// # Real-time
    /// Runs in the audio interrupt: never allocates, locks, blocks or panics. The work is bounded
    /// by the frames, the voices and the actions that fall due.
    pub fn fill(&mut self, half: &mut [Frame]) {
        if self.gate.obey(self.player.transport_mut()) == Order::Release {
            self.player.synth_mut().all_notes_off();
        }
        for block in half.chunks_mut(BLOCK) {
            let (mut left, mut right) = ([0.0; BLOCK], [0.0; BLOCK]);
            let n = block.len();
            self.render(&mut left[..n], &mut right[..n]);
            for (frame, (l, r)) in block.iter_mut().zip(left.iter().zip(&right)) {
                *frame = [integer(*l), integer(*r)];
            }
        }
        self.gate.report(self.player.transport());
    }

    fn render(&mut self, left: &mut [f32], right: &mut [f32]) {
        let run = self.gate.frames_to_run(left.len(), self.player.transport());
        let (running, waiting) = left.split_at_mut(run);
        let (running_right, waiting_right) = right.split_at_mut(run);
        self.player.render(&mut self.gate, running, running_right);
        // The clock stands still: what sounds rings on.
        self.player.synth_mut().render(waiting, waiting_right);
    }
}

/// To the nearest 16-bit integer; halves away from zero.
fn integer(x: f32) -> i16 {
    let x = x * 32_767.0;
    // The conversion cuts off, and holds what is beyond the ends.
    (x + if x < 0.0 { -0.5 } else { 0.5 }) as i16
}
