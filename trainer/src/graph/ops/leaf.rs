//! Values that depend on nothing: inputs and constants.

use crate::graph::emit::Emitter;
use crate::graph::ir::{Dtype, Graph, Node, Val};
use crate::graph::ops::Op;

/// An input or a constant.
#[derive(Clone, Debug)]
pub(in crate::graph) enum Leaf {
    /// Fed at every run under this name.
    Input(String),
    /// Float elements, kept in f64 and written in the value's type.
    Floats(Vec<f64>),
    /// Float elements that have a name in the model, as weights have.
    Named(String, Vec<f64>),
    /// Integer elements.
    Ints(Vec<i64>),
}

impl Graph {
    /// A float input of the given shape.
    pub fn input(&mut self, name: &str, shape: &[usize]) -> Val {
        let float = self.float;
        self.push(Op::Leaf(Leaf::Input(name.to_owned())), &[], float, shape.to_vec())
    }

    /// An integer input of the given shape.
    pub fn input_ints(&mut self, name: &str, shape: &[usize]) -> Val {
        self.push(Op::Leaf(Leaf::Input(name.to_owned())), &[], Dtype::I64, shape.to_vec())
    }

    /// A constant scalar.
    pub fn scalar(&mut self, x: f64) -> Val {
        self.floats(&[], vec![x])
    }

    /// A constant tensor in row-major order.
    pub fn floats(&mut self, shape: &[usize], data: Vec<f64>) -> Val {
        assert_eq!(data.len(), shape.iter().product::<usize>(), "constant of shape {shape:?}");
        let float = self.float;
        self.push(Op::Leaf(Leaf::Floats(data)), &[], float, shape.to_vec())
    }

    /// A constant tensor in row-major order that goes by this name in the model.
    pub fn weights(&mut self, name: &str, shape: &[usize], data: Vec<f64>) -> Val {
        assert_eq!(
            data.len(),
            shape.iter().product::<usize>(),
            "weights {name} of shape {shape:?}"
        );
        let float = self.float;
        self.push(Op::Leaf(Leaf::Named(name.to_owned(), data)), &[], float, shape.to_vec())
    }

    /// A constant integer tensor in row-major order.
    pub fn ints(&mut self, shape: &[usize], data: Vec<i64>) -> Val {
        assert_eq!(data.len(), shape.iter().product::<usize>(), "constant of shape {shape:?}");
        self.push(Op::Leaf(Leaf::Ints(data)), &[], Dtype::I64, shape.to_vec())
    }

    /// `x` repeated to `shape`.
    pub fn full(&mut self, shape: &[usize], x: f64) -> Val {
        let x = self.scalar(x);
        self.expand(x, shape)
    }
}

impl Leaf {
    pub(in crate::graph) fn emit(&self, e: &mut Emitter<'_>, node: &Node) {
        let v = node.outputs[0];
        match self {
            Self::Input(name) => e.graph_input(v, name),
            Self::Floats(data) => e.initializer_floats(v, data),
            Self::Named(name, data) => {
                e.rename(v, name);
                e.initializer_floats(v, data);
            }
            Self::Ints(data) => e.initializer_ints(v, data),
        }
    }
}
