//! How a key draws the pitches.

use core::ops::Range;

use musigan_score::events::{PITCHES, kind};
use musigan_score::{Key, Mode};

/// How often the twelve pitch classes above the tonic sound in music in major and in minor, as natural
/// logarithms of their shares over the greatest share (J. Albrecht and D. Shanahan, *The Use of Large Corpora to
/// Train a New Type of Key-Finding Algorithm*, Music Perception 31, 2013).
const PROFILES: [[f32; 12]; 2] = [
    [0.0, -3.681, -0.763, -3.681, -0.552, -0.929, -2.700, -0.106, -3.275, -1.090, -3.393, -1.078],
    [0.0, -3.602, -0.749, -0.581, -2.449, -0.759, -2.909, -0.028, -1.266, -2.303, -1.283, -1.442],
];

/// Draws the logits of those pitches that are in `run` towards `key`, `strength` times as strongly as music is
/// drawn there.
///
/// # Real-time
/// Twelve products, and an addition for each pitch.
pub(crate) fn pull(logits: &mut [f32], run: Range<u16>, key: Key, strength: f32) {
    let (from, to) = (run.start.max(kind::PITCH.start), run.end.min(kind::PITCH.end));
    let Some(pitches) = logits.get_mut(usize::from(from)..usize::from(to)) else { return };
    let profile = match key.mode() {
        Mode::Major => &PROFILES[0],
        Mode::Minor => &PROFILES[1],
    };
    let draw = profile.map(|nats| strength * nats);
    // Pitch classes above the tonic, beginning with that of the first of them.
    let first =
        from - kind::PITCH.start + u16::from(*PITCHES.start()) + 12 - u16::from(key.tonic());
    let steps = draw.iter().cycle().skip(usize::from(first % 12));
    for (logit, nats) in pitches.iter_mut().zip(steps) {
        *logit += nats;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use musigan_score::events::VOCABULARY;

    #[test]
    fn a_triad_is_drawn_nearer_than_what_lies_between() {
        let key = Key::new(3, Mode::Minor).unwrap_or_else(|| unreachable!());
        let mut logits = [0.0; VOCABULARY];
        for run in [0..50, 50..VOCABULARY as u16] {
            pull(&mut logits, run, key, 0.5);
        }
        let of = |pitch: u8| logits[usize::from(kind::PITCH.start) + usize::from(pitch - 21)];
        // E flat minor: its triad over all else, in every octave.
        for octave in (24..96).step_by(12) {
            let least = [3, 6, 10].map(|class| of(octave + class)).into_iter().fold(0.0, f32::min);
            let other = [0, 1, 2, 4, 7, 9].map(|class| of(octave + class));
            assert!(other.into_iter().all(|logit| logit < least), "{octave}");
        }
        let touched = logits.iter().filter(|&&logit| logit != 0.0).count();
        // All pitches but the tonic, of which there are seven.
        assert_eq!(touched, kind::PITCH.len() - 7);
    }
}
