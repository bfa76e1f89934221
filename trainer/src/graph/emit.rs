//! Writing nodes as ONNX: names, constants, attributes and the bodies of loops.

use std::collections::HashMap;

use super::ir::{Dtype, Graph, Node, Val};
use super::onnx::{AttributeProto, GraphProto, NodeProto, TensorProto, ValueInfoProto};
use super::proto::{call, float_tensor, int_tensor, value_info};

/// Collects the ONNX form of a [`Graph`].
pub(super) struct Emitter<'g> {
    graph: &'g Graph,
    used: &'g [bool],
    names: HashMap<Val, String>,
    ints: HashMap<(Vec<usize>, Vec<i64>), String>,
    floats: HashMap<Vec<u64>, String>,
    fresh: usize,
    pub nodes: Vec<NodeProto>,
    pub initializers: Vec<TensorProto>,
    pub inputs: Vec<(Val, String)>,
}

impl<'g> Emitter<'g> {
    /// `used[v]` says whether value `v` is needed at all.
    pub fn new(graph: &'g Graph, used: &'g [bool]) -> Self {
        Self {
            graph,
            used,
            names: HashMap::new(),
            ints: HashMap::new(),
            floats: HashMap::new(),
            fresh: 0,
            nodes: Vec::new(),
            initializers: Vec::new(),
            inputs: Vec::new(),
        }
    }

    pub fn shape(&self, v: Val) -> &'g [usize] {
        self.graph.shape(v)
    }

    pub fn dtype(&self, v: Val) -> Dtype {
        self.graph.dtype(v)
    }

    pub fn used(&self, v: Val) -> bool {
        self.used[v.index()]
    }

    /// Name of a value in the model.
    pub fn name(&self, v: Val) -> String {
        self.names.get(&v).cloned().unwrap_or_else(|| format!("v{}", v.0))
    }

    /// A name that nothing else has.
    pub fn fresh(&mut self, stem: &str) -> String {
        self.fresh += 1;
        format!("{stem}_{}", self.fresh)
    }

    pub fn node(
        &mut self,
        op: &str,
        inputs: &[String],
        outputs: &[String],
        attribute: Vec<AttributeProto>,
    ) {
        let name = format!("{op}_{}", self.nodes.len());
        self.nodes.push(call(op, name, inputs.to_vec(), outputs.to_vec(), attribute));
    }

    /// An operator whose inputs and outputs are exactly those of `node`.
    pub fn same(&mut self, op: &str, node: &Node, attribute: Vec<AttributeProto>) {
        let inputs: Vec<String> = node.inputs.iter().map(|&v| self.name(v)).collect();
        let outputs: Vec<String> = node.outputs.iter().map(|&v| self.name(v)).collect();
        self.node(op, &inputs, &outputs, attribute);
    }

    /// Gives a value a name of its own.
    pub fn rename(&mut self, v: Val, name: &str) {
        self.names.insert(v, name.to_owned());
    }

    pub fn graph_input(&mut self, v: Val, name: &str) {
        self.names.insert(v, name.to_owned());
        self.inputs.push((v, name.to_owned()));
    }

    pub fn initializer_floats(&mut self, v: Val, data: &[f64]) {
        let tensor = float_tensor(self.name(v), self.graph.dtype(v), self.graph.shape(v), data);
        self.initializers.push(tensor);
    }

    pub fn initializer_ints(&mut self, v: Val, data: &[i64]) {
        self.initializers.push(int_tensor(self.name(v), self.graph.shape(v), data));
    }

    /// A one-dimensional integer constant, shared by all that ask for the same one.
    pub fn const_ints(&mut self, data: &[i64]) -> String {
        self.shared_ints(vec![data.len()], data)
    }

    pub fn const_int_scalar(&mut self, x: i64) -> String {
        self.shared_ints(Vec::new(), &[x])
    }

    fn shared_ints(&mut self, shape: Vec<usize>, data: &[i64]) -> String {
        let key = (shape, data.to_vec());
        if let Some(name) = self.ints.get(&key) {
            return name.clone();
        }
        let name = format!("ints_{}", self.ints.len());
        self.initializers.push(int_tensor(name.clone(), &key.0, data));
        self.ints.insert(key, name.clone());
        name
    }

    /// A one-dimensional float constant in the graph's float type, shared.
    pub fn const_floats(&mut self, data: &[f64]) -> String {
        let key: Vec<u64> = data.iter().map(|x| x.to_bits()).collect();
        if let Some(name) = self.floats.get(&key) {
            return name.clone();
        }
        let name = format!("floats_{}", self.floats.len());
        let tensor = float_tensor(name.clone(), self.graph.float, &[data.len()], data);
        self.initializers.push(tensor);
        self.floats.insert(key, name.clone());
        name
    }

    /// Starts the body of a loop; values of the outer graph may be used in it by name.
    pub fn body(&mut self) -> Body {
        Body { prefix: self.fresh("body"), ..Body::default() }
    }
}

/// The body of a `Scan`: one step of a recurrence.
#[derive(Default)]
pub(super) struct Body {
    prefix: String,
    nodes: Vec<NodeProto>,
    inputs: Vec<ValueInfoProto>,
    outputs: Vec<ValueInfoProto>,
}

impl Body {
    fn next(&self, outputs: usize) -> String {
        format!("{}_{}_{outputs}", self.prefix, self.nodes.len() + self.inputs.len())
    }

    /// The next input: states first, then scanned slices.
    pub fn input(&mut self, dtype: Dtype, shape: &[usize]) -> String {
        let name = self.next(0);
        self.inputs.push(value_info(&name, dtype, shape));
        name
    }

    /// The next output: states first, then scanned slices.
    ///
    /// Every output is a value of its own: the same value cannot be given twice.
    pub fn output(&mut self, name: &str, dtype: Dtype, shape: &[usize]) {
        self.outputs.push(value_info(name, dtype, shape));
    }

    /// An operator with one output, whose name is returned.
    pub fn op(&mut self, op: &str, inputs: &[&str], attribute: Vec<AttributeProto>) -> String {
        self.op_many::<1>(op, inputs, attribute).into_iter().next().unwrap_or_default()
    }

    /// An operator with several outputs.
    pub fn op_many<const N: usize>(
        &mut self,
        op: &str,
        inputs: &[&str],
        attribute: Vec<AttributeProto>,
    ) -> [String; N] {
        let outputs: [String; N] = std::array::from_fn(|i| self.next(i));
        let inputs = inputs.iter().map(|&s| s.to_owned()).collect();
        let name = format!("{}_{op}_{}", self.prefix, self.nodes.len());
        self.nodes.push(call(op, name, inputs, outputs.to_vec(), attribute));
        outputs
    }

    pub fn finish(self) -> GraphProto {
        GraphProto {
            name: self.prefix,
            node: self.nodes,
            input: self.inputs,
            output: self.outputs,
            initializer: Vec::new(),
        }
    }
}
