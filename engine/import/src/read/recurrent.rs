//! LSTM and GRU nodes.

use musigan_engine::image::Architecture;

use super::node::Node;
use super::value::{Affine, Memory, Source, Value, transposed};
use crate::writer::{Embedding, Layer};

/// A recurrent node as the graph has it.
#[derive(Clone, Debug)]
pub(crate) struct Recurrent {
    pub(crate) architecture: Architecture,
    pub(crate) width: usize,
    input: Affine,
    /// W, `[G·width, I]`.
    kernel: Vec<f32>,
    /// R, `[G·width, width]`.
    recurrent: Vec<f32>,
    /// B, `[2·G·width]`: input biases, then recurrent biases.
    bias: Vec<f32>,
    /// Where each state comes from: graph input and row. None where it begins with nothing heard.
    pub(crate) states: Vec<(Memory, usize, usize)>,
    /// The graph input that is the token, one-hot, where X is one.
    pub(crate) one_hot: Option<usize>,
}

/// The positions of a recurrent node's inputs; X is the first.
const W: usize = 1;
const R: usize = 2;
const B: usize = 3;
const SEQUENCE_LENS: usize = 4;
const INITIAL_H: usize = 5;
const INITIAL_C: usize = 6;
const PEEPHOLES: usize = 7;

impl Recurrent {
    /// Reads the node: `inputs[k]` is its input `k` if it is there, `x` the first as a vector,
    /// `layers` how many are below it.
    ///
    /// # Errors
    /// Why the engine has no such layer.
    pub(crate) fn read(
        node: Node,
        x: Option<Affine>,
        inputs: &[Option<&Value>],
        layers: usize,
    ) -> Result<Self, String> {
        let lstm = node.0.op_type == "LSTM";
        let (gates, architecture) =
            if lstm { (4, Architecture::Lstm) } else { (3, Architecture::Gru) };
        let input = |index: usize| inputs.get(index).copied().flatten();
        check_attributes(node, lstm)?;
        for (index, what) in [(SEQUENCE_LENS, "sequence_lens"), (PEEPHOLES, "peepholes")] {
            if input(index).is_some() {
                return Err(format!("has the input {what}"));
            }
        }
        let constant = |index: usize, what: &str| match input(index) {
            Some(Value::Constant(tensor)) => {
                tensor.floats().ok_or_else(|| format!("has a {what} that is not of floats"))
            }
            _ => Err(format!("has a {what} that is not constant")),
        };
        let Some(x) = x else {
            return Err("does not get its input from an embedding or the layer below".into());
        };
        let fits = match x.source {
            Source::Token => layers == 0,
            Source::Layer(below) | Source::Normal(below) => below + 1 == layers,
        };
        if !fits {
            return Err(format!(
                "gets its input from {:?} where {layers} layers are below it",
                x.source
            ));
        }
        let recurrent = constant(R, "recurrent kernel R")?.to_vec();
        let width = usize::try_from(node.integer("hidden_size", 0)).unwrap_or(0);
        let kernel = constant(W, "kernel W")?.to_vec();
        if width == 0 || width > usize::from(u16::MAX) {
            return Err(format!("has {width} units where 1 to {} are possible", u16::MAX));
        }
        if recurrent.len() != gates * width * width || kernel.len() != gates * width * x.outputs {
            return Err(format!(
                "has kernels of {} and {} weights for {width} units and {} inputs (is it bidirectional?)",
                kernel.len(),
                recurrent.len(),
                x.outputs
            ));
        }
        let bias = match input(B) {
            None => vec![0.0; 2 * gates * width],
            Some(_) => constant(B, "bias B")?.to_vec(),
        };
        if bias.len() != 2 * gates * width {
            return Err(format!("has {} biases for {width} units", bias.len()));
        }
        let states = states(if lstm { 2 } else { 1 }, input)?;
        let one_hot = match input(0) {
            Some(Value::State { input, .. }) => Some(*input),
            _ => None,
        };
        Ok(Self { architecture, width, input: x, kernel, recurrent, bias, states, one_hot })
    }

    /// A layer that hears `input`, of kernels as ONNX has them: W `[G·width, outputs of input]`,
    /// R `[G·width, width]`, B `[2·G·width]`.
    pub(crate) fn plain(
        architecture: Architecture,
        width: usize,
        input: Affine,
        [kernel, recurrent, bias]: [Vec<f32>; 3],
    ) -> Self {
        Self {
            architecture,
            width,
            input,
            kernel,
            recurrent,
            bias,
            states: Vec::new(),
            one_hot: None,
        }
    }

    /// Whether it hears the layer below normalised.
    pub(crate) fn hears_normal(&self) -> bool {
        matches!(self.input.source, Source::Normal(_))
    }

    /// Takes the embedding out of a first layer, which then hears its rows; `None` where a layer or
    /// the bare token is below it.
    pub(crate) fn take_embedding(&mut self) -> Option<Embedding> {
        let Affine { source: Source::Token, outputs: width, .. } = self.input else { return None };
        let mut numbers = self.input.matrix.take()?;
        if let Some(bias) = self.input.bias.take() {
            for row in numbers.chunks_exact_mut(width) {
                row.iter_mut().zip(&bias).for_each(|(number, bias)| *number += bias);
            }
        }
        self.input = Affine::identity(Source::Layer(0), width);
        Some(Embedding { width, numbers })
    }

    /// The layer in the engine's terms: whatever is linear before it is folded into it.
    ///
    /// # Errors
    /// Where the folded kernel would be too large.
    pub(crate) fn into_layer(self) -> Result<Layer, String> {
        let Self { width, input, .. } = self;
        let gates = self.bias.len() / (2 * width);
        // A column per gate and unit, so that the folded matrix is a row per token or unit below.
        let columns = gates * width;
        let folded = input.times(&transposed(&self.kernel, columns, input.outputs), columns)?;
        let matrix = folded.matrix.unwrap_or_default();
        let mut start = self.bias[..columns].to_vec();
        if let Some(bias) = &folded.bias {
            start.iter_mut().zip(bias).for_each(|(start, bias)| *start += bias);
        }
        // All groups but the GRU's last take the recurrent bias at once; that one waits for r.
        let (early, late) =
            self.bias[columns..].split_at(if gates == 4 { columns } else { 2 * width });
        start.iter_mut().zip(early).for_each(|(start, bias)| *start += bias);
        let row = |matrix: &[f32]| {
            let mut row = start.clone();
            row.iter_mut().zip(matrix).for_each(|(sum, weight)| *sum += weight);
            row.extend_from_slice(late);
            row
        };
        Ok(match input.source {
            Source::Token => Layer {
                width,
                below: 0,
                start: matrix.chunks_exact(columns).flat_map(row).collect(),
                recurrent: self.recurrent,
                input: Vec::new(),
            },
            Source::Layer(_) | Source::Normal(_) => Layer {
                width,
                below: input.inputs,
                start: row(&[]),
                recurrent: self.recurrent,
                input: transposed(&matrix, input.inputs, columns),
            },
        })
    }
}

/// The first `count` of h and c.
fn states<'v>(
    count: usize,
    input: impl Fn(usize) -> Option<&'v Value>,
) -> Result<Vec<(Memory, usize, usize)>, String> {
    let all = [(Memory::Hidden, INITIAL_H, "initial_h"), (Memory::Cell, INITIAL_C, "initial_c")];
    let mut states = Vec::new();
    for (memory, index, what) in all.into_iter().take(count) {
        match input(index) {
            Some(Value::State { input, rows }) if rows.len() == 1 => {
                states.push((memory, *input, rows.start));
            }
            None | Some(Value::Zeros) => {}
            Some(Value::Constant(tensor)) if tensor.is_zero() => {}
            Some(_) => {
                return Err(format!(
                    "has an {what} that is neither its own row of an input of the graph nor zero"
                ));
            }
        }
    }
    if states.is_empty() || states.len() == count {
        return Ok(states);
    }
    Err("has one state from an input of the graph and the other not".into())
}

fn check_attributes(node: Node, lstm: bool) -> Result<(), String> {
    if let Some(direction) = node.text("direction").filter(|direction| direction != "forward") {
        return Err(format!("runs in the direction {direction}: a stream only goes forward"));
    }
    if node.has("clip") {
        return Err("clips its gates".into());
    }
    if node.integer("input_forget", 0) != 0 {
        return Err("couples input and forget gate".into());
    }
    if !lstm && node.integer("linear_before_reset", 0) == 0 {
        return Err(
            "resets before the linear product: train with linear_before_reset = 1 (PyTorch's form)"
                .into(),
        );
    }
    let usual: &[&str] = if lstm { &["Sigmoid", "Tanh", "Tanh"] } else { &["Sigmoid", "Tanh"] };
    match node.texts("activations") {
        Some(found) if !found.iter().map(String::as_str).eq(usual.iter().copied()) => {
            Err(format!("has the activations {found:?} instead of {usual:?}"))
        }
        _ => Ok(()),
    }
}
