//! A model that ONNX Runtime plays.

use super::{PredictError, Predictor, Spoken};
use crate::graph::{Dtype, IoSpec, Lowered};
use crate::session::{Program, Runtime, Threads};

/// An exported ONNX model: `token, h, c → logits, h_out, c_out`, or the same without `c`.
pub struct OnnxModel {
    lowered: Lowered,
    vocab_len: usize,
    /// Pairs of output and input that carry the state on.
    states: Vec<(&'static str, &'static str)>,
    /// Whether it hears other parts.
    others: bool,
}

impl OnnxModel {
    /// Reads an ONNX file.
    ///
    /// # Errors
    /// [`PredictError::Read`] for a file that is no model, [`PredictError::Absent`] for a model of
    /// another form.
    pub fn read(bytes: Vec<u8>) -> Result<Self, PredictError> {
        let lowered = Lowered::read(bytes)?;
        let input = |name| find(&lowered.inputs, name, Dtype::F32);
        let output = |name| find(&lowered.outputs, name, Dtype::F32);
        find(&lowered.inputs, "token", Dtype::I64)
            .filter(|spec| spec.shape == [1])
            .ok_or(PredictError::Absent("token"))?;
        let logits = output("logits").ok_or(PredictError::Absent("logits"))?;
        let vocab_len = logits.len();
        let mut states = Vec::new();
        for (out, state) in [("h_out", "h"), ("c_out", "c")] {
            match (output(out), input(state)) {
                (Some(a), Some(b)) if a.shape == b.shape => states.push((out, state)),
                (None, None) if state == "c" => {}
                _ => return Err(PredictError::Absent(state)),
            }
        }
        let others = input("others").is_some();
        if lowered.inputs.len() != 1 + usize::from(others) + states.len() {
            return Err(PredictError::Absent("input list"));
        }
        Ok(Self { lowered, vocab_len, states, others })
    }

    /// A stream of tokens through the model.
    ///
    /// # Errors
    /// [`PredictError::Session`] when ONNX Runtime refuses the model.
    pub fn predictor(&self, runtime: &Runtime) -> Result<OnnxPredictor, PredictError> {
        let program = Program::new(runtime, &self.lowered, &[], Threads(1))?;
        let states = self.states.clone();
        let mut predictor =
            OnnxPredictor { program, vocab_len: self.vocab_len, states, others: self.others };
        predictor.forget()?;
        Ok(predictor)
    }
}

fn find<'a>(specs: &'a [IoSpec], name: &str, dtype: Dtype) -> Option<&'a IoSpec> {
    specs.iter().find(|spec| spec.name == name && spec.dtype == dtype)
}

/// One stream of tokens through ONNX Runtime.
pub struct OnnxPredictor {
    program: Program,
    vocab_len: usize,
    states: Vec<(&'static str, &'static str)>,
    others: bool,
}

impl OnnxPredictor {
    fn forget(&mut self) -> Result<(), PredictError> {
        for (_, input) in &self.states {
            self.program.write::<f32>(input)?.fill(0.0);
        }
        Ok(())
    }
}

impl<I: Spoken> Predictor<I> for OnnxPredictor {
    fn reset(&mut self) -> Result<(), PredictError> {
        self.forget()
    }

    fn step(&mut self, heard: I) -> Result<&[f32], PredictError> {
        let (token, vocab_len) = (heard.token(), self.vocab_len);
        if usize::from(token) >= vocab_len {
            return Err(PredictError::Token { token, vocab_len });
        }
        self.program.set("token", &[i64::from(token)])?;
        if self.others {
            let others = self.program.write::<f32>("others")?;
            others.fill(0.0);
            for feature in heard.others().features() {
                if let Some(number) = others.get_mut(feature) {
                    *number = 1.0;
                }
            }
        }
        self.program.run()?;
        for (output, input) in &self.states {
            self.program.carry(output, input)?;
        }
        Ok(self.program.read("logits")?)
    }
}
