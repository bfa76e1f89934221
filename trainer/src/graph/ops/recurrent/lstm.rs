//! The LSTM over a sequence.
//!
//! ```text
//! a = x·W + b + h·R              columns in ONNX's order i o f c, each `hidden` wide
//! i, o, f = σ(a_i, a_o, a_f)     one Sigmoid covers the three
//! g = tanh(a_c)
//! c' = f∘c + i∘g
//! h' = o∘tanh(c')
//! ```
//! After every step the states are multiplied by the next step's `keep` (0 where a piece begins,
//! else 1), so that no piece remembers the one before it.

use super::{Cell, Emitter, Extent, Graph, Node, Op, Recurrence, Recurrent, Scan, Side, Val};
use super::{int, keep_first, keep_next};

/// Positions of the inputs of `LstmForward`.
mod input {
    pub const PROJECTED: usize = 0;
    pub const KERNEL: usize = 1;
    pub const H: usize = 2;
    pub const C: usize = 3;
    pub const KEEP: usize = 4;
}

/// Positions of the outputs of `LstmForward`; those after `C` are kept for the gradient.
mod output {
    pub const Y: usize = 0;
    pub const H: usize = 1;
    pub const C: usize = 2;
    pub const H_BEFORE: usize = 3;
    pub const C_BEFORE: usize = 4;
    pub const SIGMOIDS: usize = 5;
    pub const CANDIDATE: usize = 6;
    pub const TANH_C: usize = 7;
}

fn extent(g: &Graph, h: Val, projected: Val) -> Extent {
    let [steps, batch, columns] = g.shape(projected) else { panic!("x·W is [T, B, 4H]") };
    let hidden = columns / Cell::Lstm.gates();
    assert_eq!(g.shape(h), [*batch, hidden], "initial state");
    Extent { steps: *steps, batch: *batch, hidden }
}

impl Graph {
    /// An LSTM layer over `projected` = x·W + b `[T, B, 4H]` with recurrent kernel `[H, 4H]` and
    /// initial states `h`, `c` `[B, H]`. `keep` `[T, B, 1]` multiplies the state *before* each step.
    pub fn lstm(
        &mut self,
        projected: Val,
        kernel: Val,
        h: Val,
        c: Val,
        keep: Option<Val>,
    ) -> Recurrence {
        let Extent { steps, batch, hidden } = extent(self, h, projected);
        assert_eq!(self.shape(kernel), [hidden, 4 * hidden], "recurrent kernel");
        let mut inputs = vec![projected, kernel, h, c];
        if let Some(keep) = keep {
            assert_eq!(self.shape(keep), [steps, batch, 1], "keep");
            inputs[input::H] = keep_first(self, keep, h);
            inputs[input::C] = keep_first(self, keep, c);
            inputs.push(keep_next(self, keep));
        }
        let float = self.dtype(projected);
        let state = (float, vec![batch, hidden]);
        let sequence = (float, vec![steps, batch, hidden]);
        let sigmoids = (float, vec![steps, batch, 3 * hidden]);
        let mut outputs = vec![sequence; 8];
        outputs[output::H] = state.clone();
        outputs[output::C] = state;
        outputs[output::SIGMOIDS] = sigmoids;
        let v = self.push_many(Op::Recurrent(Recurrent::LstmForward), &inputs, outputs);
        Recurrence { y: v[output::Y], h: v[output::H], c: Some(v[output::C]) }
    }
}

/// Gradients for x·W + b, R, h and c. The backward `Scan` yields the gradient of `a` for all steps;
/// the kernel's gradient is then one product over all steps.
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
    let dc = or_zeros(output::C, &[batch, hidden]);
    // One transposition here spares the product of every step from reading R the slow way.
    let turned = g.transpose(node.inputs[input::KERNEL], &[1, 0]);
    let mut inputs = vec![
        dh,
        dc,
        dy,
        node.outputs[output::SIGMOIDS],
        node.outputs[output::CANDIDATE],
        node.outputs[output::C_BEFORE],
        node.outputs[output::TANH_C],
        turned,
    ];
    inputs.extend(node.inputs.get(input::KEEP));
    let float = g.dtype(projected);
    let state = (float, vec![batch, hidden]);
    let gates = (float, vec![steps, batch, 4 * hidden]);
    let outputs = vec![state.clone(), state, gates];
    let v = g.push_many(Op::Recurrent(Recurrent::LstmBackward), &inputs, outputs);
    let (dh0, dc0, da) = (v[0], v[1], v[2]);
    let rows = steps * batch;
    let flat_h = g.reshape(node.outputs[output::H_BEFORE], &[rows, hidden]);
    let flat_da = g.reshape(da, &[rows, 4 * hidden]);
    let dr = g.product(flat_h, Side::Transposed, flat_da, Side::Plain);
    let mut grads = vec![Some(da), Some(dr), Some(dh0), Some(dc0)];
    grads.resize(node.inputs.len(), None);
    grads
}

pub(super) fn emit_forward(e: &mut Emitter<'_>, node: &Node) {
    let hidden = e.shape(node.inputs[input::H])[1] as i64;
    let kernel = e.name(node.inputs[input::KERNEL]);
    let (wide, even) = (e.const_ints(&[3 * hidden, hidden]), e.const_ints(&[hidden; 3]));
    let columns = || vec![int("axis", 1)];
    let mut scan = Scan::new(e);
    let h = scan.state(e, node.inputs[input::H]);
    let c = scan.state(e, node.inputs[input::C]);
    let x = scan.scanned(e, node.inputs[input::PROJECTED]);
    let keep = node.inputs.get(input::KEEP).map(|&v| scan.scanned(e, v));

    let b = &mut scan.body;
    let a = b.op("Gemm", &[&h, &kernel, &x], Vec::new());
    let [a_iof, a_c] = b.op_many("Split", &[&a, &wide], columns());
    let sigmoids = b.op("Sigmoid", &[&a_iof], Vec::new());
    let candidate = b.op("Tanh", &[&a_c], Vec::new());
    let [i, o, f] = b.op_many("Split", &[&sigmoids, &even], columns());
    let kept = b.op("Mul", &[&f, &c], Vec::new());
    let new = b.op("Mul", &[&i, &candidate], Vec::new());
    let c_after = b.op("Add", &[&kept, &new], Vec::new());
    let tanh_c = b.op("Tanh", &[&c_after], Vec::new());
    let y = b.op("Mul", &[&o, &tanh_c], Vec::new());
    let mut carry = |v: &str| match &keep {
        Some(keep) => b.op("Mul", &[v, keep], Vec::new()),
        None => b.op("Identity", &[v], Vec::new()),
    };
    let (h_out, c_out) = (carry(&y), carry(&c_after));

    scan.states_out = vec![(h_out, node.outputs[output::H]), (c_out, node.outputs[output::C])];
    let mut outputs = vec![
        (y, output::Y),
        (sigmoids, output::SIGMOIDS),
        (candidate, output::CANDIDATE),
        (tanh_c, output::TANH_C),
    ];
    for (state, at) in [(&h, output::H_BEFORE), (&c, output::C_BEFORE)] {
        if e.used(node.outputs[at]) {
            outputs.push((scan.body.op("Identity", &[state], Vec::new()), at));
        }
    }
    scan.scanned_out = outputs.into_iter().map(|(s, at)| (s, node.outputs[at])).collect();
    scan.emit(e, false);
}

/// Backward in time. With dh, dc the gradients of the states after the step:
/// ```text
/// dc += dh∘o∘(1 − tanh²c)        da_c = dc∘i∘(1 − g²)
/// da_i, da_o, da_f = (dc∘g, dh∘tanh c, dc∘c_before)∘σ(1 − σ)
/// dh_before = da·Rᵀ              dc_before = dc∘f
/// ```
pub(super) fn emit_backward(e: &mut Emitter<'_>, node: &Node) {
    let [dh0, dc0, dy, sigmoids, candidate, c_before, tanh_c, turned] = node.inputs[..8] else {
        unreachable!("eight inputs")
    };
    let hidden = e.shape(dh0)[1] as i64;
    let even = e.const_ints(&[hidden; 3]);
    let one = e.const_floats(&[1.0]);
    let turned = e.name(turned);
    let columns = || vec![int("axis", 1)];
    let mut scan = Scan::new(e);
    let dh_in = scan.state(e, dh0);
    let dc_in = scan.state(e, dc0);
    let [dy, s, g, c_before, tanh_c] =
        [dy, sigmoids, candidate, c_before, tanh_c].map(|v| scan.scanned(e, v));
    let keep = node.inputs.get(8).map(|&v| scan.scanned(e, v));

    let b = &mut scan.body;
    let plain = Vec::new;
    let (dh_in, dc_in) = match &keep {
        Some(k) => (b.op("Mul", &[&dh_in, k], plain()), b.op("Mul", &[&dc_in, k], plain())),
        None => (dh_in, dc_in),
    };
    let [i, o, f] = b.op_many("Split", &[&s, &even], columns());
    let dh = b.op("Add", &[&dy, &dh_in], plain());
    let tanh_square = b.op("Mul", &[&tanh_c, &tanh_c], plain());
    let tanh_slope = b.op("Sub", &[&one, &tanh_square], plain());
    let through = b.op("Mul", &[&o, &tanh_slope], plain());
    let dc_y = b.op("Mul", &[&dh, &through], plain());
    let dc = b.op("Add", &[&dc_in, &dc_y], plain());
    let di = b.op("Mul", &[&dc, &g], plain());
    let d_o = b.op("Mul", &[&dh, &tanh_c], plain());
    let df = b.op("Mul", &[&dc, &c_before], plain());
    let diof = b.op("Concat", &[&di, &d_o, &df], columns());
    let s_square = b.op("Mul", &[&s, &s], plain());
    let s_slope = b.op("Sub", &[&s, &s_square], plain());
    let da_iof = b.op("Mul", &[&diof, &s_slope], plain());
    let dg = b.op("Mul", &[&dc, &i], plain());
    let g_square = b.op("Mul", &[&g, &g], plain());
    let g_slope = b.op("Sub", &[&one, &g_square], plain());
    let da_c = b.op("Mul", &[&dg, &g_slope], plain());
    let da = b.op("Concat", &[&da_iof, &da_c], columns());
    let dh_out = b.op("Gemm", &[&da, &turned], plain());
    let dc_out = b.op("Mul", &[&dc, &f], plain());

    scan.states_out = vec![(dh_out, node.outputs[0]), (dc_out, node.outputs[1])];
    scan.scanned_out = vec![(da, node.outputs[2])];
    scan.emit(e, true);
}
