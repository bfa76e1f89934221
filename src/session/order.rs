use std::path::PathBuf;

use musigan_engine::composer::{Form, Walk};
use musigan_engine::scale::Scale;
use musigan_score::events::{Density, Style};
use musigan_score::{Key, PartId, Program};

use musigan_synth::ChannelEvent;

use crate::audio::Feed;
use crate::music::{Arrangement, Marker, Swing};

/// What is asked of the music while it plays.
pub enum Order {
    /// Break off, and begin the piece after that of this seed.
    Next(u64),
    /// Never play the piece of this seed again, and begin the next.
    Skip(u64),
    /// Break off, and begin the piece of this seed.
    Play(u64),
    /// How fast, in percent of the tempo that the piece has.
    Speed(u32),
    /// How adventurous, see [`musigan_engine::sampler::Sampling`].
    Temperature(f32),
    /// How many of the likely tokens are candidates, see [`musigan_engine::sampler::Sampling`].
    TopP(f32),
    /// How much is to happen in each bar; `None`: as the model chooses.
    Density(Option<Density>),
    /// The style of the pieces to come; `None`: as the model chooses.
    Style(Option<Style>),
    /// The key of the pieces to come; `None`: as the model chooses.
    Key(Option<Key>),
    /// The notes that are played, over the key of the moment.
    Scale(Scale),
    /// How strongly the key draws the pitches, see [`musigan_engine::composer::Settings`].
    Tonality(f32),
    /// What the latent of a generator of bars does from bar to bar.
    Walk(Walk),
    /// Which phrases come again, from the next that is new on.
    Form(Form),
    /// How the music swings.
    Swing(Swing),
    /// Another program for a part, in this piece and those to come.
    Program(PartId, Program),
    /// Lets a part fall silent, or be heard again.
    Mute(PartId, bool),
    /// Lets a part be heard without those of which this is not asked, or with them again.
    Solo(PartId, bool),
    /// A part transposed, doubled, as a canon: in what is composed from now on.
    Arrange(PartId, Arrangement),
    /// Write what was played in the last minutes into files whose names begin so.
    Save(PathBuf),
    /// The device came back: here is the way into its callback.
    Device(Feed),
    /// Let every key go, and end.
    Stop,
}

/// What a screen is told. It is told when it is composed, which is before it sounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Report {
    /// Something at this tick of the clock.
    At(u64, Marker),
    /// What someone has played himself, at this tick.
    Played(u64, ChannelEvent),
}
