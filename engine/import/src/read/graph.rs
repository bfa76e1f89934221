//! The interpretation of a graph.

use std::collections::{BTreeSet, HashMap};

use musigan_engine::generator::MAX_LAYERS;
use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::pb::tensor_shape_proto::dimension;
use tract_onnx::pb::{GraphProto, ValueInfoProto, type_proto};

use super::conclude::{Reading, conclude};
use super::node::Node;
use super::recurrent::Recurrent;
use super::tensor::Tensor;
use super::value::{Affine, MAX_PARAMETERS, Memory, Port, Source, Told, Value};
use super::{index, linear, shape};
use crate::ImportError;

/// The most nodes of a graph; a generator has some dozens.
const MOST_NODES: usize = 10_000;

/// The most numbers that all values together hold: a small file can ask for many copies of one.
const MOST_HELD: usize = MAX_PARAMETERS / 2;

impl Reading {
    pub(crate) fn of(graph: &GraphProto) -> Result<Self, ImportError> {
        if graph.node.len() > MOST_NODES {
            let reason =
                format!("it has {} nodes: at most {MOST_NODES} are read", graph.node.len());
            return Err(ImportError::Unsupported(vec![reason]));
        }
        let mut reader = Reader::default();
        reader.declare(graph)?;
        for node in &graph.node {
            reader.visit(Node(node))?;
        }
        conclude(graph, reader)
    }
}

/// What is known so far.
#[derive(Default)]
pub(super) struct Reader<'a> {
    pub(super) values: HashMap<&'a str, Value>,
    /// From the bottom up.
    pub(super) layers: Vec<Recurrent>,
    /// Why values are unknown.
    pub(super) reasons: Vec<String>,
    /// Extents of every input, none where it is open (batch or time).
    pub(super) inputs: Vec<Vec<Option<usize>>>,
    /// Numbers that the nodes' values hold.
    held: usize,
}

impl<'a> Reader<'a> {
    /// Initialisers and inputs.
    fn declare(&mut self, graph: &'a GraphProto) -> Result<(), ImportError> {
        for proto in &graph.initializer {
            let value = match Tensor::read(proto)? {
                Ok(tensor) => Value::Constant(tensor),
                Err(reason) => self.unknown(reason),
            };
            self.values.insert(&proto.name, value);
        }
        for info in &graph.input {
            if self.values.contains_key(info.name.as_str()) {
                continue; // an initialiser that old files declare as an input too
            }
            let dims = extents(info);
            let value = match element(info) {
                Some(DataType::Int64 | DataType::Int32) => Value::Token,
                Some(DataType::Float) => {
                    let rows = stacked_rows(&dims);
                    Value::State { input: self.inputs.len(), rows: 0..rows }
                }
                other => {
                    let kind = other.map_or("no type", |kind| kind.as_str_name());
                    self.unknown(format!("input '{}' is of {kind}", info.name))
                }
            };
            self.inputs.push(dims);
            self.values.insert(&info.name, value);
        }
        Ok(())
    }

    fn unknown(&mut self, reason: String) -> Value {
        self.reasons.push(reason);
        Value::Unknown(BTreeSet::from([self.reasons.len() - 1]))
    }

    fn visit(&mut self, node: Node<'a>) -> Result<(), ImportError> {
        let outputs = match self.interpret(node)? {
            Ok(outputs) => outputs,
            Err(reason) => vec![self.unknown(format!("{} {reason}", node.title()))],
        };
        self.held += outputs.iter().map(Value::numbers).sum::<usize>();
        if self.held > MOST_HELD {
            let reason = format!("its nodes make more than {MOST_HELD} numbers");
            return Err(ImportError::Unsupported(vec![reason]));
        }
        for (index, name) in node.0.output.iter().enumerate().filter(|(_, name)| !name.is_empty()) {
            let value = match (outputs.get(index), &outputs[..]) {
                (Some(value), _) | (None, [value @ Value::Unknown(_)]) => value.clone(),
                _ => self.unknown(format!("{} has an output that is not known", node.title())),
            };
            self.values.insert(name, value);
        }
        Ok(())
    }

    /// The outputs of a node, one unknown for all of them, or why it is not understood.
    fn interpret(&mut self, node: Node) -> Result<Result<Vec<Value>, String>, ImportError> {
        let mut inputs = Vec::new();
        for name in &node.0.input {
            let value = self.values.get(name.as_str());
            if value.is_none() && !name.is_empty() {
                let title = node.title();
                let what = format!("{title} reads '{name}', which nothing before it makes");
                return Err(ImportError::Malformed(what));
            }
            inputs.push(value);
        }
        if matches!(node.0.op_type.as_str(), "Loop" | "Scan") {
            return Ok(Err("is a layer written out as a loop, where only LSTM and GRU nodes are \
                known (Keras's GRU comes as a loop from tf2onnx)"
                .into()));
        }
        let recurrent = matches!(node.0.op_type.as_str(), "LSTM" | "GRU");
        // A recurrent node says better itself what it misses in its states.
        let needed = if recurrent { inputs.len().min(4) } else { inputs.len() };
        let mut reasons = BTreeSet::new();
        for value in &inputs[..needed] {
            if let Some(Value::Unknown(more)) = value {
                reasons.extend(more);
            }
        }
        if !reasons.is_empty() {
            return Ok(Ok(vec![Value::Unknown(reasons)]));
        }
        if !recurrent {
            return Ok(self.operate(node, &inputs));
        }
        Ok(self.recurrent(node, &inputs).map(|read| {
            let layer = self.layers.len();
            self.layers.push(read);
            [Memory::Hidden, Memory::Hidden, Memory::Cell]
                .map(|memory| Value::Next(vec![Port { layer, memory }]))
                .to_vec()
        }))
    }

    /// A value as a vector, if it is one.
    fn vector(&self, value: Option<&Value>) -> Option<Affine> {
        match value? {
            Value::Vector(vector) => Some(vector.clone()),
            Value::Next(ports) => match ports[..] {
                [Port { layer, memory: Memory::Hidden }] => {
                    Some(Affine::identity(Source::Layer(layer), self.layers.get(layer)?.width))
                }
                _ => None,
            },
            // Before the first layer an input of floats is the token, one-hot.
            Value::State { input, .. } if self.layers.is_empty() => {
                let width = (*self.inputs.get(*input)?.last()?)?;
                Some(Affine::identity(Source::Token, width))
            }
            _ => None,
        }
    }

    fn recurrent(&self, node: Node, inputs: &[Option<&Value>]) -> Result<Recurrent, String> {
        if self.layers.len() == MAX_LAYERS {
            return Err(format!(
                "is recurrent layer {}: at most {MAX_LAYERS} are possible",
                MAX_LAYERS + 1
            ));
        }
        let x = self.vector(inputs.first().copied().flatten());
        let layer = Recurrent::read(node, x, inputs, self.layers.len())?;
        match self.layers.first() {
            Some(first) if first.architecture != layer.architecture => {
                Err("is of another cell than the layer below".into())
            }
            _ => Ok(layer),
        }
    }

    fn operate(&self, node: Node, inputs: &[Option<&Value>]) -> Result<Vec<Value>, String> {
        if let Some(value) = shape::computed(node, inputs) {
            return Ok(vec![value; node.0.output.len()]);
        }
        if let Some(value) = index::mended(node, inputs) {
            return Ok(vec![value]);
        }
        let input = |index: usize| inputs.get(index).copied().flatten();
        let one = |vector: Affine| Ok(vec![Value::Vector(vector)]);
        match (node.0.op_type.as_str(), input(0), input(1)) {
            ("Constant", ..) => match node.tensor("value").map(Tensor::read) {
                Some(Ok(Ok(tensor))) => Ok(vec![Value::Constant(tensor)]),
                _ => Err("holds no tensor of numbers".into()),
            },
            (
                "Identity" | "Cast" | "Dropout" | "Reshape" | "Squeeze" | "Unsqueeze" | "Flatten"
                | "Transpose",
                Some(value),
                shape,
            ) => Ok(vec![shape::reshape(node, value, shape)?]),
            ("Gather", Some(Value::Constant(table)), Some(Value::Token)) => {
                one(linear::embed(table)?)
            }
            ("OneHot", Some(Value::Token), Some(Value::Constant(depth))) => {
                one(linear::one_hot(depth, input(2))?)
            }
            ("Softmax" | "LogSoftmax", vector, _) => match self.vector(vector) {
                Some(vector) => {
                    let logarithm = node.0.op_type == "LogSoftmax";
                    let told = if logarithm { Told::LogProbabilities } else { Told::Probabilities };
                    Ok(vec![Value::Normalised(vector, told)])
                }
                None => Err("normalises something that is not a layer's output".into()),
            },
            // One step of a sequence; the comparison with tract shows whether it is the last.
            ("Gather" | "Slice", Some(value @ (Value::Vector(_) | Value::Normalised(..))), _) => {
                Ok(vec![value.clone()])
            }
            ("Gather", Some(value), Some(Value::Constant(index))) => {
                Ok(vec![shape::gather(value, index)?])
            }
            ("Slice", Some(value), _) => Ok(vec![shape::slice(node, value, &inputs[1..])?]),
            ("Split", Some(value), sizes) => shape::split(node, value, sizes),
            ("Concat", ..) => Ok(vec![shape::concat(inputs)?]),
            ("MatMul", vector, Some(Value::Constant(matrix))) => match self.vector(vector) {
                Some(vector) => one(linear::matmul(&vector, matrix)?),
                None => Err("multiplies something that is not a layer's output".into()),
            },
            ("Gemm", vector, Some(Value::Constant(matrix))) => {
                match (self.vector(vector), input(2)) {
                    (Some(vector), None) => one(linear::gemm(node, &vector, matrix, None)?),
                    (Some(vector), Some(Value::Constant(bias))) => {
                        one(linear::gemm(node, &vector, matrix, Some(bias))?)
                    }
                    _ => Err("is not a layer's output times a constant plus a constant".into()),
                }
            }
            ("Add", Some(Value::Constant(bias)), vector)
            | ("Add", vector, Some(Value::Constant(bias))) => match self.vector(vector) {
                Some(vector) => one(linear::add(vector, bias)?),
                None => Err("adds to something that is not a layer's output".into()),
            },
            ("LayerNormalization", vector, Some(Value::Constant(gain))) => {
                let shift = match input(2) {
                    None => None,
                    Some(Value::Constant(shift)) => Some(shift),
                    Some(_) => return Err("adds something that is not constant".into()),
                };
                match self.vector(vector) {
                    Some(vector) => one(linear::layer_norm(node, &vector, gain, shift)?),
                    None => Err("normalises something that is not a layer's output".into()),
                }
            }
            _ => Err("is no part of embedding → LSTM or GRU layers → linear head".into()),
        }
    }
}

/// States that are stacked in a tensor of these extents, whose last one is a layer's width; an open
/// one is 1.
pub(super) fn stacked_rows(dims: &[Option<usize>]) -> usize {
    dims.iter().rev().skip(1).fold(1, |rows, dim| rows.saturating_mul(dim.unwrap_or(1)))
}

fn tensor_type(info: &ValueInfoProto) -> Option<&type_proto::Tensor> {
    match info.r#type.as_ref()?.value.as_ref()? {
        type_proto::Value::TensorType(tensor) => Some(tensor),
    }
}

fn element(info: &ValueInfoProto) -> Option<DataType> {
    DataType::try_from(tensor_type(info)?.elem_type).ok()
}

/// Extents of an input.
fn extents(info: &ValueInfoProto) -> Vec<Option<usize>> {
    let shape = tensor_type(info).and_then(|tensor| tensor.shape.as_ref());
    let dims = shape.map_or(&[][..], |shape| &shape.dim);
    dims.iter()
        .map(|dim| match dim.value {
            // tf2onnx writes −1 for an open extent.
            Some(dimension::Value::DimValue(extent)) => usize::try_from(extent).ok(),
            _ => None,
        })
        .collect()
}
