//! Softmax in logarithms and the cross-entropy on top of it.

use crate::graph::emit::Emitter;
use crate::graph::ir::{Graph, Node, Val};
use crate::graph::ops::Op;
use crate::graph::proto::int;

/// A function of every row of a matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::graph) enum Softmax {
    /// `x − log Σ eˣ` over the last axis.
    Log,
    /// Cross-entropy of logits against one target for every row. Outputs: nats `[N, 1]` and the
    /// logarithms of the softmax `[N, V]`, which the gradient uses.
    CrossEntropy,
}

impl Graph {
    /// Logarithm of the softmax over the last axis.
    pub fn log_softmax(&mut self, x: Val) -> Val {
        let (dtype, shape) = (self.dtype(x), self.shape(x).to_vec());
        self.push(Op::Softmax(Softmax::Log), &[x], dtype, shape)
    }

    /// Nats that every row of `logits` `[N, V]` loses on its target `[N, 1]`: `[N, 1]`; and the
    /// logarithms of the softmax, `[N, V]`.
    pub fn cross_entropy(&mut self, logits: Val, target: Val) -> (Val, Val) {
        let (dtype, shape) = (self.dtype(logits), self.shape(logits).to_vec());
        let nats = vec![shape[0], 1];
        assert_eq!(self.shape(target), nats, "one target for every row");
        let outputs = vec![(dtype, nats), (dtype, shape)];
        let v = self.push_many(Op::Softmax(Softmax::CrossEntropy), &[logits, target], outputs);
        (v[0], v[1])
    }
}

impl Softmax {
    pub(in crate::graph) fn gradient(
        self,
        g: &mut Graph,
        node: &Node,
        upstream: &[Option<Val>],
    ) -> Vec<Option<Val>> {
        match self {
            Self::Log => vec![upstream[0].map(|dy| log_gradient(g, node.outputs[0], dy))],
            Self::CrossEntropy => {
                // (softmax − one-hot) · dy, the one-hot part added in place.
                let first = upstream[0].map(|dy| {
                    let p = g.exp(node.outputs[1]);
                    let spread = g.mul(p, dy);
                    let minus = g.neg(dy);
                    g.add_at(spread, minus, node.inputs[1])
                });
                // Label smoothing and second derivatives come this way.
                let second = upstream[1].map(|dy| log_gradient(g, node.outputs[1], dy));
                let dx = match (first, second) {
                    (Some(a), Some(b)) => Some(g.add(a, b)),
                    (a, b) => a.or(b),
                };
                vec![dx, None]
            }
        }
    }

    pub(in crate::graph) fn emit(self, e: &mut Emitter<'_>, node: &Node) {
        let axis = e.shape(node.inputs[0]).len() as i64 - 1;
        let axis = int("axis", axis);
        match self {
            Self::Log => e.same("LogSoftmax", node, vec![axis]),
            Self::CrossEntropy => {
                let [logits, target] = [0, 1].map(|i| e.name(node.inputs[i]));
                let [nats, logs] = [0, 1].map(|i| e.name(node.outputs[i]));
                e.node("LogSoftmax", &[logits], std::slice::from_ref(&logs), vec![axis]);
                let picked = e.fresh("picked");
                let picked = std::slice::from_ref(&picked);
                e.node("GatherElements", &[logs, target], picked, vec![int("axis", 1)]);
                e.node("Neg", picked, &[nats], Vec::new());
            }
        }
    }
}

/// Gradient through `y = log softmax(x)`: `dy − eʸ Σ dy`.
fn log_gradient(g: &mut Graph, y: Val, dy: Val) -> Val {
    let p = g.exp(y);
    let last = g.shape(dy).len() - 1;
    let mut kept = g.shape(dy).to_vec();
    kept[last] = 1;
    let total = g.sum(dy, &[last]);
    let total = g.reshape(total, &kept);
    let spread = g.mul(p, total);
    g.sub(dy, spread)
}
