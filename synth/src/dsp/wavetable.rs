//! Band-limited single cycles, one table per half octave of the keyboard.

use super::fft::Synthesis;
use crate::simd::CYCLE as LENGTH;
use alloc::{vec, vec::Vec};

/// Half-octave zones, from [`LOWEST`] Hz up.
const ZONES: usize = 17;
/// The centre of zone 0 in Hz: C1.
const LOWEST: f32 = 32.703;
/// Harmonics of the lowest zones.
const MOST: usize = 256;
/// Harmonics end at this part of the sample rate, so that a bend by two semitones stays below
/// the Nyquist frequency.
const EDGE: f32 = 0.44;

/// A recipe for the strength of each harmonic.
#[derive(Clone, Copy, Debug)]
pub struct Spectrum {
    /// The first harmonics, as amplitudes; those beyond follow `slope` from the last of them.
    pub drawbars: &'static [f32],
    /// dB per octave of the harmonics that `drawbars` does not name (−6 is a saw).
    pub slope: f32,
    /// Factor on the even harmonics of the slope: 0 is a square or a clarinet.
    pub even: f32,
    /// Resonances that stay where they are whatever the key: Hz, width in octaves, dB.
    pub formants: &'static [(f32, f32, f32)],
    /// Above this frequency in Hz the spectrum falls by another 12 dB per octave.
    pub ceiling: f32,
}

impl Spectrum {
    fn amplitude(&self, harmonic: usize, f0: f32) -> f32 {
        use super::math::gain;
        let n = self.drawbars.len();
        let octaves = |from: usize| libm::log2f(harmonic as f32 / from.max(1) as f32);
        let base = match self.drawbars.get(harmonic - 1) {
            Some(&a) => a,
            None => {
                let start = self.drawbars.last().copied().unwrap_or(1.0);
                let parity = if harmonic.is_multiple_of(2) { self.even } else { 1.0 };
                start * parity * gain(self.slope * octaves(n))
            }
        };
        let hz = harmonic as f32 * f0;
        let mut db = 0.0;
        for &(centre, width, level) in self.formants {
            let d = libm::log2f(hz / centre) / width;
            db += level / (1.0 + d * d);
        }
        let over = hz / self.ceiling;
        base * gain(db) / (1.0 + over * over)
    }
}

/// All zones of one recipe.
#[derive(Clone, Debug)]
pub(crate) struct Wavetable {
    /// Zone after zone, each with its first sample repeated at its end.
    zones: Vec<[f32; LENGTH + 1]>,
}

/// Computes the tables of all recipes: phases are sines, so every cycle starts at zero and has no
/// DC; the RMS of every zone is 0.25.
pub(crate) fn tables(spectra: &[Spectrum], sample_rate: f32) -> Vec<Wavetable> {
    if spectra.is_empty() {
        return Vec::new(); // without the scratch of the transform
    }
    let mut synthesis = Synthesis::new(LENGTH);
    spectra.iter().map(|s| Wavetable::new(s, sample_rate, &mut synthesis)).collect()
}

impl Wavetable {
    fn new(spectrum: &Spectrum, sample_rate: f32, synthesis: &mut Synthesis) -> Self {
        let mut zones = vec![[0.0; LENGTH + 1]; ZONES];
        let mut amplitudes = [[0.0_f32; MOST]; 2];
        for (pair, tables) in zones.chunks_mut(2).enumerate() {
            let [a, b] = &mut amplitudes;
            let a = harmonics(spectrum, 2 * pair, sample_rate, a);
            let b = harmonics(spectrum, 2 * pair + 1, sample_rate, b);
            let (x, y) = synthesis.sines(a, b);
            for (table, cycle) in tables.iter_mut().zip([x, y]) {
                table[..LENGTH].copy_from_slice(cycle);
                table[LENGTH] = table[0];
            }
        }
        Self { zones }
    }

    /// The zone for a frequency.
    pub(crate) fn zone(hz: f32) -> u8 {
        let half_octaves = 2.0 * libm::log2f(hz / LOWEST);
        libm::roundf(half_octaves).clamp(0.0, (ZONES - 1) as f32) as u8
    }

    /// The cycle of a zone; its length is in the type, so that no index needs a check.
    #[inline(always)]
    pub(crate) fn cycle(&self, zone: u8) -> &[f32; LENGTH + 1] {
        &self.zones[usize::from(zone).min(ZONES - 1)]
    }
}

/// The amplitudes of the harmonics of one zone.
fn harmonics<'a>(
    spectrum: &Spectrum,
    zone: usize,
    sample_rate: f32,
    amplitudes: &'a mut [f32; MOST],
) -> &'a [f32] {
    let centre = LOWEST * libm::exp2f(zone as f32 * 0.5);
    let top = centre * libm::exp2f(0.25);
    let count = ((EDGE * sample_rate / top) as usize).clamp(1, MOST);
    let amplitudes = &mut amplitudes[..count];
    let mut power = 0.0;
    for (i, a) in amplitudes.iter_mut().enumerate() {
        *a = spectrum.amplitude(i + 1, centre);
        power += 0.5 * *a * *a;
    }
    let scale = 0.25 / libm::sqrtf(power.max(1e-12));
    amplitudes.iter_mut().for_each(|a| *a *= scale);
    amplitudes
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAW: Spectrum =
        Spectrum { drawbars: &[], slope: -6.020_6, even: 1.0, formants: &[], ceiling: 1e9 };

    #[test]
    fn a_saw_has_the_harmonics_of_a_saw() {
        let table = &tables(&[SAW], 48_000.0)[0];
        let cycle = table.cycle(Wavetable::zone(1_046.5));
        let level = |h: u32| {
            (0..LENGTH as u32)
                .map(|i| {
                    let turns = f64::from(i * h % LENGTH as u32) / LENGTH as f64;
                    f64::from(cycle[i as usize]) * libm::sin(turns * core::f64::consts::TAU)
                })
                .sum::<f64>()
        };
        let first = level(1);
        for h in 2..=15 {
            assert!((level(h) * f64::from(h) / first - 1.0).abs() < 1e-3, "{h}");
        }
        // 0.44 · 48000 / (1046.5 · 2^¼) = 16.97: nothing above.
        for h in 17..40 {
            assert!(level(h).abs() / first < 1e-5, "{h}");
        }
    }

    #[test]
    fn zones_are_half_octaves() {
        assert_eq!(Wavetable::zone(32.7), 0);
        assert_eq!(Wavetable::zone(65.4), 2);
        assert_eq!(Wavetable::zone(1.0), 0);
        assert_eq!(Wavetable::zone(20_000.0), 16);
    }
}
