//! Generators that hear what other parts do: read by the names of their weights, proven against tract.

use std::collections::HashMap;
use std::panic::{self, AssertUnwindSafe};

use musigan_engine::Model;
use musigan_engine::generator::{Generator, MAX_LAYERS, Wanted};
use musigan_engine::image::{Architecture, Weights};
use musigan_engine::rng::Rng;
use musigan_score::Token;
use musigan_score::link::{MAX_LINKED, Picture, Relay};
use tract_onnx::pb::{GraphProto, ModelProto};
use tract_onnx::prelude::*;

use crate::read::{Affine, Metadata, Recurrent, Source, Tensor, diagonal, transposed};
use crate::verify::{oracle_error, panic_text};
use crate::writer::{Embedding, Network};
use crate::{Difference, ImportError, Imported, Options, STEPS, STREAM, TOLERANCE};

/// The field that only such a model has: how many features it hears.
const OTHERS: &str = "musigan.others";
const KIND: &str = "musigan.kind";

fn field<'m>(model: &'m ModelProto, key: &str) -> Option<&'m str> {
    let entry = model.metadata_props.iter().find(|entry| entry.key == key);
    entry.map(|entry| entry.value.as_str())
}

/// Whether a model says that it hears other parts.
pub(crate) fn is_one(model: &ModelProto) -> bool {
    field(model, OTHERS).is_some()
}

/// Imports it.
pub(crate) fn import(
    proto: &ModelProto,
    graph: &GraphProto,
    options: &Options,
) -> Result<Imported, ImportError> {
    let network = read(proto, graph, options)?;
    let image = network.to_image(Weights::F32);
    let model = Model::open(&image, network.vocabulary)?;
    let difference = panic::catch_unwind(AssertUnwindSafe(|| verify(proto, &network, &model)))
        .unwrap_or_else(|payload| Err(ImportError::Oracle(panic_text(&*payload))))?;
    match options.weights {
        Weights::F32 => Ok(Imported { image, difference, cost: None }),
        weights => crate::coarser(&network, &model, difference, weights),
    }
}

fn read(proto: &ModelProto, graph: &GraphProto, options: &Options) -> Result<Network, ImportError> {
    let unsupported = |reason: String| ImportError::Unsupported(vec![reason]);
    let problem = |key, problem: String| ImportError::Metadata { key, problem };
    let (gates, architecture) = match field(proto, KIND) {
        Some("lstm") => (4, Architecture::Lstm),
        Some("gru") => (3, Architecture::Gru),
        other => return Err(problem(KIND, format!("is {other:?} and not lstm or gru"))),
    };
    let features = Picture::FEATURES;
    if field(proto, OTHERS).and_then(|text| text.parse().ok()) != Some(features) {
        return Err(problem(OTHERS, format!("is not {features}: train it with this version")));
    }
    let mut tensors = HashMap::new();
    for initializer in &graph.initializer {
        tensors.insert(&initializer.name[..], Tensor::read(initializer)?);
    }
    let floats = |name: &str| match tensors.get(name) {
        Some(Ok(tensor)) => {
            let numbers = tensor.floats();
            let numbers =
                numbers.ok_or_else(|| unsupported(format!("'{name}' is not of floats")))?;
            Ok((tensor.dims.as_slice(), numbers))
        }
        Some(Err(reason)) => Err(unsupported(reason.clone())),
        None => Err(unsupported(format!("it has no weights '{name}'"))),
    };
    let shaped = |name: &str, dims: &[usize]| match floats(name)? {
        (found, numbers) if found == dims => Ok(numbers.to_vec()),
        (found, _) => {
            Err(unsupported(format!("'{name}' has the shape {found:?} and not {dims:?}")))
        }
    };
    let ([vocab_len, width], numbers) = floats("embedding")? else {
        return Err(unsupported("'embedding' is no matrix".into()));
    };
    let (vocab_len, width) = (*vocab_len, *width);
    if vocab_len == 0 || vocab_len > usize::from(u16::MAX) + 1 || width == 0 {
        return Err(unsupported(format!("its embedding has the shape [{vocab_len}, {width}]")));
    }
    let embedding = Embedding { width, numbers: numbers.to_vec() };
    let others = shaped("others_table", &[features, width])?;
    let (mut layers, mut below) = (Vec::new(), Affine::identity(Source::Layer(0), width));
    let mut normal = 0;
    while layers.len() < MAX_LAYERS && tensors.contains_key(&format!("layer{}.r", layers.len())[..])
    {
        let name = |part: &str| format!("layer{}.{part}", layers.len());
        let ([1, columns, units], _) = floats(&name("r"))? else {
            return Err(unsupported(format!("'{}' is not of one direction", name("r"))));
        };
        let (columns, units) = (*columns, *units);
        if columns != gates * units || units == 0 || units > usize::from(u16::MAX) {
            return Err(unsupported(format!(
                "'{}' has the shape [1, {columns}, {units}]",
                name("r")
            )));
        }
        let weights = [
            shaped(&name("w"), &[1, columns, below.outputs])?,
            shaped(&name("r"), &[1, columns, units])?,
            shaped(&name("b"), &[1, 2 * columns])?,
        ];
        let layer = Recurrent::plain(architecture, units, below, weights);
        below = Affine::identity(Source::Layer(layers.len()), units);
        if tensors.contains_key(&name("gain")[..]) {
            let gain = diagonal(&shaped(&name("gain"), &[units])?);
            normal |= 1 << layers.len();
            below = below.times(&gain, units).map_err(unsupported)?;
            below = below.plus(&shaped(&name("shift"), &[units])?);
        }
        layers.push(layer.into_layer().map_err(unsupported)?);
    }
    if layers.is_empty() {
        return Err(unsupported("it has no recurrent layer".into()));
    }
    let head = below.times(&shaped("head.w", &[below.outputs, vocab_len])?, vocab_len);
    let head = head.map_err(unsupported)?.plus(&shaped("head.b", &[vocab_len])?);
    let (inputs, head_bias) = (head.inputs, head.bias.unwrap_or_default());
    let head = transposed(&head.matrix.unwrap_or_default(), inputs, vocab_len);
    let Metadata { vocabulary, ticks_per_quarter, about, passages } =
        Metadata::read(proto, options)?;
    Ok(Network {
        architecture,
        vocabulary,
        ticks_per_quarter,
        about,
        passages,
        embedding: Some(embedding),
        others: Some(others),
        layers,
        normal,
        head,
        head_bias,
    })
}

/// Moments of other parts: what a relay makes of random tokens.
pub(crate) fn pictures(rng: &mut Rng, vocab_len: usize) -> impl FnMut() -> Picture {
    let mut relay = Relay::new();
    move || {
        for _ in 0..8 {
            let token = Token((rng.unit() * vocab_len as f32) as u16);
            relay.push(token, 0, |_, _, _| {});
        }
        relay.picture(MAX_LINKED)
    }
}

/// Lets engine and tract hear the same tokens among the same other parts.
fn verify(
    proto: &ModelProto,
    network: &Network,
    model: &Model<'_>,
) -> Result<Difference, ImportError> {
    let (layers, width) = (network.layers.len(), network.layers.first().map_or(0, |l| l.width));
    let states = if network.architecture == Architecture::Lstm { 2 } else { 1 };
    let mut plan = onnx().model_for_proto_model(proto).map_err(oracle_error)?;
    let names = ["token", "others", "h", "c"];
    let found: Vec<_> = plan.input_outlets().map_err(oracle_error)?.to_vec();
    if found.len() != 2 + states {
        let reason = format!("its inputs are not {:?}", &names[..2 + states]);
        return Err(ImportError::Unsupported(vec![reason]));
    }
    let extents: [&[usize]; 4] =
        [&[1], &[1, Picture::FEATURES], &[layers, 1, width], &[layers, 1, width]];
    for (index, dims) in extents.iter().enumerate().take(found.len()) {
        let dtype = if index == 0 { i64::datum_type() } else { f32::datum_type() };
        let fact = InferenceFact::dt_shape(dtype, *dims);
        plan.set_input_fact(index, fact).map_err(oracle_error)?;
    }
    let plan = plan.into_optimized().and_then(IntoRunnable::into_runnable).map_err(oracle_error)?;
    let tensor = |data: &[f32], dims: &[usize]| {
        tensor1(data).into_shape(dims).map(IntoTValue::into_tvalue).map_err(oracle_error)
    };
    let nothing = vec![tensor(&vec![0.0; layers * width], extents[2])?; states];
    let mut memory = nothing.clone();
    let rng = &mut Rng::new(1);
    let mut state = vec![0.0; model.state_len()];
    let mut logits = vec![0.0; model.vocab_len()];
    let mut worst = Difference::default();
    let mut chance = Rng::new(2);
    let mut picture = pictures(&mut chance, model.vocab_len());
    for step in 0..STEPS {
        if step % STREAM == 0 {
            model.reset(&mut state);
            memory.clone_from(&nothing);
        }
        let token = Token((rng.unit() * model.vocab_len() as f32) as u16);
        let others = picture();
        step_among(model, &mut state, token, others, &mut logits);
        let mut features = vec![0.0; Picture::FEATURES];
        others.features().for_each(|feature| features[feature] = 1.0);
        let mut inputs =
            tvec!(tensor1(&[i64::from(token.0)]).into_tvalue(), tensor(&features, extents[1])?);
        inputs.extend(memory.iter().cloned());
        let told = plan.run(inputs).map_err(oracle_error)?;
        if told.len() != 1 + states {
            return Err(ImportError::Oracle("it tells other things than logits and states".into()));
        }
        worst.widen(step, &logits, crate::verify::floats(&told[0])?, TOLERANCE)?;
        for (memory, told) in memory.iter_mut().zip(&told[1..]) {
            *memory = told.clone();
        }
    }
    Ok(worst)
}

/// A step of a model that may listen.
pub(crate) fn step_among(
    model: &Model<'_>,
    state: &mut [f32],
    token: Token,
    others: Picture,
    logits: &mut [f32],
) {
    match model {
        Model::Lstm(model) => model.step_among(state, token, others, Wanted::ALL, logits),
        Model::Gru(model) => model.step_among(state, token, others, Wanted::ALL, logits),
        other => other.step(state, token, logits),
    }
}
