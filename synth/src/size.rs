//! How much memory a synth is given, and which sounds it has for it.

use crate::instrument::{PROGRAMS, Patch, Sound};
use crate::kernel::modal::{MAX_PARTIALS, Precision};
use musigan_score::Program;

/// Which of the sounds a synth has memory for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sounds {
    /// All.
    All,
    /// Bars, bells, FM and drums. The other programs sound as the music box does: neither
    /// wavetables (4 MB) nor strings (8 KB a voice at 48 kHz) are there. Strokes are computed in
    /// single precision.
    Struck,
}

/// How much memory a synth takes.
///
/// | | per voice and spare voice | once, at 48 kHz |
/// |---|---|---|
/// | [`Size::FULL`] | 17 KB | 3.8 MB |
/// | [`Size::MUSIC_BOX`] | 3.5 KB | 94 KB, nearly all of it the hall |
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Which sounds it has.
    pub sounds: Sounds,
    /// Partials of a voice, held within 1 and 64: the weakest are those that a patch names last.
    pub partials: usize,
    /// Voices beside those of [`Config::voices`](crate::Config), in which stolen ones fade.
    /// Together they are rounded up to a multiple of eight.
    pub spare: usize,
}

impl Size {
    /// The whole band.
    pub const FULL: Self = Self { sounds: Sounds::All, partials: MAX_PARTIALS, spare: 16 };

    /// A music box in a microcontroller's memory.
    pub const MUSIC_BOX: Self = Self { sounds: Sounds::Struck, partials: 16, spare: 4 };

    /// What strokes are computed with: synths that are small run on small processors.
    pub(crate) fn precision(self) -> Precision {
        match self.sounds {
            Sounds::All => Precision::Double,
            Sounds::Struck => Precision::Single,
        }
    }

    /// What a program is played on.
    pub(crate) fn patch(self, program: Program) -> &'static Patch {
        let patch = &PROGRAMS[usize::from(program.number())];
        let struck = matches!(patch.sound, Sound::Bars(_) | Sound::Fm(_) | Sound::Drum(_));
        if struck || self.sounds == Sounds::All {
            patch
        } else {
            &PROGRAMS[usize::from(Program::MUSIC_BOX.number())]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::instrument::percussion;

    #[test]
    fn what_is_struck_needs_no_strings_and_no_waves() {
        for program in 0..128 {
            let program = Program::from_data(program);
            let sound = &Size::MUSIC_BOX.patch(program).sound;
            assert!(matches!(sound, Sound::Bars(_) | Sound::Fm(_) | Sound::Drum(_)), "{program:?}");
            assert_eq!(Size::FULL.patch(program), &PROGRAMS[usize::from(program.number())]);
        }
        for key in 0..128 {
            let sound = percussion(key).map(|patch| &patch.sound);
            let struck = Some(true) == sound.map(|s| matches!(s, Sound::Bars(_) | Sound::Drum(_)));
            assert!(sound.is_none() || struck, "{key}");
        }
    }
}
