//! Properties of the piano roll.

use std::collections::BTreeSet;

use musigan_score::roll::{self, Form, STEPS, Stroke};
use musigan_score::{Key, Pitch};
use proptest::prelude::*;

/// Notes of which no two of a part and key touch the same step, in canonical order.
fn bars() -> impl Strategy<Value = (usize, Vec<Stroke>)> {
    let stroke = (0..STEPS, 1..=STEPS, 0..3_usize, 30..94_u8)
        .prop_map(|(step, len, part, key)| Stroke { step, end: step + len, part, key });
    (1..=STEPS, prop::collection::vec(stroke, 0..40)).prop_map(|(steps, strokes)| {
        let mut taken = BTreeSet::new();
        let mut kept: Vec<Stroke> = Vec::new();
        for stroke in strokes.into_iter().filter(|stroke| stroke.end <= steps) {
            let cells = || (stroke.step..stroke.end).map(|step| (step, stroke.part, stroke.key));
            if cells().all(|cell| !taken.contains(&cell)) {
                taken.extend(cells());
                kept.push(stroke);
            }
        }
        kept.sort_by_key(|stroke| (stroke.step, stroke.part, stroke.key));
        (steps, kept)
    })
}

fn read(form: Form, steps: usize, cells: &[bool]) -> Vec<Stroke> {
    let mut strokes = Vec::new();
    form.read(steps, |cell| cells[cell], |stroke| strokes.push(stroke));
    strokes
}

proptest! {
    #[test]
    fn what_is_written_is_read((steps, strokes) in bars()) {
        let form = Form::new(3, 30, 64).unwrap();
        let mut cells = vec![false; form.len()];
        strokes.iter().for_each(|&stroke| form.write(stroke, |cell| cells[cell] = true));
        prop_assert_eq!(read(form, steps, &cells), strokes);
    }

    #[test]
    fn any_cells_are_notes_that_end_in_the_bar(
        cells in prop::collection::vec(any::<bool>(), STEPS * 2 * 2 * 24),
        steps in 0..=STEPS,
    ) {
        let form = Form::new(2, 60, 24).unwrap();
        let strokes = read(form, steps, &cells);
        for pair in strokes.windows(2) {
            let order = |s: &Stroke| (s.step, s.part, s.key);
            prop_assert!(order(&pair[0]) < order(&pair[1]));
        }
        for stroke in &strokes {
            prop_assert!(stroke.step < stroke.end && stroke.end <= steps);
        }
        // Said again, it is the same music: what was not music is gone.
        let mut again = vec![false; form.len()];
        strokes.iter().for_each(|&stroke| form.write(stroke, |cell| again[cell] = true));
        prop_assert_eq!(read(form, steps, &again), strokes);
    }

    #[test]
    fn a_key_outside_the_window_keeps_its_class(key in 0..128_u8, lowest in 0..=104_u8) {
        let inside = Form::new(1, lowest, 24).unwrap().inside(key);
        prop_assert_eq!(inside % 12, key % 12);
        prop_assert!((lowest..lowest + 24).contains(&inside));
    }

    #[test]
    fn a_shift_moves_the_tonic_to_c_and_back(index in 0..24_u8, key in 30..90_u8) {
        let tonic = Key::from_index(index).unwrap();
        let shift = roll::shift(Some(tonic));
        prop_assert_eq!(tonic.transposed(shift).tonic(), 0);
        let moved = Pitch::new(key).unwrap().transposed(shift).unwrap();
        let stroke = Stroke { step: 0, end: 1, part: 0, key: moved.key() };
        prop_assert_eq!(stroke.pitch(shift).key(), key);
    }
}
