//! The loudness of a voice over its life: attack, decay, sustain, release.

use super::math::decay;

/// Times of an envelope.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adsr {
    /// Seconds from silence to full; 0 begins at full (the sound itself then begins at zero).
    pub attack: f32,
    /// Seconds in which the decay falls by 60 dB towards the sustain level.
    pub decay: f32,
    /// Level that a held key keeps, 0 to 1.
    pub sustain: f32,
    /// Seconds in which the release falls by 60 dB.
    pub release: f32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Attack,
    Decay,
    Release,
    Fade,
    Done,
}

/// What takes this many seconds to fall by 60 dB is slow: a straight line over 256 frames at 48 kHz is
/// within 58 dB of it.
pub(crate) const SLOW: f32 = 0.25;

/// Below this level (−100 dB) a released voice is over.
const FLOOR: f32 = 1e-5;

/// An envelope at some point of its life. Its time is counted in the steps it is given, so it
/// has no age to drift with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Envelope {
    times: Adsr,
    stage: Stage,
    level: f32,
    /// The last step and time to −60 dB asked for, and the factor they make.
    shrink: [f32; 3],
}

impl Envelope {
    /// An envelope whose key goes down now.
    pub(crate) fn new(times: Adsr) -> Self {
        let instant = times.attack <= 0.0;
        Self {
            times,
            stage: if instant { Stage::Decay } else { Stage::Attack },
            level: if instant { 1.0 } else { 0.0 },
            shrink: [0.0, 1.0, 1.0],
        }
    }

    /// As [`decay`], which most steps need not compute anew.
    fn decay(&mut self, seconds: f32, t60: f32) -> f32 {
        if self.shrink[..2] != [seconds, t60] {
            self.shrink = [seconds, t60, decay(seconds, t60)];
        }
        self.shrink[2]
    }

    /// The level now, 0 to 1.
    pub(crate) fn level(&self) -> f32 {
        self.level
    }

    /// Whether it moves slowly.
    pub(crate) fn is_slow(&self) -> bool {
        match self.stage {
            Stage::Attack => self.times.attack >= 0.2 * SLOW,
            Stage::Decay => self.level == self.times.sustain || self.times.decay >= SLOW,
            Stage::Release => self.times.release >= SLOW,
            Stage::Fade | Stage::Done => false,
        }
    }

    /// Whether nothing will sound any more.
    pub(crate) fn is_done(&self) -> bool {
        self.stage == Stage::Done
    }

    /// The key comes up: falls from `level`.
    pub(crate) fn release(&mut self, level: f32) {
        if matches!(self.stage, Stage::Attack | Stage::Decay) {
            self.stage = Stage::Release;
            self.level = level;
        }
    }

    /// Falls from `level`, 60 dB in `seconds` if that is faster than the release under way.
    pub(crate) fn damp(&mut self, level: f32, seconds: f32) {
        if self.stage == Stage::Release && self.times.release <= seconds {
            return;
        }
        if self.stage != Stage::Done && self.stage != Stage::Fade {
            self.stage = Stage::Release;
            self.times.release = seconds;
            self.level = level;
        }
    }

    /// Falls from `level` to silence in a straight line, for stealing.
    pub(crate) fn fade(&mut self, level: f32, seconds: f32) {
        if self.stage != Stage::Done {
            self.stage = Stage::Fade;
            // From here on the attack time is the time of the fade from the level it has.
            self.times.attack = seconds / level.max(1e-3);
            self.level = level;
        }
    }

    /// Lets `seconds` pass and returns the level then.
    pub(crate) fn advance(&mut self, mut seconds: f32) -> f32 {
        if self.stage == Stage::Attack {
            let missing = (1.0 - self.level) * self.times.attack;
            if seconds < missing {
                self.level += seconds / self.times.attack;
                return self.level;
            }
            seconds -= missing;
            self.level = 1.0;
            self.stage = Stage::Decay;
        }
        match self.stage {
            Stage::Attack | Stage::Done => {}
            Stage::Decay => {
                let s = self.times.sustain;
                if self.level != s {
                    let shrink = self.decay(seconds, self.times.decay);
                    self.level = s + (self.level - s) * shrink;
                    if (self.level - s).abs() < FLOOR && s > 0.0 {
                        self.level = s;
                    }
                }
                if s <= 0.0 && self.level < FLOOR {
                    self.finish();
                }
            }
            Stage::Release => {
                self.level *= self.decay(seconds, self.times.release);
                if self.level < FLOOR {
                    self.finish();
                }
            }
            Stage::Fade => {
                self.level -= seconds / self.times.attack.max(1e-6);
                if self.level <= 0.0 {
                    self.finish();
                }
            }
        }
        self.level
    }

    fn finish(&mut self) {
        self.level = 0.0;
        self.stage = Stage::Done;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMES: Adsr = Adsr { attack: 0.1, decay: 1.0, sustain: 0.5, release: 0.3 };

    #[test]
    fn the_stages_take_their_times() {
        let mut e = Envelope::new(TIMES);
        assert!((e.advance(0.05) - 0.5).abs() < 1e-6);
        assert!((e.advance(0.05) - 1.0).abs() < 1e-6);
        e.advance(1.0);
        assert!((e.level() - 0.5005).abs() < 1e-4);
        e.release(e.level());
        e.advance(0.3);
        assert!((e.level() - 0.0005).abs() < 1e-5);
        e.advance(0.3);
        assert!(e.is_done() && e.level() == 0.0);
    }

    #[test]
    fn the_step_does_not_change_the_curve() {
        let mut whole = Envelope::new(TIMES);
        let mut parts = Envelope::new(TIMES);
        whole.advance(0.64);
        (0..64).for_each(|_| {
            parts.advance(0.01);
        });
        assert!((whole.level() - parts.level()).abs() < 1e-5);
    }

    #[test]
    fn a_fade_ends_in_its_time() {
        let mut e = Envelope::new(Adsr { attack: 0.0, ..TIMES });
        e.advance(0.2);
        let level = e.level();
        e.fade(level, 0.004);
        e.advance(0.002);
        assert!((e.level() - level / 2.0).abs() < 1e-3);
        e.advance(0.0021);
        assert!(e.is_done());
    }
}
