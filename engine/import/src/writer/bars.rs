//! Images of generators of bars.

use musigan_engine::generator::bars::{MAX_PARTS, Sizes};
use musigan_score::Fingerprint;

use super::panels::{self, Matrix, Outputs};
use super::section::{Kind, Section};
use super::{Head, assemble};

/// A generator of bars in plain row-major matrices, ready to be written.
#[derive(Clone, Debug)]
pub struct BarNetwork {
    /// The vocabulary that the tokens belong to.
    pub vocabulary: Fingerprint,
    /// Ticks per quarter note of the vocabulary's time.
    pub ticks_per_quarter: u16,
    /// Lines of `name=value` about the model.
    pub about: String,
    /// The extents.
    pub sizes: Sizes,
    /// The usual General MIDI program of each part, 128 for percussion.
    pub programs: [u16; MAX_PARTS],
    /// Logits of the tokens at the head of a piece, and of an end: one for each of the vocabulary.
    pub prior: Vec<f32>,
    /// In the order of [`Sizes::dense`].
    pub layers: Vec<DenseLayer>,
}

/// A dense layer.
#[derive(Clone, Debug, PartialEq)]
pub struct DenseLayer {
    /// `[outputs, inputs]`.
    pub weights: Vec<f32>,
    /// `[outputs]`.
    pub bias: Vec<f32>,
}

impl BarNetwork {
    /// The image of the generator, its weights in single precision.
    ///
    /// # Panics
    /// Where a matrix has another length than the extents say, or an extent is beyond 16 bits: callers
    /// check what they read before they build a network.
    pub fn to_image(&self) -> Vec<u8> {
        let Sizes { form, shared, private, heard, memory, trunk, beat, step } = self.sizes;
        let half = |number: usize| u16::try_from(number).expect("an extent fits 16 bits");
        let extents = [
            form.parts(),
            form.lowest().into(),
            form.keys(),
            shared,
            private,
            heard,
            memory,
            beat,
            step,
        ];
        let numbers = extents.map(half).into_iter().chain(self.programs);
        let bytes: Vec<u8> = numbers.flat_map(u16::to_le_bytes).collect();
        let mut sections = vec![Section::bytes(Kind::BarSizes, &bytes)];
        assert_eq!(self.layers.len(), self.sizes.dense().count(), "layers of other extents");
        for (index, (layer, [inputs, outputs, _])) in
            self.layers.iter().zip(self.sizes.dense()).enumerate()
        {
            assert_eq!(layer.weights.len(), inputs * outputs, "weights are [outputs, inputs]");
            assert_eq!(layer.bias.len(), outputs, "a bias for each output");
            let place = Outputs::Logits(outputs);
            let bias = panels::floats(place, &[Matrix { numbers: &layer.bias, columns: 1 }]);
            let matrix = Matrix { numbers: &layer.weights[..], columns: inputs };
            let weights = panels::floats(place, &[matrix]);
            sections.push(Section::f32(Kind::DenseStart, index, &bias));
            sections.push(Section::f32(Kind::DenseWeights, index, &weights));
        }
        sections.push(Section::f32(Kind::Prior, 0, &self.prior));
        sections.push(Section::bytes(Kind::About, self.about.as_bytes()));
        let head = Head {
            version: 4,
            architecture: 3,
            vocabulary: self.vocabulary,
            ticks_per_quarter: self.ticks_per_quarter,
            vocab_len: self.prior.len(),
            widths: vec![half(trunk)],
            normal: 0,
        };
        assemble(&sections, &head)
    }
}
