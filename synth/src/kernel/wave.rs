//! Up to three oscillators over a wavetable: organs, strings, winds, leads.

use crate::dsp::lfo::Lfo;
use crate::dsp::math::{exp2, phase_step};
use crate::dsp::wavetable::{Cycle, Wavetable};

/// Most oscillators of one voice.
pub(crate) const MAX_OSCILLATORS: usize = 3;

#[derive(Clone, Copy, Debug, Default)]
struct Oscillator {
    phase: u32,
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
        self.table = table;
        self.count = 0;
        for (slot, (ratio, level, phase)) in self.oscillators.iter_mut().zip(oscillators) {
            let phase = (f64::from(phase) * 4_294_967_296.0) as u32;
            *slot = Oscillator { phase, step: 0, slope: 0, ratio, level };
            self.sways[self.count] = Lfo::new(0.37 * self.count as f32);
            self.count += 1;
        }
        let most = self.oscillators[..self.count].iter().fold(0.0_f32, |m, o| m.max(o.ratio));
        self.zone = Wavetable::zone(hz * most);
        self.sway = sway / 1_200.0;
        self.tune(hz, 0.0);
    }

    /// The voice's frequency in Hz, reached in `seconds`: at once if that is 0. Steps of the
    /// frequency would be heard around the highest partials.
    pub(crate) fn tune(&mut self, hz: f32, seconds: f32) {
        let most = 0.45 * self.sample_rate;
        let sways = self.sways.iter_mut().zip(SWAY_RATES);
        for (o, (sway, rate)) in self.oscillators[..self.count].iter_mut().zip(sways) {
            let mut hz = hz * o.ratio;
            if self.sway > 0.0 {
                hz *= exp2(self.sway * sway.advance(rate, seconds));
            }
            let goal = phase_step(hz.min(most), self.sample_rate);
            let frames = (seconds * self.sample_rate + 0.5) as i32;
            if frames > 0 {
                o.slope = ((goal as i32 - o.step as i32) / frames) as u32;
            } else {
                (o.step, o.slope) = (goal, 0);
            }
        }
    }

    /// Renders the next frames.
    pub(crate) fn render(&mut self, tables: &[Wavetable], out: &mut [f32]) {
        let Some(table) = tables.get(self.table) else {
            out.fill(0.0);
            return;
        };
        let cycle = table.cycle(self.zone);
        match &mut self.oscillators[..self.count] {
            [a] => run(cycle, [a], out),
            [a, b] => run(cycle, [a, b], out),
            [a, b, c] => run(cycle, [a, b, c], out),
            _ => out.fill(0.0),
        }
    }
}

fn run<const N: usize>(cycle: Cycle<'_>, oscillators: [&mut Oscillator; N], out: &mut [f32]) {
    let mut now = [Oscillator::default(); N];
    for (n, o) in now.iter_mut().zip(&oscillators) {
        *n = **o;
    }
    for y in out {
        let mut sum = 0.0;
        for o in &mut now {
            sum += o.level * cycle.at(o.phase);
            o.phase = o.phase.wrapping_add(o.step);
            o.step = o.step.wrapping_add(o.slope);
        }
        *y = sum;
    }
    for (o, n) in oscillators.into_iter().zip(&now) {
        (o.phase, o.step) = (n.phase, n.step);
    }
}
