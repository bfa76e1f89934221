//! What a board's profile puts into the audio interrupt.

use musigan_synth::ChannelEvent;

use crate::gate::Messenger;
use crate::profile::Profile;
use crate::speaker::{Frame, Speaker};
use crate::wire::SpeakerEnd;

/// Sound where the profile has some, else notes.
#[expect(clippy::large_enum_variant, reason = "there is one, and a box would be heap")]
pub enum Output<'w> {
    /// Samples.
    Sound(Speaker<'w>),
    /// Notes for a MIDI socket.
    Notes(Messenger<'w>),
}

impl<'w> Output<'w> {
    /// What this board plays; allocates all it will ever use.
    #[must_use]
    pub fn new(profile: &Profile, end: SpeakerEnd<'w>) -> Self {
        if profile.sample_rate > 0 {
            Self::Sound(Speaker::new(profile, end))
        } else {
            Self::Notes(Messenger::new(profile.rate(), end))
        }
    }

    /// Renders the next frames; a board without sound leaves them as they are and tells the notes.
    ///
    /// # Real-time
    /// As [`Speaker::fill`].
    pub fn fill(&mut self, half: &mut [Frame], tell: impl FnMut(ChannelEvent)) {
        match self {
            Self::Sound(speaker) => speaker.fill(half),
            Self::Notes(messenger) => messenger.pass(half.len(), tell),
        }
    }
}
