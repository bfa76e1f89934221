//! Keys and what sounds in them: how a key draws the pitches, and which key pitches are of.

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

/// The greatest shares themselves, as natural logarithms.
const PEAKS: [f32; 2] = [-1.435, -1.514];

const fn profile(mode: Mode) -> (&'static [f32; 12], f32) {
    match mode {
        Mode::Major => (&PROFILES[0], PEAKS[0]),
        Mode::Minor => (&PROFILES[1], PEAKS[1]),
    }
}

/// The key in which music would most likely sound so: `lengths` tells for how long each pitch class sounds, from C
/// on, in any unit. `None` where nothing sounds.
///
/// The key of the greatest likelihood, were every moment drawn from its profile by itself (D. Temperley, *Music and
/// Probability*, 2007).
pub fn likeliest_key(lengths: &[f32; 12]) -> Option<Key> {
    let all: f32 = lengths.iter().sum();
    if all.is_nan() || all <= 0.0 {
        return None;
    }
    let nats = |key: Key| {
        let (profile, peak) = profile(key.mode());
        let steps = (0..12).map(|class| usize::from((class + 12 - key.tonic()) % 12));
        all * peak
            + lengths.iter().zip(steps).map(|(length, step)| length * profile[step]).sum::<f32>()
    };
    let keys = (0..24).filter_map(Key::from_index).map(|key| (nats(key), key));
    keys.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, key)| key)
}

/// Draws the logits of those pitches that are in `run` towards `key`, `strength` times as strongly as music is
/// drawn there.
///
/// # Real-time
/// Twelve products, and an addition for each pitch.
pub(crate) fn pull(logits: &mut [f32], run: Range<u16>, key: Key, strength: f32) {
    let (from, to) = (run.start.max(kind::PITCH.start), run.end.min(kind::PITCH.end));
    let Some(pitches) = logits.get_mut(usize::from(from)..usize::from(to)) else { return };
    let draw = profile(key.mode()).0.map(|nats| strength * nats);
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
    fn pieces_of_scales_are_heard_in_their_keys() {
        // Cadences: what sounds, and for how long.
        let cadence = |tonic: u8, thirds: [u8; 3], leading: u8| {
            let mut lengths = [0.0; 12];
            for (root, third) in
                [0, 5, 7, 0].into_iter().zip([thirds[0], thirds[1], leading, thirds[0]])
            {
                for step in [0, third, 7] {
                    lengths[usize::from((tonic + root + step) % 12)] += 1.0;
                }
            }
            likeliest_key(&lengths)
        };
        for tonic in 0..12 {
            assert_eq!(cadence(tonic, [4, 4, 4], 4), Key::new(tonic, Mode::Major));
            assert_eq!(cadence(tonic, [3, 3, 3], 4), Key::new(tonic, Mode::Minor));
        }
        assert_eq!(likeliest_key(&[0.0; 12]), None);
        assert_eq!(likeliest_key(&[f32::NAN; 12]), None);
    }

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
