//! A small generator of bars, of noise.

use musigan_engine::generator::bars::Sizes;
use musigan_score::events::{self, kind};
use musigan_score::roll::Form;

use super::Noise;
use super::writer::bars::{BarNetwork, DenseLayer};

/// Extents of a small generator of bars for two parts.
pub fn sizes() -> Sizes {
    let form = Form::new(2, 40, 40).expect("a roll");
    Sizes { form, shared: 5, private: 3, heard: 6, memory: 9, trunk: 20, beat: 7, step: 5 }
}

/// A network of noise, of which about one in so many cells is on.
pub fn network(seed: u64, rare: f32) -> BarNetwork {
    let noise = &mut Noise::new(seed);
    let mut layers: Vec<DenseLayer> = sizes()
        .dense()
        .map(|[inputs, outputs, _]| DenseLayer {
            weights: noise.numbers(inputs * outputs, 2.0 / (inputs as f32).sqrt()),
            bias: noise.numbers(outputs, 0.5),
        })
        .collect();
    for keys in [6, 9] {
        layers[keys].bias.iter_mut().for_each(|bias| *bias -= rare);
    }
    let mut prior = vec![-10_000.0; events::VOCABULARY];
    for token in [kind::KEY, kind::METRE, kind::TEMPO].into_iter().flatten() {
        prior[usize::from(token)] = -1.0;
    }
    prior[usize::from(kind::EOS)] = -3.0;
    BarNetwork {
        vocabulary: events::FINGERPRINT,
        ticks_per_quarter: 24,
        about: "licence=none\n".to_owned(),
        sizes: sizes(),
        programs: [52, 0, 0, 0],
        prior,
        layers,
    }
}
