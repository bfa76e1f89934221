//! Eight voices side by side: noise, filter, gains and sends, one lane each.

use super::voice::Aim;
use crate::dsp::svf::Coefficients;
use crate::kernel::Ready;
use crate::kernel::layer::{Breath, Layers};
use crate::lanes::{F8, GRID, LANES};
use crate::simd::Simd;
use alloc::{vec, vec::Vec};

/// How many groups are mixed together at most: what lies on the buses is loaded and stored once for all. On
/// a microcontroller it would cost 30 KB of flash.
pub(crate) const DEEP: usize = if cfg!(target_os = "none") { 1 } else { 4 };

/// Sums of all voices, still in lanes: left, right, chorus, reverb.
#[derive(Clone, Debug)]
pub(crate) struct Buses {
    sums: Vec<[F8; GRID]>,
    /// What each of some groups sounds, on its way to the sums.
    sounds: Vec<[F8; GRID]>,
}

impl Buses {
    /// Silent buses, to which so many groups are mixed together, at most [`DEEP`].
    pub(crate) fn new(deep: usize) -> Self {
        let silence = [F8::default(); GRID];
        Self { sums: vec![silence; BUSES], sounds: vec![silence; deep] }
    }

    /// How many groups are mixed together.
    #[inline(always)]
    pub(crate) fn deep(&self) -> usize {
        self.sounds.len()
    }

    /// Silence over the eights that the first `frames` touch.
    pub(crate) fn clear(&mut self, frames: usize) {
        let touched = frames.next_multiple_of(LANES).min(GRID);
        self.sums.iter_mut().for_each(|b| b[..touched].fill(F8::default()));
    }

    /// Puts the raw sounds of group `at` of those that are mixed next side by side: rows of frames become
    /// frames of lanes, whole eights of them.
    #[inline(always)]
    pub(crate) fn turn<V: Simd>(
        &mut self,
        at: usize,
        group: &mut Group,
        rows: &Rows,
        frames: usize,
    ) {
        let (eights, _) = self.sounds[at].as_chunks_mut::<LANES>();
        let eights = &mut eights[..frames.div_ceil(LANES)];
        if group.is_plain(frames) {
            let mut amp = Moving::<V>::of(&group.amp);
            for (eight, to) in eights.iter_mut().enumerate() {
                for (frame, to) in rows.turned::<V>(eight).into_iter().zip(to) {
                    (frame * amp.next()).store(&mut to.0);
                }
            }
            amp.now.store(&mut group.amp.now.0);
        } else {
            for (eight, to) in eights.iter_mut().enumerate() {
                for (frame, to) in rows.turned::<V>(eight).into_iter().zip(to) {
                    frame.store(&mut to.0);
                }
            }
        }
    }

    /// Adds noise to the first frames of these groups, filters them and sends them to the buses.
    #[inline(always)]
    pub(crate) fn mix<V: Simd>(&mut self, groups: &mut [Group], frames: usize) {
        let frames = frames.min(GRID);
        for (pair, sounds) in groups.chunks_mut(2).zip(self.sounds.chunks_mut(2)) {
            match (pair, sounds) {
                ([a, b], [x, y]) if DEEP > 1 && a.sounds() && b.sounds() => {
                    Group::pass_pair::<V>([a, b], [x, y], frames);
                }
                (pair, sounds) => {
                    for (group, sound) in pair.iter_mut().zip(sounds) {
                        if group.sounds() {
                            group.pass::<V>(sound, frames);
                        }
                    }
                }
            }
        }
        let (mut still, mut count) = ([0; DEEP], 0);
        for (at, group) in groups.iter_mut().enumerate() {
            if !group.sounds() {
                continue;
            }
            if group.still {
                still[count] = at;
                count += 1;
            } else {
                group.send::<V>(&self.sounds[at][..frames], &mut self.sums);
            }
        }
        match still[..count] {
            [] => {}
            [a] if DEEP > 1 => self.add::<V, 1>(groups, [a], frames),
            [a, b] if DEEP > 1 => self.add::<V, 2>(groups, [a, b], frames),
            [a, b, c] if DEEP > 1 => self.add::<V, 3>(groups, [a, b, c], frames),
            _ => self.add::<V, DEEP>(groups, still, frames),
        }
    }

    /// Adds what these groups sound to the buses.
    #[inline(always)]
    fn add<V: Simd, const N: usize>(&mut self, groups: &[Group], which: [usize; N], frames: usize) {
        let groups = which.map(|at| &groups[at]);
        let sounds = which.map(|at| self.sounds[at].as_chunks::<LANES>().0);
        for (bus, sums) in self.sums.iter_mut().enumerate() {
            if bus == CHORUS && !groups.iter().any(|group| group.chorused) {
                continue;
            }
            let mut sends = [V::splat(0.0); N];
            for i in 0..N {
                sends[i] = V::load(&groups[i].sends[bus].now.0);
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
        let (frames, _) = self.sums[bus].as_chunks::<LANES>();
        let (whole, rest) = out.as_chunks_mut::<LANES>();
        let done = whole.len();
        for (frames, out) in frames.iter().zip(whole) {
            sum_lanes::<V>(frames, out);
        }
        if let (false, Some(frames)) = (rest.is_empty(), frames.get(done)) {
            let mut eight = [0.0; LANES];
            sum_lanes::<V>(frames, &mut eight);
            rest.copy_from_slice(&eight[..rest.len()]);
        }
    }
}

#[inline(always)]
fn sum_lanes<V: Simd>(frames: &[F8; LANES], out: &mut [f32; LANES]) {
    let mut rows = [V::splat(0.0); LANES];
    for (row, frame) in rows.iter_mut().zip(frames) {
        *row = V::load(&frame.0);
    }
    V::sums(rows).store(out);
}

/// The raw sounds of eight voices, one row each, the frames in eights.
#[derive(Clone, Debug, Default)]
#[repr(align(32))]
pub(crate) struct Rows(pub(crate) [Ready; LANES]);

impl Rows {
    /// Eight frames, lanes side by side.
    #[inline(always)]
    fn turned<V: Simd>(&self, eight: usize) -> [V; LANES] {
        let mut tile = [V::splat(0.0); LANES];
        for (voice, row) in tile.iter_mut().zip(&self.0) {
            *voice = V::load(&row[eight]);
        }
        V::transpose(tile)
    }
}

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
}

/// A ramp on its way through a block.
#[derive(Clone, Copy)]
struct Moving<V> {
    now: V,
    step: V,
}

impl<V: Simd> Moving<V> {
    #[inline(always)]
    fn still() -> Self {
        Self { now: V::splat(0.0), step: V::splat(0.0) }
    }

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
    /// What each lane's sends were told to be, and whether one is on its way.
    told: [[f32; BUSES]; LANES],
    moving: [bool; LANES],
    /// No lane's send is on its way.
    still: bool,
    /// Some lane is heard in the chorus.
    chorused: bool,
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
            told: Default::default(),
            moving: [false; LANES],
            still: true,
            chorused: false,
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
        (self.told[at], self.moving[at]) = (aim.sends, false);
        self.judge();
        let Coefficients { a, m } = aim.filter;
        self.a.iter_mut().zip(a).for_each(|(r, to)| r.jump(at, to));
        self.m.iter_mut().zip(m).for_each(|(v, to)| v.0[at] = to);
        self.low = self.m == LOW_PASS;
        self.state.iter_mut().for_each(|s| s.0[at] = 0.0);
        self.filtered[at] = filtered;
        self.sounding[at] = true;
        self.layers.stop(at);
    }

    /// Whether any lane is filtered.
    #[inline(always)]
    pub(crate) fn is_filtered(&self) -> bool {
        self.filtered.contains(&true)
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
        if self.moving[at] || self.told[at] != aim.sends {
            self.told[at] = aim.sends;
            self.moving[at] = false;
            for (send, to) in self.sends.iter_mut().zip(aim.sends) {
                // What rounding leaves of a way is no way.
                if (to - send.now.0[at]).abs() < 1e-6 {
                    send.jump(at, to);
                } else {
                    send.aim(at, to, per_frame);
                    self.moving[at] = true;
                }
            }
            self.judge();
        }
        if self.filtered[at] {
            self.a.iter_mut().zip(aim.filter.a).for_each(|(r, to)| r.aim(at, to, per_frame));
        }
    }

    fn judge(&mut self) {
        self.still = self.moving == [false; LANES];
        self.chorused = self.told.iter().any(|sends| sends[CHORUS] != 0.0);
    }

    /// Whether it has neither noise nor filter, and whole eights: [`Buses::turn`] then gives it its amplitude,
    /// too.
    #[inline(always)]
    fn is_plain(&self, frames: usize) -> bool {
        let shaped = self.layers.heard() || self.is_filtered();
        !shaped && frames.is_multiple_of(LANES)
    }

    /// Noise, filter and amplitude, one pass after the other, because the registers hold one of them.
    #[inline(always)]
    fn pass<V: Simd>(&mut self, sound: &mut [F8; GRID], frames: usize) {
        if self.is_plain(frames) {
            self.keep_last(&sound[..frames]);
            return;
        }
        if self.layers.heard() {
            self.layers.add::<V>(&mut sound[..frames]);
        }
        match (self.is_filtered(), self.low) {
            (false, _) => Self::shape::<V, 1, false, false>([self], [sound], frames),
            (true, false) => Self::shape::<V, 1, true, false>([self], [sound], frames),
            (true, true) => Self::shape::<V, 1, true, true>([self], [sound], frames),
        }
    }

    /// As [`Group::pass`] for two, side by side where they do the same: each frame of a filter waits for the
    /// one before.
    #[inline(always)]
    fn pass_pair<V: Simd>([a, b]: [&mut Self; 2], [x, y]: [&mut [F8; GRID]; 2], frames: usize) {
        let both_low = [&*a, &*b].iter().all(|g| g.low && g.is_filtered());
        if !both_low {
            a.pass::<V>(x, frames);
            b.pass::<V>(y, frames);
            return;
        }
        for (group, sound) in [(&mut *a, &mut *x), (&mut *b, &mut *y)] {
            if group.layers.heard() {
                group.layers.add::<V>(&mut sound[..frames]);
            }
        }
        Self::shape::<V, 2, true, true>([a, b], [x, y], frames);
    }

    /// Filter and amplitude of `N` groups. `LOW`: all lanes are low-passes, and the filter's low output is
    /// the sound.
    #[inline(always)]
    fn shape<V: Simd, const N: usize, const FILTERED: bool, const LOW: bool>(
        groups: [&mut Self; N],
        mut sounds: [&mut [F8; GRID]; N],
        frames: usize,
    ) {
        let mut amp = [Moving::<V>::still(); N];
        let (mut a, mut m) = ([[Moving::<V>::still(); 3]; N], [[V::splat(0.0); 3]; N]);
        let (mut s1, mut s2) = ([V::splat(0.0); N], [V::splat(0.0); N]);
        for i in 0..N {
            amp[i] = Moving::of(&groups[i].amp);
            for k in 0..3 {
                a[i][k] = Moving::of(&groups[i].a[k]);
                m[i][k] = V::load(&groups[i].m[k].0);
            }
            (s1[i], s2[i]) = (V::load(&groups[i].state[0].0), V::load(&groups[i].state[1].0));
        }
        for at in 0..frames {
            for (i, sound) in sounds.iter_mut().enumerate() {
                let frame = &mut sound[at].0;
                let mut y = V::load(frame);
                if FILTERED {
                    let (a1, a2, a3) = (a[i][0].next(), a[i][1].next(), a[i][2].next());
                    let band = a1 * s1[i] + a2 * (y - s2[i]);
                    let way = a3 * band;
                    let low = s2[i] + way;
                    s1[i] = band - s1[i];
                    s2[i] = low + way;
                    let [m0, m1, m2] = m[i];
                    y = if LOW { low } else { m0 * y + m1 * band + m2 * low };
                }
                (y * amp[i].next()).store(frame);
            }
        }
        for i in 0..N {
            amp[i].now.store(&mut groups[i].amp.now.0);
            if FILTERED {
                for (moving, ramp) in a[i].iter().zip(&mut groups[i].a) {
                    moving.now.store(&mut ramp.now.0);
                }
                s1[i].store(&mut groups[i].state[0].0);
                s2[i].store(&mut groups[i].state[1].0);
            }
            groups[i].keep_last(&sounds[i][..frames]);
        }
    }

    fn keep_last(&mut self, sound: &[F8]) {
        self.last = sound.last().copied().unwrap_or(self.last);
    }

    /// Adds its sound to the buses while what they hear of it moves.
    #[inline(always)]
    fn send<V: Simd>(&mut self, sound: &[F8], sums: &mut [[F8; GRID]]) {
        for (ramp, sums) in self.sends.iter_mut().zip(sums) {
            let mut send = Moving::<V>::of(ramp);
            for (sum, frame) in sums.iter_mut().zip(sound) {
                (V::load(&sum.0) + V::load(&frame.0) * send.next()).store(&mut sum.0);
            }
            send.now.store(&mut ramp.now.0);
        }
    }

    /// At a point of the grid: ends what has become inaudible, before it becomes denormal and
    /// slow.
    pub(crate) fn flush(&mut self) {
        if self.layers.heard() {
            self.layers.flush();
        }
        if !self.is_filtered() {
            return;
        }
        // Written in any case: the compiler makes vectors of it.
        for state in &mut self.state {
            for x in &mut state.0 {
                *x = if x.abs() < 1e-15 { 0.0 } else { *x };
            }
        }
    }
}
