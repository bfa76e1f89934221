//! Runs the image and the ONNX model side by side.

use std::any::Any;
use std::panic::{self, AssertUnwindSafe};

use musigan_engine::{Generator, Model};
use musigan_score::Token;
use tract_onnx::pb::ModelProto;
use tract_onnx::prelude::*;
use tract_onnx::tract_hir::infer::Factoid;

use crate::ImportError;
use crate::read::Roles;

/// The greatest difference of a logit from tract's, or of its ratio where it is beyond ±1.
pub const TOLERANCE: f32 = 1e-4;
/// The same on music, on which tract alone strays from f64 by about 1e-4 on a trained network (the
/// engine by 1.5e-5, ONNX Runtime by 2e-5), also where both start anew with each piece.
pub const MUSIC_TOLERANCE: f32 = 2e-4;
/// Steps of random tokens, the state carried on.
pub const STEPS: usize = 256;

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
fn panic_text(payload: &(dyn Any + Send)) -> String {
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
    let mut oracle = Oracle::new(proto, roles).map_err(oracle_error)?;
    let mut state = vec![0.0; model.state_len()];
    let mut logits = vec![0.0; model.vocab_len()];
    let mut worst = Difference::default();
    let random = random_tokens(model.vocab_len());
    let music = pieces.iter().map(|piece| (piece, MUSIC_TOLERANCE));
    for (stream, tolerance) in std::iter::once((&random, TOLERANCE)).chain(music) {
        model.reset(&mut state);
        oracle.reset().map_err(oracle_error)?;
        for (step, &token) in stream.iter().enumerate() {
            model.step(&mut state, token, &mut logits);
            let expected = oracle.step(i64::from(token.0)).map_err(oracle_error)?;
            let expected = expected.try_as_plain_ram().map_err(oracle_error)?;
            let expected = expected.as_slice::<f32>().map_err(oracle_error)?;
            worst.widen(step, &logits, expected, tolerance)?;
        }
    }
    Ok(worst)
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
    fn widen(
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

fn oracle_error(error: TractError) -> ImportError {
    ImportError::Oracle(format!("{error:#}").replace('\n', " "))
}

type Plan = Arc<TypedRunnableModel>;

/// tract, with the state that it does not keep.
struct Oracle<'a> {
    plan: Plan,
    roles: &'a Roles,
    inputs: TVec<TValue>,
}

impl<'a> Oracle<'a> {
    fn new(proto: &ModelProto, roles: &'a Roles) -> TractResult<Self> {
        let mut model = onnx().model_for_proto_model(proto)?;
        let mut inputs = tvec!();
        for (index, dims) in roles.inputs.iter().enumerate() {
            let kind = model.input_fact(index)?.datum_type.concretize();
            let kind = kind.unwrap_or(if index == roles.token {
                i64::datum_type()
            } else {
                f32::datum_type()
            });
            model.set_input_fact(index, InferenceFact::dt_shape(kind, dims))?;
            inputs.push(Tensor::zero_dt(kind, dims)?.into_tvalue());
        }
        let plan = model.into_optimized()?.into_runnable()?;
        Ok(Self { plan, roles, inputs })
    }

    /// Forgets what was heard.
    fn reset(&mut self) -> TractResult<()> {
        for feedback in &self.roles.states {
            let input = &mut self.inputs[feedback.input];
            *input = Tensor::zero_dt(input.datum_type(), input.shape())?.into_tvalue();
        }
        Ok(())
    }

    fn step(&mut self, token: i64) -> TractResult<TValue> {
        let slot = &mut self.inputs[self.roles.token];
        let heard = tensor0(token).cast_to_dt(slot.datum_type())?.into_owned();
        *slot = heard.into_shape(slot.shape())?.into_tvalue();
        let outputs = self.plan.run(self.inputs.clone())?;
        for feedback in &self.roles.states {
            let shape = self.inputs[feedback.input].shape();
            let next = outputs[feedback.output].clone().into_tensor().into_shape(shape)?;
            self.inputs[feedback.input] = next.into_tvalue();
        }
        Ok(outputs[self.roles.logits].clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::{Metadata, Reading};
    use crate::{Options, fold};

    #[test]
    fn a_misread_weight_is_found() {
        let mut bytes = &include_bytes!("../tests/reference/lstm_ours.onnx")[..];
        let proto = onnx().proto_model_for_read(&mut bytes).unwrap();
        let reading = Reading::of(proto.graph.as_ref().unwrap()).unwrap();
        let metadata = Metadata::read(&proto, &Options::default()).unwrap();
        let (mut network, roles) = fold::network(reading, metadata).unwrap();
        network.layers[1].recurrent[5] += 0.01;
        let image = network.to_image(musigan_engine::image::Weights::F32);
        let model = Model::open(&image, network.vocabulary).unwrap();
        let error = verify(&proto, &roles, &model, &[]).unwrap_err();
        assert!(matches!(error, ImportError::Disagreement { .. }), "{error}");
    }
}
