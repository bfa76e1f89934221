//! What streams are made of.

use std::fmt::Debug;

use ort::value::PrimitiveTensorElementType;

use super::data::{BOS, PAD};

/// One step of a stream: a token, or a whole frame.
pub trait Item: Copy + Default + Debug + PartialEq + Send + Sync + 'static {
    /// What the graph is fed with.
    type Element: PrimitiveTensorElementType + Copy + Default + Debug + PartialEq + 'static;

    /// The graph's input that hears items.
    const INPUT: &'static str;

    /// Where there is no music.
    const PAD: Self;

    /// Whether what other parts do stands beside it: the graph's input `others`.
    const OTHERS: bool = false;

    /// Whether a piece begins here: the state is reset before the item is heard, and the item is not
    /// predicted.
    fn begins(self) -> bool;

    /// Whether a network for `vocab_len` tokens or keys takes it.
    fn fits(self, vocab_len: usize) -> bool;

    /// Appends it in the form of the graph's inputs, as many elements for every item.
    fn write(self, out: &mut Vec<Self::Element>);

    /// Appends what the other parts do, as many numbers for every item; nothing without
    /// [`OTHERS`](Self::OTHERS).
    fn write_others(self, out: &mut Vec<f32>) {
        let _ = out;
    }
}

impl Item for u16 {
    type Element = i64;

    const INPUT: &'static str = "tokens";

    const PAD: Self = PAD;

    fn begins(self) -> bool {
        self == BOS
    }

    fn fits(self, vocab_len: usize) -> bool {
        usize::from(self) < vocab_len
    }

    fn write(self, out: &mut Vec<i64>) {
        out.push(self.into());
    }
}
