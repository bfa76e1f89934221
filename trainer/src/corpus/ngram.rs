//! Counting: how often tokens follow the one or two before them, smoothed.

use std::collections::HashMap;

use musigan_engine::Generator;
use musigan_score::Token;
use musigan_score::events::VOCABULARY;

/// Tokens of the longest context.
const LONGEST: usize = 2;

/// An n-gram: a Markov chain over up to two tokens.
///
/// Each order is smoothed by absolute discounting (Ney, Essen and Kneser, 1994): what the discount takes
/// from every sequence that was seen goes to the order below. The unigram has α added to every count.
#[derive(Clone, Debug)]
pub struct NGram {
    unigram: Vec<f64>,
    levels: Vec<Level>,
}

/// Tokens after contexts of one length.
#[derive(Clone, Debug, Default)]
struct Level {
    contexts: HashMap<Context, Followers>,
    discount: f64,
}

/// The tokens of a context, 16 bits each, the last lowest.
type Context = u32;

#[derive(Clone, Debug, Default)]
struct Followers {
    total: f64,
    counts: HashMap<u16, f64>,
}

impl NGram {
    /// Counts tokens alone. The first of each sentence is never predicted, so it is not counted.
    pub fn unigram<'a>(sentences: impl IntoIterator<Item = &'a Vec<u16>>, alpha: f64) -> Self {
        let mut unigram = vec![alpha; VOCABULARY];
        let tokens = sentences.into_iter().flat_map(|sentence| sentence.iter().skip(1));
        tokens.for_each(|&token| unigram[usize::from(token)] += 1.0);
        let sum: f64 = unigram.iter().sum();
        unigram.iter_mut().for_each(|share| *share /= sum);
        Self { unigram, levels: Vec::new() }
    }

    /// This one with an order more, counted on the same sentences. Contexts of more than two tokens are
    /// not kept: beyond the second order nothing changes.
    #[must_use]
    pub fn extended<'a>(
        &self,
        sentences: impl IntoIterator<Item = &'a Vec<u16>>,
        discount: f64,
    ) -> Self {
        let mut longer = self.clone();
        if self.levels.len() == LONGEST {
            return longer;
        }
        let length = self.levels.len() + 1;
        let mut level = Level { discount, ..Level::default() };
        for window in sentences.into_iter().flat_map(|sentence| sentence.windows(length + 1)) {
            let followers = level.contexts.entry(context(&window[..length])).or_default();
            followers.total += 1.0;
            *followers.counts.entry(window[length]).or_default() += 1.0;
        }
        longer.levels.push(level);
        longer
    }

    /// This one with another discount for the longest contexts.
    #[must_use]
    pub fn discounted(mut self, discount: f64) -> Self {
        if let Some(level) = self.levels.last_mut() {
            level.discount = discount;
        }
        self
    }

    /// The probability of a token after those heard before it.
    pub fn probability(&self, heard: &[u16], token: u16) -> f64 {
        let mut p = self.unigram[usize::from(token)];
        for followers in self.known(heard) {
            let (level, followers) = followers;
            let seen = followers.counts.get(&token).copied().unwrap_or(0.0);
            p = followers.share(seen, level.discount, p);
        }
        p
    }

    /// The probabilities of all tokens.
    pub fn distribution(&self, heard: &[u16]) -> Vec<f64> {
        let mut shares = self.unigram.clone();
        for (level, followers) in self.known(heard) {
            for (token, p) in (0..).zip(&mut shares) {
                let seen = followers.counts.get(&token).copied().unwrap_or(0.0);
                *p = followers.share(seen, level.discount, *p);
            }
        }
        shares
    }

    /// What is known to follow, from the shortest context to the longest that was seen.
    fn known<'a>(&'a self, heard: &'a [u16]) -> impl Iterator<Item = (&'a Level, &'a Followers)> {
        self.levels.iter().zip(1..=heard.len()).map_while(|(level, length)| {
            let context = context(&heard[heard.len() - length..]);
            level.contexts.get(&context).map(|followers| (level, followers))
        })
    }
}

impl Followers {
    fn share(&self, seen: f64, discount: f64, below: f64) -> f64 {
        let spared = discount * self.counts.len() as f64;
        ((seen - discount).max(0.0) + spared * below) / self.total
    }
}

fn context(tokens: &[u16]) -> Context {
    tokens.iter().fold(0, |context, &token| context << 16 | u32::from(token))
}

/// Composes like a network, so that what counting alone composes can be heard. Its state is the tokens
/// heard: how many, at most two, and which. (It allocates: it is not for real time.)
impl Generator for NGram {
    fn vocab_len(&self) -> usize {
        VOCABULARY
    }

    fn state_len(&self) -> usize {
        1 + LONGEST
    }

    fn macs_per_step(&self) -> usize {
        VOCABULARY * self.levels.len()
    }

    fn reset(&self, state: &mut [f32]) {
        state.fill(0.0);
    }

    fn step(&self, state: &mut [f32], heard: Token, logits: &mut [f32]) {
        state.copy_within(2.., 1);
        state[LONGEST] = f32::from(heard.0);
        state[0] = (state[0] + 1.0).min(LONGEST as f32);
        let tokens = [state[1] as u16, state[2] as u16];
        let heard = &tokens[LONGEST - state[0] as usize..];
        for (logit, p) in logits.iter_mut().zip(self.distribution(heard)) {
            *logit = p.max(1e-30).ln() as f32;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sentences() -> Vec<Vec<u16>> {
        vec![vec![1, 4, 5, 4, 5, 6, 2], vec![1, 4, 4, 2]]
    }

    #[test]
    fn probabilities_sum_to_one() {
        let sentences = sentences();
        let two = NGram::unigram(&sentences, 0.3).extended(&sentences, 0.4);
        let three = two.extended(&sentences, 0.7);
        for heard in [&[][..], &[1], &[4, 5], &[6], &[500], &[500, 4], &[1, 4, 5]] {
            for model in [&two, &three] {
                let all = model.distribution(heard);
                assert!((all.iter().sum::<f64>() - 1.0).abs() < 1e-12, "after {heard:?}");
                for token in [2, 4, 5, 531] {
                    let alone = model.probability(heard, token);
                    assert_eq!(alone, all[usize::from(token)], "{token} after {heard:?}");
                }
            }
        }
    }

    #[test]
    fn counts_are_discounted_as_the_formula_says() {
        let sentences = sentences();
        let one = NGram::unigram(&sentences, 0.0);
        let two = one.extended(&sentences, 0.5);
        // 4 is followed by 5 twice, by 4 and by 2 once: three kinds of four.
        let below = one.probability(&[], 5);
        assert_eq!(below, 2.0 / 9.0);
        let expected = (2.0 - 0.5 + 0.5 * 3.0 * below) / 4.0;
        assert!((two.probability(&[4], 5) - expected).abs() < 1e-12);
        // After 5 4 came 5 and nothing else.
        let three = two.extended(&sentences, 0.25);
        let expected = (1.0 - 0.25) + 0.25 * two.probability(&[4], 5);
        assert!((three.probability(&[5, 4], 5) - expected).abs() < 1e-12);
    }

    #[test]
    fn as_a_generator_it_hears_two_tokens() {
        let sentences = sentences();
        let three =
            NGram::unigram(&sentences, 0.3).extended(&sentences, 0.4).extended(&sentences, 0.4);
        let (mut state, mut logits) = (vec![9.0; 3], vec![0.0; VOCABULARY]);
        three.reset(&mut state);
        for (heard, known) in [(1, &[1][..]), (4, &[1, 4]), (5, &[4, 5]), (4, &[5, 4])] {
            three.step(&mut state, Token(heard), &mut logits);
            let p = three.probability(known, 5);
            assert!((f64::from(logits[5]).exp() - p).abs() < 1e-6, "after {known:?}");
        }
    }
}
