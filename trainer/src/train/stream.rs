//! Pieces laid out as parallel streams and cut into windows.
//!
//! The recurrent state of a stream is carried from window to window (truncated backpropagation) and
//! reset exactly where a piece begins, by a mask that multiplies the state before every step.

use std::ops::Range;

use super::data::Augment;
use super::{Item, Rng, Splits};

/// Parallel streams of equal length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Streams<I = u16> {
    /// The items of all streams.
    items: Vec<I>,
    /// Which are each stream's, one more than it has targets. The last of a stream may be the first of
    /// the next.
    streams: Vec<Range<usize>>,
    window: usize,
    windows: usize,
}

/// One window in the layout of the graph's inputs: time-major, stream by stream.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Window<I: Item = u16> {
    /// Items heard: tokens `[T, B]` or keys `[T, B, V]`.
    pub heard: Vec<I::Element>,
    /// Items to predict, in the same shape.
    pub targets: Vec<I::Element>,
    /// What other parts do when an item is heard, `[T, B, F]`; empty where items say nothing of it.
    pub others: Vec<f32>,
    /// 1 where the target counts, `[T, B]`: not padding, and not the first of the next piece.
    pub counts: Vec<f32>,
    /// 0 where a piece begins, `[T, B]`.
    pub keep: Vec<f32>,
    /// Number of targets that count.
    pub counted: usize,
}

impl<I: Item> Streams<I> {
    /// One epoch of training: the pieces in a random order, augmented, joined and cut into `batch`
    /// streams of equal length. At most `window` targets at the end of each stream are left out.
    pub fn epoch(
        splits: &Splits<I>,
        batch: usize,
        window: usize,
        seed: u64,
        epoch: u64,
        augment: &Augment<'_, I>,
    ) -> Self {
        let mut order: Vec<usize> = (0..splits.train.len()).collect();
        Rng::keyed(&[seed, b's'.into(), epoch]).shuffle(&mut order);
        let mut joined = Vec::new();
        for i in order {
            let mut rng = Rng::keyed(&[seed, b'a'.into(), epoch, i as u64]);
            joined.extend(augment(i, &splits.train[i], &mut rng));
        }
        let targets = joined.len().saturating_sub(1) / batch;
        let streams =
            (0..batch).map(|b| b * targets..((b + 1) * targets + 1).min(joined.len())).collect();
        let windows = Self::windows_of(joined.len(), batch, window);
        Self { items: joined, streams, window, windows }
    }

    /// Number of windows that an epoch over `tokens` tokens has.
    pub fn windows_of(tokens: usize, batch: usize, window: usize) -> usize {
        (tokens.saturating_sub(1) / batch.max(1) / window.max(1)).max(1)
    }

    /// Whole pieces, each in one stream from its first token to its last, so that every token is
    /// predicted with everything before it heard. Longest pieces first, each to the shortest
    /// stream.
    pub fn whole(pieces: &[Vec<I>], batch: usize, window: usize) -> Self {
        let mut order: Vec<&Vec<I>> = pieces.iter().collect();
        order.sort_by_key(|p| std::cmp::Reverse(p.len()));
        let mut streams = vec![Vec::new(); batch.max(1)];
        for piece in order {
            if let Some(shortest) = streams.iter_mut().min_by_key(|s| s.len()) {
                shortest.extend_from_slice(piece);
            }
        }
        let longest = streams.iter().map(Vec::len).max().unwrap_or(0);
        let windows = longest.saturating_sub(1).div_ceil(window);
        let bounds = streams.iter().scan(0, |end, stream| {
            let begin = *end;
            *end += stream.len();
            Some(begin..*end)
        });
        Self { streams: bounds.collect(), items: streams.concat(), window, windows }
    }

    /// Number of windows.
    pub fn windows(&self) -> usize {
        self.windows
    }

    /// Cuts out window `index`, reusing the buffers of `out`.
    pub fn fill(&self, index: usize, out: &mut Window<I>) {
        let Window { heard, targets, others, counts, keep, counted } = out;
        heard.clear();
        targets.clear();
        others.clear();
        counts.clear();
        keep.clear();
        *counted = 0;
        for t in index * self.window..(index + 1) * self.window {
            for stream in &self.streams {
                let stream = &self.items[stream.clone()];
                let item = stream.get(t).copied().unwrap_or(I::PAD);
                let target = stream.get(t + 1).copied().unwrap_or(I::PAD);
                let counts_here = target != I::PAD && !target.begins();
                item.write(heard);
                target.write(targets);
                item.write_others(others);
                counts.push(if counts_here { 1.0 } else { 0.0 });
                keep.push(if item.begins() { 0.0 } else { 1.0 });
                *counted += usize::from(counts_here);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::data::{BOS, EOS, unchanged};
    use super::*;

    fn pieces(lengths: &[usize]) -> Vec<Vec<u16>> {
        let piece = |(i, &n): (usize, &usize)| {
            let body = (0..n).map(|k| 3 + ((i * 31 + k) % 90) as u16);
            std::iter::once(BOS).chain(body).chain([EOS]).collect()
        };
        lengths.iter().enumerate().map(piece).collect()
    }

    #[test]
    fn whole_pieces_count_every_token_but_the_first_exactly_once() {
        let pieces = pieces(&[5, 40, 3, 17, 17, 1, 90, 2]);
        let wanted: usize = pieces.iter().map(|p| p.len() - 1).sum();
        for (batch, window) in [(1, 7), (3, 8), (16, 64)] {
            let streams = Streams::whole(&pieces, batch, window);
            let mut w: Window = Window::default();
            let mut counted = 0;
            for i in 0..streams.windows() {
                streams.fill(i, &mut w);
                assert_eq!(w.heard.len(), batch * window);
                counted += w.counted;
            }
            assert_eq!(counted, wanted, "batch {batch}, window {window}");
        }
    }

    #[test]
    fn streams_continue_from_window_to_window_and_reset_at_each_piece() {
        let splits =
            Splits { train: pieces(&[30, 20, 25, 9]), vocab_len: 100, ..Splits::default() };
        let streams = Streams::epoch(&splits, 2, 8, 1, 0, &unchanged);
        let (mut a, mut b): (Window, Window) = Default::default();
        for i in 1..streams.windows() {
            streams.fill(i - 1, &mut a);
            streams.fill(i, &mut b);
            assert_eq!(a.targets[7 * 2..], b.heard[..2]);
        }
        for (token, keep) in b.heard.iter().zip(&b.keep) {
            assert_eq!(*keep == 0.0, *token == i64::from(BOS));
        }
    }

    #[test]
    fn epochs_differ_and_repeat_with_their_seed() {
        let splits =
            Splits { train: pieces(&[30, 20, 25, 9]), vocab_len: 100, ..Splits::default() };
        let epoch = |seed, e| Streams::epoch(&splits, 2, 8, seed, e, &unchanged);
        assert_eq!(epoch(1, 3), epoch(1, 3));
        assert_ne!(epoch(1, 3), epoch(1, 4));
        assert_ne!(epoch(1, 3), epoch(2, 3));
    }
}
