//! From what was read to what is written.

use musigan_engine::image::Architecture;

use crate::ImportError;
use crate::read::{MAX_PARAMETERS, Metadata, Reading, Recurrent, Roles, diagonal, transposed};
use crate::writer::Network;

/// The network in the engine's terms, the embedding folded into the first layer or separate.
pub(crate) fn network(
    reading: Reading,
    metadata: Metadata,
    separate: bool,
) -> Result<(Network, Roles), ImportError> {
    let normal = reading.normal();
    let Reading { mut layers, head, roles } = reading;
    let unsupported = |reason: String| ImportError::Unsupported(vec![reason]);
    let architecture = layers.first().map_or(Architecture::Lstm, |layer| layer.architecture);
    let embedding = match layers.first_mut() {
        Some(first) if separate => first.take_embedding(),
        _ => None,
    };
    let layers: Result<Vec<_>, _> = layers.into_iter().map(Recurrent::into_layer).collect();
    let layers = layers.map_err(unsupported)?;
    let folded = layers.first().map_or(0, |layer| layer.start.len() / (4 * layer.width));
    let heard = embedding.as_ref().map_or(folded, |all| all.numbers.len() / all.width);
    let vocab_len = head.outputs;
    if vocab_len == 0 || heard != vocab_len || vocab_len > usize::from(u16::MAX) + 1 {
        return Err(unsupported(format!(
            "it hears {heard} tokens and has {vocab_len} logits: both must be the vocabulary, of at \
             most 65536"
        )));
    }
    let matrix = head.matrix.unwrap_or_else(|| diagonal(&vec![1.0; head.inputs]));
    let network = Network {
        architecture,
        vocabulary: metadata.vocabulary,
        ticks_per_quarter: metadata.ticks_per_quarter,
        about: metadata.about,
        passages: metadata.passages,
        embedding,
        others: None,
        layers,
        normal,
        head: transposed(&matrix, head.inputs, vocab_len),
        head_bias: head.bias.unwrap_or_else(|| vec![0.0; vocab_len]),
    };
    let numbers = network.parameters();
    if numbers > MAX_PARAMETERS {
        return Err(unsupported(format!(
            "it has {numbers} weights: at most {MAX_PARAMETERS} are possible"
        )));
    }
    Ok((network, roles))
}
