//! Eight voices side by side: noise, filter, gains and sends, one lane each.

use super::voice::Aim;
use crate::dsp::svf::Coefficients;
use crate::kernel::Ready;
use crate::kernel::layer::{Breath, Layers};
use crate::lanes::{F8, GRID, LANES, for_frames};
use crate::simd::Simd;
use alloc::{vec, vec::Vec};

/// How many groups are added to the buses together: what lies there is loaded and stored once for all.
const DEEP: usize = 4;

/// Sums of all voices, still in lanes: left, right, chorus, reverb.
#[derive(Clone, Debug)]
pub(crate) struct Buses {
    sums: Vec<[F8; GRID]>,
    /// What groups sound that are not added yet, and by how much it is heard on each bus.
    sounds: Vec<[F8; GRID]>,
    sends: [[F8; BUSES]; DEEP],
    waiting: usize,
    /// Whether any of them is heard in the chorus.
    chorused: bool,
}

impl Buses {
    pub(crate) fn new() -> Self {
        Self {
            sums: vec![[F8::default(); GRID]; BUSES],
            sounds: vec![[F8::default(); GRID]; DEEP],
            sends: Default::default(),
            waiting: 0,
            chorused: false,
        }
    }

    /// Silence over the eights that the first `frames` touch.
    pub(crate) fn clear(&mut self, frames: usize) {
        let touched = frames.next_multiple_of(LANES).min(GRID);
        self.sums.iter_mut().for_each(|b| b[..touched].fill(F8::default()));
    }

    /// Adds what still waits to the first frames of the buses.
    #[inline(always)]
    pub(crate) fn settle<V: Simd>(&mut self, frames: usize) {
        match self.waiting {
            0 => {}
            1 => self.add::<V, 1>(frames),
            2 => self.add::<V, 2>(frames),
            3 => self.add::<V, 3>(frames),
            _ => self.add::<V, DEEP>(frames),
        }
        (self.waiting, self.chorused) = (0, false);
    }

    #[inline(always)]
    fn add<V: Simd, const N: usize>(&mut self, frames: usize) {
        let Some(sounds) = self.sounds.first_chunk::<N>() else { return };
        let sounds = sounds.each_ref().map(|sound| sound.as_chunks::<LANES>().0);
        for (bus, sums) in self.sums.iter_mut().enumerate() {
            if bus == CHORUS && !self.chorused {
                continue;
            }
            let mut sends = [V::splat(0.0); N];
            for i in 0..N {
                sends[i] = V::load(&self.sends[i][bus].0);
            }
            let (sums, _) = sums.as_chunks_mut::<LANES>();
            for (eight, sums) in sums.iter_mut().enumerate().take(frames.div_ceil(LANES)) {
                let sounds = sounds.map(|sound| &sound[eight]);
                for (at, sum) in sums.iter_mut().enumerate() {
                    let mut y = V::load(&sum.0);
                    for i in 0..N {
                        y = y + V::load(&sounds[i][at].0) * sends[i];
                    }
                    y.store(&mut sum.0);
                }
            }
        }
    }

    /// The sums of the lanes of `bus` over the first frames.
    #[inline(always)]
    pub(crate) fn sum<V: Simd>(&self, bus: usize, out: &mut [f32]) {
        let (whole, _) = self.sums[bus].as_chunks::<LANES>();
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

    fn is_still(&self) -> bool {
        self.step == F8::default()
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

/// Left, right, chorus, reverb.
pub(crate) const BUSES: usize = 4;
const CHORUS: usize = 2;

const LOW_PASS: [F8; 3] = [F8([0.0; LANES]), F8([0.0; LANES]), F8([1.0; LANES])];

/// The lanes of eight voices.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) layers: Layers,
    amp: Ramp,
    sends: [Ramp; BUSES],
    /// None of the sends moves, and whether one leads into the chorus, as far as `judged`.
    still: bool,
    chorused: bool,
    judged: bool,
    a: [Ramp; 3],
    m: [F8; 3],
    state: [F8; 2],
    /// The last output before the sends.
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
            amp: Ramp::default(),
            sends: Default::default(),
            still: true,
            chorused: false,
            judged: true,
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
        self.amp.jump(at, aim.amp);
        self.sends.iter_mut().zip(aim.sends).for_each(|(s, to)| s.jump(at, to));
        self.judged = false;
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
        let heard = [last * self.sends[0].now.0[at], last * self.sends[1].now.0[at]];
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
        self.amp.aim(at, aim.amp, per_frame);
        for (send, to) in self.sends.iter_mut().zip(aim.sends) {
            // What rounding leaves of a way is no way.
            if (to - send.now.0[at]).abs() < 1e-6 {
                send.jump(at, to);
            } else {
                send.aim(at, to, per_frame);
            }
        }
        self.judged = false;
        if self.filtered[at] {
            self.a.iter_mut().zip(aim.filter.a).for_each(|(r, to)| r.aim(at, to, per_frame));
        }
    }

    /// Adds noise to the first frames of `rows`, filters them and sends them to the buses.
    #[inline(always)]
    pub(crate) fn mix<V: Simd>(&mut self, rows: &Rows, frames: usize, buses: &mut Buses) {
        if !self.judged {
            self.judge();
        }
        let Some(sound) = buses.sounds.get_mut(buses.waiting) else { return };
        turn::<V>(rows, frames, sound);
        let sound = &mut sound[..frames];
        // One pass for each, because the registers hold one of them.
        if self.layers.heard() {
            self.layers.add::<V>(sound);
        }
        match (self.filtered.contains(&true), self.low) {
            (false, _) => self.shape::<V, false, false>(sound),
            (true, false) => self.shape::<V, true, false>(sound),
            (true, true) => self.shape::<V, true, true>(sound),
        }
        if self.still {
            for (send, ramp) in buses.sends[buses.waiting].iter_mut().zip(&self.sends) {
                *send = ramp.now;
            }
            buses.chorused |= self.chorused;
            buses.waiting += 1;
            if buses.waiting == DEEP {
                buses.settle::<V>(frames);
            }
        } else {
            for (ramp, sums) in self.sends.iter_mut().zip(&mut buses.sums) {
                let mut send = Moving::<V>::of(ramp);
                for (sum, frame) in sums.iter_mut().zip(&*sound) {
                    (V::load(&sum.0) + V::load(&frame.0) * send.next()).store(&mut sum.0);
                }
                send.now.store(&mut ramp.now.0);
            }
        }
    }

    fn judge(&mut self) {
        self.judged = true;
        self.still = self.sends.iter().all(Ramp::is_still);
        self.chorused = self.sends[CHORUS].now != F8::default();
    }

    /// Filter and amplitude. `LOW`: all lanes are low-passes, and the filter's low output is the sound.
    #[inline(always)]
    fn shape<V: Simd, const FILTERED: bool, const LOW: bool>(&mut self, sound: &mut [F8]) {
        let mut amp = Moving::<V>::of(&self.amp);
        let [mut a1, mut a2, mut a3] =
            [Moving::<V>::of(&self.a[0]), Moving::of(&self.a[1]), Moving::of(&self.a[2])];
        let [m0, m1, m2] = [V::load(&self.m[0].0), V::load(&self.m[1].0), V::load(&self.m[2].0)];
        let (mut s1, mut s2) = (V::load(&self.state[0].0), V::load(&self.state[1].0));
        for_frames!(frame in sound {
            let mut y = V::load(&frame.0);
            if FILTERED {
                let (a1, a2, a3) = (a1.next(), a2.next(), a3.next());
                let band = a1 * s1 + a2 * (y - s2);
                let way = a3 * band;
                let low = s2 + way;
                s1 = band - s1;
                s2 = low + way;
                y = if LOW { low } else { m0 * y + m1 * band + m2 * low };
            }
            (y * amp.next()).store(&mut frame.0);
        });
        amp.now.store(&mut self.amp.now.0);
        if FILTERED {
            a1.now.store(&mut self.a[0].now.0);
            a2.now.store(&mut self.a[1].now.0);
            a3.now.store(&mut self.a[2].now.0);
            s1.store(&mut self.state[0].0);
            s2.store(&mut self.state[1].0);
        }
        if let Some(last) = sound.last() {
            self.last = *last;
        }
    }

    /// At a point of the grid: ends what has become inaudible, before it becomes denormal and
    /// slow.
    pub(crate) fn flush(&mut self) {
        if self.layers.heard() {
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

/// Lays the lanes side by side: rows of frames become frames of lanes, whole eights of them.
#[inline(always)]
fn turn<V: Simd>(rows: &Rows, frames: usize, sound: &mut [F8; GRID]) {
    let (eights, _) = sound.as_chunks_mut::<LANES>();
    for (eight, to) in eights.iter_mut().enumerate().take(frames.div_ceil(LANES)) {
        let mut tile = [V::splat(0.0); LANES];
        for (voice, row) in tile.iter_mut().zip(&rows.0) {
            *voice = V::load(&row[eight]);
        }
        for (frame, to) in V::transpose(tile).into_iter().zip(to) {
            frame.store(&mut to.0);
        }
    }
}
