//! Inputs and outputs of an ONNX model from a file.

use prost::Message;

use super::ir::{Dtype, IoSpec};
use super::lower::Lowered;
use super::onnx::{DataType, ModelProto, ValueInfoProto, dimension};

/// Why a file is not run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The bytes are not a model.
    #[error("this is not an ONNX model ({0})")]
    Malformed(String),
    /// An input or output has an element type or a shape that is not fixed in the file.
    #[error("{name} of the ONNX model has no fixed shape of floats or 64-bit integers")]
    Unsupported {
        /// The input or output.
        name: String,
    },
}

impl Lowered {
    /// Reads the inputs and outputs of a model, so that it can be run like our own graphs.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn read(bytes: Vec<u8>) -> Result<Self, ReadError> {
        let model = ModelProto::decode(bytes.as_slice())
            .map_err(|error| ReadError::Malformed(error.to_string()))?;
        let graph = model.graph.ok_or_else(|| ReadError::Malformed("it has no graph".into()))?;
        // Older files list their weights among the inputs.
        let fed = graph.input.iter().filter(|v| graph.initializer.iter().all(|w| w.name != v.name));
        let inputs = fed.map(spec).collect::<Result<_, _>>()?;
        let outputs = graph.output.iter().map(spec).collect::<Result<_, _>>()?;
        let nodes = graph.node.len();
        Ok(Self { bytes, inputs, outputs, nodes })
    }
}

fn spec(value: &ValueInfoProto) -> Result<IoSpec, ReadError> {
    let name = value.name.clone();
    let found = (|| {
        let tensor = value.r#type.as_ref()?.tensor_type.as_ref()?;
        let dtype = match DataType::try_from(tensor.elem_type).ok()? {
            DataType::Float => Dtype::F32,
            DataType::Int64 => Dtype::I64,
            _ => return None,
        };
        let axis = |value: &Option<dimension::Value>| match value {
            Some(dimension::Value::DimValue(n)) => usize::try_from(*n).ok(),
            _ => None,
        };
        let dims = &tensor.shape.as_ref()?.dim;
        let shape = dims.iter().map(|d| axis(&d.value)).collect::<Option<Vec<_>>>()?;
        Some((dtype, shape))
    })();
    match found {
        Some((dtype, shape)) => Ok(IoSpec { name, dtype, shape }),
        None => Err(ReadError::Unsupported { name }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::Graph;

    #[test]
    fn a_lowered_graph_reads_back_with_the_same_inputs_and_outputs() {
        let g = &mut Graph::new(Dtype::F32);
        let x = g.input("x", &[2, 3]);
        let index = g.input_ints("index", &[4]);
        let y = g.rows(x, index);
        let lowered = g.lower(&[("y", y)]);
        let read = Lowered::read(lowered.bytes.clone()).expect("our own model");
        assert_eq!((read.inputs, read.outputs), (lowered.inputs, lowered.outputs));
        let cut = lowered.bytes[..lowered.bytes.len() - 3].to_vec();
        assert!(matches!(Lowered::read(cut), Err(ReadError::Malformed(_))));
    }
}
