//! Sums over axes.

use crate::graph::emit::Emitter;
use crate::graph::ir::{Graph, Node, Val};
use crate::graph::ops::Op;
use crate::graph::proto::{int, ints};

/// A reduction over `axes`, which disappear from the shape.
#[derive(Clone, Debug)]
pub(in crate::graph) struct Reduce {
    kind: Kind,
    axes: Vec<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Sum,
    SumSquare,
}

impl Graph {
    fn reduce(&mut self, kind: Kind, x: Val, axes: &[usize]) -> Val {
        let shape = self.shape(x);
        assert!(axes.iter().all(|&a| a < shape.len()), "axes {axes:?} of {shape:?}");
        let kept: Vec<usize> =
            (0..shape.len()).filter(|i| !axes.contains(i)).map(|i| shape[i]).collect();
        let dtype = self.dtype(x);
        self.push(Op::Reduce(Reduce { kind, axes: axes.to_vec() }), &[x], dtype, kept)
    }

    /// Sum over `axes`; they disappear from the shape.
    pub fn sum(&mut self, x: Val, axes: &[usize]) -> Val {
        self.reduce(Kind::Sum, x, axes)
    }

    /// Sum of all elements, a scalar.
    pub fn sum_all(&mut self, x: Val) -> Val {
        let axes: Vec<usize> = (0..self.shape(x).len()).collect();
        if axes.is_empty() { x } else { self.sum(x, &axes) }
    }

    /// Sum of the squares of all elements, a scalar.
    pub fn sum_square(&mut self, x: Val) -> Val {
        let axes: Vec<usize> = (0..self.shape(x).len()).collect();
        self.reduce(Kind::SumSquare, x, &axes)
    }
}

impl Reduce {
    pub(in crate::graph) fn gradient(
        &self,
        g: &mut Graph,
        node: &Node,
        upstream: &[Option<Val>],
    ) -> Vec<Option<Val>> {
        let Some(dy) = upstream[0] else { return vec![None] };
        let x = node.inputs[0];
        let shape = g.shape(x).to_vec();
        let mut kept = shape.clone();
        for &a in &self.axes {
            kept[a] = 1;
        }
        let dy = g.reshape(dy, &kept);
        let dx = match self.kind {
            Kind::Sum => g.expand(dy, &shape),
            Kind::SumSquare => {
                let twice = g.scale(x, 2.0);
                g.mul(twice, dy)
            }
        };
        vec![Some(dx)]
    }

    pub(in crate::graph) fn emit(&self, e: &mut Emitter<'_>, node: &Node) {
        let axes: Vec<i64> = self.axes.iter().map(|&a| a as i64).collect();
        let keep = int("keepdims", 0);
        match self.kind {
            Kind::Sum => {
                let axes = e.const_ints(&axes);
                e.node(
                    "ReduceSum",
                    &[e.name(node.inputs[0]), axes],
                    &[e.name(node.outputs[0])],
                    vec![keep],
                );
            }
            Kind::SumSquare => e.same("ReduceSumSquare", node, vec![keep, ints("axes", &axes)]),
        }
    }
}
