//! Eight voices side by side: filter, gains and sends, one lane each.

use super::voice::Aim;
use crate::dsp::svf::Coefficients;
use crate::lanes::{F8, GRID, lane, set_lane, splat};

/// Sums of all voices, still in lanes: left, right, chorus, reverb.
#[derive(Clone, Debug)]
pub(crate) struct Buses(pub(crate) [[F8; GRID]; 4]);

impl Buses {
    pub(crate) fn new() -> Self {
        Self([[splat(0.0); GRID]; 4])
    }

    /// Silence over the first `frames`.
    pub(crate) fn clear(&mut self, frames: usize) {
        self.0.iter_mut().for_each(|b| b[..frames].fill(splat(0.0)));
    }

    /// The sum of the lanes of bus `bus` at `frame`.
    #[inline(always)]
    pub(crate) fn sum(&self, bus: usize, frame: usize) -> f32 {
        self.0[bus][frame].reduce_add()
    }
}

/// A value per lane and its change per frame.
#[derive(Clone, Copy, Debug)]
struct Ramp {
    now: F8,
    step: F8,
}

impl Ramp {
    const fn rest(zero: F8) -> Self {
        Self { now: zero, step: zero }
    }

    fn jump(&mut self, at: usize, to: f32) {
        set_lane(&mut self.now, at, to);
        set_lane(&mut self.step, at, 0.0);
    }

    fn aim(&mut self, at: usize, to: f32, per_frame: f32) {
        let step = (to - lane(&self.now, at)) * per_frame;
        set_lane(&mut self.step, at, step);
    }

    #[inline(always)]
    fn next(&mut self) -> F8 {
        self.now += self.step;
        self.now
    }
}

/// The lanes of eight voices.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    gains: [Ramp; 4],
    a: [Ramp; 3],
    m: [F8; 3],
    state: [F8; 2],
    /// The last output before the gains.
    last: F8,
    filtered: [bool; 8],
}

impl Group {
    /// Eight silent lanes.
    pub(crate) fn new() -> Self {
        let zero = splat(0.0);
        Self {
            gains: [Ramp::rest(zero); 4],
            a: [Ramp::rest(zero); 3],
            m: [zero; 3],
            state: [zero; 2],
            last: zero,
            filtered: [false; 8],
        }
    }

    /// A lane begins a note.
    pub(crate) fn start(&mut self, at: usize, aim: &Aim, filtered: bool) {
        self.gains.iter_mut().zip(aim.gains).for_each(|(g, to)| g.jump(at, to));
        let Coefficients { a, m } = aim.filter;
        self.a.iter_mut().zip(a).for_each(|(r, to)| r.jump(at, to));
        self.m.iter_mut().zip(m).for_each(|(v, to)| set_lane(v, at, to));
        self.state.iter_mut().for_each(|s| set_lane(s, at, 0.0));
        self.filtered[at] = filtered;
    }

    /// A lane falls silent at once; returns what it was last heard at, left and right.
    pub(crate) fn stop(&mut self, at: usize) -> [f32; 2] {
        let last = lane(&self.last, at);
        let heard = [last * lane(&self.gains[0].now, at), last * lane(&self.gains[1].now, at)];
        self.start(at, &Aim::default(), false);
        set_lane(&mut self.last, at, 0.0);
        heard
    }

    /// A lane reaches `aim` in `frames`.
    pub(crate) fn aim(&mut self, at: usize, aim: &Aim, frames: usize) {
        let per_frame = 1.0 / frames as f32;
        self.gains.iter_mut().zip(aim.gains).for_each(|(g, to)| g.aim(at, to, per_frame));
        if self.filtered[at] {
            self.a.iter_mut().zip(aim.filter.a).for_each(|(r, to)| r.aim(at, to, per_frame));
        }
    }

    /// Filters `source` and adds it to the buses.
    pub(crate) fn mix(&mut self, source: &[F8], buses: &mut Buses) {
        let [left, right, chorus, reverb] = &mut buses.0;
        let [mut gl, mut gr, mut gc, mut gv] = self.gains;
        let filtered = self.filtered.contains(&true);
        let mut y = self.last;
        for (i, &x) in source.iter().enumerate().take(GRID) {
            y = if filtered { self.filter(x) } else { x };
            left[i] += y * gl.next();
            right[i] += y * gr.next();
            chorus[i] += y * gc.next();
            reverb[i] += y * gv.next();
        }
        self.last = y;
        self.gains = [gl, gr, gc, gv];
    }

    #[inline(always)]
    fn filter(&mut self, x: F8) -> F8 {
        let [r1, r2, r3] = &mut self.a;
        let (a1, a2, a3) = (r1.next(), r2.next(), r3.next());
        let [s1, s2] = self.state;
        let v3 = x - s2;
        let v1 = a1 * s1 + a2 * v3;
        let v2 = s2 + a2 * s1 + a3 * v3;
        self.state = [v1 + v1 - s1, v2 + v2 - s2];
        self.m[0] * x + self.m[1] * v1 + self.m[2] * v2
    }

    /// Sets what has become inaudibly small to zero, before it becomes denormal and slow.
    pub(crate) fn flush(&mut self) {
        for s in &mut self.state {
            for x in s.as_mut_array() {
                if x.abs() < 1e-15 {
                    *x = 0.0;
                }
            }
        }
    }
}
