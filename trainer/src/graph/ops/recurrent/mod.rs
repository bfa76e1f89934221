//! Recurrent layers: one operation for a whole sequence, with a gradient of its own.
//!
//! The input projection `x·W + b` of all steps is one matrix product outside; what is recurrent is
//! a step with one product `h·R`. Its ONNX form is a `Scan`, forward and (for the gradient)
//! backward in time; the gradients of W and R are one product each over all steps.

mod gru;
mod lstm;

use crate::graph::emit::{Body, Emitter};
use crate::graph::ir::{Graph, Node, Val};
use crate::graph::ops::Op;
use crate::graph::ops::linear::Side;
use crate::graph::proto::{int, ints, subgraph};

/// The kinds of recurrent cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell {
    /// Long short-term memory with ONNX's gate order `i o f c` and no peepholes.
    Lstm,
    /// Gated recurrent unit with ONNX's gate order `z r n` and `linear_before_reset = 1`.
    Gru,
}

impl Cell {
    /// Blocks of `hidden` columns in the kernels: one for every gate.
    pub const fn gates(self) -> usize {
        match self {
            Self::Lstm => 4,
            Self::Gru => 3,
        }
    }
}

/// What a recurrent layer gives.
#[derive(Clone, Copy, Debug)]
pub struct Recurrence {
    /// Hidden states of all steps, `[T, B, H]`.
    pub y: Val,
    /// Hidden state after the last step, `[B, H]`.
    pub h: Val,
    /// Cell state after the last step, `[B, H]`, of an LSTM.
    pub c: Option<Val>,
}

/// Sequence operations of the cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::graph) enum Recurrent {
    LstmForward,
    LstmBackward,
    GruForward,
    GruBackward,
}

/// Lengths of a sequence operation.
#[derive(Clone, Copy, Debug)]
struct Extent {
    steps: usize,
    batch: usize,
    hidden: usize,
}

impl Recurrent {
    pub(in crate::graph) fn gradient(
        self,
        g: &mut Graph,
        node: &Node,
        upstream: &[Option<Val>],
    ) -> Vec<Option<Val>> {
        match self {
            Self::LstmForward => lstm::gradient(g, node, upstream),
            Self::GruForward => gru::gradient(g, node, upstream),
            Self::LstmBackward | Self::GruBackward => {
                panic!("recurrent layers have first derivatives only")
            }
        }
    }

    pub(in crate::graph) fn emit(self, e: &mut Emitter<'_>, node: &Node) {
        match self {
            Self::LstmForward => lstm::emit_forward(e, node),
            Self::LstmBackward => lstm::emit_backward(e, node),
            Self::GruForward => gru::emit_forward(e, node),
            Self::GruBackward => gru::emit_backward(e, node),
        }
    }
}

/// `keep[t + 1]` at step t, one at the last: with what the state is multiplied after step t.
fn keep_next(g: &mut Graph, keep: Val) -> Val {
    let [steps, batch, _] = g.shape(keep) else { panic!("keep is [T, B, 1]") };
    let (steps, batch) = (*steps, *batch);
    let one = g.full(&[1, batch, 1], 1.0);
    if steps == 1 {
        return one;
    }
    let rest = g.slice(keep, 0, 1, steps);
    g.concat(&[rest, one], 0)
}

/// A state times the mask of the first step.
fn keep_first(g: &mut Graph, keep: Val, state: Val) -> Val {
    let batch = g.shape(keep)[1];
    let first = g.slice(keep, 0, 0, 1);
    let first = g.reshape(first, &[batch, 1]);
    g.mul(state, first)
}

/// A `Scan` under construction: values of the graph as states and scanned inputs, outputs that are
/// left out of the body when nothing uses them.
struct Scan {
    body: Body,
    states_in: Vec<String>,
    scanned_in: Vec<String>,
    states_out: Vec<(String, Val)>,
    scanned_out: Vec<(String, Val)>,
}

impl Scan {
    fn new(e: &mut Emitter<'_>) -> Self {
        Self {
            body: e.body(),
            states_in: Vec::new(),
            scanned_in: Vec::new(),
            states_out: Vec::new(),
            scanned_out: Vec::new(),
        }
    }

    /// A state that starts as `v`; states come before scanned inputs.
    fn state(&mut self, e: &Emitter<'_>, v: Val) -> String {
        assert!(self.scanned_in.is_empty(), "states come first");
        self.states_in.push(e.name(v));
        self.body.input(e.dtype(v), e.shape(v))
    }

    /// The slice of `v` (time along axis 0) that belongs to the step.
    fn scanned(&mut self, e: &Emitter<'_>, v: Val) -> String {
        self.scanned_in.push(e.name(v));
        self.body.input(e.dtype(v), &e.shape(v)[1..])
    }

    fn emit(mut self, e: &mut Emitter<'_>, backward: bool) {
        let direction = i64::from(backward);
        let mut outputs = Vec::new();
        for (name, v) in &self.states_out {
            self.body.output(name, e.dtype(*v), e.shape(*v));
            outputs.push(e.name(*v));
        }
        let mut directions_out = Vec::new();
        for (name, v) in &self.scanned_out {
            if e.used(*v) {
                self.body.output(name, e.dtype(*v), &e.shape(*v)[1..]);
                outputs.push(e.name(*v));
                directions_out.push(direction);
            }
        }
        let scanned = self.scanned_in.len();
        let attributes = vec![
            subgraph("body", self.body.finish()),
            int("num_scan_inputs", scanned as i64),
            ints("scan_input_directions", &vec![direction; scanned]),
            ints("scan_output_directions", &directions_out),
        ];
        let inputs: Vec<String> = self.states_in.into_iter().chain(self.scanned_in).collect();
        e.node("Scan", &inputs, &outputs, attributes);
    }
}
