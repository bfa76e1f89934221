//! What of the graphs that are trained with CUDA would take: that no node of them falls back to the host.
//!
//! Where there is no GPU, this is what can be known. `reference/cuda_kernels.csv` has the operators, with the
//! element types of their inputs, that the CUDA provider of the pinned ONNX Runtime took when it was asked
//! (`reference/place_on_cuda.py`, on the graphs that this test writes into the folder `MUSIGAN_GRAPHS`). Here every
//! kind of graph that the trainer can emit is held against it, and every shape against being known before the run.

mod common;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fs;
use std::path::Path;

use musigan_score::link::Picture;
use musigan_train::gan;
use musigan_train::graph::Lowered;
use musigan_train::graph::onnx::{
    DataType, GraphProto, ModelProto, NodeProto, OPSET, ValueInfoProto, dimension,
};
use musigan_train::model::{
    Adam, Architecture, Form, Kind, Masks, StepShape, eval_graph, step_graph,
};
use prost::Message;

/// Operators whose inputs from this place on the CUDA provider reads on the host: where they are not constants,
/// it waits for the device and copies.
const READ_ON_HOST: [(&str, usize); 12] = [
    ("Reshape", 1),
    ("Slice", 1),
    ("Expand", 1),
    ("Pad", 1),
    ("Tile", 1),
    ("Split", 1),
    ("Squeeze", 1),
    ("Unsqueeze", 1),
    ("ReduceSum", 1),
    ("OneHot", 1),
    ("Resize", 1),
    ("TopK", 1),
];

/// Operators whose result has a shape that depends on values, or is a shape.
const OF_SHAPES: [&str; 8] =
    ["Shape", "Size", "NonZero", "Range", "ConstantOfShape", "Compress", "Unique", "Loop"];

/// Every kind of graph that the trainer can emit, by name.
fn graphs() -> BTreeMap<String, Lowered> {
    let mut graphs = BTreeMap::new();
    let adam = Adam::default();
    let decaying = Adam { weight_decay: 0.01, ..Adam::default() };
    for kind in [Kind::Lstm, Kind::Gru] {
        for form in [Form::Tokens, Form::Keys] {
            let keys = form == Form::Keys;
            for (tied, others) in [(false, 0), (true, 0), (false, Picture::FEATURES)] {
                if keys && (tied || others > 0) {
                    continue;
                }
                let vocab = if keys { 88 } else { musigan_score::events::VOCABULARY };
                let embed = if tied { 16 } else { 8 };
                let layers = if tied { 1 } else { 3 + usize::from(others > 0) };
                let norm = others > 0;
                let hidden = 16;
                let a =
                    Architecture { kind, form, vocab, embed, hidden, layers, tied, norm, others };
                let name = format!("{}-{form:?}-tied-{tied}-others-{others}", kind.name());
                let all = Masks { input: true, outputs: true, kernels: true };
                let plain = StepShape { window: 6, batch: 4, ..StepShape::default() };
                let smoothing = if keys { 0.0 } else { 0.1 };
                let harmony = if others > 0 { 0.5 } else { 0.0 };
                let full = StepShape { masks: all, smoothing, harmony, average: true, ..plain };
                graphs.insert(format!("{name}-plain"), step_graph(&a, plain, &adam));
                graphs.insert(format!("{name}-full"), step_graph(&a, full, &decaying));
                let ahead = StepShape { ahead: 3, ..full };
                graphs.insert(format!("{name}-ahead"), step_graph(&a, ahead, &decaying));
                graphs.insert(format!("{name}-eval"), eval_graph(&a, 6, 4));
            }
        }
    }
    let a = gan::network::Architecture::default();
    let losses = gan::step::Losses { penalty: 10.0, drift: 0.001, diversity: 1.0, apart: 20.0 };
    graphs.insert("gan-critic".into(), gan::step::critic_step(&a, 4, &losses, &adam));
    graphs.insert("gan-generator".into(), gan::step::generator_step(&a, 4, &losses, &adam));
    graphs.insert("gan-bar".into(), gan::step::bar_graph(&a, 4));
    graphs
}

fn model(lowered: &Lowered) -> ModelProto {
    ModelProto::decode(&lowered.bytes[..]).expect("our own model")
}

/// The element type of a graph's input or output, whose shape is known.
fn typed(value: &ValueInfoProto) -> i32 {
    let tensor = value.r#type.as_ref().and_then(|it| it.tensor_type.as_ref()).expect("a tensor");
    for axis in &tensor.shape.as_ref().expect("a shape").dim {
        let known = matches!(axis.value, Some(dimension::Value::DimValue(n)) if n > 0);
        assert!(known, "{}: {axis:?}", value.name);
    }
    tensor.elem_type
}

/// The element type of a node's first output.
fn result(node: &NodeProto, inputs: &[i32]) -> i32 {
    let attribute = |name: &str| node.attribute.iter().find(|it| it.name == name);
    match node.op_type.as_str() {
        "Cast" => attribute("to").map_or(0, |to| to.i as i32),
        "Equal" | "Greater" | "GreaterOrEqual" | "Less" | "LessOrEqual" | "And" | "Or" | "Not" => {
            DataType::Bool as i32
        }
        "Where" => inputs[1],
        "OneHot" => inputs[2],
        "ArgMax" | "ArgMin" => DataType::Int64 as i32,
        _ => inputs[0],
    }
}

/// What an operator is called with: its name, and the element types of its inputs.
type Call = (String, Vec<i32>);

/// The calls of a graph and the graphs in it; `outer` are the values around it, with their types.
fn calls(
    graph: &GraphProto,
    outer: &HashMap<String, i32>,
    constants: &HashSet<String>,
    found: &mut BTreeSet<Call>,
) {
    let (mut types, mut constants) = (outer.clone(), constants.clone());
    for value in &graph.initializer {
        types.insert(value.name.clone(), value.data_type);
        constants.insert(value.name.clone());
    }
    types.extend(graph.input.iter().map(|value| (value.name.clone(), typed(value))));
    for node in &graph.node {
        let op = node.op_type.as_str();
        assert!(node.domain.is_empty(), "{op} of {}", node.domain);
        assert!(!OF_SHAPES.contains(&op), "{op} makes a shape, which the host has to wait for");
        let given = node.input.iter().filter(|name| !name.is_empty());
        let inputs: Vec<i32> = given.map(|name| types[name]).collect();
        if let Some((_, from)) = READ_ON_HOST.iter().find(|it| it.0 == op) {
            let to = if op == "OneHot" { from + 1 } else { node.input.len() };
            for name in node.input[(*from).min(to)..to].iter().filter(|name| !name.is_empty()) {
                assert!(
                    constants.contains(name),
                    "{name} of {op} is computed, and read on the host"
                );
            }
        }
        for body in node.attribute.iter().filter_map(|attribute| attribute.g.as_ref()) {
            calls(body, &types, &constants, found);
            // States and scanned outputs of the body are those of the node.
            let outputs = node.output.iter().zip(&body.output);
            types.extend(outputs.map(|(name, value)| (name.clone(), typed(value))));
        }
        if op != "Scan" {
            types.extend(node.output.iter().map(|name| (name.clone(), result(node, &inputs))));
        }
        let mut inputs = inputs;
        if op == "Concat" {
            // It joins any number of tensors of a type.
            inputs.dedup();
        }
        found.insert((op.to_owned(), inputs));
    }
    for value in &graph.output {
        assert_eq!(typed(value), types[&value.name], "{}", value.name);
    }
}

/// The calls that were taken, and the operator set that they were made in.
fn taken() -> (i64, BTreeSet<Call>) {
    let mut lines = include_str!("reference/cuda_kernels.csv").lines();
    let opset = lines.find_map(|line| line.strip_prefix("# operator set "));
    let calls = lines.filter(|line| !line.starts_with('#')).map(|line| {
        let (op, types) = line.split_once(',').expect("an operator and its types");
        let types = types.split(' ').filter(|it| !it.is_empty());
        (op.to_owned(), types.map(|it| it.parse().expect("a type")).collect())
    });
    let calls = calls.collect();
    (opset.expect("an operator set").parse().expect("a number"), calls)
}

#[test]
fn the_pinned_cuda_provider_takes_every_node() {
    let (opset, taken) = taken();
    assert_eq!(opset, OPSET);
    let graphs = graphs();
    if let Some(folder) = std::env::var_os("MUSIGAN_GRAPHS") {
        for (name, lowered) in &graphs {
            let file = Path::new(&folder).join(format!("{name}.onnx"));
            fs::write(file, &lowered.bytes).expect("a graph");
        }
    }
    let mut all = BTreeSet::new();
    for (name, lowered) in &graphs {
        let model = model(lowered);
        assert!(model.opset_import.iter().all(|set| set.domain.is_empty() && set.version == OPSET));
        let mut found = BTreeSet::new();
        let graph = model.graph.expect("a graph");
        calls(&graph, &HashMap::new(), &HashSet::new(), &mut found);
        let others: Vec<&Call> = found.difference(&taken).collect();
        assert!(others.is_empty(), "{name}: not known to be taken: {others:?}");
        all.extend(found);
    }
    let unused: Vec<&Call> = taken.difference(&all).collect();
    assert!(unused.is_empty(), "no graph calls {unused:?} any more");
}

#[test]
fn what_the_host_would_have_to_wait_for_is_noticed() {
    let lowered = &graphs()["lstm-Tokens-tied-false-others-0-plain"];
    let refused = |change: &dyn Fn(&mut GraphProto)| {
        let mut graph = model(lowered).graph.expect("a graph");
        change(&mut graph);
        std::panic::catch_unwind(|| {
            calls(&graph, &HashMap::new(), &HashSet::new(), &mut BTreeSet::new());
        })
        .is_err()
    };
    assert!(!refused(&|_| ()));
    assert!(refused(&|graph| graph.node[0].op_type = "Shape".into()));
    // A shape that is fed, and an axis of no known length.
    let reshape = |graph: &GraphProto| {
        graph.node.iter().position(|node| node.op_type == "Reshape").expect("one")
    };
    assert!(refused(&|graph| {
        let at = reshape(graph);
        graph.node[at].input[1] = "tokens".into();
    }));
    assert!(refused(&|graph| {
        let tensor = graph.input[0].r#type.as_mut().and_then(|it| it.tensor_type.as_mut());
        let shape = tensor.and_then(|it| it.shape.as_mut()).expect("a shape");
        shape.dim[0].value = Some(dimension::Value::DimParam("N".into()));
    }));
}
