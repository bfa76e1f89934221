//! The graph itself: values with static shapes, nodes in topological order.

use std::fmt;

use super::ops::Op;

/// Element type of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dtype {
    /// 32-bit float: training.
    F32,
    /// 64-bit float: gradient checks.
    F64,
    /// 64-bit integer: tokens and indices.
    I64,
    /// Boolean: conditions.
    Bool,
}

impl Dtype {
    /// Whether gradients flow through values of this type.
    pub const fn is_float(self) -> bool {
        matches!(self, Self::F32 | Self::F64)
    }
}

/// A handle to a value of one [`Graph`]; meaningless in another.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Val(pub(super) u32);

impl Val {
    pub(super) const fn index(self) -> usize {
        self.0 as usize
    }
}

impl fmt::Debug for Val {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v{}", self.0)
    }
}

/// Shape, type and name of a graph input or output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IoSpec {
    /// Name, unique among inputs and outputs.
    pub name: String,
    /// Element type.
    pub dtype: Dtype,
    /// Axis lengths; empty for a scalar.
    pub shape: Vec<usize>,
}

impl IoSpec {
    /// Number of elements.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether an axis has length zero.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Type and shape of one value.
#[derive(Clone, Debug)]
pub(super) struct ValueInfo {
    pub dtype: Dtype,
    pub shape: Vec<usize>,
}

/// One operation: its inputs exist before it, its outputs are numbered consecutively.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub op: Op,
    pub inputs: Vec<Val>,
    pub outputs: Vec<Val>,
}

/// A computation over tensors of static shape, in single assignment form.
///
/// Builder methods (in the sibling modules, one per operator family) append a node and return its
/// value; so the order of the nodes is always a topological one.
///
/// # Panics
/// Builder methods panic when shapes or types do not fit: that is a mistake in the program that
/// builds the graph, not something that data can cause.
#[derive(Clone, Debug)]
pub struct Graph {
    pub(super) float: Dtype,
    pub(super) values: Vec<ValueInfo>,
    pub(super) nodes: Vec<Node>,
}

impl Graph {
    /// An empty graph whose float constants and inputs are `float` (F32 to train, F64 to check
    /// gradients).
    pub fn new(float: Dtype) -> Self {
        assert!(float.is_float(), "{float:?} is not a float type");
        Self { float, values: Vec::new(), nodes: Vec::new() }
    }

    /// The graph's float type.
    pub fn float(&self) -> Dtype {
        self.float
    }

    /// Shape of a value.
    pub fn shape(&self, v: Val) -> &[usize] {
        &self.values[v.index()].shape
    }

    /// Element type of a value.
    pub fn dtype(&self, v: Val) -> Dtype {
        self.values[v.index()].dtype
    }

    /// Number of elements of a value.
    pub fn len(&self, v: Val) -> usize {
        self.shape(v).iter().product()
    }

    /// Whether the graph has no nodes.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Appends a node with one output.
    pub(super) fn push(&mut self, op: Op, inputs: &[Val], dtype: Dtype, shape: Vec<usize>) -> Val {
        self.push_many(op, inputs, vec![(dtype, shape)])[0]
    }

    /// Appends a node with several outputs.
    pub(super) fn push_many(
        &mut self,
        op: Op,
        inputs: &[Val],
        outputs: Vec<(Dtype, Vec<usize>)>,
    ) -> Vec<Val> {
        let outputs: Vec<Val> = outputs
            .into_iter()
            .map(|(dtype, shape)| {
                self.values.push(ValueInfo { dtype, shape });
                Val((self.values.len() - 1) as u32)
            })
            .collect();
        self.nodes.push(Node { op, inputs: inputs.to_vec(), outputs: outputs.clone() });
        outputs
    }
}
