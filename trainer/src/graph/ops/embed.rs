//! Rows of a table through a linear layer: the embedding and the first layer's input projection.

use crate::graph::emit::Emitter;
use crate::graph::ir::{Dtype, Graph, Node, Val};
use crate::graph::ops::Op;
use crate::graph::ops::linear::Side;
use crate::graph::proto::int;

/// `table[index] · w + bias`.
///
/// Where the table has fewer rows than there are indices, the whole table is projected and the rows
/// are looked up in the product: the same numbers for less work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::graph) struct Embed;

impl Graph {
    /// `table[index] · w + bias`: table `[rows, width]`, index `[N]`, w `[width, out]`, bias
    /// `[out]`, result `[N, out]`.
    pub fn embed(&mut self, table: Val, index: Val, w: Val, bias: Val) -> Val {
        assert_eq!(self.dtype(index), Dtype::I64, "index type");
        let ([_, width], [inputs, columns]) = (self.shape(table), self.shape(w)) else {
            panic!("table and kernel are matrices")
        };
        assert_eq!(width, inputs, "width of the table");
        assert_eq!(self.shape(bias), [*columns], "bias");
        let (dtype, shape) = (self.dtype(table), vec![self.len(index), *columns]);
        assert_eq!(self.shape(index), [shape[0]], "a list of indices");
        self.push(Op::Embed(Embed), &[table, w, bias, index], dtype, shape)
    }
}

impl Embed {
    pub(in crate::graph) fn gradient(
        self,
        g: &mut Graph,
        node: &Node,
        upstream: &[Option<Val>],
        wanted: &[bool],
    ) -> Vec<Option<Val>> {
        let [table, w, _, index] = node.inputs[..] else { unreachable!("four inputs") };
        let Some(dy) = upstream[0] else { return vec![None; 4] };
        let rows = g.shape(table)[0];
        // A GEMM with the one-hot matrix: ONNX Runtime's ScatterND adds repeated rows from several
        // threads at once, which loses sums.
        let dtable = wanted[0].then(|| {
            let turned = g.transpose(w, &[1, 0]);
            let dx = g.matmul(dy, turned);
            let hot = g.one_hot(index, rows);
            g.product(hot, Side::Transposed, dx, Side::Plain)
        });
        let dw = wanted[1].then(|| {
            let x = g.rows(table, index);
            g.product(x, Side::Transposed, dy, Side::Plain)
        });
        let dbias = wanted[2].then(|| g.sum(dy, &[0]));
        vec![dtable, dw, dbias, None]
    }

    pub(in crate::graph) fn emit(self, e: &mut Emitter<'_>, node: &Node) {
        let [table, w, bias, index] = [0, 1, 2, 3].map(|i| e.name(node.inputs[i]));
        let y = e.name(node.outputs[0]);
        let between = e.fresh("embedded");
        let first_axis = || vec![int("axis", 0)];
        if e.shape(node.inputs[0])[0] <= e.shape(node.inputs[3])[0] {
            e.node("Gemm", &[table, w, bias], std::slice::from_ref(&between), Vec::new());
            e.node("Gather", &[between, index], &[y], first_axis());
        } else {
            e.node("Gather", &[table, index], std::slice::from_ref(&between), first_axis());
            e.node("Gemm", &[between, w, bias], &[y], Vec::new());
        }
    }
}
