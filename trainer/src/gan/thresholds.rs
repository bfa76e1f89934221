//! Thresholds that are learnt: from which logit on a cell is on.
//!
//! The moving average of a generator's weights is steadier than the weights, but what flickers from update
//! to update averages to silence: its notes are too few. So the thresholds of the average are set anew,
//! two for each part (of onsets, and of what is held), such that bars that follow training bars
//! have as many onsets, and sound as long, as those that the corpus has there. They end in the biases
//! of the last layer, so a model has its thresholds in its weights and 0 is the threshold for all.

use musigan_score::roll::{Channel, Condition, Form, STEPS, Told};

use super::bars::Bar;
use super::network::Architecture;
use super::rollout::Rollout;
use crate::session::SessionError;
use crate::train::Rng;

/// Training bars that thresholds are learnt from.
const BARS: usize = 1024;

/// Halvings of the interval in which the threshold of what is held is looked for.
const HALVINGS: usize = 24;

/// No threshold is further away from 0.
const FURTHEST: f32 = 16.0;

/// What one part's bars are to be like, and the logits of its cells.
#[derive(Default)]
struct Part {
    /// Cells of all bars that count: onsets, and what is held in the same places.
    onsets: Vec<Vec<f32>>,
    held: Vec<Vec<f32>>,
    wanted_onsets: usize,
    wanted_held: usize,
}

/// The weights of a generator with its thresholds learnt on training bars; `seed` decides which.
///
/// # Errors
/// [`SessionError`] when a kernel fails or the weights are another network's.
pub fn learn(
    rollout: &mut Rollout,
    weights: &[f32],
    train: &[Bar],
    seed: u64,
) -> Result<Vec<f32>, SessionError> {
    let architecture = *rollout.architecture();
    let form = super::network::bar_form(&architecture);
    let rng = &mut Rng::keyed(&[seed, b't'.into()]);
    let chosen: Vec<usize> = (0..BARS).map(|_| rng.below(train.len())).collect();
    let mut parts: Vec<Part> = (0..form.parts()).map(|_| Part::default()).collect();
    for (at, rows) in chosen.chunks(rollout.chains()).enumerate() {
        let following = rows.iter().map(|&row| {
            let bar = &train[row];
            let before = bar.follows.then(|| &train[row - 1]);
            // As a player hears who turns no dial.
            let told = Told { density: None, ..bar.told };
            (Condition { told, metre: bar.metre, follows: before.is_some() }, before)
        });
        let logits = rollout.follow(weights, following, seed ^ (at as u64) << 32)?;
        for (&row, logits) in rows.iter().zip(logits.chunks_exact(form.len())) {
            parts.iter_mut().enumerate().for_each(|(of, part)| {
                part.add(form, of, &train[row], logits);
            });
        }
    }
    let mut weights = weights.to_vec();
    for (of, part) in parts.iter().enumerate() {
        let [onset, held] = part.thresholds();
        let bias = biases(&architecture, of);
        let (onsets, helds) = weights[bias].split_at_mut(form.keys());
        onsets.iter_mut().for_each(|bias| *bias -= onset);
        helds.iter_mut().for_each(|bias| *bias -= held);
    }
    Ok(weights)
}

/// Where the biases of a part's cells are among the generator's weights.
fn biases(architecture: &Architecture, part: usize) -> std::ops::Range<usize> {
    let name = format!("part{part}.keys.b");
    let layout = architecture.generator();
    let found = layout.tensors().iter().find(|tensor| tensor.name == name).map(|t| t.range());
    found.unwrap_or_else(|| unreachable!("each part has the biases of its keys"))
}

impl Part {
    /// Takes in a bar of the corpus, and the logits of the bar that was composed in its place.
    fn add(&mut self, form: Form, part: usize, bar: &Bar, logits: &[f32]) {
        for stroke in bar.strokes(form).iter().filter(|stroke| stroke.part == part) {
            self.wanted_onsets += 1;
            self.wanted_held += stroke.end - stroke.step - 1;
        }
        for key in form.lowest()..form.lowest() + form.keys() as u8 {
            let along = |channel| {
                let cell = move |step| logits[form.cell(step, part, channel, key)];
                (0..bar.steps().min(STEPS)).map(cell).collect()
            };
            self.onsets.push(along(Channel::Onset));
            self.held.push(along(Channel::Held));
        }
    }

    /// From which logit on an onset is on, and a held cell.
    fn thresholds(&self) -> [f32; 2] {
        let mut all: Vec<f32> = self.onsets.iter().flatten().copied().collect();
        all.sort_by(|a, b| b.total_cmp(a));
        let at = |place: usize| all.get(place).copied().unwrap_or(FURTHEST);
        let (last, first_off) = (at(self.wanted_onsets.saturating_sub(1)), at(self.wanted_onsets));
        let onset = (0.5 * (last + first_off)).clamp(-FURTHEST, FURTHEST);
        let (mut low, mut high) = (-FURTHEST, FURTHEST);
        for _ in 0..HALVINGS {
            let middle = 0.5 * (low + high);
            if self.held_from(onset, middle) > self.wanted_held {
                low = middle;
            } else {
                high = middle;
            }
        }
        [onset, 0.5 * (low + high)]
    }

    /// How many cells are held with these thresholds.
    fn held_from(&self, onset: f32, held: f32) -> usize {
        let mut count = 0;
        for (onsets, helds) in self.onsets.iter().zip(&self.held) {
            let mut sounds = false;
            for (&begins, &goes_on) in onsets.iter().zip(helds) {
                let begins = begins > onset;
                sounds = begins || (sounds && goes_on > held);
                count += usize::from(sounds && !begins);
            }
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_begin_and_are_held_as_are_wanted() {
        let rng = &mut Rng::keyed(&[7]);
        let mut line = |steps: usize| (0..steps).map(|_| rng.unit() * 4.0 - 5.0).collect();
        let part = Part {
            onsets: (0..500).map(|_| line(24)).collect(),
            held: (0..500).map(|_| line(24)).collect(),
            wanted_onsets: 900,
            wanted_held: 2500,
        };
        let [onset, held] = part.thresholds();
        let begin = part.onsets.iter().flatten().filter(|&&logit| logit > onset).count();
        assert_eq!(begin, 900);
        assert!(part.held_from(onset, held).abs_diff(2500) < 10);
        // Where nothing is wanted, nothing begins, and so nothing is held.
        let silent = Part { wanted_onsets: 0, wanted_held: 0, ..part };
        let [onset, held] = silent.thresholds();
        assert_eq!(silent.onsets.iter().flatten().filter(|&&logit| logit > onset).count(), 0);
        assert_eq!(silent.held_from(onset, held), 0);
    }
}
