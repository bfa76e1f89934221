//! Two pairs of sine operators, modulator into carrier: electric pianos, FM basses and bells.

use crate::dsp::math::{decay, phase_step};
use crate::dsp::wavetable::Wavetable;

/// One pair at its beginning.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pair {
    /// Carrier frequency as a multiple of the key's.
    pub carrier: f32,
    /// Modulator frequency as a multiple of the key's.
    pub modulator: f32,
    /// Amplitude of the carrier.
    pub level: f32,
    /// Seconds in which the carrier falls by 60 dB.
    pub t60: f32,
    /// Modulation index at full velocity, in turns of phase.
    pub index: f32,
    /// Seconds in which the index falls by 60 dB.
    pub index_t60: f32,
    /// Share of the index that stays.
    pub index_floor: f32,
}

#[derive(Clone, Copy, Debug, Default)]
struct Operators {
    carrier: (u32, u32),
    modulator: (u32, u32),
    ratios: (f32, f32),
    level: f32,
    shrink: f32,
    index: f32,
    index_shrink: f32,
    index_floor: f32,
}

/// The operators of one voice.
#[derive(Clone, Debug)]
pub(crate) struct Fm {
    pairs: [Operators; 2],
    sample_rate: f32,
}

/// The wavetable that holds the sine.
pub(crate) const SINE_TABLE: usize = 0;

impl Fm {
    /// Silent operators.
    pub(crate) fn new(sample_rate: f32) -> Self {
        Self { pairs: Default::default(), sample_rate }
    }

    /// Strikes two pairs. `brightness` multiplies the indices, `stretch` the decay times.
    pub(crate) fn strike(&mut self, pairs: &[Pair; 2], hz: f32, brightness: f32, stretch: f32) {
        let dt = 1.0 / self.sample_rate;
        for (o, p) in self.pairs.iter_mut().zip(pairs) {
            // Sidebands must not fold: the index shrinks where carrier + modulator·(index + 1)
            // would pass 0.45 of the sample rate (index in radians here).
            let room = (0.45 * self.sample_rate / hz - p.carrier) / p.modulator.max(0.01) - 1.5;
            let index = (p.index * brightness).min(room.max(0.0) / core::f32::consts::TAU);
            *o = Operators {
                ratios: (p.carrier, p.modulator),
                level: p.level,
                shrink: decay(dt, p.t60 * stretch),
                index: index * (1.0 - p.index_floor),
                index_shrink: decay(dt, p.index_t60 * stretch),
                index_floor: index * p.index_floor,
                ..Operators::default()
            };
        }
        self.tune(hz);
    }

    /// The voice's frequency in Hz.
    pub(crate) fn tune(&mut self, hz: f32) {
        let step =
            |ratio: f32| phase_step((hz * ratio).min(0.48 * self.sample_rate), self.sample_rate);
        for o in &mut self.pairs {
            o.carrier.1 = step(o.ratios.0);
            o.modulator.1 = step(o.ratios.1);
        }
    }

    /// Whether both carriers have died away.
    pub(crate) fn is_done(&self) -> bool {
        self.pairs.iter().all(|o| o.level.abs() < 5e-6)
    }

    /// Renders the next frames.
    pub(crate) fn render(&mut self, tables: &[Wavetable], out: &mut [f32]) {
        let Some(table) = tables.get(SINE_TABLE) else {
            out.fill(0.0);
            return;
        };
        // The table's RMS is 0.25; a sine's is 0.707.
        const UNIT: f32 = 2.828_427;
        let sine = table.cycle(0);
        for y in out {
            let mut sum = 0.0;
            for o in &mut self.pairs {
                let depth = (o.index + o.index_floor) * UNIT * sine.at(o.modulator.0);
                // Turns of phase to 32 bits; a wrap is what a phase wants.
                let shift = (depth * 65_536.0) as i32 as u32;
                sum += o.level * UNIT * sine.at(o.carrier.0.wrapping_add(shift << 16));
                o.carrier.0 = o.carrier.0.wrapping_add(o.carrier.1);
                o.modulator.0 = o.modulator.0.wrapping_add(o.modulator.1);
                o.level *= o.shrink;
                o.index *= o.index_shrink;
            }
            *y = sum;
        }
        for o in &mut self.pairs {
            if o.index < 1e-9 {
                o.index = 0.0;
            }
            if o.level.abs() < 5e-6 {
                o.level = 0.0;
            }
        }
    }
}
