//! Parts of ONNX messages: nodes, tensors, attributes and the types of values.

use super::ir::Dtype;
use super::onnx::{
    AttributeProto, AttributeType, DataType, Dimension, GraphProto, IR_VERSION, ModelProto,
    NodeProto, OPSET, OperatorSetIdProto, TensorProto, TensorShapeProto, TensorTypeProto,
    TypeProto, ValueInfoProto, dimension,
};

/// An operator call of the standard domain.
pub(crate) fn call(
    op: &str,
    name: String,
    input: Vec<String>,
    output: Vec<String>,
    attribute: Vec<AttributeProto>,
) -> NodeProto {
    NodeProto { op_type: op.to_owned(), name, input, output, attribute, domain: String::new() }
}

/// Element type in ONNX's numbering.
pub(super) fn data_type(dtype: Dtype) -> DataType {
    match dtype {
        Dtype::F32 => DataType::Float,
        Dtype::F64 => DataType::Double,
        Dtype::I64 => DataType::Int64,
        Dtype::Bool => DataType::Bool,
    }
}

/// Name, type and shape of a graph input or output.
pub(crate) fn value_info(name: &str, dtype: Dtype, shape: &[usize]) -> ValueInfoProto {
    let dim = shape
        .iter()
        .map(|&n| Dimension { value: Some(dimension::Value::DimValue(n as i64)) })
        .collect();
    let tensor_type = TensorTypeProto {
        elem_type: data_type(dtype) as i32,
        shape: Some(TensorShapeProto { dim }),
    };
    ValueInfoProto {
        name: name.to_owned(),
        r#type: Some(TypeProto { tensor_type: Some(tensor_type) }),
        doc_string: String::new(),
    }
}

/// Integers as a tensor.
pub(crate) fn int_tensor(name: String, shape: &[usize], data: &[i64]) -> TensorProto {
    TensorProto {
        dims: shape.iter().map(|&n| n as i64).collect(),
        data_type: DataType::Int64 as i32,
        name,
        raw_data: data.iter().flat_map(|x| x.to_le_bytes()).collect(),
    }
}

/// Floats as a tensor of type `dtype`.
pub(crate) fn float_tensor(
    name: String,
    dtype: Dtype,
    shape: &[usize],
    data: &[f64],
) -> TensorProto {
    let raw_data = match dtype {
        Dtype::F64 => data.iter().flat_map(|x| x.to_le_bytes()).collect(),
        _ => data.iter().flat_map(|&x| (x as f32).to_le_bytes()).collect(),
    };
    TensorProto {
        dims: shape.iter().map(|&n| n as i64).collect(),
        data_type: data_type(dtype) as i32,
        name,
        raw_data,
    }
}

/// An integer attribute.
pub(crate) fn int(name: &str, i: i64) -> AttributeProto {
    let r#type = AttributeType::Int as i32;
    AttributeProto { name: name.to_owned(), i, r#type, ..AttributeProto::default() }
}

/// A float attribute.
pub(crate) fn float(name: &str, f: f32) -> AttributeProto {
    let r#type = AttributeType::Float as i32;
    AttributeProto { name: name.to_owned(), f, r#type, ..AttributeProto::default() }
}

/// An attribute of several integers.
pub(crate) fn ints(name: &str, ints: &[i64]) -> AttributeProto {
    let r#type = AttributeType::Ints as i32;
    let ints = ints.to_vec();
    AttributeProto { name: name.to_owned(), ints, r#type, ..AttributeProto::default() }
}

/// A string attribute.
pub(crate) fn string(name: &str, s: &str) -> AttributeProto {
    let r#type = AttributeType::String as i32;
    let s = s.as_bytes().to_vec();
    AttributeProto { name: name.to_owned(), s, r#type, ..AttributeProto::default() }
}

/// A subgraph attribute.
pub(crate) fn subgraph(name: &str, g: GraphProto) -> AttributeProto {
    let r#type = AttributeType::Graph as i32;
    AttributeProto { name: name.to_owned(), g: Some(g), r#type, ..AttributeProto::default() }
}

/// Wraps a graph in a model of the pinned operator set.
pub(crate) fn model(graph: GraphProto) -> ModelProto {
    ModelProto {
        ir_version: IR_VERSION,
        producer_name: "musigan-train".to_owned(),
        producer_version: env!("CARGO_PKG_VERSION").to_owned(),
        graph: Some(graph),
        opset_import: vec![OperatorSetIdProto { domain: String::new(), version: OPSET }],
        ..ModelProto::default()
    }
}
