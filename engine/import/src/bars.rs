//! Generators of bars: read by the names of their weights, proven against tract.

use std::collections::HashMap;
use std::panic::{self, AssertUnwindSafe};

use musigan_engine::generator::Bars;
use musigan_engine::generator::bars::{MAX_PARTS, Sizes};
use musigan_engine::image::Weights;
use musigan_engine::rng::Rng;
use musigan_engine::{Generator, Model};
use musigan_score::events::VOCABULARY;
use musigan_score::roll::{Condition, Form, STEPS};
use tract_onnx::pb::{GraphProto, ModelProto};
use tract_onnx::prelude::*;

use crate::read::{Metadata, Tensor, transposed};
use crate::verify::{oracle_error, panic_text};
use crate::writer::bars::{BarNetwork, DenseLayer};
use crate::{Difference, ImportError, Imported, Options, TOLERANCE};

/// Bars that are composed by both, from nothing and from random cells.
const BARS: usize = 32;

/// The fields that only such a model has.
const SIZES: &str = "musigan.sizes";
const PROGRAMS: &str = "musigan.programs";
const PRIOR: &str = "musigan.prior";

/// What makes a piece likely to begin as it does where nothing is known: never.
const UNKNOWN: f32 = -10_000.0;

fn field<'m>(model: &'m ModelProto, key: &str) -> Option<&'m str> {
    let entry = model.metadata_props.iter().find(|entry| entry.key == key);
    entry.map(|entry| entry.value.as_str())
}

/// Whether a model says that it is a generator of bars.
pub(crate) fn is_one(model: &ModelProto) -> bool {
    field(model, "musigan.kind") == Some("gan")
}

/// Imports it.
pub(crate) fn import(
    proto: &ModelProto,
    graph: &GraphProto,
    options: &Options,
) -> Result<Imported, ImportError> {
    if options.weights != Weights::F32 {
        let reason = "the weights of a generator of bars are f32 only".to_owned();
        return Err(ImportError::Unsupported(vec![reason]));
    }
    if options.passages.is_some() {
        let reason = "a generator of bars has no use for passages: import it without".to_owned();
        return Err(ImportError::Unsupported(vec![reason]));
    }
    let network = read(proto, graph, options)?;
    let image = network.to_image();
    let Model::Gan(bars) = Model::open(&image, network.vocabulary)? else {
        return Err(ImportError::Oracle("the image is of another kind".into()));
    };
    let difference = panic::catch_unwind(AssertUnwindSafe(|| verify(proto, &bars)))
        .unwrap_or_else(|payload| Err(ImportError::Oracle(panic_text(&*payload))))?;
    Ok(Imported { image, difference, cost: None })
}

fn read(
    proto: &ModelProto,
    graph: &GraphProto,
    options: &Options,
) -> Result<BarNetwork, ImportError> {
    let wrong = |key: &'static str, problem: &str| ImportError::Metadata {
        key,
        problem: problem.to_owned(),
    };
    let text = |key| field(proto, key).ok_or_else(|| wrong(key, "is missing"));
    let sizes = sizes(text(SIZES)?).ok_or_else(|| wrong(SIZES, "is not nine sizes by name"))?;
    let mut programs = [0; MAX_PARTS];
    for (program, word) in programs.iter_mut().zip(text(PROGRAMS)?.split_whitespace()) {
        *program = word.parse().map_err(|_| wrong(PROGRAMS, "is not a list of programs"))?;
    }
    let mut prior = vec![UNKNOWN; VOCABULARY];
    for word in text(PRIOR)?.split_whitespace() {
        let pair = word.split_once(':').and_then(|(token, logit)| {
            let logit: f32 = logit.parse().ok().filter(|logit: &f32| logit.is_finite())?;
            Some((prior.get_mut(token.parse::<usize>().ok()?)?, logit))
        });
        let (place, logit) = pair.ok_or_else(|| wrong(PRIOR, "is not a list of token:logit"))?;
        *place = logit;
    }
    let mut tensors = HashMap::new();
    for initializer in &graph.initializer {
        let tensor = Tensor::read(initializer)?;
        tensors.insert(&initializer.name[..], tensor);
    }
    let floats = |name: &str, dims: &[usize]| match tensors.get(name) {
        Some(Ok(tensor)) if tensor.dims == dims => Ok(tensor.floats().unwrap_or_default()),
        Some(Err(reason)) => Err(ImportError::Unsupported(vec![reason.clone()])),
        _ => {
            let reason = format!("it has no weights '{name}' of shape {dims:?}");
            Err(ImportError::Unsupported(vec![reason]))
        }
    };
    let mut layers = Vec::new();
    for (name, [inputs, outputs, _]) in names(sizes.form.parts()).iter().zip(sizes.dense()) {
        let weights = floats(&format!("{name}.w"), &[inputs, outputs])?;
        let bias = floats(&format!("{name}.b"), &[outputs])?.to_vec();
        layers.push(DenseLayer { weights: transposed(weights, inputs, outputs), bias });
    }
    let Metadata { vocabulary, ticks_per_quarter, about, .. } = Metadata::read(proto, options)?;
    let told = |line: &&str| {
        [SIZES, PROGRAMS, PRIOR].iter().all(|key| !line.starts_with(&key["musigan.".len()..]))
    };
    let about = about.lines().filter(told).flat_map(|line| [line, "\n"]).collect();
    Ok(BarNetwork { vocabulary, ticks_per_quarter, about, sizes, programs, prior, layers })
}

/// The layers' names, in the order of [`Sizes::dense`].
fn names(parts: usize) -> Vec<String> {
    let shared = ["heard", "memory", "trunk0", "trunk1"].map(str::to_owned);
    let own = |part| ["beats", "steps", "keys"].map(|name| format!("part{part}.{name}"));
    shared.into_iter().chain((0..parts).flat_map(own)).collect()
}

/// `parts=2 lowest=33 …`, in any order.
fn sizes(text: &str) -> Option<Sizes> {
    let number = |name: &str| -> Option<usize> {
        let word = text.split_whitespace().find_map(|word| word.strip_prefix(name));
        let number = word?.strip_prefix('=')?.parse().ok()?;
        (1..=4096).contains(&number).then_some(number)
    };
    let byte = |name| u8::try_from(number(name)?).ok();
    let form = Form::new(byte("parts")?, byte("lowest")?, byte("keys")?)?;
    (form.parts() <= MAX_PARTS).then_some(())?;
    Some(Sizes {
        form,
        shared: number("shared")?,
        private: number("private")?,
        heard: number("heard")?,
        memory: number("memory")?,
        trunk: number("trunk")?,
        beat: number("beat")?,
        step: number("step")?,
    })
}

/// Composes the same bars in the engine and in tract.
fn verify(proto: &ModelProto, bars: &Bars<'_>) -> Result<Difference, ImportError> {
    let sizes = bars.sizes();
    let rows = 2 * sizes.form.parts();
    let roll = [1, STEPS, rows, sizes.form.keys()];
    let mut model = onnx().model_for_proto_model(proto).map_err(oracle_error)?;
    let extents: [&[usize]; 3] = [&[1, sizes.latent()], &roll, &[1, Condition::LEN]];
    if model.input_outlets().map_err(oracle_error)?.len() != extents.len() {
        let reason = "its inputs are not latent, previous and condition".to_owned();
        return Err(ImportError::Unsupported(vec![reason]));
    }
    for (index, dims) in extents.into_iter().enumerate() {
        let fact = InferenceFact::dt_shape(f32::datum_type(), dims);
        model.set_input_fact(index, fact).map_err(oracle_error)?;
    }
    let plan =
        model.into_optimized().and_then(IntoRunnable::into_runnable).map_err(oracle_error)?;
    let rng = &mut Rng::new(1);
    let mut state = vec![0.0; bars.state_len()];
    let mut bar = vec![0.0; sizes.form.len()];
    let mut worst = Difference::default();
    for number in 0..BARS {
        let latent: Vec<f32> = (0..sizes.latent()).map(|_| 4.0 * rng.unit() - 2.0).collect();
        // From an empty bar to one in four cells.
        let share = number as f32 / (4 * BARS) as f32;
        let mut ones = |count: usize, share: f32| -> Vec<f32> {
            (0..count).map(|_| f32::from(u8::from(rng.unit() < share))).collect()
        };
        let (previous, condition) = (ones(bar.len(), share), ones(Condition::LEN, 0.1));
        bars.compose(&mut state, &latent, &previous, &condition, &mut bar);
        let tensor = |data: &[f32], dims: &[usize]| {
            tensor1(data).into_shape(dims).map(IntoTValue::into_tvalue).map_err(oracle_error)
        };
        let inputs = tvec!(
            tensor(&latent, extents[0])?,
            tensor(&previous, extents[1])?,
            tensor(&condition, extents[2])?
        );
        let told = plan.run(inputs).map_err(oracle_error)?;
        let told = told.first().ok_or_else(|| ImportError::Oracle("it tells nothing".into()))?;
        worst.widen(number, &bar, crate::verify::floats(told)?, TOLERANCE)?;
    }
    Ok(worst)
}
