use crate::{Metre, TICKS_PER_QUARTER};

/// Where the steps of a quarter lie, in ticks: the sixteenths and the eighth triplets.
///
/// An even grid that holds both has twelve steps to the quarter, and half of them are empty in nearly
/// all music.
pub const OFFSETS: [u8; 6] = [0, 6, 8, 12, 16, 18];

/// Steps of the longest bar that has a roll: a whole note.
pub const STEPS: usize = 24;

/// How many steps a bar of this metre has, at most [`STEPS`]; `None` if it is longer.
pub const fn steps(metre: Metre) -> Option<usize> {
    // Three to the eighth, and a bar is a whole number of eighths.
    let steps = metre.bar_ticks() as usize / 4;
    if steps <= STEPS { Some(steps) } else { None }
}

/// Ticks from the bar line to a step; a bar's number of steps gives its end.
pub const fn tick(step: usize) -> u32 {
    let quarter = (step / OFFSETS.len()) as u32;
    quarter * TICKS_PER_QUARTER + OFFSETS[step % OFFSETS.len()] as u32
}

/// The step that is nearest to a tick after the bar line (the earlier of two equally near).
pub const fn nearest_step(ticks: u32) -> usize {
    let quarter = (ticks / TICKS_PER_QUARTER) as usize * OFFSETS.len();
    let mut best = 0;
    let mut next = 1;
    while next <= OFFSETS.len() {
        let within = ticks % TICKS_PER_QUARTER;
        if tick(next).abs_diff(within) < tick(best).abs_diff(within) {
            best = next;
        }
        next += 1;
    }
    quarter + best
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::{Position, Symbol};

    #[test]
    fn every_step_has_a_position_and_is_nearest_to_itself() {
        for step in 0..STEPS {
            let position = Position::from_ticks(tick(step));
            assert!(position.is_some_and(|p| Symbol::Position(p).token().is_some()), "{step}");
            assert_eq!(nearest_step(tick(step)), step);
        }
        assert_eq!((nearest_step(3), nearest_step(4), nearest_step(23)), (0, 1, 6));
    }

    #[test]
    fn bars_have_three_steps_to_the_eighth() {
        let of = |numerator, denominator| steps(Metre::nearest(numerator, denominator).0);
        assert_eq!(of(4, 4), Some(24));
        assert_eq!(of(6, 8), Some(18));
        assert_eq!(of(3, 8), Some(9));
        assert_eq!(tick(9), 36);
        assert_eq!(of(12, 8), None);
    }
}
