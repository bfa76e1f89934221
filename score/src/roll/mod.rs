//! A bar as a piano roll: the form in which a generator that composes whole bars hears and says music.
//!
//! - A bar is [`STEPS`] steps long at most: sixteenths and eighth triplets, six steps to the quarter
//!   ([`OFFSETS`]), from the metre ([`steps`]). Bars longer than a whole note have no roll.
//! - A step has, for every part, a row of keys where notes begin and one where they are held
//!   ([`Channel`]); which keys, the [`Form`] says. So a repeated note is not a long one.
//! - Bars stand for themselves: a note that crosses the bar line ends at it.
//! - Music is told relative to its tonic ([`shift`]): what is learnt in one key is known in all.
//! - What a bar is to be like (mode, density, style, metre) is the [`Condition`].
//!
//! ```
//! use musigan_score::roll::{Channel, Form, Stroke};
//!
//! let form = Form::new(1, 48, 24).unwrap();
//! let chord = [Stroke { step: 0, end: 6, part: 0, key: 48 }, Stroke { step: 0, end: 3, part: 0, key: 52 }];
//! let mut cells = [false; 24 * 2 * 24];
//! chord.iter().for_each(|&stroke| form.write(stroke, |cell| cells[cell] = true));
//! assert!(cells[form.cell(0, 0, Channel::Onset, 52)] && cells[form.cell(2, 0, Channel::Held, 52)]);
//! let mut read = 0;
//! form.read(24, |cell| cells[cell], |stroke| {
//!     assert_eq!(stroke, chord[read]);
//!     read += 1;
//! });
//! assert_eq!(read, 2);
//! ```

mod condition;
mod form;
mod grid;

pub use condition::{Condition, Told};
pub use form::{Channel, Form, Stroke, shift};
pub use grid::{OFFSETS, STEPS, nearest_step, steps, tick};
