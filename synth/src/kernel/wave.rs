//! Up to three oscillators over a wavetable: organs, strings, winds, leads.

use super::{Eights, Ready};
use crate::dsp::lfo::Lfo;
use crate::dsp::wavetable::Wavetable;
use crate::lanes::{LANES, SPAN};
use crate::simd::{BETWEEN, CYCLE, Simd, wave};

/// Most oscillators of one voice.
pub(crate) const MAX_OSCILLATORS: usize = 3;

#[derive(Clone, Copy, Debug, Default)]
struct Oscillator {
    /// The phases of the next eight frames, their way to the eight after, and its change.
    phases: [u32; LANES],
    way: [u32; LANES],
    bend: u32,
    /// Phase per frame at the first of them.
    step: u32,
    /// Change of the step per frame, in two's complement.
    slope: u32,
    /// Frequency as a multiple of the voice's.
    ratio: f32,
    level: f32,
}

/// The oscillators of one voice.
#[derive(Clone, Debug)]
pub(crate) struct Wave {
    oscillators: [Oscillator; MAX_OSCILLATORS],
    count: usize,
    table: usize,
    zone: u8,
    sways: [Lfo; MAX_OSCILLATORS],
    /// Octaves to either side.
    sway: f32,
    sample_rate: f32,
    /// Phase per frame of 1 Hz.
    per_hz: f64,
    /// The steps are new.
    tuned: bool,
    eights: Eights,
}

/// Hz of the swaying of each oscillator, without a common measure.
const SWAY_RATES: [f32; MAX_OSCILLATORS] = [2.3, 3.7, 4.9];

impl Wave {
    /// A silent stack.
    pub(crate) fn new(sample_rate: f32) -> Self {
        Self {
            oscillators: Default::default(),
            count: 0,
            table: 0,
            zone: 0,
            sways: Default::default(),
            sway: 0.0,
            sample_rate,
            per_hz: 4_294_967_296.0 / f64::from(sample_rate),
            tuned: true,
            eights: Eights::new(),
        }
    }

    /// Starts oscillators of these `(ratio, level, phase in turns)` on wavetable `table`, each
    /// swaying by `sway` cents.
    pub(crate) fn start(
        &mut self,
        table: usize,
        hz: f32,
        sway: f32,
        oscillators: impl Iterator<Item = (f32, f32, f32)>,
    ) {
        self.eights = Eights::new();
        self.table = table;
        self.count = 0;
        for (slot, (ratio, level, phase)) in self.oscillators.iter_mut().zip(oscillators) {
            let phase = (f64::from(phase) * 4_294_967_296.0) as u32;
            *slot = Oscillator { phases: [phase; LANES], ratio, level, ..Oscillator::default() };
            self.sways[self.count] = Lfo::new(0.37 * self.count as f32);
            self.count += 1;
        }
        let most = self.oscillators[..self.count].iter().fold(0.0_f32, |m, o| m.max(o.ratio));
        self.zone = Wavetable::zone(hz * most);
        self.sway = sway / 1_200.0;
        self.tune(hz, 0.0);
    }

    /// The voice's frequency in Hz: at once if no `seconds` are given, else reached within them, or
    /// within 128 frames. Steps of the frequency would be heard around the highest partials,
    /// and a shorter way would be overshot, for eight frames are computed at once.
    pub(crate) fn tune(&mut self, hz: f32, seconds: f32) {
        self.tuned = true;
        let most = 0.45 * self.sample_rate;
        let per_frame = 1.0 / (seconds * self.sample_rate).max(SPAN as f32);
        let sways = self.sways.iter_mut().zip(SWAY_RATES);
        for (o, (sway, rate)) in self.oscillators[..self.count].iter_mut().zip(sways) {
            let mut hz = hz * o.ratio;
            if self.sway > 0.0 {
                // Of some cents; what the series leaves out is below a thousandth of one.
                let x = self.sway * sway.advance(rate, seconds) * core::f32::consts::LN_2;
                hz *= 1.0 + x * (1.0 + 0.5 * x);
            }
            let goal = (f64::from(hz.min(most)) * self.per_hz) as u32;
            if seconds > 0.0 {
                let way = (goal as i32).wrapping_sub(o.step as i32) as f32;
                o.slope = (way * per_frame) as i32 as u32;
            } else {
                (o.step, o.slope) = (goal, 0);
            }
        }
    }

    /// Whether the pitch is on its way, or never rests.
    pub(crate) fn is_moving(&self) -> bool {
        self.sway > 0.0 || self.oscillators[..self.count].iter().any(|o| o.slope != 0)
    }

    /// Renders the next frames.
    #[inline(always)]
    pub(crate) fn render<V: Simd>(
        &mut self,
        tables: &[Wavetable],
        ready: &mut Ready,
        out: &mut [f32],
    ) {
        let Some(table) = tables.get(self.table) else {
            out.fill(0.0);
            return;
        };
        let cycle = table.cycle(self.zone);
        let eights = self.eights.place(out, ready);
        let all = &mut self.oscillators[..self.count];
        if self.tuned {
            self.tuned = false;
            for oscillator in &mut *all {
                oscillator.lay::<V>();
            }
        }
        if let Ok(one) = <&mut [_; 1]>::try_from(&mut *all) {
            run::<V, 1>(cycle, one, eights);
        } else if let Ok(two) = <&mut [_; 2]>::try_from(&mut *all) {
            run::<V, 2>(cycle, two, eights);
        } else if let Ok(three) = <&mut [_; 3]>::try_from(all) {
            run::<V, 3>(cycle, three, eights);
        } else {
            eights.fill([0.0; LANES]);
        }
        self.eights.hand_out(ready, out);
    }
}

/// k, the sum of all integers below k, and the frames' weights of the slope eight frames on, for
/// k = 0 … 7: what moves the phases of eight frames under a step that itself moves.
const ORDER: [u32; LANES] = [0, 1, 2, 3, 4, 5, 6, 7];
const BELOW: [u32; LANES] = [0, 0, 1, 3, 6, 10, 15, 21];
const AHEAD: [u32; LANES] = [28, 36, 44, 52, 60, 68, 76, 84];

impl Oscillator {
    /// Lays the next eight frames out for a new step or slope.
    #[inline(always)]
    fn lay<V: Simd>(&mut self) {
        let slope = V::int(self.slope);
        let along = V::int_mul(V::int_load(&ORDER), V::int(self.step));
        let bent = V::int_mul(V::int_load(&BELOW), slope);
        let phases = V::int_add(V::int_add(V::int(self.phases[0]), along), bent);
        V::int_store(phases, &mut self.phases);
        let way = V::int_mul(V::int_load(&AHEAD), slope);
        V::int_store(V::int_add(V::int(self.step.wrapping_mul(8)), way), &mut self.way);
        self.bend = self.slope.wrapping_mul(64);
    }
}

#[inline(always)]
fn run<V: Simd, const N: usize>(
    cycle: &[f32; CYCLE + 1],
    oscillators: &mut [Oscillator; N],
    eights: &mut [[f32; LANES]],
) {
    let mut lanes = [[V::int(0); 3]; N];
    let mut levels = [[V::splat(0.0); 2]; N];
    let frames = (eights.len() * LANES) as u32;
    for (i, o) in oscillators.iter_mut().enumerate() {
        lanes[i] = [V::int_load(&o.phases), V::int_load(&o.way), V::int(o.bend)];
        // A wave's level, and that of the way between two of its samples.
        levels[i] = [V::splat(o.level), V::splat(o.level * BETWEEN)];
        o.step = o.step.wrapping_add(o.slope.wrapping_mul(frames));
    }
    for eight in eights {
        let mut sum = wave::<V>(cycle, lanes[0][0], levels[0]);
        for i in 1..N {
            sum = sum + wave::<V>(cycle, lanes[i][0], levels[i]);
        }
        for [phase, way, bend] in &mut lanes {
            *phase = V::int_add(*phase, *way);
            *way = V::int_add(*way, *bend);
        }
        sum.store(eight);
    }
    for (o, [phases, way, _]) in oscillators.iter_mut().zip(lanes) {
        V::int_store(phases, &mut o.phases);
        V::int_store(way, &mut o.way);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::math::exp2;
    use crate::dsp::wavetable::tables;
    use crate::instrument::SPECTRA;
    use crate::simd::Portable;

    const RATE: f32 = 48_000.0;

    fn render(tables: &[Wavetable], table: usize, hz: f32, block: usize) -> alloc::vec::Vec<f32> {
        let mut wave = Wave::new(RATE);
        wave.start(table, hz, 0.0, [(1.0, 0.7, 0.0), (1.01, 0.4, 0.3)].into_iter());
        let mut out = alloc::vec![0.0; 4_800];
        for (i, b) in out.chunks_mut(block).enumerate() {
            if (i * block).is_multiple_of(SPAN) {
                // A glide of a semitone up and down, told on the control grid.
                let semis = 1.0 - libm::fabsf((i * block / SPAN) as f32 % 12.0 / 6.0 - 1.0);
                wave.tune(hz * exp2(semis / 12.0), SPAN as f32 / RATE);
            }
            wave.render::<Portable>(tables, &mut Ready::default(), b);
        }
        out
    }

    #[test]
    fn slices_do_not_matter() {
        let tables = tables(&SPECTRA, RATE);
        let whole = render(&tables, 1, 440.0, 64);
        for block in [1, 4, 32] {
            assert_eq!(whole, render(&tables, 1, 440.0, block), "{block}");
        }
    }

    /// The energy at C7 that lies beside the harmonics, in dB, of one oscillator at rest: what
    /// aliasing and interpolation add, for every wave.
    #[test]
    fn no_wave_aliases_at_c7() {
        let tables = tables(&SPECTRA, RATE);
        // 350 cycles in 8,028 frames, nearly C7: harmonics fall on bins without a window.
        let hz = 350.0 * RATE / 8_028.0;
        for table in 0..SPECTRA.len() {
            let mut wave = Wave::new(RATE);
            wave.start(table, hz, 0.0, [(1.0, 1.0, 0.0)].into_iter());
            let mut out = alloc::vec![0.0; 8_028];
            out.chunks_mut(64)
                .for_each(|b| wave.render::<Portable>(&tables, &mut Ready::default(), b));
            let whole: f64 = out.iter().map(|y| f64::from(*y) * f64::from(*y)).sum();
            let harmonic: f64 = (1..=11)
                .map(|h| {
                    let (mut re, mut im) = (0.0, 0.0);
                    for (i, y) in out.iter().enumerate() {
                        let turns = (i * h * 350 % 8_028) as f64 / 8_028.0;
                        let (s, c) = libm::sincos(turns * core::f64::consts::TAU);
                        re += f64::from(*y) * c;
                        im += f64::from(*y) * s;
                    }
                    2.0 * (re * re + im * im) / 8_028.0
                })
                .sum();
            let db = 10.0 * libm::log10(libm::fabs(whole - harmonic).max(1e-20) / whole);
            assert!(db < -60.0, "wave {table}: {db:.1} dB");
        }
    }
}
