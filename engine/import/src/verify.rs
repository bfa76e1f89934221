//! Runs the image and the ONNX model side by side.

use std::any::Any;
use std::panic::{self, AssertUnwindSafe};

use musigan_engine::{Generator, Model};
use musigan_score::Token;
use tract_onnx::pb::ModelProto;
use tract_onnx::prelude::{TValue, TractError};

use crate::ImportError;
use crate::cost::log_softmax;
use crate::oracle::Oracle;
use crate::read::{Roles, Told};

/// The greatest difference of a logit from tract's, or of its ratio where it is beyond ±1.
pub const TOLERANCE: f32 = 1e-4;
/// The same on music, on which tract alone strays from f64 by about 1e-4 on a trained network (the
/// engine by 1.5e-5, ONNX Runtime by 2e-5), also where both start anew with each piece.
pub const MUSIC_TOLERANCE: f32 = 2e-4;
/// Steps of random tokens.
pub const STEPS: usize = 256;
/// Steps over which the state is carried on, then both forget: tract lets a GRU stray, by 1e-4 after 200
/// steps (of a well-trained one after 26) and 1e-3 after 3,000, where ONNX Runtime and the engine stay within
/// 3e-5 of f64. What is misread shows at once.
pub const STREAM: usize = 16;

/// The greatest differences between the engine's logits and tract's.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Difference {
    /// As it is.
    pub absolute: f32,
    /// In relation to tract's logit where that is beyond ±1; at most [`MUSIC_TOLERANCE`].
    pub relative: f32,
}

/// Gives the greatest differences found.
///
/// tract asserts where a graph contradicts itself in a way that this crate does not look for; such
/// a panic is taken as its refusal.
pub(crate) fn verify(
    proto: &ModelProto,
    roles: &Roles,
    model: &Model,
    pieces: &[Vec<Token>],
) -> Result<Difference, ImportError> {
    panic::catch_unwind(AssertUnwindSafe(|| compare(proto, roles, model, pieces)))
        .unwrap_or_else(|payload| Err(ImportError::Oracle(panic_text(&*payload))))
}

/// The message of a panic.
pub(crate) fn panic_text(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("it gave up").replace('\n', " ")
}

fn compare(
    proto: &ModelProto,
    roles: &Roles,
    model: &Model,
    pieces: &[Vec<Token>],
) -> Result<Difference, ImportError> {
    if roles.states.is_empty() {
        return compare_sequences(proto, roles, model);
    }
    let mut oracle = Oracle::stepping(proto, roles).map_err(oracle_error)?;
    let mut worst = Difference::default();
    let random = random_tokens(model.vocab_len());
    let random = random.chunks(STREAM).map(|stream| (stream, TOLERANCE));
    let music = pieces.iter().map(|piece| (&piece[..], MUSIC_TOLERANCE));
    for (stream, tolerance) in random.chain(music) {
        let mut engine = Engine::new(model, roles.told);
        oracle.reset().map_err(oracle_error)?;
        for (step, &token) in stream.iter().enumerate() {
            let found = engine.step(token);
            let told = oracle.hear(&[token]).map_err(oracle_error)?;
            worst.widen(step, &found, floats(&told)?, tolerance)?;
        }
    }
    Ok(worst)
}

/// The same with a graph that hears whole sequences and tells of each step, or of the last.
fn compare_sequences(
    proto: &ModelProto,
    roles: &Roles,
    model: &Model,
) -> Result<Difference, ImportError> {
    let mut refusal = ImportError::Oracle("it hears no sequence".into());
    // Where batch and time are both open, only one of them is time.
    for axis in Oracle::axes(roles) {
        match along(proto, roles, model, axis) {
            Ok(difference) => return Ok(difference),
            Err(error) => refusal = error,
        }
    }
    Err(refusal)
}

fn along(
    proto: &ModelProto,
    roles: &Roles,
    model: &Model,
    axis: usize,
) -> Result<Difference, ImportError> {
    let mut oracle = Oracle::sequences(proto, roles, axis).map_err(oracle_error)?;
    let mut worst = Difference::default();
    let len = oracle.sequence_len();
    for stream in random_tokens(model.vocab_len()).chunks_exact(len.clamp(1, STEPS)) {
        let mut engine = Engine::new(model, roles.told);
        let steps: Vec<Vec<f32>> = stream.iter().map(|&token| engine.step(token)).collect();
        let told = oracle.hear(stream).map_err(oracle_error)?;
        let told = floats(&told)?;
        let only_last = told.len() == model.vocab_len();
        let skipped = if only_last { steps.len() - 1 } else { 0 };
        if told.len() != (steps.len() - skipped) * model.vocab_len() {
            let (found, wanted) = (told.len(), steps.len() * model.vocab_len());
            let what = format!("it gives {found} logits instead of {wanted}");
            return Err(ImportError::Oracle(what));
        }
        let truth = told.chunks_exact(model.vocab_len());
        for ((step, found), truth) in steps.iter().enumerate().skip(skipped).zip(truth) {
            worst.widen(step, found, truth, TOLERANCE)?;
        }
    }
    Ok(worst)
}

pub(crate) fn floats(value: &TValue) -> Result<&[f32], ImportError> {
    value.try_as_plain_ram().and_then(|plain| plain.as_slice::<f32>()).map_err(oracle_error)
}

/// A stream through the engine, told as the graph tells.
struct Engine<'a> {
    model: &'a Model<'a>,
    told: Told,
    state: Vec<f32>,
    logits: Vec<f32>,
}

impl<'a> Engine<'a> {
    fn new(model: &'a Model<'a>, told: Told) -> Self {
        let (mut state, logits) = (vec![0.0; model.state_len()], vec![0.0; model.vocab_len()]);
        model.reset(&mut state);
        Self { model, told, state, logits }
    }

    fn step(&mut self, token: Token) -> Vec<f32> {
        self.model.step(&mut self.state, token, &mut self.logits);
        if self.told == Told::Logits {
            return self.logits.clone();
        }
        let log = log_softmax(&self.logits);
        match self.told {
            Told::Probabilities => log.iter().map(|x| x.exp() as f32).collect(),
            _ => log.iter().map(|&x| x as f32).collect(),
        }
    }
}

fn random_tokens(vocab_len: usize) -> Vec<Token> {
    let mut noise = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = || {
        noise = noise.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        Token(((noise >> 33) as usize % vocab_len) as u16)
    };
    (0..STEPS).map(|_| random()).collect()
}

impl Difference {
    /// Takes in the logits of a step.
    pub(crate) fn widen(
        &mut self,
        step: usize,
        engine: &[f32],
        oracle: &[f32],
        tolerance: f32,
    ) -> Result<(), ImportError> {
        if oracle.len() != engine.len() {
            let what = format!("it gives {} logits instead of {}", oracle.len(), engine.len());
            return Err(ImportError::Oracle(what));
        }
        for (logit, (&engine, &oracle)) in engine.iter().zip(oracle).enumerate() {
            let absolute = (engine - oracle).abs();
            let relative = absolute / oracle.abs().max(1.0);
            if relative.is_nan() || relative > tolerance {
                return Err(ImportError::Disagreement { step, logit, engine, oracle, tolerance });
            }
            self.absolute = self.absolute.max(absolute);
            self.relative = self.relative.max(relative);
        }
        Ok(())
    }
}

pub(crate) fn oracle_error(error: TractError) -> ImportError {
    ImportError::Oracle(format!("{error:#}").replace('\n', " "))
}

#[cfg(test)]
mod tests {
    use tract_onnx::prelude::Framework;

    use super::*;
    use crate::read::{Metadata, Reading};
    use crate::{Options, fold};

    #[test]
    fn a_misread_weight_is_found() {
        let mut bytes = &include_bytes!("../tests/reference/lstm_ours.onnx")[..];
        let proto = tract_onnx::onnx().proto_model_for_read(&mut bytes).unwrap();
        let reading = Reading::of(proto.graph.as_ref().unwrap()).unwrap();
        let metadata = Metadata::read(&proto, &Options::default()).unwrap();
        let (mut network, roles) = fold::network(reading, metadata, false).unwrap();
        network.layers[1].recurrent[5] += 0.01;
        let image = network.to_image(musigan_engine::image::Weights::F32);
        let model = Model::open(&image, network.vocabulary).unwrap();
        let error = verify(&proto, &roles, &model, &[]).unwrap_err();
        assert!(matches!(error, ImportError::Disagreement { .. }), "{error}");
    }
}
