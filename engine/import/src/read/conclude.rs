//! From the values of a graph's outputs to what the graph is.

use std::collections::BTreeSet;

use musigan_engine::generator::MAX_LAYERS;
use tract_onnx::pb::GraphProto;

use super::graph::{Reader, stacked_rows};
use super::recurrent::Recurrent;
use super::value::{Affine, Port, Source, Value};
use crate::ImportError;

/// A graph that was understood.
#[derive(Debug)]
pub(crate) struct Reading {
    /// From the bottom up.
    pub(crate) layers: Vec<Recurrent>,
    /// From the last layer to the logits.
    pub(crate) head: Affine,
    pub(crate) roles: Roles,
}

/// What the inputs and outputs of the graph are, by position.
#[derive(Debug)]
pub(crate) struct Roles {
    /// Extents of every input, an open one being 1.
    pub(crate) inputs: Vec<Vec<usize>>,
    pub(crate) token: usize,
    pub(crate) logits: usize,
    pub(crate) states: Vec<Feedback>,
}

/// An output that the next step takes as an input.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Feedback {
    pub(crate) output: usize,
    pub(crate) input: usize,
}

/// What the outputs hold, by position.
struct Outputs<'v> {
    logits: Option<(usize, &'v Affine)>,
    states: Vec<(usize, &'v [Port])>,
}

/// Gives each input and output its role.
pub(super) fn conclude(
    graph: &GraphProto,
    reader: Reader,
    inputs: Vec<Vec<usize>>,
) -> Result<Reading, ImportError> {
    let outputs = outputs(graph, &reader)?;
    let mut missing = Vec::new();
    let tokens = positions(graph, &reader, |value| matches!(value, Value::Token));
    if tokens.len() != 1 || inputs[tokens[0]].iter().any(|&extent| extent != 1) {
        missing.push("it has not one input of integers that is one token at a time".into());
    }
    let last = reader.layers.len().checked_sub(1).map(Source::Layer);
    let logits = outputs.logits.filter(|(_, vector)| Some(vector.source) == last);
    if logits.is_none() {
        missing.push(
            "no output is a linear function of the last LSTM or GRU layer: the logits".into(),
        );
    }
    let mut states = Vec::new();
    for input in positions(graph, &reader, |value| matches!(value, Value::State { .. })) {
        let before = carried(&reader, input, &inputs[input]);
        let after = outputs.states.iter().find(|(_, ports)| before.as_deref() == Some(*ports));
        match after {
            Some(&(output, _)) => states.push(Feedback { output, input }),
            None => missing.push(format!(
                "no output holds what becomes of the states in input {input}, in the same order"
            )),
        }
    }
    match (logits, tokens.first()) {
        (Some((logits, head)), Some(&token)) if missing.is_empty() => {
            let head = head.clone();
            let roles = Roles { inputs, token, logits, states };
            Ok(Reading { layers: reader.layers, head, roles })
        }
        _ => Err(ImportError::Unsupported(missing)),
    }
}

fn outputs<'v>(graph: &GraphProto, reader: &'v Reader) -> Result<Outputs<'v>, ImportError> {
    let mut outputs = Outputs { logits: None, states: Vec::new() };
    let mut reasons = BTreeSet::new();
    for (index, info) in graph.output.iter().enumerate() {
        match reader.values.get(info.name.as_str()) {
            None => {
                let what = format!("nothing makes the output '{}'", info.name);
                return Err(ImportError::Malformed(what));
            }
            Some(Value::Unknown(more)) => reasons.extend(more),
            Some(Value::Vector(vector)) => outputs.logits = Some((index, vector)),
            Some(Value::Next(ports)) => outputs.states.push((index, ports)),
            Some(Value::Constant(_) | Value::Token | Value::State { .. }) => {}
        }
    }
    if reasons.is_empty() {
        return Ok(outputs);
    }
    let reasons = reasons.into_iter().filter_map(|&index| reader.reasons.get(index).cloned());
    Err(ImportError::Unsupported(reasons.collect()))
}

/// Positions of the graph's inputs of a kind.
fn positions(graph: &GraphProto, reader: &Reader, kind: impl Fn(&Value) -> bool) -> Vec<usize> {
    let values = graph.input.iter().filter_map(|info| reader.values.get(info.name.as_str()));
    let inputs = values.filter(|value| !matches!(value, Value::Constant(_)));
    inputs.enumerate().filter(|(_, value)| kind(value)).map(|(index, _)| index).collect()
}

/// The states that an input of these extents holds, if each of its rows is the state of a layer.
fn carried(reader: &Reader, input: usize, dims: &[usize]) -> Option<Vec<Port>> {
    let rows = stacked_rows(dims);
    if rows > 2 * MAX_LAYERS {
        return None;
    }
    let port = |row: usize| {
        reader.layers.iter().enumerate().find_map(|(layer, recurrent)| {
            let mut states = recurrent.states.iter();
            let &(memory, ..) = states.find(|&&(_, from, at)| (from, at) == (input, row))?;
            (dims.last() == Some(&recurrent.width)).then_some(Port { layer, memory })
        })
    };
    (0..rows).map(port).collect()
}
