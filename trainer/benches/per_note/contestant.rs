//! Those who compute the same network.

use std::sync::Arc;

use musigan_engine::image::Weights;
use musigan_engine::{Generator, Image, Model};
use musigan_score::{Fingerprint, Token};
use musigan_train::predict::{EngineImage, OnnxModel, OnnxPredictor, Predictor};
use musigan_train::session::Runtime;
use tract_onnx::prelude::*;

use crate::Result;

/// Computes a network step by step.
pub trait Contestant {
    fn name(&self) -> String;

    /// How far its logits may be from the engine's with f32 weights.
    fn tolerance(&self) -> f32;

    /// Hears a token, gives logits.
    fn step(&mut self, token: u16) -> Result<&[f32]>;
}

/// The tokens that all hear.
pub fn token(step: usize) -> u16 {
    (step * 37 % crate::VOCAB_LEN) as u16
}

pub struct Engine<'a> {
    model: Model<'a>,
    state: Vec<f32>,
    logits: Vec<f32>,
}

impl<'a> Engine<'a> {
    pub fn new(image: &'a EngineImage, vocabulary: Fingerprint) -> Result<Self> {
        let image = Image::open(image.bytes())?;
        image.speaks(vocabulary)?;
        let model = image.model();
        let (mut state, logits) = (vec![0.0; model.state_len()], vec![0.0; model.vocab_len()]);
        model.reset(&mut state);
        Ok(Self { model, state, logits })
    }
}

impl Contestant for Engine<'_> {
    fn name(&self) -> String {
        format!("engine, {}", self.model.weights())
    }
    fn tolerance(&self) -> f32 {
        match self.model.weights() {
            Weights::F32 => f32::MIN_POSITIVE,
            Weights::Bf16 => 1e-2,
            _ => 0.2,
        }
    }
    fn step(&mut self, token: u16) -> Result<&[f32]> {
        self.model.step(&mut self.state, Token(token), &mut self.logits);
        Ok(&self.logits)
    }
}

/// The state tensors move from outputs to inputs; nothing is copied.
pub struct Tract {
    plan: Arc<TypedRunnableModel>,
    states: TVec<TValue>,
    logits: TValue,
}

impl Tract {
    pub fn new(onnx: &[u8]) -> Result<Self> {
        let model = tract_onnx::onnx().model_for_read(&mut &onnx[..])?.into_optimized()?;
        let mut states = tvec!();
        for input in model.input_outlets()?.iter().skip(1) {
            let fact = model.outlet_fact(*input)?;
            let shape = fact.shape.as_concrete().ok_or("a state of open shape")?;
            states.push(Tensor::zero_dt(fact.datum_type, shape)?.into_tvalue());
        }
        let plan = model.into_runnable()?;
        Ok(Self { plan, states, logits: tensor0(0.0_f32).into_tvalue() })
    }
}

impl Contestant for Tract {
    fn name(&self) -> String {
        "tract".to_owned()
    }
    fn tolerance(&self) -> f32 {
        1e-4
    }
    fn step(&mut self, token: u16) -> Result<&[f32]> {
        let mut inputs = tvec!(tensor1(&[i64::from(token)]).into_tvalue());
        inputs.append(&mut self.states);
        let mut outputs = self.plan.run(inputs)?;
        self.logits = outputs.remove(0);
        self.states = outputs;
        Ok(self.logits.try_as_plain_ram()?.as_slice()?)
    }
}

/// One thread, inputs and outputs bound.
pub struct OnnxRuntime {
    predictor: OnnxPredictor,
    name: &'static str,
}

impl OnnxRuntime {
    pub const INT8: &'static str = "ONNX Runtime, int8";

    pub fn new(model: &OnnxModel, runtime: &Runtime, name: &'static str) -> Result<Self> {
        Ok(Self { predictor: model.predictor(runtime)?, name })
    }
}

impl Contestant for OnnxRuntime {
    fn name(&self) -> String {
        self.name.to_owned()
    }
    fn tolerance(&self) -> f32 {
        if self.name == Self::INT8 { 0.2 } else { 1e-4 }
    }
    fn step(&mut self, token: u16) -> Result<&[f32]> {
        Ok(self.predictor.step(token)?)
    }
}
