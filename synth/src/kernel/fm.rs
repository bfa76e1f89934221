//! Two pairs of sine operators, modulator into carrier: electric pianos, FM basses and bells.

use super::fall::Fall;
use super::{Eights, Ready};
use crate::dsp::math::{decay, phase_step};
use crate::lanes::LANES;
use crate::simd::{Simd, sine};

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

/// A phase and its step per frame.
#[derive(Clone, Copy, Debug, Default)]
struct Turning {
    phase: u32,
    step: u32,
}

impl Turning {
    /// The phases of the next eight frames, and their way to the eight after.
    #[inline(always)]
    fn lanes<V: Simd>(&self) -> [V::Int; 2] {
        let order = V::int_load(&[0, 1, 2, 3, 4, 5, 6, 7]);
        let phase = V::int_add(V::int(self.phase), V::int_mul(order, V::int(self.step)));
        [phase, V::int(self.step.wrapping_mul(8))]
    }

    /// Moves on by `eights` times eight frames.
    #[inline(always)]
    fn advance(&mut self, eights: usize) {
        self.phase = self.phase.wrapping_add(self.step.wrapping_mul(8 * eights as u32));
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Operators {
    carrier: Turning,
    modulator: Turning,
    ratios: (f32, f32),
    level: Fall,
    index: Fall,
    index_floor: f32,
}

/// The index of a whole turn: the upper half of a phase's 32 bits.
const INDEX: f32 = 65_536.0;

/// The operators of one voice.
#[derive(Clone, Debug)]
pub(crate) struct Fm {
    pairs: [Operators; 2],
    sample_rate: f32,
    eights: Eights,
}

impl Fm {
    /// Silent operators.
    pub(crate) fn new(sample_rate: f32) -> Self {
        Self { pairs: Default::default(), sample_rate, eights: Eights::new() }
    }

    /// Strikes two pairs. `brightness` multiplies the indices, `stretch` the decay times.
    pub(crate) fn strike(&mut self, pairs: &[Pair; 2], hz: f32, brightness: f32, stretch: f32) {
        let dt = 1.0 / self.sample_rate;
        self.eights = Eights::new();
        for (o, p) in self.pairs.iter_mut().zip(pairs) {
            // Sidebands must not fold: the index shrinks where carrier + modulator·(index + 1)
            // would pass 0.45 of the sample rate (index in radians here).
            let room = (0.45 * self.sample_rate / hz - p.carrier) / p.modulator.max(0.01) - 1.5;
            let index = (p.index * brightness).min(room.max(0.0) / core::f32::consts::TAU) * INDEX;
            *o = Operators {
                ratios: (p.carrier, p.modulator),
                level: Fall::new(p.level, decay(dt, p.t60 * stretch)),
                index: Fall::new(index * (1.0 - p.index_floor), decay(dt, p.index_t60 * stretch)),
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
            o.carrier.step = step(o.ratios.0);
            o.modulator.step = step(o.ratios.1);
        }
    }

    /// Whether both carriers have died away.
    pub(crate) fn is_done(&self) -> bool {
        self.pairs.iter().all(|o| o.level.now().abs() < 5e-6)
    }

    /// Renders the next frames.
    #[inline(always)]
    pub(crate) fn render<V: Simd>(&mut self, ready: &mut Ready, out: &mut [f32]) {
        const TURN: f32 = 1.0 / 4_294_967_296.0;
        let turn = V::splat(TURN);
        let eights = self.eights.place(out, ready);
        eights.fill([0.0; LANES]);
        for o in &mut self.pairs {
            let [mut carrier, carrier_way] = o.carrier.lanes::<V>();
            let [mut modulator, modulator_way] = o.modulator.lanes::<V>();
            o.carrier.advance(eights.len());
            o.modulator.advance(eights.len());
            let (mut index, floor) = (o.index.falling::<V>(), V::splat(o.index_floor));
            let mut level = o.level.falling::<V>();
            for eight in eights.iter_mut() {
                let swing = (index.next() + floor) * sine(V::of_int(modulator) * turn);
                // To the upper half of 32 bits; a wrap is what a phase wants.
                let shift = V::int_high(swing.to_int());
                let y = level.next() * sine(V::of_int(V::int_add(carrier, shift)) * turn);
                (V::load(eight) + y).store(eight);
                carrier = V::int_add(carrier, carrier_way);
                modulator = V::int_add(modulator, modulator_way);
            }
            o.index.keep(index);
            o.level.keep(level);
        }
        self.eights.hand_out(ready, out);
    }

    /// At a point of the grid: ends what would become denormal and slow.
    pub(crate) fn flush(&mut self) {
        self.pairs.iter_mut().for_each(|o| o.index.flush(1e-9 * INDEX));
    }
}
