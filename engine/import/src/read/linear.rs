//! Nodes that are linear in the token or in a layer: they fold into one matrix.

use super::node::Node;
use super::tensor::Tensor;
use super::value::{Affine, MAX_PARAMETERS, Source, Value, diagonal, transposed};

/// A row of `table` per token.
pub(super) fn embed(table: &Tensor) -> Result<Affine, String> {
    let Some((inputs, outputs, numbers)) = table.matrix() else {
        return Err("looks the token up in something that is not a matrix of floats".into());
    };
    let matrix = Some(numbers.to_vec());
    Ok(Affine { source: Source::Token, inputs, outputs, matrix, bias: None })
}

/// 1 in the token's place and 0 elsewhere, `depth` numbers.
pub(super) fn one_hot(depth: &Tensor, values: Option<&Value>) -> Result<Affine, String> {
    let depth = depth.integers().and_then(|depth| usize::try_from(*depth.first()?).ok());
    let usual = match values {
        Some(Value::Constant(values)) => {
            values.floats() == Some(&[0.0, 1.0]) || values.integers() == Some(&[0, 1])
        }
        _ => false,
    };
    match depth {
        Some(depth) if usual => Ok(Affine::identity(Source::Token, depth)),
        _ => Err("writes the token with something else than 0 and 1 in a fixed width".into()),
    }
}

/// `vector × matrix`.
pub(super) fn matmul(vector: &Affine, matrix: &Tensor) -> Result<Affine, String> {
    match matrix.matrix() {
        Some((rows, columns, numbers)) if rows == vector.outputs => vector.times(numbers, columns),
        _ => Err(format!(
            "multiplies {} numbers by a constant of shape {:?}",
            vector.outputs, matrix.dims
        )),
    }
}

/// `alpha × vector × matrix + beta × bias`.
pub(super) fn gemm(
    node: Node,
    vector: &Affine,
    matrix: &Tensor,
    bias: Option<&Tensor>,
) -> Result<Affine, String> {
    if node.integer("transA", 0) != 0 {
        return Err("transposes its first factor".into());
    }
    let (alpha, beta) = (node.float("alpha", 1.0), node.float("beta", 1.0));
    let Some((rows, columns, numbers)) = matrix.matrix() else {
        return Err(format!("multiplies by a constant of shape {:?}", matrix.dims));
    };
    let (inner, columns, mut numbers) = if node.integer("transB", 0) != 0 {
        (columns, rows, transposed(numbers, rows, columns))
    } else {
        (rows, columns, numbers.to_vec())
    };
    if inner != vector.outputs {
        return Err(format!("multiplies {} numbers by {inner} rows", vector.outputs));
    }
    numbers.iter_mut().for_each(|weight| *weight *= alpha);
    let product = vector.times(&numbers, columns)?;
    match bias {
        None => Ok(product),
        Some(bias) => {
            let mut numbers = broadcast(bias, columns)?;
            numbers.iter_mut().for_each(|number| *number *= beta);
            Ok(product.plus(&numbers))
        }
    }
}

/// The layer's output `vector`, normalised, times `gain` plus `shift`.
pub(super) fn layer_norm(
    node: Node,
    vector: &Affine,
    gain: &Tensor,
    shift: Option<&Tensor>,
) -> Result<Affine, String> {
    let Affine { source: Source::Layer(layer), outputs: width, matrix: None, bias: None, .. } =
        *vector
    else {
        return Err("normalises something else than a layer's output as it is".into());
    };
    if node.integer("axis", -1) != -1 {
        return Err("normalises along another axis than the last".into());
    }
    if node.float("epsilon", EPSILON) != EPSILON {
        return Err(format!("adds another number than {EPSILON} to the variance"));
    }
    let gain = diagonal(&broadcast(gain, width)?);
    let vector = Affine::identity(Source::Normal(layer), width).times(&gain, width)?;
    match shift {
        None => Ok(vector),
        Some(shift) => Ok(vector.plus(&broadcast(shift, width)?)),
    }
}

/// The number that the engine adds to a variance: ONNX's usual one.
const EPSILON: f32 = 1e-5;

/// `vector + bias`.
pub(super) fn add(vector: Affine, bias: &Tensor) -> Result<Affine, String> {
    let bias = broadcast(bias, vector.outputs)?;
    Ok(vector.plus(&bias))
}

fn broadcast(bias: &Tensor, len: usize) -> Result<Vec<f32>, String> {
    match bias.floats() {
        Some(&[number]) if len <= MAX_PARAMETERS => Ok(vec![number; len]),
        Some(numbers) if numbers.len() == len => Ok(numbers.to_vec()),
        _ => Err(format!("adds a constant of shape {:?} to {len} numbers", bias.dims)),
    }
}
