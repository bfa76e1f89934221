//! Contig mapping: where all voices sound, the highest is the first and so on; from there voices go on to
//! the notes that are nearest.

use super::Sounding;

/// A stretch of time in which the same notes sound.
struct Slice {
    /// Places of the notes that sound, from the highest to the lowest.
    notes: Vec<usize>,
    /// The voice of each, once it is known.
    voices: Vec<Option<usize>>,
}

/// Which of `count` voices, the highest is 0, each note is of. Of more notes at once, those in the middle share
/// the voices that are nearest.
pub fn voices(notes: &[Sounding], count: usize) -> Vec<usize> {
    let mut slices = sliced(notes);
    for slice in &mut slices {
        // Where all voices sound, their order is that of their pitches.
        if slice.notes.len() >= count {
            let last = slice.notes.len() - 1;
            slice.voices = (0..=last)
                .map(|rank| Some((rank * (count - 1)).checked_div(last).unwrap_or(0)))
                .collect();
        }
    }
    if slices.iter().all(|slice| slice.voices.is_empty()) {
        // Nowhere do all sound: where most do, they are told apart from the top.
        let most = slices.iter().map(|slice| slice.notes.len()).max().unwrap_or(0);
        for slice in slices.iter_mut().filter(|slice| slice.notes.len() == most) {
            slice.voices = (0..most).map(Some).collect();
        }
    }
    grow(notes, &mut slices, count);
    votes(notes.len(), &slices, count)
}

/// The stretches between any two times at which something begins or ends.
fn sliced(notes: &[Sounding]) -> Vec<Slice> {
    let mut times: Vec<u64> = notes.iter().flat_map(|note| [note.onset, note.end]).collect();
    times.sort_unstable();
    times.dedup();
    let mut slices = Vec::new();
    let (mut next, mut sounding) = (0, Vec::<usize>::new());
    for &time in &times {
        sounding.retain(|&place| notes[place].end > time);
        while next < notes.len() && notes[next].onset <= time {
            if notes[next].end > time {
                sounding.push(next);
            }
            next += 1;
        }
        if !sounding.is_empty() {
            let mut notes_now = sounding.clone();
            notes_now.sort_by_key(|&place| std::cmp::Reverse(notes[place].key));
            slices.push(Slice { notes: notes_now, voices: Vec::new() });
        }
    }
    slices
}

/// From slices whose voices are known to their neighbours, the nearest first.
fn grow(notes: &[Sounding], slices: &mut [Slice], count: usize) {
    loop {
        let known = |slice: &Slice| !slice.voices.is_empty();
        let reached: Vec<(usize, usize)> = (0..slices.len())
            .filter(|&at| !known(&slices[at]))
            .filter_map(|at| {
                let before = at.checked_sub(1).filter(|&before| known(&slices[before]));
                let after = Some(at + 1).filter(|&after| slices.get(after).is_some_and(known));
                Some((at, before.or(after)?))
            })
            .collect();
        if reached.is_empty() {
            return;
        }
        for (at, from) in reached {
            let voices = connected(notes, &slices[from], &slices[at], count);
            slices[at].voices = voices.into_iter().map(Some).collect();
        }
    }
}

/// The voices of a slice's notes that connect it best to a neighbour: in order, a held note in its voice,
/// other leaps as short as can be.
fn connected(notes: &[Sounding], from: &Slice, to: &Slice, count: usize) -> Vec<usize> {
    let cost = |place: usize, voice: usize| -> f64 {
        let before = from.notes.iter().zip(&from.voices).filter(|(_, v)| **v == Some(voice));
        let leaps = before.map(|(&other, _)| {
            if other == place {
                HELD
            } else {
                f64::from(notes[other].key.abs_diff(notes[place].key))
            }
        });
        leaps
            .fold(None, |least: Option<f64>, leap| Some(least.map_or(leap, |l| l.min(leap))))
            .unwrap_or_else(|| f64::from(register(notes, from, place, voice)))
    };
    // Order-preserving assignment: the first notes have the first voices.
    let (rows, mut best) = (to.notes.len(), vec![vec![(0.0, 0); count + 1]; to.notes.len() + 1]);
    for row in best.iter_mut().skip(1) {
        row[0] = (f64::INFINITY, 0);
    }
    for row in 1..=rows {
        for voice in 1..=count {
            let here = cost(to.notes[row - 1], voice - 1);
            // A voice may carry two notes where there are more notes than voices.
            let again =
                if rows > count { best[row - 1][voice].0 + here + 1.0 } else { f64::INFINITY };
            let with = best[row - 1][voice - 1].0 + here;
            let without = best[row][voice - 1].0;
            best[row][voice] = if with <= without && with <= again {
                (with, 1)
            } else if without <= again {
                (without, 0)
            } else {
                (again, 2)
            };
        }
    }
    let (mut row, mut voice, mut found) = (rows, count, vec![0; rows]);
    while row > 0 && voice > 0 {
        match best[row][voice].1 {
            0 => voice -= 1,
            step => {
                found[row - 1] = voice - 1;
                row -= 1;
                voice -= usize::from(step == 1);
            }
        }
    }
    found
}

/// What it is worth that a note that sounds in both slices stays in its voice.
const HELD: f64 = -100.0;

/// How far a note is from where a silent voice would be: between its neighbours.
fn register(notes: &[Sounding], from: &Slice, place: usize, voice: usize) -> u8 {
    let key = |at: usize| notes[from.notes[at]].key;
    let above = from.voices.iter().rposition(|v| v.is_some_and(|v| v < voice)).map(key);
    let below = from.voices.iter().position(|v| v.is_some_and(|v| v > voice)).map(key);
    let here = notes[place].key;
    match (above, below) {
        (Some(a), Some(b)) => here.abs_diff(a.midpoint(b)),
        (Some(a), None) => here.abs_diff(a.saturating_sub(7)),
        (None, Some(b)) => here.abs_diff(b.saturating_add(7)),
        (None, None) => 0,
    }
}

/// The voice that each note has in most of its slices.
fn votes(len: usize, slices: &[Slice], count: usize) -> Vec<usize> {
    let mut votes = vec![vec![0_u32; count]; len];
    for slice in slices {
        for (&place, voice) in slice.notes.iter().zip(&slice.voices) {
            if let Some(vote) = voice.and_then(|voice| votes[place].get_mut(voice)) {
                *vote += 1;
            }
        }
    }
    let most = |votes: &Vec<u32>| (0..count).rev().max_by_key(|&voice| votes[voice]).unwrap_or(0);
    votes.iter().map(most).collect()
}

#[cfg(test)]
mod tests {
    use super::super::{in_order, note};
    use super::*;

    #[test]
    fn voices_keep_their_names_while_some_rest() {
        // Alto and tenor rest in the second bar, then come again.
        let mut notes = Vec::new();
        for bar in 0..3_u64 {
            for (voice, key) in [72_u8, 67, 60, 48].into_iter().enumerate() {
                if bar == 1 && (voice == 1 || voice == 2) {
                    continue;
                }
                for beat in 0..4 {
                    let at = 96 * bar + 24 * beat;
                    notes.push(note(at, at + 24, key + (beat % 3) as u8));
                }
            }
        }
        in_order(&mut notes);
        let found = voices(&notes, 4);
        for (note, voice) in notes.iter().zip(found) {
            let wanted = match note.key {
                70.. => 0,
                65..70 => 1,
                58..65 => 2,
                _ => 3,
            };
            assert_eq!(voice, wanted, "{note:?}");
        }
    }

    #[test]
    fn few_notes_and_none_are_voices_too() {
        assert!(voices(&[], 4).is_empty());
        assert_eq!(voices(&[note(0, 24, 60)], 4), [0]);
        let chord: Vec<_> = [40, 50, 60, 70, 80].map(|key| note(0, 24, key)).into();
        assert_eq!(voices(&chord, 4).len(), 5);
    }
}
