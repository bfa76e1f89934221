//! Sums of sines at twice the rate that they are computed at.

use crate::lanes::{F8, LANES};
use crate::simd::Simd;

/// Where computing at half the rate ends, in cycles per frame: 5 kHz at 48 kHz.
pub(super) const LOW: f32 = 0.105;

/// Doubles the rate of a sum of sines.
///
/// Between two samples it puts a weighted sum of the four before and the four after, which is within
/// 80 dB of a sine below [`LOW`]. The sines are known before their beginning (they grow backwards in
/// time), so that the first frame is as good as any other.
#[derive(Clone, Debug, Default)]
pub(super) struct Doubler {
    /// Eight samples before the present sixteen frames, those of them, and what is computed after: at
    /// most five eights that a block touches, and one.
    line: [[f32; LANES]; 7],
    /// How many eights from the present ones on are computed.
    held: usize,
    /// Half of the present sixteen frames have been handed out.
    odd: usize,
    /// The frame from which on there is nothing to be heard.
    until: u64,
}

impl Doubler {
    /// The weights of the neighbours, from near to far: those of the least greatest error.
    const WEIGHTS: [f32; 4] = [0.607_154_2, -0.137_028_54, 0.035_152_706, -0.005_330_289];

    /// Begins before the first sample of sines that end by `end`, from the eight samples before each.
    pub(super) fn begin<'a>(&mut self, sines: impl Iterator<Item = &'a F8>, end: u64) {
        (self.held, self.odd) = (0, 0);
        // The last sample is heard in the frames before and after it.
        self.until = if end == 0 { 0 } else { end + 2 * LANES as u64 };
        let [before, ..] = &mut self.line;
        before.fill(0.0);
        for sine in sines {
            before.iter_mut().zip(sine.0).for_each(|(sum, y)| *sum += y);
        }
    }

    /// Ends at once.
    pub(super) fn end(&mut self) {
        self.until = 0;
    }

    /// Whether there is anything to be heard from frame `age` on.
    #[inline(always)]
    pub(super) fn is_heard(&self, age: u64) -> bool {
        age < self.until
    }

    /// Where the samples go that so many eights of frames still need.
    #[inline(always)]
    pub(super) fn wanted(&mut self, eights: usize) -> &mut [[f32; LANES]] {
        let touched = (self.odd + eights).div_ceil(2).min(5);
        let new = &mut self.line[1 + self.held..2 + touched];
        self.held = 1 + touched;
        new
    }

    /// Fills `out` with the next frames: samples, and what lies between them.
    #[inline(always)]
    pub(super) fn hand_out<V: Simd>(&mut self, out: &mut [[f32; LANES]]) {
        let passed = self.odd + out.len();
        let mut around = self.line.array_windows();
        let mut out = out.iter_mut();
        if self.odd == 1
            && let (Some(second), Some(around)) = (out.next(), around.next())
        {
            Self::sixteen::<V>(around)[1].store(second);
        }
        while let (Some(first), Some(around)) = (out.next(), around.next()) {
            let sixteen = Self::sixteen::<V>(around);
            sixteen[0].store(first);
            if let Some(second) = out.next() {
                sixteen[1].store(second);
            }
        }
        let done = passed / 2;
        self.odd = passed % 2;
        self.held -= done;
        self.line.copy_within(done..done + 3, 0);
    }

    /// The frames of the eight samples in the middle.
    #[inline(always)]
    fn sixteen<V: Simd>(around: &[[f32; LANES]; 3]) -> [V; 2] {
        let line = around.as_flattened();
        let near = |at: usize| line[at..].first_chunk().unwrap_or(&around[1]);
        let mut between = V::splat(0.0);
        for (k, weight) in Self::WEIGHTS.into_iter().enumerate() {
            let (before, after) = (near(LANES - k), near(LANES + 1 + k));
            between = between + V::splat(weight) * (V::load(before) + V::load(after));
        }
        V::load(&around[1]).interleave(between).into()
    }
}
