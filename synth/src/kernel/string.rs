//! A plucked string: a delay line that feeds itself through a short symmetric filter, after
//! Karplus, Strong, Jaffe and Smith.
//!
//! The loop's filter is a three-point loss filter times a four-point Lagrange interpolator. Both
//! have a known delay, so the pitch is exact at any key; the gain of the loop is computed so that
//! the fundamental decays in the stated time.

use super::{Eights, Ready};
use crate::dsp::math::decay;
use crate::dsp::noise::Noise;
use crate::lanes::{F8, GRID, LANES};
use crate::simd::Simd;
use alloc::{vec, vec::Vec};

/// Taps of the loop filter.
const TAPS: usize = 6;
/// What eight frames hear through them.
const REACH: usize = LANES + TAPS - 1;
/// The longest period is that of this frequency in Hz; lower keys sound an octave higher.
const LOWEST: f32 = 24.0;

/// Frames in which a new pitch is reached.
const GLIDE: usize = 6 * GRID;

/// Seconds in which what does not swing at all falls by 60 dB at the latest: a period that is no whole
/// number of frames leaves a little of it, and a high string would hold it for minutes, unheard.
const REST: f32 = 20.0;

/// Times eight frames over which a pluck fades in (0.7 ms at 48 kHz): a bent string begins at full
/// force, and without this its first frame would jump out of silence.
const ONSET: u8 = 4;

/// How fast the mean of a driven string is followed: 19 Hz at 48 kHz.
const LEAN: f32 = 0.002_5;

/// How a string is plucked and how it rings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pluck {
    /// Seconds in which the fundamental of C4 falls by 60 dB.
    pub t60: f32,
    /// Factor on `t60` per octave upwards.
    pub t60_octave: f32,
    /// Seconds in which what is near 3 kHz falls by 60 dB.
    pub bright_t60: f32,
    /// Where it is plucked, as a part of its length.
    pub position: f32,
    /// Cutoff of the pluck's spectrum in Hz at full velocity.
    pub hardness: f32,
    /// Hz above which the pluck's spectrum falls by 6 dB per octave (not below the key's own
    /// pitch): low for fingers on a round string, high for plectra and quills.
    pub warmth: f32,
    /// Octaves by which a soft touch lowers `hardness`.
    pub touch: f32,
    /// Share of noise in the pluck, 0 to 1.
    pub roughness: f32,
    /// Gain into a soft clipper; 0 for none.
    pub drive: f32,
}

/// The string of one voice.
#[derive(Clone, Debug)]
pub(crate) struct PluckedString {
    /// The past, and its beginning once more behind its end, so that any window of it is one slice.
    line: Vec<f32>,
    size: usize,
    write: usize,
    /// Whole frames from the newest sample back to the first tap.
    delay: usize,
    taps: [f32; TAPS],
    loss: f32,
    gain: f32,
    loop_gain: f32,
    period: f32,
    /// Where the period goes, and by how much per frame.
    goal: f32,
    glide: f32,
    octave: f32,
    drive: f32,
    /// Mean square, slowly followed, of each of the eight frames that are computed together.
    power: F8,
    /// The mean of what the clipper puts out, slowly followed: an uneven wave leans.
    lean: f32,
    /// Times eight frames since the pluck, up to [`ONSET`].
    risen: u8,
    sample_rate: f32,
    eights: Eights,
}

impl PluckedString {
    /// A string at rest; allocates its line.
    pub(crate) fn new(sample_rate: f32) -> Self {
        let size = ((sample_rate / LOWEST) as usize + 2 * TAPS + LANES).next_power_of_two();
        Self {
            line: vec![0.0; size + REACH + LANES],
            size,
            write: 0,
            delay: 1,
            taps: [0.0; TAPS],
            loss: 0.0,
            gain: 0.0,
            loop_gain: 0.0,
            period: 0.0,
            goal: 0.0,
            glide: 0.0,
            octave: 1.0,
            drive: 0.0,
            power: F8::default(),
            lean: 0.0,
            risen: ONSET,
            sample_rate,
            eights: Eights::new(),
        }
    }

    /// Plucks the string at `hz` with velocity 0 to 1.
    pub(crate) fn pluck(&mut self, p: &Pluck, hz: f32, velocity: f32, seed: u32) {
        let rate = self.sample_rate;
        self.eights = Eights::new();
        self.octave = 1.0;
        while hz * self.octave < LOWEST {
            self.octave *= 2.0;
        }
        let hz = hz * self.octave;
        let octaves = libm::log2f(hz / 261.63);
        let t60 = p.t60 * libm::powf(p.t60_octave, octaves);
        // The loss filter 1 − 2a(1 − cos ω) loses about a·ω² per round; solve for 3 kHz.
        let w3 = core::f32::consts::TAU * 3_000.0 / rate;
        let more = (6.908 / p.bright_t60 - 6.908 / t60).max(0.0);
        self.loss = (more / (hz * w3 * w3)).clamp(0.0, 0.24);
        self.gain = decay(1.0 / hz, t60);
        self.drive = p.drive;
        self.goal = self.held(rate / hz);
        self.period = self.goal;
        self.set_gain();
        self.set_taps();
        self.excite(p, velocity, seed);
    }

    /// At a point of the grid: keeps the denormal numbers of a string at rest out of the loop.
    pub(crate) fn flush(&mut self) {
        if self.mean_square() < 1e-20 {
            (self.gain, self.loop_gain, self.taps) = (0.0, 0.0, [0.0; TAPS]);
        }
    }

    /// The string's frequency in Hz, reached within 384 frames: faster is a click.
    pub(crate) fn tune(&mut self, hz: f32) {
        let goal = self.held(self.sample_rate / (hz * self.octave));
        if (goal - self.goal).abs() >= 1e-4 {
            self.goal = goal;
            self.glide = (goal - self.period) / GLIDE as f32;
            self.set_gain();
            if self.glide == 0.0 {
                self.set_taps();
            }
        }
    }

    /// A period within what the line can hold.
    fn held(&self, period: f32) -> f32 {
        // `clamp` would panic where the ends are reversed, with their digits: 20 KB of flash.
        period.min((self.size - TAPS - LANES) as f32).max(5.0)
    }

    /// Whether it has come to rest, for one who hears it with this gain: below −120 dB.
    pub(crate) fn is_done(&self, gain: f32) -> bool {
        self.mean_square() * gain * gain < 1e-12
    }

    fn mean_square(&self) -> f32 {
        self.power.0.iter().sum::<f32>() / LANES as f32
    }

    /// Renders the next frames.
    #[inline(always)]
    pub(crate) fn render<V: Simd>(&mut self, ready: &mut Ready, out: &mut [f32]) {
        let eights = self.eights.place(out, ready);
        if self.is_long() && self.glide == 0.0 {
            self.swing::<V>(eights);
        } else {
            eights.iter_mut().for_each(|eight| *eight = self.eight::<V>());
        }
        self.follow::<V>(eights);
        if self.drive > 0.0 {
            eights.iter_mut().for_each(|eight| self.clip::<V>(eight));
        }
        for eight in eights {
            if self.risen == ONSET {
                break;
            }
            self.rise(eight);
        }
        self.eights.hand_out(ready, out);
    }

    /// The loop's gain at the goal's pitch: what its filter takes from the fundamental is given
    /// back, as far as DC still dies away.
    fn set_gain(&mut self) {
        let rest = decay(self.goal / self.sample_rate, REST).max(self.gain);
        let taps = filter(self.goal - libm::floorf(self.goal), self.loss);
        let (mut re, mut im) = (0.0, 0.0);
        for (i, t) in taps.iter().enumerate() {
            let (s, c) = libm::sincosf(core::f32::consts::TAU * i as f32 / self.goal);
            re += t * c;
            im += t * s;
        }
        self.loop_gain = (self.gain / libm::sqrtf(re * re + im * im)).min(rest);
    }

    fn set_taps(&mut self) {
        // The window of taps begins two frames before the period's whole part and runs from old
        // to new.
        let whole = self.period as usize;
        self.delay = whole - 2;
        let taps = filter(self.period - whole as f32, self.loss);
        for (t, &u) in self.taps.iter_mut().rev().zip(&taps) {
            *t = self.loop_gain * u;
        }
    }

    /// Moves the period on by a frame's worth.
    fn glide(&mut self) {
        let left = self.goal - self.period;
        if left.abs() <= self.glide.abs() * 1.01 {
            self.glide = 0.0;
            self.period = self.goal;
        } else {
            self.period += self.glide;
        }
        self.set_taps();
    }

    /// Fills the last period with the pluck: two opposite pulses at the distance of the pluck
    /// from the bridge, and noise, both softened by the touch.
    fn excite(&mut self, p: &Pluck, velocity: f32, seed: u32) {
        let n = (libm::roundf(self.period) as usize).min(self.size);
        let distance = ((p.position * self.period) as usize).clamp(1, n.max(2) - 1);
        let cutoff = p.hardness * libm::powf(2.0, -p.touch * (1.0 - velocity));
        let pulse = (1.0 - p.roughness) * libm::sqrtf(n as f32) * 0.7;
        self.line.fill(0.0);
        let pole_of =
            |hz: f32| libm::expf(-core::f32::consts::TAU * (hz / self.sample_rate).min(0.45));
        let corner = p.warmth.max(self.sample_rate / self.period);
        let poles = [pole_of(cutoff), pole_of(cutoff), pole_of(corner)];
        let mut soft = [0.0_f32; 3];
        // Twice around, so that the softened pulse wraps as the period does.
        for round in 0..2 {
            let mut repeat = Noise::new(seed);
            for i in 0..n {
                let mut x = p.roughness * repeat.next();
                if i == 1 {
                    x += pulse;
                } else if i == (1 + distance) % n {
                    x -= pulse;
                }
                for (s, pole) in soft.iter_mut().zip(poles) {
                    *s += (1.0 - pole) * (x - *s);
                    x = *s;
                }
                if round == 1 {
                    self.line[i] = x;
                }
            }
        }
        let mean = self.standing(n);
        let mut power = 0.0;
        for x in &mut self.line[..n] {
            *x -= mean;
            power += *x * *x;
        }
        let scale = 0.3 / libm::sqrtf((power / n as f32).max(1e-9));
        for i in 0..n {
            let x = self.line[i] * scale;
            put_one(&mut self.line, self.size, i, x);
        }
        self.write = n & (self.size - 1);
        self.glide = 0.0;
        self.power = F8([1.0; LANES]);
        self.lean = 0.0;
        self.risen = 0;
    }

    /// The part of the first `n` frames that would not swing but stand: their mean, weighted by how much
    /// of each the loop still has to hear. (Where the period is no whole number of frames, the taps
    /// reach into the oldest ones.)
    fn standing(&self, n: usize) -> f32 {
        let (mut sum, mut weights) = (0.0, 0.0);
        for (i, x) in self.line[..n].iter().enumerate() {
            // Frame `i` lies `n − i` back; tap `k` hears what lies `delay + TAPS − 1 − k` back.
            let heard = (self.delay + TAPS).saturating_sub(n - i).min(TAPS);
            let weight = self.taps[..heard].iter().sum::<f32>();
            sum += weight * x;
            weights += weight;
        }
        sum / weights
    }

    /// The next frames of a long string whose pitch rests.
    #[inline(always)]
    fn swing<V: Simd>(&mut self, eights: &mut [[f32; LANES]]) {
        let mut taps = [V::splat(0.0); TAPS];
        for (lanes, tap) in taps.iter_mut().zip(self.taps) {
            *lanes = V::splat(tap);
        }
        // The oldest tap of frame i lies `delay + TAPS − 1` before it.
        let (size, reach) = (self.size, self.delay + TAPS - 1);
        let (mask, mut write, line) = (size - 1, self.write, self.line.as_mut_slice());
        for eight in eights {
            let y = hear(taps, window(line, write.wrapping_sub(reach) & mask));
            y.store(eight);
            write = put(line, size, write, y);
        }
        self.write = write;
    }

    /// The next eight frames of any string.
    #[inline(always)]
    fn eight<V: Simd>(&mut self) -> [f32; LANES] {
        let mut out = [0.0; LANES];
        if self.is_long() && self.glide == 0.0 {
            self.swing::<V>(core::array::from_mut(&mut out));
        } else if self.is_long() && self.glides_evenly() {
            let y = self.glided::<V>();
            y.store(&mut out);
            self.write = put(&mut self.line, self.size, self.write, y);
        } else {
            for y in &mut out {
                *y = self.one();
            }
        }
        out
    }

    /// Follows the mean square.
    #[inline(always)]
    fn follow<V: Simd>(&mut self, eights: &[[f32; LANES]]) {
        let (mut power, share) = (V::load(&self.power.0), V::splat(0.04));
        for eight in eights {
            let y = V::load(eight);
            power = power + share * (y * y - power);
        }
        power.store(&mut self.power.0);
    }

    /// Drives it into the clipper, and takes off by how much that leans.
    #[inline(always)]
    fn clip<V: Simd>(&mut self, eight: &mut [f32; LANES]) {
        soft_clip(V::load(eight) * V::splat(self.drive)).store(eight);
        for y in eight {
            *y -= self.lean;
            self.lean += LEAN * *y;
        }
    }

    /// Whether the string is longer than the eight frames that are computed together.
    #[inline(always)]
    fn is_long(&self) -> bool {
        self.delay >= LANES
    }

    /// Whether the pitch goes on moving for eight frames, none of which takes it over a whole frame.
    #[inline(always)]
    fn glides_evenly(&self) -> bool {
        let end = self.period + LANES as f32 * self.glide;
        let whole = (self.delay + 2) as i32;
        (self.goal - self.period).abs() > (LANES + 1) as f32 * self.glide.abs()
            && (self.period + self.glide) as i32 == whole
            && end as i32 == whole
    }

    /// The next eight frames while the pitch moves: every frame has taps of its own.
    #[inline(always)]
    fn glided<V: Simd>(&mut self) -> V {
        const PASSED: [f32; LANES] = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0];
        let way = V::splat(self.glide) * V::load(&PASSED);
        let f = V::splat(self.period - (self.delay + 2) as f32) + way;
        self.period += LANES as f32 * self.glide;
        let reach = self.delay + TAPS - 1;
        let from = self.write.wrapping_sub(reach) & (self.size - 1);
        hear(filters(f, self.loss, self.loop_gain), window(&self.line, from))
    }

    /// Fades the first frames in, outside the loop.
    fn rise(&mut self, out: &mut [f32; LANES]) {
        const PER_FRAME: f32 = 1.0 / (ONSET as usize * LANES) as f32;
        let first = usize::from(self.risen) * LANES;
        for (i, y) in out.iter_mut().enumerate() {
            *y *= (first + i) as f32 * PER_FRAME;
        }
        self.risen += 1;
    }

    /// One frame: of a short string, or of one whose pitch moves.
    fn one(&mut self) -> f32 {
        if self.glide != 0.0 {
            self.glide();
        }
        let reach = self.delay + TAPS - 1;
        let from = self.write.wrapping_sub(reach) & (self.size - 1);
        let window = &self.line[from..from + TAPS];
        let y = self.taps.iter().zip(window).map(|(t, x)| t * x).sum();
        self.write = put_one(&mut self.line, self.size, self.write, y);
        y
    }
}

/// Writes eight frames from `write` on; returns where the next ones go.
#[inline(always)]
fn put<V: Simd>(line: &mut [f32], size: usize, write: usize, y: V) -> usize {
    if write + LANES > size {
        let mut eight = [0.0; LANES];
        y.store(&mut eight);
        return eight.into_iter().fold(write, |write, y| put_one(line, size, write, y));
    }
    if let Some(place) = line[write..].first_chunk_mut() {
        y.store(place);
    }
    if write < REACH
        && let Some(place) = line[write + size..].first_chunk_mut()
    {
        y.store(place);
    }
    (write + LANES) & (size - 1)
}

/// As [`put`], one frame.
fn put_one(line: &mut [f32], size: usize, write: usize, y: f32) -> usize {
    line[write] = y;
    if write < REACH {
        line[write + size] = y;
    }
    (write + 1) & (size - 1)
}

/// What eight frames and the taps reach, from `from` on.
#[inline(always)]
fn window(line: &[f32], from: usize) -> &[f32; REACH] {
    line[from..].first_chunk().unwrap_or(&[0.0; REACH])
}

/// What eight frames hear of a window through these taps, from the oldest sample on.
#[inline(always)]
fn hear<V: Simd>(taps: [V; TAPS], window: &[f32; REACH]) -> V {
    let mut around = window.array_windows();
    let mut sum = V::splat(0.0);
    for tap in taps {
        if let Some(x) = around.next() {
            sum = sum + tap * V::load(x);
        }
    }
    sum
}

/// As [`filter`] for eight frames side by side, times `gain`, from the oldest tap on.
#[inline(always)]
fn filters<V: Simd>(f: V, loss: f32, gain: f32) -> [V; TAPS] {
    let (e, g, h) = (f + V::splat(1.0), f - V::splat(1.0), f - V::splat(2.0));
    let (sixth, half) = (V::splat(gain / 6.0), V::splat(gain / 2.0));
    let (fg, eh) = (f * g * sixth, e * h * half);
    // The middle ones' signs: −fgh, egh, −efh, efg.
    let [p, q, r, s] = [fg * h, eh * g, eh * f, fg * e];
    let (side, middle) = (V::splat(loss), V::splat(1.0 - 2.0 * loss));
    let [ps, qs, rs, ss] = [side * p, side * q, side * r, side * s];
    [
        ss,
        middle * s - rs,
        qs - middle * r + ss,
        middle * q - ps - rs,
        qs - middle * p,
        V::splat(0.0) - ps,
    ]
}

/// The loop's filter for a delay of one frame and `f`: loss times Lagrange interpolation.
fn filter(f: f32, loss: f32) -> [f32; TAPS] {
    let lagrange = [
        -f * (f - 1.0) * (f - 2.0) / 6.0,
        (f + 1.0) * (f - 1.0) * (f - 2.0) / 2.0,
        -(f + 1.0) * f * (f - 2.0) / 2.0,
        (f + 1.0) * f * (f - 1.0) / 6.0,
    ];
    let loss = [loss, 1.0 - 2.0 * loss, loss];
    let mut taps = [0.0; TAPS];
    for (i, l) in lagrange.iter().enumerate() {
        for (j, k) in loss.iter().enumerate() {
            taps[i + j] += l * k;
        }
    }
    taps
}

/// An odd cubic that saturates at ±2/3.
#[inline(always)]
fn soft_clip<V: Simd>(x: V) -> V {
    let (one, size) = (V::splat(1.0), x.abs());
    // The lesser of the size and one.
    let x = (V::splat(0.5) * (size + one - (size - one).abs())).copysign(x);
    x - x * x * x * V::splat(1.0 / 3.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simd::Portable;

    const BRIGHT: Pluck = Pluck {
        t60: 6.0,
        t60_octave: 0.8,
        bright_t60: 2.0,
        position: 0.13,
        hardness: 5_000.0,
        warmth: 400.0,
        touch: 1.0,
        roughness: 0.2,
        drive: 0.0,
    };

    #[test]
    fn slices_do_not_matter() {
        for hz in [41.0, 440.0, 4_186.0, 6_000.0] {
            let mut a = PluckedString::new(48_000.0);
            let mut b = a.clone();
            a.pluck(&BRIGHT, hz, 0.7, 5);
            b.pluck(&BRIGHT, hz, 0.7, 5);
            let mut x = alloc::vec![0.0; 4_800];
            let mut y = x.clone();
            x.chunks_mut(64).for_each(|c| a.render::<Portable>(&mut Ready::default(), c));
            y.chunks_mut(7).for_each(|c| b.render::<Portable>(&mut Ready::default(), c));
            assert_eq!(x, y, "{hz}");
        }
    }

    #[test]
    fn eight_filters_are_eight_times_a_filter() {
        for loss in [0.0, 0.1, 0.24] {
            let f = [0.0, 0.1, 0.25, 0.4, 0.5, 0.7, 0.9, 0.999];
            let eight = filters(Portable::load(&f), loss, 0.97);
            for (tap, v) in eight.into_iter().rev().enumerate() {
                let mut lanes = [0.0; LANES];
                v.store(&mut lanes);
                for (f, y) in f.into_iter().zip(lanes) {
                    assert!((y - 0.97 * filter(f, loss)[tap]).abs() < 1e-6, "tap {tap}, {f}");
                }
            }
        }
    }

    #[test]
    fn a_glide_by_eights_is_a_glide_by_frames() {
        let mut string = PluckedString::new(48_000.0);
        string.pluck(&BRIGHT, 196.0, 0.7, 5);
        string.tune(207.0);
        let mut frames = string.clone();
        let (mut together, mut by_frames) = (0, 0);
        for _ in 0..GLIDE / LANES + 2 {
            together += usize::from(string.glides_evenly());
            by_frames += usize::from(!string.glides_evenly());
            let mut eight = [0.0; LANES];
            string.render::<Portable>(&mut Ready::default(), &mut eight);
            let rise = f32::from(frames.risen.min(ONSET)) * LANES as f32;
            for (i, y) in eight.into_iter().enumerate() {
                let fade = ((rise + i as f32) / (f32::from(ONSET) * LANES as f32)).min(1.0);
                let e = fade * frames.one();
                assert!((y - e).abs() < 1e-4, "{y} for {e}");
            }
            frames.risen = (frames.risen + 1).min(ONSET);
        }
        assert!(together > 30 && by_frames > 3, "{together} and {by_frames} eights");
        assert_eq!(string.period, string.goal);
    }

    #[test]
    fn a_high_string_comes_to_rest() {
        for hz in [2_093.0, 4_434.92, 5_000.0, 6_644.9] {
            let mut s = PluckedString::new(48_000.0);
            s.pluck(&BRIGHT, hz, 1.0, 1);
            let mut out = [0.0; 64];
            let blocks = (0..6 * 48_000 / 64).take_while(|_| {
                s.render::<Portable>(&mut Ready::default(), &mut out);
                !s.is_done(0.35)
            });
            let seconds = blocks.count() * 64 / 48_000;
            assert!(seconds < 6, "{hz} Hz: it stands");
        }
    }

    #[test]
    fn it_decays_and_has_no_dc() {
        let mut s = PluckedString::new(48_000.0);
        s.pluck(&BRIGHT, 261.63, 1.0, 1);
        let mut out = alloc::vec![0.0; 48_000 * 8];
        out.chunks_mut(64).for_each(|c| s.render::<Portable>(&mut Ready::default(), c));
        let rms = |x: &[f32]| (x.iter().map(|v| v * v).sum::<f32>() / x.len() as f32).sqrt();
        let early = rms(&out[4_800..9_600]);
        let late = rms(&out[7 * 48_000..7 * 48_000 + 4_800]);
        assert!(early > 0.05 && late < early * 3e-3 && late > 0.0, "{early} {late}");
        let mean = out.iter().sum::<f32>() / out.len() as f32;
        assert!(mean.abs() < 1e-4);
    }
}
