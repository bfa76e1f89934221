//! From logits to a token: the one place where chance decides, for every generator.

use core::ops::Range;

use musigan_score::Token;
use musigan_score::events::VOCABULARY;

use crate::math::exp;
use crate::rng::Rng;

/// Hears runs of tokens, one after the other.
pub type Visit<'v> = dyn FnMut(Range<u16>) + 'v;

/// How freely a token is chosen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sampling {
    /// 1 is the model's own distribution; below, the likely grows likelier; from 0 on. At 0 the
    /// likeliest token is always taken.
    pub temperature: f32,
    /// Only the likeliest tokens that together hold this share are candidates (nucleus sampling,
    /// Holtzman et al., ICLR 2020); 1 keeps all.
    pub top_p: f32,
    /// At most this many candidates, at least 1.
    pub top_k: u16,
}

impl Default for Sampling {
    /// As the model learnt it, but for the unlikeliest twentieth: what the shipped models compose is then
    /// most like held-out music (`benches/RESULTS.md`).
    fn default() -> Self {
        Self { temperature: 1.0, top_p: 0.95, top_k: u16::MAX }
    }
}

/// ln 2⁻²⁴: what weighs no more than this beside the likeliest is lost in the rounding of their sum, and left out.
const LEAST: f32 = -16.635_532;

/// A token that may be chosen.
#[derive(Clone, Copy, Debug)]
struct Candidate {
    weight: f32,
    token: u16,
}

impl Candidate {
    /// Whether this one is likelier. Equal weights keep the order of their tokens, so that every machine
    /// chooses alike.
    fn goes_before(self, other: Self) -> bool {
        // Weights are positive, so their bits are in their order, and quick to compare without floating
        // point.
        let key = |one: Self| (one.weight.to_bits(), u16::MAX - one.token);
        key(self) > key(other)
    }
}

/// Chooses tokens, with memory of its own for the candidates.
#[derive(Clone, Debug)]
pub struct Sampler {
    candidates: [Candidate; VOCABULARY],
}

impl Default for Sampler {
    fn default() -> Self {
        Self::new()
    }
}

impl Sampler {
    /// A sampler for any vocabulary of at most [`VOCABULARY`] tokens.
    pub const fn new() -> Self {
        Self { candidates: [Candidate { weight: 0.0, token: 0 }; VOCABULARY] }
    }

    /// Chooses one of the `allowed` tokens (runs that do not overlap) by its logit.
    ///
    /// Logits that are not finite count as impossible; where nothing is possible the first allowed
    /// token is taken. `None` if no run has a token with a logit.
    ///
    /// # Real-time
    /// Never allocates or panics. The work is bounded by the vocabulary: one pass over the logits,
    /// and a sort of those candidates that `top_p` and `top_k` leave.
    pub fn sample(
        &mut self,
        logits: &[f32],
        allowed: impl Fn(&mut Visit<'_>),
        sampling: &Sampling,
        rng: &mut Rng,
    ) -> Option<Token> {
        let (mut first, mut best, mut highest) = (None, None, f32::NEG_INFINITY);
        let mut count = 0;
        for_each(logits, &allowed, |token, logit| {
            first = first.or(Some(Token(token)));
            if logit > highest {
                (best, highest) = (Some(Token(token)), logit);
            }
            if logit > f32::NEG_INFINITY
                && let Some(candidate) = self.candidates.get_mut(count)
            {
                *candidate = Candidate { weight: logit, token };
                count += 1;
            }
        });
        let Some(best) = best else { return first };
        if sampling.temperature <= 0.0 {
            return Some(best);
        }
        let sharpness = 1.0 / sampling.temperature;
        let (candidates, mut kept) = (&mut self.candidates[..count], 0);
        for at in 0..candidates.len() {
            let Candidate { weight: logit, token } = candidates[at];
            let below = (logit - highest) * sharpness;
            if let Some(place) = candidates.get_mut(kept).filter(|_| below > LEAST) {
                *place = Candidate { weight: exp(below), token };
                kept += 1;
            }
        }
        let nucleus = self.nucleus(kept, sampling);
        let sum = nucleus.iter().fold(0.0, |sum, candidate| sum + candidate.weight);
        let mut left = rng.unit() * sum;
        let chosen = nucleus.iter().find(|candidate| {
            left -= candidate.weight;
            left < 0.0
        });
        Some(chosen.map_or(best, |candidate| Token(candidate.token)))
    }

    /// The candidates that `top_k` and `top_p` leave; the likeliest is always among them.
    fn nucleus(&mut self, count: usize, sampling: &Sampling) -> &[Candidate] {
        let candidates = &mut self.candidates[..count];
        if sampling.top_p >= 1.0 && usize::from(sampling.top_k) >= count {
            return candidates;
        }
        let sum = candidates.iter().fold(0.0, |sum, candidate| sum + candidate.weight);
        let (most, enough) = (usize::from(sampling.top_k.max(1)), sampling.top_p * sum);
        for at in (0..count / 2).rev() {
            sink(candidates, at);
        }
        // The likeliest that is left goes behind the heap: what the nucleus needs is sorted, no more.
        let (mut share, mut heap) = (0.0, count);
        while heap > 0 && count - heap < most {
            heap -= 1;
            candidates.swap(0, heap);
            sink(&mut candidates[..heap], 0);
            share += candidates[heap].weight;
            if share >= enough {
                break;
            }
        }
        let nucleus = &mut candidates[heap..];
        nucleus.reverse();
        nucleus
    }
}

/// Lets the candidate at this place of a heap sink to where it belongs: none is likelier than the one
/// above it.
fn sink(heap: &mut [Candidate], mut at: usize) {
    while let Some(&(mut child)) = heap.get(2 * at + 1) {
        let mut below = 2 * at + 1;
        if let Some(&other) = heap.get(below + 1).filter(|other| other.goes_before(child)) {
            (child, below) = (other, below + 1);
        }
        if !child.goes_before(heap[at]) {
            return;
        }
        heap.swap(at, below);
        at = below;
    }
}

/// Visits the allowed tokens that have a logit; one that is not finite comes as −∞.
fn for_each(logits: &[f32], allowed: &impl Fn(&mut Visit<'_>), mut visit: impl FnMut(u16, f32)) {
    allowed(&mut |run: Range<u16>| {
        for token in run {
            if let Some(&logit) = logits.get(usize::from(token)) {
                visit(token, if logit.is_finite() { logit } else { f32::NEG_INFINITY });
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(logits: &[f32], allowed: &[(u16, u16)], sampling: &Sampling) -> [u32; 8] {
        let (mut sampler, mut rng, mut counts) = (Sampler::new(), Rng::new(1), [0; 8]);
        for _ in 0..20_000 {
            let token = sampler.sample(
                logits,
                |visit| allowed.iter().for_each(|run| visit(run.0..run.1)),
                sampling,
                &mut rng,
            );
            counts[token.unwrap().index()] += 1;
        }
        counts
    }

    const ALL: Sampling = Sampling { temperature: 1.0, top_p: 1.0, top_k: u16::MAX };

    /// ln 1, ln 2, ln 3, ln 4: probabilities 0.1 to 0.4.
    const LOGITS: [f32; 4] =
        [0.0, core::f32::consts::LN_2, 1.098_612_3, 2.0 * core::f32::consts::LN_2];

    #[test]
    fn the_model_s_distribution_at_temperature_one() {
        let counts = counts(&LOGITS, &[(0, 4)], &ALL);
        for (token, expected) in [2000.0, 4000.0, 6000.0, 8000.0].into_iter().enumerate() {
            // Within four standard deviations of the binomial.
            assert!((f64::from(counts[token]) - expected).abs() < 280.0, "{counts:?}");
        }
    }

    #[test]
    fn temperature_sharpens() {
        let counts = counts(&LOGITS, &[(0, 4)], &Sampling { temperature: 0.5, ..ALL });
        for (token, expected) in [1.0, 4.0, 9.0, 16.0].into_iter().enumerate() {
            assert!(
                (f64::from(counts[token]) - expected * 20_000.0 / 30.0).abs() < 300.0,
                "{counts:?}"
            );
        }
        assert_eq!(
            self::counts(&LOGITS, &[(0, 4)], &Sampling { temperature: 0.0, ..ALL })[3],
            20_000
        );
    }

    #[test]
    fn only_allowed_tokens_are_chosen() {
        let counts = counts(&LOGITS, &[(0, 1), (2, 3)], &ALL);
        assert_eq!((counts[1], counts[3]), (0, 0));
        assert!((f64::from(counts[0]) - 5000.0).abs() < 280.0, "{counts:?}");
    }

    #[test]
    fn the_nucleus_keeps_the_likeliest() {
        let two = counts(&LOGITS, &[(0, 4)], &Sampling { top_p: 0.7, ..ALL });
        assert_eq!((two[0], two[1]), (0, 0));
        assert!(two[2] > 0 && two[3] > 0);
        let one = counts(&LOGITS, &[(0, 4)], &Sampling { top_k: 1, ..ALL });
        assert_eq!(one[3], 20_000);
        assert_eq!(
            counts(&LOGITS, &[(0, 4)], &Sampling { top_p: 0.0, top_k: 0, ..ALL })[3],
            20_000
        );
    }

    #[test]
    fn broken_logits_are_impossible() {
        let counts = counts(&[f32::NAN, f32::INFINITY, 0.0, f32::NEG_INFINITY], &[(0, 4)], &ALL);
        assert_eq!(counts[2], 20_000);
        let mut rng = Rng::new(1);
        let nothing = Sampler::new().sample(&[f32::NAN; 4], |visit| visit(1..9), &ALL, &mut rng);
        assert_eq!(nothing, Some(Token(1)));
        assert_eq!(Sampler::new().sample(&[0.0; 4], |visit| visit(7..9), &ALL, &mut rng), None);
    }
}
