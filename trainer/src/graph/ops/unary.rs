//! Elementwise functions of one argument.

use crate::graph::emit::Emitter;
use crate::graph::ir::{Dtype, Graph, Node, Val};
use crate::graph::ops::Op;
use crate::graph::proto::float;

/// An elementwise function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::graph) enum Unary {
    Neg,
    Exp,
    Log,
    Sqrt,
    Sigmoid,
    Tanh,
    Relu,
    /// x above 0, [`LEAK`] times x below.
    LeakyRelu,
    /// Sign of x; its gradient is zero.
    Sign,
    /// x itself; its gradient is zero.
    Detach,
}

/// What a leaky rectifier lets through of what is below 0 (the usual one of GANs).
pub(crate) const LEAK: f64 = 0.2;

impl Graph {
    fn unary(&mut self, op: Unary, x: Val) -> Val {
        let (dtype, shape) = (self.dtype(x), self.shape(x).to_vec());
        assert!(dtype.is_float(), "{op:?} of {dtype:?}");
        self.push(Op::Unary(op), &[x], dtype, shape)
    }

    /// −x.
    pub fn neg(&mut self, x: Val) -> Val {
        self.unary(Unary::Neg, x)
    }

    /// eˣ.
    pub fn exp(&mut self, x: Val) -> Val {
        self.unary(Unary::Exp, x)
    }

    /// Natural logarithm.
    pub fn log(&mut self, x: Val) -> Val {
        self.unary(Unary::Log, x)
    }

    /// Square root.
    pub fn sqrt(&mut self, x: Val) -> Val {
        self.unary(Unary::Sqrt, x)
    }

    /// 1 / (1 + e⁻ˣ).
    pub fn sigmoid(&mut self, x: Val) -> Val {
        self.unary(Unary::Sigmoid, x)
    }

    /// Hyperbolic tangent.
    pub fn tanh(&mut self, x: Val) -> Val {
        self.unary(Unary::Tanh, x)
    }

    /// max(x, 0).
    pub fn relu(&mut self, x: Val) -> Val {
        self.unary(Unary::Relu, x)
    }

    /// max(x, x / 5): a fifth of what is negative passes.
    pub fn leaky_relu(&mut self, x: Val) -> Val {
        self.unary(Unary::LeakyRelu, x)
    }

    /// x, as a constant: no gradient passes.
    pub fn detach(&mut self, x: Val) -> Val {
        self.unary(Unary::Detach, x)
    }

    /// 1 where `p` is above one half, else 0; its gradient passes to `p` as if nothing had been
    /// rounded (a straight-through estimator: Bengio, Léonard and Courville, 2013).
    pub fn binarise(&mut self, p: Val) -> Val {
        let half = self.scalar(0.5);
        let apart = self.sub(p, half);
        let side = self.sign(apart);
        let hard = self.relu(side);
        let error = self.sub(hard, p);
        let error = self.detach(error);
        self.add(p, error)
    }

    /// −1, 0 or 1.
    pub fn sign(&mut self, x: Val) -> Val {
        self.unary(Unary::Sign, x)
    }

    /// log(1 + eˣ), without overflow: `max(x, 0) − log σ(|x|)`.
    pub fn softplus(&mut self, x: Val) -> Val {
        let sign = self.sign(x);
        let size = self.mul(x, sign);
        let share = self.sigmoid(size);
        let rest = self.log(share);
        let above = self.relu(x);
        self.sub(above, rest)
    }

    /// `1 − x`.
    pub(in crate::graph) fn one_minus(&mut self, x: Val) -> Val {
        let one = self.scalar(1.0);
        self.sub(one, x)
    }
}

impl Unary {
    pub(in crate::graph) fn gradient(
        self,
        g: &mut Graph,
        node: &Node,
        upstream: &[Option<Val>],
    ) -> Vec<Option<Val>> {
        let (x, y) = (node.inputs[0], node.outputs[0]);
        let Some(dy) = upstream[0] else { return vec![None] };
        let dx = match self {
            Self::Neg => g.neg(dy),
            Self::Exp => g.mul(dy, y),
            Self::Log => g.div(dy, x),
            Self::Sqrt => {
                let half = g.scalar(0.5);
                let h = g.mul(dy, half);
                g.div(h, y)
            }
            Self::Sigmoid => {
                let one_minus_y = g.one_minus(y);
                let slope = g.mul(y, one_minus_y);
                g.mul(dy, slope)
            }
            Self::Tanh => {
                let square = g.mul(y, y);
                let slope = g.one_minus(square);
                g.mul(dy, slope)
            }
            Self::Relu => {
                let step = g.sign(y);
                g.mul(dy, step)
            }
            Self::LeakyRelu => {
                // 1 above, LEAK below, their mean at 0.
                let side = g.sign(y);
                let half = g.scale(side, (1.0 - LEAK) / 2.0);
                let mean = g.scalar((1.0 + LEAK) / 2.0);
                let slope = g.add(half, mean);
                g.mul(dy, slope)
            }
            Self::Sign | Self::Detach => return vec![None],
        };
        vec![Some(dx)]
    }

    pub(in crate::graph) fn emit(self, e: &mut Emitter<'_>, node: &Node) {
        let name = match self {
            Self::Neg => "Neg",
            Self::Exp => "Exp",
            Self::Log => "Log",
            Self::Sqrt => "Sqrt",
            Self::Sigmoid => "Sigmoid",
            Self::Tanh => "Tanh",
            Self::Relu => "Relu",
            Self::LeakyRelu => "LeakyRelu",
            Self::Sign => "Sign",
            Self::Detach => "Identity",
        };
        match self {
            // ONNX Runtime has no kernel for 64-bit floats here.
            Self::LeakyRelu if e.dtype(node.outputs[0]) == Dtype::F64 => {
                let (x, y) = (e.name(node.inputs[0]), e.name(node.outputs[0]));
                let (leak, leaked) = (e.const_floats(&[LEAK]), e.fresh("leaked"));
                e.node("Mul", &[x.clone(), leak], std::slice::from_ref(&leaked), Vec::new());
                e.node("Max", &[x, leaked], &[y], Vec::new());
            }
            Self::LeakyRelu => e.same(name, node, vec![float("alpha", LEAK as f32)]),
            _ => e.same(name, node, Vec::new()),
        }
    }
}
