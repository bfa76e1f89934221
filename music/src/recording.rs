use alloc::vec;
use alloc::vec::Vec;

use musigan_engine::composer::{Opening, Settings};
use musigan_engine::generator::Generator;
use musigan_score::{Instrument, PartId};
use musigan_synth::{Action, Channel, ChannelEvent, TimedAction};

use crate::{Listener, Marker, Music, Swing};

/// A listener that keeps everything: for files.
#[derive(Clone, Debug, Default)]
pub struct Recording {
    /// The actions, in the order of their ticks.
    pub actions: Vec<TimedAction>,
    /// The markers, in the order of their ticks.
    pub markers: Vec<(u64, Marker)>,
}

impl Listener for Recording {
    fn action(&mut self, action: TimedAction) {
        self.actions.push(action);
    }

    fn marker(&mut self, tick: u64, marker: Marker) {
        self.markers.push((tick, marker));
    }
}

impl Recording {
    /// Records one piece. `settings` bound its length.
    pub fn of_piece<G: Generator>(
        generator: &G,
        settings: Settings,
        opening: Opening<'_>,
        swing: Swing,
        seed: u64,
    ) -> Self {
        let mut state = vec![0.0; generator.state_len()];
        let mut logits = vec![0.0; generator.vocab_len()];
        let mut music = Music::new(generator, &mut state, &mut logits, settings, opening, seed);
        music.set_swing(swing);
        Self::of(&mut music)
    }

    /// Records the rest of the piece that `music` is at, whose settings bound its length.
    pub fn of<G: Generator>(music: &mut Music<'_, G>) -> Self {
        let (mut recording, before) = (Self::default(), music.pieces());
        while music.pieces() == before {
            music.advance(&mut recording);
        }
        recording
    }

    /// The parts and what they are played on.
    pub fn parts(&self) -> [Option<Instrument>; PartId::COUNT as usize] {
        let mut parts = [None; PartId::COUNT as usize];
        for &(_, marker) in &self.markers {
            if let Marker::Part(part, instrument) = marker {
                parts[part.index()] = Some(instrument);
            }
        }
        parts
    }

    /// Takes out the notes of the channels that are silent.
    pub fn silence(&mut self, silent: &[bool; Channel::COUNT]) {
        self.actions.retain(|timed| match timed.action {
            Action::Channel(
                ChannelEvent::NoteOn { channel, .. } | ChannelEvent::NoteOff { channel, .. },
            ) => !silent[channel.index()],
            _ => true,
        });
    }

    /// What happens on one channel, and the tempi.
    pub fn on_channel(&self, wanted: Channel) -> Self {
        let is_wanted = |timed: &&TimedAction| match timed.action {
            Action::Tempo(_) => true,
            Action::Channel(event) => event.channel().is_none_or(|channel| channel == wanted),
        };
        let actions = self.actions.iter().filter(is_wanted).copied().collect();
        Self { actions, markers: self.markers.clone() }
    }
}
