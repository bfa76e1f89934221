//! Look-ups by integer index.

use crate::graph::emit::Emitter;
use crate::graph::ir::{Dtype, Graph, Node, Val};
use crate::graph::onnx::DataType;
use crate::graph::ops::Op;
use crate::graph::ops::linear::Side;
use crate::graph::proto::{int, string};

/// An operation whose last input is an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::graph) enum Index {
    /// Rows of a matrix.
    Rows,
    /// A row of zeros with a one, `depth` wide, for every index.
    OneHot { depth: usize },
    /// One element of every row: x `[N, V]`, index `[N, 1]`.
    Pick,
    /// Adds one number to one element of every row: x `[N, V]`, updates `[N, 1]`, index `[N, 1]`.
    AddAt,
}

impl Graph {
    /// Rows of `table` `[rows, width]` chosen by `index` (any shape): `[…index, width]`.
    pub fn rows(&mut self, table: Val, index: Val) -> Val {
        assert_eq!(self.dtype(index), Dtype::I64, "index type");
        let width = self.shape(table)[1];
        let mut shape = self.shape(index).to_vec();
        shape.push(width);
        let dtype = self.dtype(table);
        self.push(Op::Index(Index::Rows), &[table, index], dtype, shape)
    }

    /// One-hot rows: `[…index, depth]`.
    pub fn one_hot(&mut self, index: Val, depth: usize) -> Val {
        let mut shape = self.shape(index).to_vec();
        shape.push(depth);
        let float = self.float;
        self.push(Op::Index(Index::OneHot { depth }), &[index], float, shape)
    }

    /// `x[n, index[n]]` for every row: x `[N, V]`, index `[N, 1]`, result `[N, 1]`.
    pub fn pick(&mut self, x: Val, index: Val) -> Val {
        let shape = vec![self.shape(x)[0], 1];
        assert_eq!(self.shape(index), shape, "one index for every row");
        let dtype = self.dtype(x);
        self.push(Op::Index(Index::Pick), &[x, index], dtype, shape)
    }

    /// `x` with `updates[n]` added at `x[n, index[n]]`.
    pub fn add_at(&mut self, x: Val, updates: Val, index: Val) -> Val {
        let (dtype, shape) = (self.dtype(x), self.shape(x).to_vec());
        assert_eq!(self.shape(index), [shape[0], 1], "one index for every row");
        self.push(Op::Index(Index::AddAt), &[x, updates, index], dtype, shape)
    }
}

impl Index {
    pub(in crate::graph) fn gradient(
        self,
        g: &mut Graph,
        node: &Node,
        upstream: &[Option<Val>],
        wanted: &[bool],
    ) -> Vec<Option<Val>> {
        let mut grads = vec![None; node.inputs.len()];
        let Some(dy) = upstream[0] else { return grads };
        match self {
            // A GEMM with the one-hot matrix: faster than a scatter with repeated rows, and its
            // order of summation is fixed.
            Self::Rows => {
                let (table, index) = (node.inputs[0], node.inputs[1]);
                let [depth, width] = g.shape(table) else { unreachable!("checked by rows()") };
                let (depth, width, count) = (*depth, *width, g.len(index));
                let flat = g.reshape(index, &[count]);
                let hot = g.one_hot(flat, depth);
                let dy = g.reshape(dy, &[count, width]);
                grads[0] = Some(g.product(hot, Side::Transposed, dy, Side::Plain));
            }
            Self::OneHot { .. } => {}
            Self::Pick => {
                let shape = g.shape(node.inputs[0]).to_vec();
                let zeros = g.full(&shape, 0.0);
                grads[0] = Some(g.add_at(zeros, dy, node.inputs[1]));
            }
            Self::AddAt => {
                grads[0] = Some(dy);
                grads[1] = wanted[1].then(|| g.pick(dy, node.inputs[2]));
            }
        }
        grads
    }

    pub(in crate::graph) fn emit(self, e: &mut Emitter<'_>, node: &Node) {
        let y = e.name(node.outputs[0]);
        match self {
            Self::Rows => e.same("Gather", node, vec![int("axis", 0)]),
            Self::OneHot { depth } => {
                let depth = e.const_int_scalar(depth as i64);
                let index = e.name(node.inputs[0]);
                if e.dtype(node.outputs[0]) == Dtype::F64 {
                    // ONNX Runtime has no kernel for 64-bit floats here.
                    let values = e.const_ints(&[0, 1]);
                    let hot = e.fresh("hot");
                    let hot = std::slice::from_ref(&hot);
                    e.node("OneHot", &[index, depth, values], hot, Vec::new());
                    e.node("Cast", hot, &[y], vec![int("to", DataType::Double as i64)]);
                } else {
                    let values = e.const_floats(&[0.0, 1.0]);
                    e.node("OneHot", &[index, depth, values], &[y], Vec::new());
                }
            }
            Self::Pick => e.same("GatherElements", node, vec![int("axis", 1)]),
            Self::AddAt => {
                let names = [0, 2, 1].map(|i| e.name(node.inputs[i]));
                let attributes = vec![int("axis", 1), string("reduction", "add")];
                e.node("ScatterElements", &names, &[y], attributes);
            }
        }
    }
}
