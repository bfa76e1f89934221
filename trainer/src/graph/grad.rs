//! Reverse-mode differentiation of a graph.

use super::ir::{Graph, Val};
use super::ops;

impl Graph {
    /// Appends the backward pass of the scalar `loss`; returns its gradient with respect to every
    /// value of `wrt`, in the same shapes (zeros where the loss does not depend on it).
    ///
    /// # Panics
    /// If `loss` is not a scalar, or if a recurrent layer's backward pass would have to be
    /// differentiated: recurrent layers have first derivatives only.
    pub fn gradients(&mut self, loss: Val, wrt: &[Val]) -> Vec<Val> {
        assert!(self.shape(loss).is_empty(), "a loss is a scalar, not {:?}", self.shape(loss));
        let count = self.nodes.len();
        let reaches = self.depends_on(wrt);
        let mut grads: Vec<Option<Val>> = vec![None; self.values.len()];
        grads[loss.index()] = Some(self.scalar(1.0));
        for i in (0..count).rev() {
            let node = self.nodes[i].clone();
            let upstream: Vec<Option<Val>> =
                node.outputs.iter().map(|v| grads[v.index()]).collect();
            let wanted: Vec<bool> = node.inputs.iter().map(|v| reaches[v.index()]).collect();
            if upstream.iter().all(Option::is_none) || !wanted.contains(&true) {
                continue;
            }
            let parts = ops::gradient(self, &node, &upstream, &wanted);
            for ((&input, part), &wanted) in node.inputs.iter().zip(parts).zip(&wanted) {
                let Some(part) = part.filter(|_| wanted) else { continue };
                assert_eq!(self.shape(part), self.shape(input), "gradient of {:?}", node.op);
                grads[input.index()] = Some(match grads[input.index()] {
                    Some(sum) => self.add(sum, part),
                    None => part,
                });
            }
        }
        wrt.iter()
            .map(|&v| {
                grads[v.index()].unwrap_or_else(|| {
                    let shape = self.shape(v).to_vec();
                    self.full(&shape, 0.0)
                })
            })
            .collect()
    }

    /// For every value, whether it depends on one of `wrt`.
    fn depends_on(&self, wrt: &[Val]) -> Vec<bool> {
        let mut reaches = vec![false; self.values.len()];
        for v in wrt {
            reaches[v.index()] = true;
        }
        for node in &self.nodes {
            if node.inputs.iter().any(|v| reaches[v.index()]) {
                for v in &node.outputs {
                    reaches[v.index()] |= self.dtype(*v).is_float();
                }
            }
        }
        reaches
    }
}
