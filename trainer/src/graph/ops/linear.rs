//! Matrix products.

use crate::graph::emit::Emitter;
use crate::graph::ir::{Graph, Node, Val};
use crate::graph::ops::Op;
use crate::graph::proto::int;

/// `A' · B' (+ C)`, where the prime is an optional transposition and C broadcasts over rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::graph) struct Gemm {
    transpose_a: bool,
    transpose_b: bool,
}

/// How an operand of [`Graph::product`] is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// As it is stored.
    Plain,
    /// Transposed.
    Transposed,
}

impl Graph {
    fn gemm(&mut self, op: Gemm, a: Val, b: Val, c: Option<Val>) -> Val {
        let (sa, sb) = (self.shape(a), self.shape(b));
        assert!(sa.len() == 2 && sb.len() == 2, "matrix product of {sa:?} and {sb:?}");
        let (m, k) = if op.transpose_a { (sa[1], sa[0]) } else { (sa[0], sa[1]) };
        let (k2, n) = if op.transpose_b { (sb[1], sb[0]) } else { (sb[0], sb[1]) };
        assert_eq!(k, k2, "matrix product {op:?} of {sa:?} and {sb:?}");
        let dtype = self.dtype(a);
        let mut inputs = vec![a, b];
        if let Some(c) = c {
            assert!(matches!(self.shape(c), [x] if *x == n), "bias of {n} columns");
            inputs.push(c);
        }
        self.push(Op::Gemm(op), &inputs, dtype, vec![m, n])
    }

    /// `a · b` of two matrices.
    pub fn matmul(&mut self, a: Val, b: Val) -> Val {
        self.product(a, Side::Plain, b, Side::Plain)
    }

    /// `a · b`, each as stored or transposed.
    pub fn product(&mut self, a: Val, side_a: Side, b: Val, side_b: Side) -> Val {
        let op = Gemm {
            transpose_a: side_a == Side::Transposed,
            transpose_b: side_b == Side::Transposed,
        };
        self.gemm(op, a, b, None)
    }

    /// `x · w + bias`: x `[rows, in]`, w `[in, out]`, bias `[out]`.
    pub fn affine(&mut self, x: Val, w: Val, bias: Val) -> Val {
        self.gemm(Gemm { transpose_a: false, transpose_b: false }, x, w, Some(bias))
    }
}

impl Gemm {
    pub(in crate::graph) fn gradient(
        self,
        g: &mut Graph,
        node: &Node,
        upstream: &[Option<Val>],
        wanted: &[bool],
    ) -> Vec<Option<Val>> {
        let (a, b) = (node.inputs[0], node.inputs[1]);
        let Some(dy) = upstream[0] else { return vec![None; node.inputs.len()] };
        let (plain, turned) = (Side::Plain, Side::Transposed);
        let da = wanted[0].then(|| match (self.transpose_a, self.transpose_b) {
            // The smaller operand is transposed beforehand: ONNX Runtime's product with a
            // transposed right side is a fifth slower.
            (false, false) => {
                let b = g.transpose(b, &[1, 0]);
                g.product(dy, plain, b, plain)
            }
            (false, true) => g.product(dy, plain, b, plain),
            (true, false) => g.product(b, plain, dy, turned),
            (true, true) => g.product(b, turned, dy, turned),
        });
        let db = wanted[1].then(|| match (self.transpose_a, self.transpose_b) {
            (false, false) => g.product(a, turned, dy, plain),
            (true, false) => g.product(a, plain, dy, plain),
            (false, true) => g.product(dy, turned, a, plain),
            (true, true) => g.product(dy, turned, a, turned),
        });
        let mut grads = vec![da, db];
        if node.inputs.len() == 3 {
            grads.push(wanted[2].then(|| g.sum(dy, &[0])));
        }
        grads
    }

    pub(in crate::graph) fn emit(self, e: &mut Emitter<'_>, node: &Node) {
        let attributes = vec![
            int("transA", i64::from(self.transpose_a)),
            int("transB", i64::from(self.transpose_b)),
        ];
        e.same("Gemm", node, attributes);
    }
}
