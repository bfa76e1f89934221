//! Graphs that no exporter writes: numbers that are none, circles, and small files that ask for much.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use musigan_import::{ImportError, Options, import};
use prost::Message;
use tract_onnx::pb::attribute_proto::AttributeType;
use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::pb::{AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto};

/// A refusal takes less on any machine.
const SOON: Duration = Duration::from_secs(60);

fn model(name: &str) -> ModelProto {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference");
    let bytes = fs::read(PathBuf::from(folder).join(name)).expect("a reference");
    ModelProto::decode(&bytes[..]).expect("a model")
}

/// What is said of a model after a change of its graph, in one line and soon.
fn refusal(name: &str, change: impl FnOnce(&mut GraphProto)) -> ImportError {
    let mut model = model(name);
    change(model.graph.as_mut().expect("a graph"));
    let begun = Instant::now();
    let error = import(&model.encode_to_vec(), &Options::default()).expect_err("a refusal");
    let said = error.to_string();
    assert!(begun.elapsed() < SOON, "{:?}: {said}", begun.elapsed());
    assert!(!said.contains('\n') && said.len() < 4000, "{said}");
    error
}

/// A node without attributes.
fn node(op: &str, inputs: &[&str], output: &str) -> NodeProto {
    NodeProto {
        op_type: op.to_owned(),
        input: inputs.iter().map(|&name| name.to_owned()).collect(),
        output: vec![output.to_owned()],
        ..NodeProto::default()
    }
}

/// Floats of this shape.
fn floats(name: &str, dims: &[i64], data: Vec<f32>) -> TensorProto {
    TensorProto {
        name: name.to_owned(),
        dims: dims.to_vec(),
        data_type: DataType::Float as i32,
        float_data: data,
        ..TensorProto::default()
    }
}

#[test]
fn weights_that_are_no_numbers_are_named() {
    for name in ["gru_one.onnx", "lstm_one.onnx", "pytorch_lstm_step.onnx"] {
        let graph = model(name).graph.expect("a graph");
        let weights = graph.initializer.iter().enumerate();
        let weights = weights.filter(|(_, t)| t.data_type == DataType::Float as i32);
        for (at, tensor) in weights {
            for number in [f32::NAN, f32::INFINITY] {
                let error = refusal(name, |graph| {
                    let tensor = &mut graph.initializer[at];
                    match tensor.raw_data.len() {
                        0 => tensor.float_data[0] = number,
                        _ => {
                            let mut raw = tensor.raw_data.clone();
                            raw[..4].copy_from_slice(&number.to_le_bytes());
                            tensor.raw_data = raw;
                        }
                    }
                });
                let said = error.to_string();
                let named = format!("tensor '{}' holds the number {number}", tensor.name);
                assert!(
                    matches!(error, ImportError::Unsupported(_)) && said.contains(&named),
                    "{said}"
                );
            }
        }
    }
}

#[test]
fn weights_whose_product_is_infinite_are_refused() {
    let error = refusal("gru_one.onnx", |graph| {
        for tensor in &mut graph.initializer {
            if tensor.data_type == DataType::Float as i32 {
                let count = tensor.dims.iter().product::<i64>() as usize;
                tensor.raw_data = Vec::new();
                tensor.float_data = vec![f32::MAX; count];
            }
        }
    });
    assert!(matches!(error, ImportError::Engine(_)), "{error}");
}

#[test]
fn a_circle_is_named() {
    let error = refusal("gru_one.onnx", |graph| {
        graph.node.reverse();
    });
    assert!(matches!(error, ImportError::Malformed(_)), "{error}");
    let error = refusal("lstm_one.onnx", |graph| {
        let first = graph.node[0].input[0].clone();
        graph.node[0].input[0] = "around".to_owned();
        graph.node.insert(0, node("Identity", &["further"], "around"));
        graph.node.insert(1, node("Add", &["around", &first], "further"));
    });
    assert!(
        error.to_string().contains("reads 'further', which nothing before it makes"),
        "{error}"
    );
}

#[test]
fn a_graph_of_very_many_nodes_is_refused() {
    let error = refusal("gru_one.onnx", |graph| {
        let output = graph.output[0].name.clone();
        graph.node.extend((0..100_000).map(|i| node("Identity", &[&output], &format!("n{i}"))));
    });
    assert!(error.to_string().contains("nodes: at most 10000 are read"), "{error}");
}

#[test]
fn copies_of_a_constant_do_not_fill_the_memory() {
    let error = refusal("gru_one.onnx", |graph| {
        graph.initializer.push(floats("large", &[1 << 20], vec![1.0; 1 << 20]));
        graph.node.extend((0..2000).map(|i| node("Identity", &["large"], &format!("n{i}"))));
    });
    assert!(error.to_string().contains("its nodes make more than"), "{error}");
}

#[test]
fn states_that_double_again_and_again_are_refused() {
    let error = refusal("lstm_one.onnx", |graph| {
        let lstm = graph.node.iter().find(|node| node.op_type == "LSTM").expect("an LSTM");
        let mut last = lstm.output[1].clone();
        for i in 0..60 {
            let next = format!("twice{i}");
            graph.node.push(node("Concat", &[&last, &last], &next));
            last = next;
        }
        graph.output[0].name = last;
    });
    assert!(error.to_string().contains("joins more states than layers have"), "{error}");
}

#[test]
fn a_width_of_many_terabytes_is_refused() {
    let error = refusal("lstm_one.onnx", |graph| {
        let token = graph.input[0].name.clone();
        let depth = TensorProto {
            name: "depth".to_owned(),
            data_type: DataType::Int64 as i32,
            int64_data: vec![1 << 42],
            ..TensorProto::default()
        };
        graph.initializer.extend([depth, floats("usual", &[2], vec![0.0, 1.0])]);
        graph.initializer.push(floats("one", &[1], vec![1.0]));
        let axis = AttributeProto {
            name: "axis".to_owned(),
            r#type: AttributeType::Int as i32,
            i: -1,
            ..AttributeProto::default()
        };
        let mut wide = node("OneHot", &[&token, "depth", "usual"], "wide");
        wide.attribute.push(axis);
        graph.node.extend([wide, node("Add", &["wide", "one"], "added")]);
        graph.output[0].name = "added".to_owned();
    });
    assert!(error.to_string().contains("adds a constant of shape"), "{error}");
}
