//! Pieces laid out as parallel streams and cut into windows.
//!
//! The recurrent state of a stream is carried from window to window (truncated backpropagation) and
//! reset exactly where a piece begins, by a mask that multiplies the state before every step.

use std::ops::Range;

use rayon::prelude::*;

use super::data::Augment;
use super::{Item, Pieces, Rng, TrainError};

/// Parallel streams of equal length. Pieces are read when a window reaches them: no more than one of
/// each stream is in memory, and of all pieces their order and their ends.
pub struct Streams<'a, I = u16> {
    /// The pieces of all streams, one after the other: a text.
    order: Vec<u32>,
    /// Where each ends in the text.
    ends: Vec<usize>,
    read: Box<Read<'a, I>>,
    lanes: Vec<Lane<I>>,
    window: usize,
    windows: usize,
}

/// Gives the piece with an index, always the same one.
type Read<'a, I> = dyn Fn(usize) -> Result<Vec<I>, TrainError> + Sync + 'a;

/// A stream.
struct Lane<I> {
    /// What of the text is its own, one more than it has targets. The last of a stream may be the first of
    /// the next.
    text: Range<usize>,
    /// The piece that was read last: its place in the order, and its items.
    piece: (usize, Vec<I>),
    /// Its items in the window that was cut out last, and one more.
    items: Vec<I>,
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

impl<'a, I: Item> Streams<'a, I> {
    /// One epoch of training: the pieces in a random order, augmented, joined and cut into `batch`
    /// streams of equal length. At most `window` targets at the end of each stream are left out.
    ///
    /// Every piece is read once here, for its length, and once more where its music is wanted.
    ///
    /// # Errors
    /// The first of `pieces` or `augment`.
    pub fn epoch(
        pieces: &'a dyn Pieces<Item = I>,
        batch: usize,
        window: usize,
        seed: u64,
        epoch: u64,
        augment: &'a Augment<'a, I>,
    ) -> Result<Self, TrainError> {
        let mut order: Vec<u32> = (0..pieces.count() as u32).collect();
        Rng::keyed(&[seed, b's'.into(), epoch]).shuffle(&mut order);
        let read = move |index: usize| {
            augment(pieces, index, &mut Rng::keyed(&[seed, b'a'.into(), epoch, index as u64]))
        };
        let lengths: Vec<usize> = order
            .par_iter()
            .map(|&index| Ok(read(index as usize)?.len()))
            .collect::<Result<_, TrainError>>()?;
        let ends = ends(lengths);
        let items = ends.last().copied().unwrap_or(0);
        let targets = items.saturating_sub(1) / batch;
        let texts = (0..batch).map(|b| b * targets..((b + 1) * targets + 1).min(items));
        let lanes = texts.map(Lane::of).collect();
        let windows = Self::windows_of(items, batch, window);
        Ok(Self { order, ends, read: Box::new(read), lanes, window, windows })
    }

    /// Number of windows that an epoch over `tokens` tokens has.
    pub fn windows_of(tokens: usize, batch: usize, window: usize) -> usize {
        (tokens.saturating_sub(1) / batch.max(1) / window.max(1)).max(1)
    }

    /// Whole pieces, each in one stream from its first token to its last, so that every token is
    /// predicted with everything before it heard. Longest pieces first, each to the shortest
    /// stream.
    pub fn whole(pieces: &'a dyn Pieces<Item = I>, batch: usize, window: usize) -> Self {
        let mut longest_first: Vec<u32> = (0..pieces.count() as u32).collect();
        longest_first.sort_by_key(|&index| std::cmp::Reverse(pieces.length(index as usize)));
        let mut streams = vec![(0, Vec::new()); batch.max(1)];
        for index in longest_first {
            if let Some((length, stream)) = streams.iter_mut().min_by_key(|stream| stream.0) {
                *length += pieces.length(index as usize);
                stream.push(index);
            }
        }
        let longest: usize = streams.iter().map(|stream| stream.0).max().unwrap_or(0);
        let windows = longest.saturating_sub(1).div_ceil(window);
        let lanes = streams.iter().scan(0, |end, (length, _)| {
            let begin = *end;
            *end += length;
            Some(Lane::of(begin..*end))
        });
        let lanes = lanes.collect();
        let order: Vec<u32> = streams.into_iter().flat_map(|(_, stream)| stream).collect();
        let ends = ends(order.iter().map(|&index| pieces.length(index as usize)));
        let read = |index: usize| Ok(pieces.read(index)?.into_owned());
        Self { order, ends, read: Box::new(read), lanes, window, windows }
    }

    /// Number of windows.
    pub fn windows(&self) -> usize {
        self.windows
    }

    /// Cuts out window `index`, reusing the buffers of `out`.
    ///
    /// # Errors
    /// Where a piece cannot be read, or has not the length that it had.
    pub fn fill(&mut self, index: usize, out: &mut Window<I>) -> Result<(), TrainError> {
        let Window { heard, targets, others, counts, keep, counted } = out;
        heard.clear();
        targets.clear();
        others.clear();
        counts.clear();
        keep.clear();
        *counted = 0;
        let steps = index * self.window..(index + 1) * self.window + 1;
        for lane in &mut self.lanes {
            lane.cut(steps.clone(), &self.order, &self.ends, &*self.read)?;
        }
        for t in 0..self.window {
            for lane in &self.lanes {
                let (item, target) = (lane.items[t], lane.items[t + 1]);
                let counts_here = target != I::PAD && !target.begins();
                item.write(heard);
                target.write(targets);
                item.write_others(others);
                counts.push(if counts_here { 1.0 } else { 0.0 });
                keep.push(if item.begins() { 0.0 } else { 1.0 });
                *counted += usize::from(counts_here);
            }
        }
        Ok(())
    }
}

/// Where pieces of these lengths end in their text.
fn ends(lengths: impl IntoIterator<Item = usize>) -> Vec<usize> {
    let sum = |end: &mut usize, length| {
        *end += length;
        Some(*end)
    };
    lengths.into_iter().scan(0, sum).collect()
}

impl<I: Item> Lane<I> {
    fn of(text: Range<usize>) -> Self {
        Self { text, piece: (usize::MAX, Vec::new()), items: Vec::new() }
    }

    /// Makes its items those at `steps`, padded beyond its end.
    fn cut(
        &mut self,
        steps: Range<usize>,
        order: &[u32],
        ends: &[usize],
        read: &Read<'_, I>,
    ) -> Result<(), TrainError> {
        self.items.clear();
        let end = (self.text.start + steps.end).min(self.text.end);
        let mut at = self.text.start + steps.start;
        while at < end {
            let place = ends.partition_point(|&end| end <= at);
            let begin = place.checked_sub(1).map_or(0, |before| ends[before]);
            if self.piece.0 != place {
                let items = read(order[place] as usize)?;
                if items.len() != ends[place] - begin {
                    return Err(TrainError::Data("a piece has changed while it was learnt".into()));
                }
                self.piece = (place, items);
            }
            let there = &self.piece.1[at - begin..ends[place].min(end) - begin];
            self.items.extend_from_slice(there);
            at += there.len();
        }
        self.items.resize(steps.len(), I::PAD);
        Ok(())
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
            let mut streams = Streams::whole(&pieces, batch, window);
            let mut w: Window = Window::default();
            let mut counted = 0;
            for i in 0..streams.windows() {
                streams.fill(i, &mut w).expect("a window");
                assert_eq!(w.heard.len(), batch * window);
                counted += w.counted;
            }
            assert_eq!(counted, wanted, "batch {batch}, window {window}");
        }
    }

    #[test]
    fn streams_continue_from_window_to_window_and_reset_at_each_piece() {
        let train = pieces(&[30, 20, 25, 9]);
        let mut streams = Streams::epoch(&train, 2, 8, 1, 0, &unchanged).expect("streams");
        let (mut a, mut b): (Window, Window) = Default::default();
        for i in 1..streams.windows() {
            streams.fill(i - 1, &mut a).expect("a window");
            streams.fill(i, &mut b).expect("a window");
            assert_eq!(a.targets[7 * 2..], b.heard[..2]);
        }
        for (token, keep) in b.heard.iter().zip(&b.keep) {
            assert_eq!(*keep == 0.0, *token == i64::from(BOS));
        }
    }

    #[test]
    fn epochs_differ_and_repeat_with_their_seed() {
        let train = pieces(&[30, 20, 25, 9]);
        let epoch = |seed, e| {
            let mut streams = Streams::epoch(&train, 2, 8, seed, e, &unchanged).expect("streams");
            let windows = streams.windows();
            let window = |i| {
                let mut window = Window::default();
                streams.fill(i, &mut window).expect("a window");
                window
            };
            (0..windows).map(window).collect::<Vec<Window>>()
        };
        assert_eq!(epoch(1, 3), epoch(1, 3));
        assert_ne!(epoch(1, 3), epoch(1, 4));
        assert_ne!(epoch(1, 3), epoch(2, 3));
    }

    /// The windows as they are cut out of one text in memory.
    #[test]
    fn windows_are_those_of_the_joined_pieces_in_any_order() {
        let train = pieces(&[30, 1, 20, 70, 25, 9, 2]);
        let (batch, window) = (3, 8);
        let mut streams = Streams::epoch(&train, batch, window, 4, 2, &unchanged).expect("streams");
        let text: Vec<u16> =
            streams.order.iter().flat_map(|&index| train[index as usize].clone()).collect();
        let targets = (text.len() - 1) / batch;
        assert_eq!(streams.windows(), targets / window);
        let mut out = Window::default();
        for i in (0..streams.windows()).rev().chain(0..streams.windows()) {
            streams.fill(i, &mut out).expect("a window");
            for t in 0..window {
                for b in 0..batch {
                    let at = b * targets + i * window + t;
                    let found = (out.heard[t * batch + b], out.targets[t * batch + b]);
                    assert_eq!(found, (text[at].into(), text[at + 1].into()), "{i} {t} {b}");
                }
            }
        }
    }

    #[test]
    fn a_piece_that_changes_its_length_is_noticed() {
        let train = pieces(&[30, 20]);
        let reads = std::sync::atomic::AtomicUsize::new(0);
        let shrinking = |pieces: &dyn Pieces<Item = u16>, i: usize, rng: &mut Rng| {
            let mut piece = unchanged(pieces, i, rng)?;
            piece.truncate(40 - reads.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
            Ok(piece)
        };
        // Lengths of 31 or 32, and 22, are found first.
        let mut streams = Streams::epoch(&train, 1, 8, 1, 0, &shrinking).expect("streams");
        reads.store(30, std::sync::atomic::Ordering::Relaxed);
        assert!(matches!(streams.fill(0, &mut Window::default()), Err(TrainError::Data(_))));
    }
}
