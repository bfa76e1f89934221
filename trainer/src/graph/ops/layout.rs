//! Operations that move elements and compute nothing.

use crate::graph::emit::Emitter;
use crate::graph::ir::{Graph, Node, Val};
use crate::graph::ops::Op;
use crate::graph::proto::{int, ints};

/// A rearrangement of elements.
#[derive(Clone, Debug)]
pub(in crate::graph) enum Layout {
    /// Same elements, another shape (the output's).
    Reshape,
    /// Repetition along broadcast axes to the output's shape.
    Expand,
    /// Axis `i` of the output is axis `perm[i]` of the input.
    Transpose(Vec<usize>),
    /// Elements `start..end` of one axis.
    Slice { axis: usize, start: usize, end: usize },
    /// Zeros around one axis.
    Pad { axis: usize, before: usize, after: usize },
    /// Inputs one after the other along one axis.
    Concat { axis: usize },
}

impl Graph {
    fn layout(&mut self, op: Layout, inputs: &[Val], shape: Vec<usize>) -> Val {
        let dtype = self.dtype(inputs[0]);
        self.push(Op::Layout(op), inputs, dtype, shape)
    }

    /// The same elements in another shape.
    pub fn reshape(&mut self, x: Val, shape: &[usize]) -> Val {
        let from = self.shape(x);
        if from == shape {
            return x;
        }
        let count = shape.iter().product::<usize>();
        assert_eq!(self.len(x), count, "reshape of {from:?} to {shape:?}");
        self.layout(Layout::Reshape, &[x], shape.to_vec())
    }

    /// `x` broadcast to `shape`.
    pub fn expand(&mut self, x: Val, shape: &[usize]) -> Val {
        if self.shape(x) == shape {
            return x;
        }
        self.layout(Layout::Expand, &[x], shape.to_vec())
    }

    /// Axes in another order: axis `i` of the result is axis `perm[i]` of `x`.
    pub fn transpose(&mut self, x: Val, perm: &[usize]) -> Val {
        let from = self.shape(x);
        assert_eq!(from.len(), perm.len(), "permutation {perm:?} of {from:?}");
        let shape = perm.iter().map(|&p| from[p]).collect();
        self.layout(Layout::Transpose(perm.to_vec()), &[x], shape)
    }

    /// Elements `start..end` along `axis`.
    pub fn slice(&mut self, x: Val, axis: usize, start: usize, end: usize) -> Val {
        let mut shape = self.shape(x).to_vec();
        assert!(start < end && end <= shape[axis], "slice {start}..{end} of {shape:?}");
        if end - start == shape[axis] {
            return x;
        }
        shape[axis] = end - start;
        self.layout(Layout::Slice { axis, start, end }, &[x], shape)
    }

    /// `before` and `after` zeros around `axis`.
    pub fn pad(&mut self, x: Val, axis: usize, before: usize, after: usize) -> Val {
        let mut shape = self.shape(x).to_vec();
        shape[axis] += before + after;
        self.layout(Layout::Pad { axis, before, after }, &[x], shape)
    }

    /// `parts` one after the other along `axis`.
    pub fn concat(&mut self, parts: &[Val], axis: usize) -> Val {
        if let [only] = parts {
            return *only;
        }
        let mut shape = self.shape(parts[0]).to_vec();
        shape[axis] = parts.iter().map(|&p| self.shape(p)[axis]).sum();
        self.layout(Layout::Concat { axis }, parts, shape)
    }
}

impl Layout {
    pub(in crate::graph) fn gradient(
        &self,
        g: &mut Graph,
        node: &Node,
        upstream: &[Option<Val>],
    ) -> Vec<Option<Val>> {
        let Some(dy) = upstream[0] else { return vec![None; node.inputs.len()] };
        let from = g.shape(node.inputs[0]).to_vec();
        let dx = match self {
            Self::Reshape => g.reshape(dy, &from),
            Self::Expand => g.sum_to(dy, &from),
            Self::Transpose(perm) => {
                let mut back = vec![0; perm.len()];
                for (i, &p) in perm.iter().enumerate() {
                    back[p] = i;
                }
                g.transpose(dy, &back)
            }
            Self::Slice { axis, start, end } => g.pad(dy, *axis, *start, from[*axis] - end),
            Self::Pad { axis, before, .. } => g.slice(dy, *axis, *before, before + from[*axis]),
            Self::Concat { axis } => {
                let mut at = 0;
                return node
                    .inputs
                    .iter()
                    .map(|&part| {
                        let len = g.shape(part)[*axis];
                        at += len;
                        Some(g.slice(dy, *axis, at - len, at))
                    })
                    .collect();
            }
        };
        vec![Some(dx)]
    }

    pub(in crate::graph) fn emit(&self, e: &mut Emitter<'_>, node: &Node) {
        let x = e.name(node.inputs[0]);
        let y = e.name(node.outputs[0]);
        let shape: Vec<i64> = e.shape(node.outputs[0]).iter().map(|&n| n as i64).collect();
        match self {
            Self::Reshape => {
                let shape = e.const_ints(&shape);
                e.node("Reshape", &[x, shape], &[y], Vec::new());
            }
            Self::Expand => {
                let shape = e.const_ints(&shape);
                e.node("Expand", &[x, shape], &[y], Vec::new());
            }
            Self::Transpose(perm) => {
                let perm: Vec<i64> = perm.iter().map(|&p| p as i64).collect();
                e.node("Transpose", &[x], &[y], vec![ints("perm", &perm)]);
            }
            Self::Slice { axis, start, end } => {
                let (start, end) = (e.const_ints(&[*start as i64]), e.const_ints(&[*end as i64]));
                let axis = e.const_ints(&[*axis as i64]);
                e.node("Slice", &[x, start, end, axis], &[y], Vec::new());
            }
            Self::Pad { axis, before, after } => {
                let mut pads = vec![0; 2 * shape.len()];
                pads[*axis] = *before as i64;
                pads[shape.len() + axis] = *after as i64;
                let pads = e.const_ints(&pads);
                e.node("Pad", &[x, pads], &[y], Vec::new());
            }
            Self::Concat { axis } => e.same("Concat", node, vec![int("axis", *axis as i64)]),
        }
    }
}
