use alloc::vec::Vec;

use musigan_engine::generator::Generator;
use musigan_music::{Recording, Rendering, smf};
use musigan_score::TICKS_PER_QUARTER;
use musigan_synth::{Config, TimedAction};

use crate::wishes::Wishes;

/// One piece, whole: what `musigan render` makes of the same model, wishes and seed.
pub struct Piece {
    recording: Recording,
    rendering: Rendering<&'static [TimedAction]>,
}

impl Piece {
    /// Composes the piece of `seed`, to be rendered at so many frames a second.
    pub fn new<G: Generator>(generator: &G, wishes: &Wishes, sample_rate: u32, seed: u64) -> Self {
        let Wishes { settings, opening, swing, .. } = *wishes;
        let mut recording = Recording::of_piece(generator, settings, opening, swing, seed);
        for timed in &mut recording.actions {
            timed.action = wishes.granted(timed.action);
        }
        let config = Config { sample_rate, ..Config::default() };
        // A module makes one piece and is thrown away.
        let actions = recording.actions.clone().leak();
        Self { recording, rendering: Rendering::new(config, TICKS_PER_QUARTER, actions) }
    }

    /// The piece as a MIDI file; nothing if it is too long for one.
    #[must_use]
    pub fn midi(&self) -> Vec<u8> {
        smf::bytes(&self.recording).unwrap_or_default()
    }

    /// Renders the next frames, as many as the shorter slice has; `false` when all has died away.
    pub fn block(&mut self, left: &mut [f32], right: &mut [f32]) -> bool {
        self.rendering.block(left, right)
    }
}
