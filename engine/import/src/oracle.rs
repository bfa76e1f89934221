//! tract, by which images are checked.

use std::sync::Arc;

use musigan_score::Token;
use tract_onnx::pb::ModelProto;
use tract_onnx::prelude::*;
use tract_onnx::tract_hir::infer::Factoid;

use crate::read::{Heard, Roles};

/// The length of a sequence where the graph leaves it open.
const SEQUENCE: usize = 24;

/// tract, with the state that it does not keep.
pub(crate) struct Oracle<'a> {
    plan: Arc<TypedRunnableModel>,
    roles: &'a Roles,
    inputs: TVec<TValue>,
}

impl<'a> Oracle<'a> {
    /// A graph that hears one token at a time.
    pub(crate) fn stepping(proto: &ModelProto, roles: &'a Roles) -> TractResult<Self> {
        Self::new(proto, roles, None)
    }

    /// A graph that hears whole sequences, time running along an axis of its token input.
    pub(crate) fn sequences(
        proto: &ModelProto,
        roles: &'a Roles,
        axis: usize,
    ) -> TractResult<Self> {
        Self::new(proto, roles, Some(axis))
    }

    /// The axes of the token input along which time may run.
    pub(crate) fn axes(roles: &Roles) -> Vec<usize> {
        let extents = &roles.inputs[roles.token];
        let tokens = match roles.heard {
            Heard::Number => extents.len(),
            Heard::OneHot(_) => extents.len().saturating_sub(1),
        };
        let long = |axis: &usize| extents[*axis] != Some(1);
        // The usual place is the last: batch first.
        (0..tokens).rev().filter(long).collect()
    }

    fn new(proto: &ModelProto, roles: &'a Roles, axis: Option<usize>) -> TractResult<Self> {
        let mut model = onnx().model_for_proto_model(proto)?;
        let mut inputs = tvec!();
        for (index, extents) in roles.inputs.iter().enumerate() {
            let open = |at: usize| {
                if (index, Some(at)) == (roles.token, axis) { SEQUENCE } else { 1 }
            };
            let dims = extents.iter().enumerate().map(|(at, extent)| extent.unwrap_or(open(at)));
            let dims: TVec<usize> = dims.collect();
            let number = index == roles.token && roles.heard == Heard::Number;
            let kind = model.input_fact(index)?.datum_type.concretize();
            let usual = if number { i64::datum_type() } else { f32::datum_type() };
            let kind = kind.unwrap_or(usual);
            model.set_input_fact(index, InferenceFact::dt_shape(kind, &dims))?;
            inputs.push(Tensor::zero_dt(kind, &dims)?.into_tvalue());
        }
        let plan = model.into_optimized()?.into_runnable()?;
        Ok(Self { plan, roles, inputs })
    }

    /// How many tokens are heard at once.
    pub(crate) fn sequence_len(&self) -> usize {
        let numbers = self.inputs[self.roles.token].len();
        match self.roles.heard {
            Heard::Number => numbers,
            Heard::OneHot(width) => numbers / width.max(1),
        }
    }

    /// Forgets what was heard.
    pub(crate) fn reset(&mut self) -> TractResult<()> {
        for feedback in &self.roles.states {
            let input = &mut self.inputs[feedback.input];
            *input = Tensor::zero_dt(input.datum_type(), input.shape())?.into_tvalue();
        }
        Ok(())
    }

    /// Hears as many tokens as there are at once, and tells what the graph tells.
    pub(crate) fn hear(&mut self, tokens: &[Token]) -> TractResult<TValue> {
        let slot = &mut self.inputs[self.roles.token];
        let numbers = match self.roles.heard {
            Heard::Number => {
                let numbers: Vec<i64> = tokens.iter().map(|token| i64::from(token.0)).collect();
                tensor1(&numbers)
            }
            Heard::OneHot(width) => {
                let mut numbers = vec![0.0_f32; width * tokens.len()];
                for (row, token) in numbers.chunks_exact_mut(width).zip(tokens) {
                    if let Some(one) = row.get_mut(usize::from(token.0)) {
                        *one = 1.0;
                    }
                }
                tensor1(&numbers)
            }
        };
        let heard = numbers.cast_to_dt(slot.datum_type())?.into_owned();
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
