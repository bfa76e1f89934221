//! Struck bars, bells and plates.

use crate::dsp::math::gain;
use crate::kernel::modal::Partial;

/// A set of partials that one stroke sets ringing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bars {
    /// Each partial: ratio to the pitch, dB at full velocity, seconds to −60 dB at C5.
    pub partials: &'static [(f32, f32, f32)],
    /// Factor on the decay times per octave upwards.
    pub t60_octave: f32,
    /// dB that a partial loses at the softest touch per octave above the pitch.
    pub touch: f32,
    /// Cents between each partial and its twin, which lets it beat; 0 for no twin.
    pub twin: f32,
    /// Resonances of what the bars stand on, struck with them: Hz, dB, seconds to −60 dB.
    pub body: &'static [(f32, f32, f32)],
}

/// The partials of a stroke on the bar of `hz` with velocity 0 to 1.
pub(crate) fn bar_partials(bars: &Bars, hz: f32, velocity: f32) -> impl Iterator<Item = Partial> {
    let stretch = libm::powf(bars.t60_octave, libm::log2f(hz / 523.25));
    let touch = bars.touch * (1.0 - velocity);
    let twins = bars.twin != 0.0;
    let detune = libm::exp2f(bars.twin / 1_200.0);
    let strings = bars.partials.iter().flat_map(move |&(ratio, db, t60)| {
        let level = gain(db - touch * libm::log2f(ratio.max(1.0)));
        let ring = Partial { hz: hz * ratio, level, t60: t60 * stretch };
        let twin = Partial { hz: ring.hz * detune, level: level * 0.25, t60: ring.t60 * 0.9 };
        [Some(ring), twins.then_some(twin)].into_iter().flatten()
    });
    let knock = 0.4 + 0.6 * velocity;
    let body =
        bars.body.iter().map(move |&(hz, db, t60)| Partial { hz, level: gain(db) * knock, t60 });
    strings.chain(body)
}
