//! The GRU over a sequence, in the form of ONNX's `linear_before_reset = 1` (PyTorch's, cuDNN's).
//!
//! ```text
//! p = x·W + b        q = h·R + b_r        columns in ONNX's order z r n, each `hidden` wide
//! z, r = σ(p_z + q_z, p_r + q_r)          one Sigmoid covers both
//! n = tanh(p_n + r∘q_n)
//! h' = n + z∘(h − n)
//! ```
//! The biases of z and r are only ever added to each other, so they are in `b` alone: `b_r` has the
//! columns of n. After every step the state is multiplied by the next step's `keep`.

use super::{Cell, Emitter, Extent, Graph, Node, Op, Recurrence, Recurrent, Scan, Side, Val};
use super::{int, keep_first, keep_next};

/// Positions of the inputs of `GruForward`.
mod input {
    pub const PROJECTED: usize = 0;
    pub const KERNEL: usize = 1;
    pub const BIAS: usize = 2;
    pub const H: usize = 3;
    pub const KEEP: usize = 4;
}

/// Positions of the outputs of `GruForward`; those after `H` are kept for the gradient.
mod output {
    pub const Y: usize = 0;
    pub const H: usize = 1;
    pub const H_BEFORE: usize = 2;
    pub const SIGMOIDS: usize = 3;
    pub const CANDIDATE: usize = 4;
    pub const Q_N: usize = 5;
}

fn extent(g: &Graph, h: Val, projected: Val) -> Extent {
    let [steps, batch, columns] = g.shape(projected) else { panic!("x·W is [T, B, 3H]") };
    let hidden = columns / Cell::Gru.gates();
    assert_eq!(g.shape(h), [*batch, hidden], "initial state");
    Extent { steps: *steps, batch: *batch, hidden }
}

impl Graph {
    /// A GRU layer over `projected` = x·W + b `[T, B, 3H]` with recurrent kernel `[H, 3H]`, the
    /// candidate's recurrent bias `[H]` and initial state `h` `[B, H]`. `keep` `[T, B, 1]`
    /// multiplies the state *before* each step.
    pub fn gru(
        &mut self,
        projected: Val,
        kernel: Val,
        bias: Val,
        h: Val,
        keep: Option<Val>,
    ) -> Recurrence {
        let Extent { steps, batch, hidden } = extent(self, h, projected);
        assert_eq!(self.shape(kernel), [hidden, 3 * hidden], "recurrent kernel");
        assert_eq!(self.shape(bias), [hidden], "recurrent bias");
        let none = self.full(&[2 * hidden], 0.0);
        let wide = self.concat(&[none, bias], 0);
        let mut inputs = vec![projected, kernel, wide, h];
        if let Some(keep) = keep {
            assert_eq!(self.shape(keep), [steps, batch, 1], "keep");
            inputs[input::H] = keep_first(self, keep, h);
            inputs.push(keep_next(self, keep));
        }
        let float = self.dtype(projected);
        let mut outputs = vec![(float, vec![steps, batch, hidden]); 6];
        outputs[output::H] = (float, vec![batch, hidden]);
        outputs[output::SIGMOIDS] = (float, vec![steps, batch, 2 * hidden]);
        let v = self.push_many(Op::Recurrent(Recurrent::GruForward), &inputs, outputs);
        Recurrence { y: v[output::Y], h: v[output::H], c: None }
    }
}

/// Gradients for x·W + b, R, b_r and h. The backward `Scan` yields the gradients of q and of
/// p_n for all steps; the kernel's gradient is then one product over all steps.
pub(super) fn gradient(g: &mut Graph, node: &Node, upstream: &[Option<Val>]) -> Vec<Option<Val>> {
    let projected = node.inputs[input::PROJECTED];
    let Extent { steps, batch, hidden } = extent(g, node.inputs[input::H], projected);
    assert!(
        upstream[output::H_BEFORE..].iter().all(Option::is_none),
        "recurrent layers have first derivatives only"
    );
    let mut or_zeros = |i: usize, shape: &[usize]| match upstream[i] {
        Some(v) => v,
        None => g.full(shape, 0.0),
    };
    let dy = or_zeros(output::Y, &[steps, batch, hidden]);
    let dh = or_zeros(output::H, &[batch, hidden]);
    let turned = g.transpose(node.inputs[input::KERNEL], &[1, 0]);
    let mut inputs = vec![
        dh,
        dy,
        node.outputs[output::SIGMOIDS],
        node.outputs[output::CANDIDATE],
        node.outputs[output::H_BEFORE],
        node.outputs[output::Q_N],
        turned,
    ];
    inputs.extend(node.inputs.get(input::KEEP));
    let float = g.dtype(projected);
    let outputs = vec![
        (float, vec![batch, hidden]),
        (float, vec![steps, batch, 3 * hidden]),
        (float, vec![steps, batch, hidden]),
    ];
    let v = g.push_many(Op::Recurrent(Recurrent::GruBackward), &inputs, outputs);
    let (dh0, dq, dp_n) = (v[0], v[1], v[2]);
    let rows = steps * batch;
    let flat_h = g.reshape(node.outputs[output::H_BEFORE], &[rows, hidden]);
    let flat_dq = g.reshape(dq, &[rows, 3 * hidden]);
    let dr = g.product(flat_h, Side::Transposed, flat_dq, Side::Plain);
    let dp_zr = g.slice(dq, 2, 0, 2 * hidden);
    let dp = g.concat(&[dp_zr, dp_n], 2);
    let dbias = g.sum(flat_dq, &[0]);
    let mut grads = vec![Some(dp), Some(dr), Some(dbias), Some(dh0)];
    grads.resize(node.inputs.len(), None);
    grads
}

pub(super) fn emit_forward(e: &mut Emitter<'_>, node: &Node) {
    let hidden = e.shape(node.inputs[input::H])[1] as i64;
    let kernel = e.name(node.inputs[input::KERNEL]);
    let bias = e.name(node.inputs[input::BIAS]);
    let (wide, even) = (e.const_ints(&[2 * hidden, hidden]), e.const_ints(&[hidden; 2]));
    let columns = || vec![int("axis", 1)];
    let mut scan = Scan::new(e);
    let h = scan.state(e, node.inputs[input::H]);
    let p = scan.scanned(e, node.inputs[input::PROJECTED]);
    let keep = node.inputs.get(input::KEEP).map(|&v| scan.scanned(e, v));

    let b = &mut scan.body;
    let plain = Vec::new;
    let q = b.op("Gemm", &[&h, &kernel, &bias], plain());
    let [p_zr, p_n] = b.op_many("Split", &[&p, &wide], columns());
    let [q_zr, q_n] = b.op_many("Split", &[&q, &wide], columns());
    let a_zr = b.op("Add", &[&p_zr, &q_zr], plain());
    let sigmoids = b.op("Sigmoid", &[&a_zr], plain());
    let [z, r] = b.op_many("Split", &[&sigmoids, &even], columns());
    let reset = b.op("Mul", &[&r, &q_n], plain());
    let a_n = b.op("Add", &[&p_n, &reset], plain());
    let candidate = b.op("Tanh", &[&a_n], plain());
    let apart = b.op("Sub", &[&h, &candidate], plain());
    let kept = b.op("Mul", &[&z, &apart], plain());
    let y = b.op("Add", &[&candidate, &kept], plain());
    let h_out = match &keep {
        Some(keep) => b.op("Mul", &[&y, keep], plain()),
        None => b.op("Identity", &[&y], plain()),
    };
    scan.states_out = vec![(h_out, node.outputs[output::H])];
    let mut outputs = vec![
        (y, output::Y),
        (sigmoids, output::SIGMOIDS),
        (candidate, output::CANDIDATE),
        (q_n, output::Q_N),
    ];
    if e.used(node.outputs[output::H_BEFORE]) {
        outputs.push((scan.body.op("Identity", &[&h], Vec::new()), output::H_BEFORE));
    }
    scan.scanned_out = outputs.into_iter().map(|(s, at)| (s, node.outputs[at])).collect();
    scan.emit(e, false);
}

/// Backward in time. With dh the gradient of the state after the step:
/// ```text
/// dp_n = dh∘(1 − z)∘(1 − n²)     dq_n = dp_n∘r
/// dq_z, dq_r = (dh∘(h − n), dp_n∘q_n)∘σ(1 − σ)
/// dh_before = dq·Rᵀ + dh∘z
/// ```
pub(super) fn emit_backward(e: &mut Emitter<'_>, node: &Node) {
    let [dh0, dy, sigmoids, candidate, h_before, q_n, turned] = node.inputs[..7] else {
        unreachable!("seven inputs")
    };
    let hidden = e.shape(dh0)[1] as i64;
    let even = e.const_ints(&[hidden; 2]);
    let one = e.const_floats(&[1.0]);
    let turned = e.name(turned);
    let columns = || vec![int("axis", 1)];
    let mut scan = Scan::new(e);
    let dh_in = scan.state(e, dh0);
    let [dy, s, n, h_before, q_n] =
        [dy, sigmoids, candidate, h_before, q_n].map(|v| scan.scanned(e, v));
    let keep = node.inputs.get(7).map(|&v| scan.scanned(e, v));

    let b = &mut scan.body;
    let plain = Vec::new;
    let dh_in = match &keep {
        Some(keep) => b.op("Mul", &[&dh_in, keep], plain()),
        None => dh_in,
    };
    let [z, r] = b.op_many("Split", &[&s, &even], columns());
    let dh = b.op("Add", &[&dy, &dh_in], plain());
    let through = b.op("Mul", &[&dh, &z], plain());
    let dn = b.op("Sub", &[&dh, &through], plain());
    let n_square = b.op("Mul", &[&n, &n], plain());
    let n_slope = b.op("Sub", &[&one, &n_square], plain());
    let dp_n = b.op("Mul", &[&dn, &n_slope], plain());
    let dq_n = b.op("Mul", &[&dp_n, &r], plain());
    let apart = b.op("Sub", &[&h_before, &n], plain());
    let dz = b.op("Mul", &[&dh, &apart], plain());
    let dr = b.op("Mul", &[&dp_n, &q_n], plain());
    let dzr = b.op("Concat", &[&dz, &dr], columns());
    let s_square = b.op("Mul", &[&s, &s], plain());
    let s_slope = b.op("Sub", &[&s, &s_square], plain());
    let da_zr = b.op("Mul", &[&dzr, &s_slope], plain());
    let dq = b.op("Concat", &[&da_zr, &dq_n], columns());
    let dh_out = b.op("Gemm", &[&dq, &turned, &through], plain());

    scan.states_out = vec![(dh_out, node.outputs[0])];
    scan.scanned_out = vec![(dq, node.outputs[1]), (dp_n, node.outputs[2])];
    scan.emit(e, true);
}
