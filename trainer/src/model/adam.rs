//! Adam with decoupled weight decay and clipping by the global norm, as graph nodes.

use crate::graph::{Graph, Val};

/// Constants of the optimiser; the learning rate is an input of the graph.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adam {
    /// Decay of the first moment.
    pub beta1: f64,
    /// Decay of the second moment.
    pub beta2: f64,
    /// Added to the root of the second moment.
    pub epsilon: f64,
    /// Decay of the weights for every unit of learning rate (AdamW); 0 is plain Adam.
    pub weight_decay: f64,
    /// Largest global norm of the gradient; larger ones are scaled down to it.
    pub clip: f64,
}

impl Default for Adam {
    fn default() -> Self {
        Self { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 0.0, clip: 1.0 }
    }
}

/// What the optimiser's nodes give.
pub(crate) struct Update {
    /// New weights.
    pub weights: Val,
    /// New first moment.
    pub first: Val,
    /// New second moment.
    pub second: Val,
    /// Global norm of the gradient before clipping.
    pub norm: Val,
}

impl Adam {
    /// The three numbers that `Adam::build` takes as its `rates` input for update `t` (from 1):
    /// `lr / (1 − β₁ᵗ)`, `1 / √(1 − β₂ᵗ)` and `lr · weight decay`.
    pub fn rates(&self, lr: f64, t: u64) -> [f32; 3] {
        let t = i32::try_from(t).unwrap_or(i32::MAX);
        let first = 1.0 - self.beta1.powi(t);
        let second = 1.0 - self.beta2.powi(t);
        [(lr / first) as f32, (1.0 / second.sqrt()) as f32, (lr * self.weight_decay) as f32]
    }

    /// Appends one update of flat vectors (weights, first and second moment) that lowers `loss`; `tensors`
    /// are the weights, in order. Every new value depends on the norm and so on every gradient: writing
    /// them over the old ones in place is sound, also when clipping never acts.
    pub(crate) fn build(
        &self,
        g: &mut Graph,
        loss: Val,
        tensors: &[Val],
        [weights, first, second]: [Val; 3],
        rates: Val,
    ) -> Update {
        let gradient = flat_gradient(g, loss, tensors);
        let rate = |g: &mut Graph, i: usize| g.slice(rates, 0, i, i + 1);
        let square = g.sum_square(gradient);
        let norm = g.sqrt(square);
        // As PyTorch's clip_grad_norm_: the 1e-6 is part of the definition.
        let tiny = g.scalar(1e-6);
        let safe = g.add(norm, tiny);
        let limit = g.scalar(self.clip);
        let ratio = g.div(limit, safe);
        let one = g.scalar(1.0);
        let factor = g.min(ratio, one);
        let clipped = g.mul(gradient, factor);

        let fresh = g.scale(clipped, 1.0 - self.beta1);
        let old = g.scale(first, self.beta1);
        let first = g.add(old, fresh);
        let squared = g.mul(clipped, clipped);
        let fresh = g.scale(squared, 1.0 - self.beta2);
        let old = g.scale(second, self.beta2);
        let second = g.add(old, fresh);

        let root = g.sqrt(second);
        let correction = rate(g, 1);
        let root = g.mul(root, correction);
        let epsilon = g.scalar(self.epsilon);
        let root = g.add(root, epsilon);
        let step_size = rate(g, 0);
        let scaled = g.mul(first, step_size);
        let step = g.div(scaled, root);
        let weights = if self.weight_decay == 0.0 {
            weights
        } else {
            let decay = rate(g, 2);
            let lost = g.mul(weights, decay);
            g.sub(weights, lost)
        };
        let weights = g.sub(weights, step);
        Update { weights, first, second, norm }
    }
}

/// The gradients of `loss` with respect to `tensors`, one after the other.
fn flat_gradient(g: &mut Graph, loss: Val, tensors: &[Val]) -> Val {
    let pieces: Vec<Val> = g
        .gradients(loss, tensors)
        .into_iter()
        .map(|v| {
            let len = g.len(v);
            g.reshape(v, &[len])
        })
        .collect();
    g.concat(&pieces, 0)
}
