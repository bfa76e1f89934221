//! Nodes that move numbers without changing them.

use std::ops::Range;

use musigan_engine::generator::MAX_LAYERS;

use super::node::Node;
use super::tensor::{Data, Tensor};
use super::value::{Port, Value, transposed};

/// What becomes of a value whose shape is changed: the same, unless it is a constant.
pub(super) fn reshape(node: Node, value: &Value, shape: Option<&Value>) -> Result<Value, String> {
    let Value::Constant(tensor) = value else { return Ok(value.clone()) };
    let mut dims = tensor.dims.clone();
    let axes = node.integers("axes").map(<[i64]>::to_vec).or_else(|| {
        let Some(Value::Constant(shape)) = shape else { return None };
        shape.integers().map(<[i64]>::to_vec)
    });
    let unusual = || "has a form that the importer does not know".to_owned();
    match (node.0.op_type.as_str(), axes) {
        ("Unsqueeze", Some(mut axes)) => {
            let rank = (dims.len() + axes.len()) as i64;
            axes.iter_mut().for_each(|axis| *axis += if *axis < 0 { rank } else { 0 });
            axes.sort_unstable();
            for axis in axes {
                let axis = usize::try_from(axis).ok().filter(|&axis| axis <= dims.len());
                dims.insert(axis.ok_or_else(unusual)?, 1);
            }
        }
        ("Squeeze", _) => dims.retain(|&dim| dim != 1),
        ("Reshape", Some(shape)) => {
            let count: usize = dims.iter().product();
            let known = |(axis, &dim): (usize, &i64)| match dim {
                0 => dims.get(axis).copied(),
                -1 => Some(1),
                dim => usize::try_from(dim).ok(),
            };
            let new: Option<Vec<_>> = shape.iter().enumerate().map(known).collect();
            let mut new = new.ok_or_else(unusual)?;
            let product = new.iter().try_fold(1_usize, |a, &b| a.checked_mul(b)).unwrap_or(0);
            if let Some(free) = shape.iter().position(|&dim| dim == -1) {
                new[free] = count.checked_div(product).ok_or_else(unusual)?;
            }
            dims = new;
        }
        ("Flatten", _) => dims = vec![1, dims.iter().product()],
        ("Transpose", _) => return transpose(node, tensor),
        ("Identity" | "Dropout" | "Cast", _) => {}
        _ => return Err(unusual()),
    }
    let count = dims.iter().try_fold(1_usize, |a, &b| a.checked_mul(b));
    if count != Some(tensor.dims.iter().product()) {
        return Err(format!("changes {:?} to {dims:?}", tensor.dims));
    }
    Ok(Value::Constant(Tensor { dims, data: tensor.data.clone() }))
}

fn transpose(node: Node, tensor: &Tensor) -> Result<Value, String> {
    let swaps = node.integers("perm").is_none_or(|perm| perm == [1, 0]);
    let (Some((rows, columns, numbers)), 2, true) = (tensor.matrix(), tensor.dims.len(), swaps)
    else {
        return Err("permutes a constant that is not a matrix of floats".into());
    };
    let data = Data::F32(transposed(numbers, rows, columns));
    Ok(Value::Constant(Tensor { dims: vec![columns, rows], data }))
}

/// A value that only tells of shapes, or is zero in one: what batch and time have to do with an
/// initial state.
pub(super) fn computed(node: Node, inputs: &[Option<&Value>]) -> Option<Value> {
    let any = |kind: fn(&Value) -> bool| inputs.iter().flatten().any(|value| kind(value));
    let first = inputs.first().copied().flatten();
    let zero = |value: &Value| match value {
        Value::Zeros => true,
        Value::Constant(tensor) => tensor.is_zero(),
        _ => false,
    };
    match node.0.op_type.as_str() {
        "Shape" => Some(Value::Shape),
        "ConstantOfShape" => {
            let value = node.tensor("value").map(Tensor::read);
            let zero = match value {
                None => true,
                Some(Ok(Ok(tensor))) => tensor.is_zero(),
                Some(_) => false,
            };
            zero.then_some(Value::Zeros)
        }
        "Expand" => first.is_some_and(zero).then_some(Value::Zeros),
        "Identity" | "Cast" | "Reshape" | "Squeeze" | "Unsqueeze" | "Transpose" | "Gather"
        | "Slice" | "Split" | "Concat"
            if first.is_some_and(|value| matches!(value, Value::Zeros)) =>
        {
            Some(Value::Zeros)
        }
        "Identity" | "Cast" | "Reshape" | "Squeeze" | "Unsqueeze" | "Gather" | "Slice" | "Mul"
        | "Add" | "Sub" | "Div"
            if first.is_some_and(|value| matches!(value, Value::Shape)) =>
        {
            Some(Value::Shape)
        }
        "Concat" | "Mul" | "Add" if any(|value| matches!(value, Value::Shape)) => {
            Some(Value::Shape)
        }
        _ => None,
    }
}

/// Rows of something stacked: states of layers before or after the step.
pub(super) fn rows(value: &Value, range: Range<usize>) -> Result<Value, String> {
    match value {
        Value::State { input, rows } if range.end <= rows.len() => Ok(Value::State {
            input: *input,
            rows: rows.start + range.start..rows.start + range.end,
        }),
        Value::Next(ports) if range.end <= ports.len() => Ok(Value::Next(ports[range].to_vec())),
        _ => Err("takes a part of a value that is not a stack of states".into()),
    }
}

/// How many rows are stacked in a value.
pub(super) fn stacked(value: &Value) -> usize {
    match value {
        Value::State { rows, .. } => rows.len(),
        Value::Next(ports) => ports.len(),
        _ => 1,
    }
}

/// States one below the other.
pub(super) fn concat(values: &[Option<&Value>]) -> Result<Value, String> {
    let mut ports: Vec<Port> = Vec::new();
    for value in values {
        match value {
            Some(Value::Next(more)) if ports.len() + more.len() <= 2 * MAX_LAYERS => {
                ports.extend(more);
            }
            Some(Value::Next(_)) => return Err("joins more states than layers have".into()),
            _ => return Err("joins values that are not states after the step".into()),
        }
    }
    Ok(Value::Next(ports))
}

/// The rows that `index` names, which must follow each other.
pub(super) fn gather(value: &Value, index: &Tensor) -> Result<Value, String> {
    let count = stacked(value) as i64;
    let rows: Option<Vec<_>> = index
        .integers()
        .map(|rows| rows.iter().map(|&row| if row < 0 { row + count } else { row }).collect());
    match rows.as_deref() {
        Some([first, rest @ ..])
            if (0..count).contains(first)
                && rest.iter().zip(first + 1..).all(|(&row, expected)| row == expected) =>
        {
            let first = *first as usize;
            self::rows(value, first..first + 1 + rest.len())
        }
        _ => Err("picks rows out of their order".into()),
    }
}

/// The rows from `starts` to `ends`; `inputs` follow the sliced value.
pub(super) fn slice(node: Node, value: &Value, inputs: &[Option<&Value>]) -> Result<Value, String> {
    let numbers = |index: usize, name: &str| match inputs.get(index).copied().flatten() {
        Some(Value::Constant(tensor)) => tensor.integers().map(<[i64]>::to_vec),
        _ => node.integers(name).map(<[i64]>::to_vec),
    };
    let count = stacked(value) as i64;
    let place =
        |at: i64| (if at < 0 { at.saturating_add(count) } else { at }).clamp(0, count) as usize;
    match (
        numbers(0, "starts").as_deref(),
        numbers(1, "ends").as_deref(),
        numbers(3, "steps").as_deref(),
    ) {
        (Some(&[start]), Some(&[end]), None | Some([1])) => {
            let start = place(start);
            rows(value, start..place(end).max(start))
        }
        _ => Err("slices more than one axis, or with a step".into()),
    }
}

/// Parts of the sizes given, or equal ones.
pub(super) fn split(
    node: Node,
    value: &Value,
    sizes: Option<&Value>,
) -> Result<Vec<Value>, String> {
    let parts = node.0.output.len();
    let equal = vec![(stacked(value) / parts.max(1)) as i64; parts];
    let sizes = match sizes {
        Some(Value::Constant(tensor)) => tensor.integers().map(<[i64]>::to_vec),
        _ => node.integers("split").map(<[i64]>::to_vec),
    };
    let mut start = 0;
    let take = |size: i64| {
        let end = start + usize::try_from(size).map_err(|_| "has a negative size".to_owned())?;
        let part = rows(value, start..end);
        start = end;
        part
    };
    sizes.unwrap_or(equal).into_iter().map(take).collect()
}
