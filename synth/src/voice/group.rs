//! Eight voices side by side: noise, filter, gains and sends, one lane each.

use super::voice::Aim;
use crate::dsp::svf::Coefficients;
use crate::kernel::Ready;
use crate::kernel::layer::{Breath, Layers};
use crate::lanes::{F8, GRID, LANES};
use crate::simd::Simd;
use alloc::{vec, vec::Vec};

/// Sums of all voices, still in lanes: left, right, chorus, reverb.
#[derive(Clone, Debug)]
pub(crate) struct Buses(Vec<[F8; GRID]>);

impl Buses {
    pub(crate) fn new() -> Self {
        Self(vec![[F8::default(); GRID]; 4])
    }

    /// Silence over the first `frames`.
    pub(crate) fn clear(&mut self, frames: usize) {
        self.0.iter_mut().for_each(|b| b[..frames].fill(F8::default()));
    }

    /// The sums of the lanes of `bus` over the first frames.
    #[inline(always)]
    pub(crate) fn sum<V: Simd>(&self, bus: usize, out: &mut [f32]) {
        let (whole, _) = self.0[bus].as_chunks::<LANES>();
        for (frames, out) in whole.iter().zip(out.chunks_mut(LANES)) {
            let mut rows = [V::splat(0.0); LANES];
            for (row, frame) in rows.iter_mut().zip(frames) {
                *row = V::load(&frame.0);
            }
            let mut eight = [0.0; LANES];
            V::sums(rows).store(&mut eight);
            out.copy_from_slice(&eight[..out.len()]);
        }
    }
}

/// The raw sounds of eight voices, one row each, the frames in eights.
#[derive(Clone, Debug, Default)]
#[repr(align(32))]
pub(crate) struct Rows(pub(crate) [Ready; LANES]);

/// A value per lane and its change per frame.
#[derive(Clone, Copy, Debug, Default)]
struct Ramp {
    now: F8,
    step: F8,
}

impl Ramp {
    fn jump(&mut self, at: usize, to: f32) {
        self.now.0[at] = to;
        self.step.0[at] = 0.0;
    }

    fn aim(&mut self, at: usize, to: f32, per_frame: f32) {
        self.step.0[at] = (to - self.now.0[at]) * per_frame;
    }

    /// Nothing now, and nothing to come.
    fn is_zero(&self) -> bool {
        self.now == F8::default() && self.step == F8::default()
    }
}

/// A ramp on its way through a block.
#[derive(Clone, Copy)]
struct Moving<V> {
    now: V,
    step: V,
}

impl<V: Simd> Moving<V> {
    #[inline(always)]
    fn of(ramp: &Ramp) -> Self {
        Self { now: V::load(&ramp.now.0), step: V::load(&ramp.step.0) }
    }

    #[inline(always)]
    fn next(&mut self) -> V {
        self.now = self.now + self.step;
        self.now
    }
}

/// What the lanes of a group need in a block.
#[derive(Clone, Copy)]
struct Work {
    layered: bool,
    filter: Filtering,
    chorused: bool,
}

#[derive(Clone, Copy)]
enum Filtering {
    None,
    /// All lanes are low-passes: the filter's low output is the sound.
    Low,
    Any,
}

const LOW_PASS: [F8; 3] = [F8([0.0; LANES]), F8([0.0; LANES]), F8([1.0; LANES])];

/// The lanes of eight voices.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) layers: Layers,
    gains: [Ramp; 4],
    a: [Ramp; 3],
    m: [F8; 3],
    state: [F8; 2],
    /// The last output before the gains.
    last: F8,
    filtered: [bool; LANES],
    /// Which lanes sound.
    sounding: [bool; LANES],
    /// All lanes are low-passes.
    low: bool,
}

impl Group {
    /// Eight silent lanes.
    pub(crate) fn new() -> Self {
        Self {
            layers: Layers::new(),
            gains: Default::default(),
            a: Default::default(),
            m: LOW_PASS,
            state: Default::default(),
            last: F8::default(),
            filtered: [false; LANES],
            sounding: [false; LANES],
            low: true,
        }
    }

    /// A lane begins a note.
    pub(crate) fn start(&mut self, at: usize, aim: &Aim, filtered: bool) {
        self.gains.iter_mut().zip(aim.gains).for_each(|(g, to)| g.jump(at, to));
        let Coefficients { a, m } = aim.filter;
        self.a.iter_mut().zip(a).for_each(|(r, to)| r.jump(at, to));
        self.m.iter_mut().zip(m).for_each(|(v, to)| v.0[at] = to);
        self.low = self.m == LOW_PASS;
        self.state.iter_mut().for_each(|s| s.0[at] = 0.0);
        self.filtered[at] = filtered;
        self.sounding[at] = true;
        self.layers.stop(at);
    }

    /// Noise over the note that a lane begins.
    pub(crate) fn breathe(&mut self, at: usize, breath: &Breath, sample_rate: f32) {
        self.layers.start(at, breath, sample_rate);
    }

    /// A lane falls silent at once; returns what it was last heard at, left and right.
    pub(crate) fn stop(&mut self, at: usize) -> [f32; 2] {
        let last = self.last.0[at];
        let heard = [last * self.gains[0].now.0[at], last * self.gains[1].now.0[at]];
        let mix = [0, 1, 2].map(|i| self.m[i].0[at]);
        self.start(at, &Aim::default(), false);
        // A free lane keeps its mix: all lanes of a group may go on being low-passes.
        self.m.iter_mut().zip(mix).for_each(|(m, x)| m.0[at] = x);
        self.low = self.m == LOW_PASS;
        self.last.0[at] = 0.0;
        self.sounding[at] = false;
        heard
    }

    /// Whether any lane sounds.
    #[inline(always)]
    pub(crate) fn sounds(&self) -> bool {
        self.sounding != [false; LANES]
    }

    /// A lane reaches `aim` in `frames`.
    pub(crate) fn aim(&mut self, at: usize, aim: &Aim, frames: usize) {
        let per_frame = 1.0 / frames as f32;
        self.gains.iter_mut().zip(aim.gains).for_each(|(g, to)| g.aim(at, to, per_frame));
        if self.filtered[at] {
            self.a.iter_mut().zip(aim.filter.a).for_each(|(r, to)| r.aim(at, to, per_frame));
        }
    }

    /// Adds noise to the first frames of `rows`, filters them and adds them to the buses.
    #[inline(always)]
    pub(crate) fn mix<V: Simd>(&mut self, rows: &Rows, frames: usize, buses: &mut Buses) {
        let work = Work {
            layered: self.layers.any(),
            filter: match (self.filtered.contains(&true), self.low) {
                (false, _) => Filtering::None,
                (true, true) => Filtering::Low,
                (true, false) => Filtering::Any,
            },
            chorused: !self.gains[2].is_zero(),
        };
        for eight in 0..frames.div_ceil(LANES).min(GRID / LANES) {
            let at = eight * LANES;
            let mut tile = [V::splat(0.0); LANES];
            for (voice, row) in tile.iter_mut().zip(&rows.0) {
                *voice = V::load(&row[eight]);
            }
            let tile = V::transpose(tile);
            if frames - at >= LANES {
                self.tile(work, tile, buses, at);
            } else {
                for (i, frame) in tile.into_iter().enumerate().take(frames - at) {
                    self.tile(work, [frame], buses, at + i);
                }
            }
        }
    }

    /// A few frames, lanes side by side: noise, filter, gains.
    #[inline(always)]
    fn tile<V: Simd, const N: usize>(
        &mut self,
        work: Work,
        mut tile: [V; N],
        buses: &mut Buses,
        at: usize,
    ) {
        if work.layered {
            self.layers.add(&mut tile);
        }
        match work.filter {
            Filtering::None => {}
            Filtering::Low => self.filter::<V, N, true>(&mut tile),
            Filtering::Any => self.filter::<V, N, false>(&mut tile),
        }
        tile[N - 1].store(&mut self.last.0);
        self.send(0, &tile, buses, at);
        self.send(1, &tile, buses, at);
        if work.chorused {
            self.send(2, &tile, buses, at);
        }
        self.send(3, &tile, buses, at);
    }

    #[inline(always)]
    fn filter<V: Simd, const N: usize, const LOW: bool>(&mut self, tile: &mut [V; N]) {
        let (mut a1, mut a2) = (Moving::<V>::of(&self.a[0]), Moving::<V>::of(&self.a[1]));
        let mut a3 = Moving::<V>::of(&self.a[2]);
        let [m0, m1, m2] = [V::load(&self.m[0].0), V::load(&self.m[1].0), V::load(&self.m[2].0)];
        let (mut s1, mut s2) = (V::load(&self.state[0].0), V::load(&self.state[1].0));
        for y in tile {
            let (a1, a2, a3) = (a1.next(), a2.next(), a3.next());
            let band = a1 * s1 + a2 * (*y - s2);
            let way = a3 * band;
            let low = s2 + way;
            s1 = band - s1;
            s2 = low + way;
            *y = if LOW { low } else { m0 * *y + m1 * band + m2 * low };
        }
        a1.now.store(&mut self.a[0].now.0);
        a2.now.store(&mut self.a[1].now.0);
        a3.now.store(&mut self.a[2].now.0);
        s1.store(&mut self.state[0].0);
        s2.store(&mut self.state[1].0);
    }

    /// Adds `tile` to bus `bus` from frame `at` on.
    #[inline(always)]
    fn send<V: Simd, const N: usize>(
        &mut self,
        bus: usize,
        tile: &[V; N],
        buses: &mut Buses,
        at: usize,
    ) {
        let ramp = &mut self.gains[bus];
        let mut gain = Moving::<V>::of(ramp);
        if let Some(sums) = buses.0[bus][at..].first_chunk_mut::<N>() {
            for i in 0..N {
                (V::load(&sums[i].0) + tile[i] * gain.next()).store(&mut sums[i].0);
            }
        }
        gain.now.store(&mut ramp.now.0);
    }

    /// At a point of the grid: ends what has become inaudible, before it becomes denormal and
    /// slow.
    pub(crate) fn flush(&mut self) {
        if self.layers.any() {
            self.layers.flush();
        }
        if !self.filtered.contains(&true) {
            return;
        }
        for x in self.state.iter_mut().flat_map(|s| &mut s.0) {
            if x.abs() < 1e-15 {
                *x = 0.0;
            }
        }
    }
}
