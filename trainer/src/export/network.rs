//! A recurrent language model in standard ONNX operators, one token a run:
//! Gather, LSTM or GRU with their final states exposed, LayerNormalization, Gemm.

use prost::Message;

use crate::graph::Dtype;
use crate::graph::onnx::{
    AttributeProto, GraphProto, NodeProto, StringStringEntryProto, TensorProto,
};
use crate::graph::proto::{call, float_tensor, int, int_tensor, model, value_info};
use crate::model::{Architecture, Kind, Layout};

/// Writes the inference model: `token [1]` i64, of a part that hears others `others [1, F]`, `h [L, 1, H]` and for an LSTM `c [L, 1, H]` →
/// `logits [1, V]`, `h_out`, `c_out`.
///
/// # Panics
/// When `weights` is not as long as the network's layout.
pub(super) fn onnx_model(
    architecture: &Architecture,
    weights: &[f32],
    metadata: Vec<StringStringEntryProto>,
) -> Vec<u8> {
    let layout = architecture.layout();
    assert_eq!(weights.len(), layout.len(), "weights of another network");
    let mut writer =
        Writer { layout: &layout, weights, nodes: Vec::new(), initializers: Vec::new() };
    writer.network(architecture);
    let Architecture { kind, vocab, hidden, layers, .. } = *architecture;
    let state = [layers, 1, hidden];
    let mut input = vec![value_info("token", Dtype::I64, &[1])];
    if architecture.others > 0 {
        input.push(value_info("others", Dtype::F32, &[1, architecture.others]));
    }
    let mut output = vec![value_info("logits", Dtype::F32, &[1, vocab])];
    for name in kind.states() {
        input.push(value_info(name, Dtype::F32, &state));
        output.push(value_info(&format!("{name}_out"), Dtype::F32, &state));
    }
    let graph = GraphProto {
        name: "musigan".to_owned(),
        node: writer.nodes,
        initializer: writer.initializers,
        input,
        output,
    };
    let mut model = model(graph);
    model.metadata_props = metadata;
    model.encode_to_vec()
}

struct Writer<'a> {
    layout: &'a Layout,
    weights: &'a [f32],
    nodes: Vec<NodeProto>,
    initializers: Vec<TensorProto>,
}

impl Writer<'_> {
    fn network(&mut self, a: &Architecture) {
        let embedding = self.weight("embedding");
        self.float("embedding", &[a.vocab, a.embed], &embedding);
        let heard = if a.others > 0 { "said" } else { "embedded" };
        self.node("Gather", &["embedding", "token"], &[heard]);
        if a.others > 0 {
            self.float("others_table", &[a.others, a.embed], &self.weight("others"));
            self.node("MatMul", &["others", "others_table"], &["around"]);
            self.node("Add", &["said", "around"], &["embedded"]);
        }
        self.int("sequence", &[1, 1, a.embed as i64]);
        self.node("Reshape", &["embedded", "sequence"], &["x0"]);
        self.int("first_axis", &[0]);
        for layer in 0..=a.layers {
            self.int(&format!("layer_{layer}"), &[layer as i64]);
        }
        for layer in 0..a.layers {
            self.layer(a, layer);
        }
        for state in a.kind.states() {
            let parts: Vec<String> = (0..a.layers).map(|l| format!("{state}{l}_out")).collect();
            let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
            let axis = vec![int("axis", 0)];
            self.node_with("Concat", &parts, &[&format!("{state}_out")], axis);
        }
        self.int("row", &[1, a.hidden as i64]);
        self.node("Reshape", &[&told(a, a.layers - 1), "row"], &["top"]);
        let head_w = match a.tied {
            true => transposed(&embedding, a.vocab, a.embed),
            false => self.weight("head.w"),
        };
        let head_b = self.weight("head.b");
        self.float("head.w", &[a.hidden, a.vocab], &head_w);
        self.float("head.b", &[a.vocab], &head_b);
        self.node("Gemm", &["top", "head.w", "head.b"], &["logits"]);
    }

    /// One layer on `x{layer}` `[1, 1, inputs]`; its own states are a slice of all.
    fn layer(&mut self, a: &Architecture, layer: usize) {
        let name = |part: &str| format!("layer{layer}.{part}");
        let gates = a.kind.cell().gates();
        let inputs = if layer == 0 { a.embed } else { a.hidden };
        let columns = gates * a.hidden;
        // ONNX's kernels act from the left.
        let w = transposed(&self.weight(&name("w")), inputs, columns);
        let r = transposed(&self.weight(&name("r")), a.hidden, columns);
        self.float(&name("w"), &[1, columns, inputs], &w);
        self.float(&name("r"), &[1, columns, a.hidden], &r);
        let mut biases = self.weight(&name("b"));
        match a.kind {
            // Input biases, then recurrent ones: we train their sum.
            Kind::Lstm => biases.resize(2 * columns, 0.0),
            Kind::Gru => {
                biases.resize(columns + 2 * a.hidden, 0.0);
                biases.extend(self.weight(&name("rb")));
            }
        }
        self.float(&name("b"), &[1, 2 * columns], &biases);
        let x = if layer == 0 { "x0".to_owned() } else { told(a, layer - 1) };
        let mut arguments = vec![x, name("w"), name("r"), name("b"), String::new()];
        let mut results = vec![String::new()];
        for state in a.kind.states() {
            let before = format!("{state}{layer}");
            let (start, end) = (format!("layer_{layer}"), format!("layer_{}", layer + 1));
            self.node("Slice", &[state, &start, &end, "first_axis"], &[&before]);
            arguments.push(before);
            results.push(format!("{state}{layer}_out"));
        }
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let results: Vec<&str> = results.iter().map(String::as_str).collect();
        let width = int("hidden_size", a.hidden as i64);
        let (op, attributes) = match a.kind {
            Kind::Lstm => ("LSTM", vec![width]),
            Kind::Gru => ("GRU", vec![width, int("linear_before_reset", 1)]),
        };
        self.node_with(op, &arguments, &results, attributes);
        if a.norm {
            for part in ["gain", "shift"] {
                self.float(&name(part), &[a.hidden], &self.weight(&name(part)));
            }
            let heard = [format!("h{layer}_out"), name("gain"), name("shift")];
            let heard = heard.each_ref().map(String::as_str);
            self.node("LayerNormalization", &heard, &[&told(a, layer)]);
        }
    }

    fn weight(&self, name: &str) -> Vec<f32> {
        let tensor = self.layout.get(name);
        tensor.map(|t| self.weights[t.range()].to_vec()).unwrap_or_default()
    }

    fn float(&mut self, name: &str, shape: &[usize], data: &[f32]) {
        let data: Vec<f64> = data.iter().map(|&x| x.into()).collect();
        self.initializers.push(float_tensor(name.to_owned(), Dtype::F32, shape, &data));
    }

    fn int(&mut self, name: &str, data: &[i64]) {
        self.initializers.push(int_tensor(name.to_owned(), &[data.len()], data));
    }

    fn node(&mut self, op: &str, inputs: &[&str], outputs: &[&str]) {
        self.node_with(op, inputs, outputs, Vec::new());
    }

    fn node_with(
        &mut self,
        op: &str,
        inputs: &[&str],
        outputs: &[&str],
        attributes: Vec<AttributeProto>,
    ) {
        let own = |names: &[&str]| names.iter().map(|&n| n.to_owned()).collect();
        let name = format!("{op}_{}", self.nodes.len());
        self.nodes.push(call(op, name, own(inputs), own(outputs), attributes));
    }
}

/// The value that a layer tells whoever is above it.
fn told(a: &Architecture, layer: usize) -> String {
    if a.norm { format!("told{layer}") } else { format!("h{layer}_out") }
}

/// `[rows, columns]` as `[columns, rows]`.
pub(super) fn transposed(data: &[f32], rows: usize, columns: usize) -> Vec<f32> {
    (0..columns).flat_map(|c| (0..rows).map(move |r| data[r * columns + c])).collect()
}
