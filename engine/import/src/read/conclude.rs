//! From the values of a graph's outputs to what the graph is.

use std::collections::BTreeSet;

use musigan_engine::generator::MAX_LAYERS;
use tract_onnx::pb::GraphProto;

use super::graph::{Reader, stacked_rows};
use super::recurrent::Recurrent;
use super::value::{Affine, Port, Source, Told, Value};
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

impl Reading {
    /// Whether what each layer tells is normalised, the first layer's bit the lowest.
    pub(crate) fn normal(&self) -> u8 {
        let above = self.layers.iter().skip(1).map(Recurrent::hears_normal);
        let all = above.chain([matches!(self.head.source, Source::Normal(_))]);
        all.enumerate().fold(0, |bits, (layer, normal)| bits | u8::from(normal) << layer)
    }
}

/// What the inputs and outputs of the graph are, by position.
#[derive(Debug)]
pub(crate) struct Roles {
    /// Extents of every input, none where it is open.
    pub(crate) inputs: Vec<Vec<Option<usize>>>,
    pub(crate) token: usize,
    pub(crate) heard: Heard,
    pub(crate) logits: usize,
    pub(crate) told: Told,
    /// None where the graph hears a whole sequence, beginning with nothing heard.
    pub(crate) states: Vec<Feedback>,
}

/// How the graph takes a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// As its number.
    Number,
    /// As so many numbers, one of which is 1.
    OneHot(usize),
}

/// An output that the next step takes as an input.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Feedback {
    pub(crate) output: usize,
    pub(crate) input: usize,
}

/// What the outputs hold, by position.
struct Outputs<'v> {
    logits: Option<(usize, &'v Affine, Told)>,
    states: Vec<(usize, &'v [Port])>,
}

/// Gives each input and output its role.
pub(super) fn conclude(graph: &GraphProto, reader: Reader) -> Result<Reading, ImportError> {
    let outputs = outputs(graph, &reader)?;
    let mut missing = Vec::new();
    let layers = reader.layers.len();
    let logits = outputs.logits.filter(|(_, vector, _)| match vector.source {
        Source::Token => false,
        Source::Layer(last) | Source::Normal(last) => last + 1 == layers,
    });
    if logits.is_none() {
        missing.push(
            "no output is a linear function of the last LSTM or GRU layer: the logits".into(),
        );
    }
    let first = reader.layers.first();
    let one_hot = first.and_then(|layer| layer.one_hot);
    let streams = reader.layers.iter().filter(|layer| !layer.states.is_empty()).count();
    if streams != 0 && streams != reader.layers.len() {
        missing.push("some layers get their states from inputs and others do not".into());
    }
    let mut states = Vec::new();
    for input in positions(graph, &reader, |value| matches!(value, Value::State { .. })) {
        if Some(input) == one_hot {
            continue;
        }
        let before = carried(&reader, input, &reader.inputs[input]);
        let after = outputs.states.iter().find(|(_, ports)| before.as_deref() == Some(*ports));
        match after {
            Some(&(output, _)) => states.push(Feedback { output, input }),
            None => missing.push(format!(
                "no output holds what becomes of the states in input {input}, in the same order"
            )),
        }
    }
    let tokens = positions(graph, &reader, |value| matches!(value, Value::Token));
    let heard = match (one_hot, &tokens[..]) {
        (Some(input), []) => {
            let width = reader.inputs[input].last().copied().flatten();
            width.map(|width| (input, Heard::OneHot(width)))
        }
        (None, &[input]) => Some((input, Heard::Number)),
        _ => None,
    };
    match heard {
        None => missing.push("it has not one input that is the token".into()),
        Some((input, heard)) => check_extents(&reader.inputs[input], heard, streams == 0)
            .unwrap_or_else(|reason| missing.push(reason)),
    }
    match (logits, heard) {
        (Some((logits, head, told)), Some((token, heard))) if missing.is_empty() => {
            let head = head.clone();
            let roles = Roles { inputs: reader.inputs, token, heard, logits, told, states };
            Ok(Reading { layers: reader.layers, head, roles })
        }
        _ => Err(ImportError::Unsupported(missing)),
    }
}

/// Whether the input of tokens has room for one at a time, or for a sequence.
fn check_extents(extents: &[Option<usize>], heard: Heard, sequence: bool) -> Result<(), String> {
    let tokens = match heard {
        Heard::Number => extents,
        Heard::OneHot(_) => extents.split_last().map_or(extents, |(_, rest)| rest),
    };
    let long = tokens.iter().filter(|extent| **extent != Some(1)).count();
    let fixed = tokens.iter().any(|extent| extent.is_some_and(|extent| extent != 1));
    match sequence {
        false if fixed => {
            Err("it takes its states from inputs and yet more than one token at once".into())
        }
        true if long == 0 => Err(
            "it hears one token and forgets it: export the states as inputs and outputs, or let \
             the sequence be long"
                .into(),
        ),
        _ => Ok(()),
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
            Some(Value::Vector(vector)) => outputs.logits = Some((index, vector, Told::Logits)),
            Some(Value::Normalised(vector, told)) => outputs.logits = Some((index, vector, *told)),
            Some(Value::Next(ports)) => outputs.states.push((index, ports)),
            Some(
                Value::Constant(_)
                | Value::Token
                | Value::Shifted
                | Value::Flag(_)
                | Value::State { .. }
                | Value::Zeros
                | Value::Shape,
            ) => {}
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
fn carried(reader: &Reader, input: usize, dims: &[Option<usize>]) -> Option<Vec<Port>> {
    let rows = stacked_rows(dims);
    if rows > 2 * MAX_LAYERS {
        return None;
    }
    let port = |row: usize| {
        reader.layers.iter().enumerate().find_map(|(layer, recurrent)| {
            let mut states = recurrent.states.iter();
            let &(memory, ..) = states.find(|&&(_, from, at)| (from, at) == (input, row))?;
            (dims.last() == Some(&Some(recurrent.width))).then_some(Port { layer, memory })
        })
    };
    (0..rows).map(port).collect()
}
