//! Elementwise functions of two arguments, with NumPy's broadcasting.

use crate::graph::emit::Emitter;
use crate::graph::ir::{Graph, Node, Val};
use crate::graph::ops::Op;

/// An elementwise function of two arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::graph) enum Binary {
    Add,
    Sub,
    Mul,
    Div,
    /// The smaller one; where they are equal, the gradient goes to the first.
    Min,
}

/// Shape of an elementwise result; `None` when the shapes do not broadcast.
fn broadcast(a: &[usize], b: &[usize]) -> Option<Vec<usize>> {
    let rank = a.len().max(b.len());
    let axis = |s: &[usize], i: usize| {
        if i + s.len() >= rank { s[i + s.len() - rank] } else { 1 }
    };
    (0..rank)
        .map(|i| match (axis(a, i), axis(b, i)) {
            (x, y) if x == y => Some(x),
            (1, y) => Some(y),
            (x, 1) => Some(x),
            _ => None,
        })
        .collect()
}

impl Graph {
    fn binary(&mut self, op: Binary, a: Val, b: Val) -> Val {
        let dtype = self.dtype(a);
        assert_eq!(dtype, self.dtype(b), "{op:?} of different types");
        let Some(shape) = broadcast(self.shape(a), self.shape(b)) else {
            panic!("{op:?}: shapes {:?} and {:?} do not fit", self.shape(a), self.shape(b))
        };
        self.push(Op::Binary(op), &[a, b], dtype, shape)
    }

    /// a + b.
    pub fn add(&mut self, a: Val, b: Val) -> Val {
        self.binary(Binary::Add, a, b)
    }

    /// a − b.
    pub fn sub(&mut self, a: Val, b: Val) -> Val {
        self.binary(Binary::Sub, a, b)
    }

    /// a · b, element by element.
    pub fn mul(&mut self, a: Val, b: Val) -> Val {
        self.binary(Binary::Mul, a, b)
    }

    /// a / b.
    pub fn div(&mut self, a: Val, b: Val) -> Val {
        self.binary(Binary::Div, a, b)
    }

    /// The smaller of a and b.
    pub fn min(&mut self, a: Val, b: Val) -> Val {
        self.binary(Binary::Min, a, b)
    }

    /// `x` times a constant.
    pub fn scale(&mut self, x: Val, factor: f64) -> Val {
        let factor = self.scalar(factor);
        self.mul(x, factor)
    }

    /// Sums `x` over the axes along which it was broadcast from `shape`.
    pub(in crate::graph) fn sum_to(&mut self, x: Val, shape: &[usize]) -> Val {
        let from = self.shape(x).to_vec();
        if from == shape {
            return x;
        }
        let lead = from.len() - shape.len();
        let axes: Vec<usize> = (0..from.len())
            .filter(|&i| i < lead || (shape[i - lead] == 1 && from[i] != 1))
            .collect();
        let summed = if axes.is_empty() { x } else { self.sum(x, &axes) };
        if self.shape(summed) == shape { summed } else { self.reshape(summed, shape) }
    }
}

impl Binary {
    pub(in crate::graph) fn gradient(
        self,
        g: &mut Graph,
        node: &Node,
        upstream: &[Option<Val>],
        wanted: &[bool],
    ) -> Vec<Option<Val>> {
        let (a, b, y) = (node.inputs[0], node.inputs[1], node.outputs[0]);
        let Some(dy) = upstream[0] else { return vec![None, None] };
        let da = wanted[0].then(|| {
            let full = match self {
                Self::Add | Self::Sub => dy,
                Self::Mul => g.mul(dy, b),
                Self::Div => g.div(dy, b),
                Self::Min => {
                    let other = first_is_not_min(g, a, y);
                    let own = g.one_minus(other);
                    g.mul(dy, own)
                }
            };
            let shape = g.shape(a).to_vec();
            g.sum_to(full, &shape)
        });
        let db = wanted[1].then(|| {
            let full = match self {
                Self::Add => dy,
                Self::Sub => g.neg(dy),
                Self::Mul => g.mul(dy, a),
                Self::Div => {
                    let ratio = g.div(y, b);
                    let n = g.neg(ratio);
                    g.mul(dy, n)
                }
                Self::Min => {
                    let other = first_is_not_min(g, a, y);
                    g.mul(dy, other)
                }
            };
            let shape = g.shape(b).to_vec();
            g.sum_to(full, &shape)
        });
        vec![da, db]
    }

    pub(in crate::graph) fn emit(self, e: &mut Emitter<'_>, node: &Node) {
        let name = match self {
            Self::Add => "Add",
            Self::Sub => "Sub",
            Self::Mul => "Mul",
            Self::Div => "Div",
            Self::Min => "Min",
        };
        e.same(name, node, Vec::new());
    }
}

/// 1 where `a` is larger than the minimum `y`, else 0.
fn first_is_not_min(g: &mut Graph, a: Val, y: Val) -> Val {
    let excess = g.sub(a, y);
    g.sign(excess)
}

#[cfg(test)]
mod tests {
    use super::broadcast;

    #[test]
    fn broadcasting_follows_numpy() {
        assert_eq!(broadcast(&[4, 1, 3], &[5, 1]), Some(vec![4, 5, 3]));
        assert_eq!(broadcast(&[], &[2, 2]), Some(vec![2, 2]));
        assert_eq!(broadcast(&[2], &[3]), None);
    }
}
