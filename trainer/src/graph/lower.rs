//! From the graph to an ONNX model.

use prost::Message;

use super::emit::Emitter;
use super::ir::{Graph, IoSpec, Val};
use super::onnx::GraphProto;
use super::ops;
use super::proto::{model, value_info};

/// An ONNX model made from a graph, with the names and shapes of what goes in and out.
#[derive(Clone, Debug)]
pub struct Lowered {
    /// The serialised `ModelProto`.
    pub bytes: Vec<u8>,
    /// Inputs, in the order in which the graph declared them.
    pub inputs: Vec<IoSpec>,
    /// Outputs, in the order in which they were asked for.
    pub outputs: Vec<IoSpec>,
    /// Number of ONNX nodes outside loop bodies.
    pub nodes: usize,
}

impl Graph {
    /// Writes the part of the graph that `outputs` (name and value) depend on.
    pub fn lower(&self, outputs: &[(&str, Val)]) -> Lowered {
        let used = self.used(outputs);
        let mut e = Emitter::new(self, &used);
        for node in &self.nodes {
            if node.outputs.iter().any(|v| used[v.index()]) {
                ops::emit(&mut e, node);
            }
        }
        let mut specs = Vec::new();
        let mut infos = Vec::new();
        for &(name, v) in outputs {
            // A renaming copy: keeps output names ours, and an input may be an output too.
            e.node("Identity", &[e.name(v)], &[name.to_owned()], Vec::new());
            infos.push(value_info(name, self.dtype(v), self.shape(v)));
            specs.push(self.spec(name, v));
        }
        let inputs: Vec<IoSpec> = e.inputs.iter().map(|(v, name)| self.spec(name, *v)).collect();
        let input = e.inputs.iter().map(|(v, n)| value_info(n, self.dtype(*v), self.shape(*v)));
        let graph = GraphProto {
            name: "musigan".to_owned(),
            input: input.collect(),
            output: infos,
            node: e.nodes,
            initializer: e.initializers,
        };
        let nodes = graph.node.len();
        Lowered { bytes: model(graph).encode_to_vec(), inputs, outputs: specs, nodes }
    }

    fn spec(&self, name: &str, v: Val) -> IoSpec {
        IoSpec { name: name.to_owned(), dtype: self.dtype(v), shape: self.shape(v).to_vec() }
    }

    fn used(&self, outputs: &[(&str, Val)]) -> Vec<bool> {
        let mut used = vec![false; self.values.len()];
        for &(_, v) in outputs {
            used[v.index()] = true;
        }
        for node in self.nodes.iter().rev() {
            if node.outputs.iter().any(|v| used[v.index()]) {
                for v in &node.inputs {
                    used[v.index()] = true;
                }
            }
        }
        used
    }
}
