//! Constant tensors of an ONNX file.

use tract_onnx::pb::TensorProto;
use tract_onnx::pb::tensor_proto::{DataLocation, DataType};

use crate::ImportError;

/// A constant: f32 for weights, i64 for shapes, axes and indices.
#[derive(Clone, Debug)]
pub(crate) struct Tensor {
    pub(crate) dims: Vec<usize>,
    pub(crate) data: Data,
}

#[derive(Clone, Debug)]
pub(crate) enum Data {
    F32(Vec<f32>),
    I64(Vec<i64>),
}

impl Tensor {
    /// Reads an initialiser; the inner error is why the engine cannot use a sound one.
    pub(crate) fn read(proto: &TensorProto) -> Result<Result<Self, String>, ImportError> {
        let name = &proto.name;
        let malformed = |what: &str| ImportError::Malformed(format!("tensor '{name}' {what}"));
        let dims: Option<Vec<_>> = proto.dims.iter().map(|&d| usize::try_from(d).ok()).collect();
        let dims = dims.ok_or_else(|| malformed("has a negative extent"))?;
        let count = dims.iter().try_fold(1_usize, |count, &dim| count.checked_mul(dim));
        let count = count.ok_or_else(|| malformed("has more elements than memory"))?;
        if proto.data_location == Some(DataLocation::External as i32) {
            return Ok(Err(format!("tensor '{name}' lies in another file: save it inside")));
        }
        let raw = (!proto.raw_data.is_empty()).then_some(&proto.raw_data[..]);
        let data = match DataType::try_from(proto.data_type) {
            Ok(DataType::Float) => Data::F32(
                raw.map_or_else(|| proto.float_data.clone(), |raw| cast(raw, f32::from_le_bytes)),
            ),
            Ok(DataType::Double) => {
                let numbers = raw
                    .map_or_else(|| proto.double_data.clone(), |raw| cast(raw, f64::from_le_bytes));
                Data::F32(numbers.into_iter().map(|x| x as f32).collect())
            }
            Ok(DataType::Int64) => Data::I64(
                raw.map_or_else(|| proto.int64_data.clone(), |raw| cast(raw, i64::from_le_bytes)),
            ),
            Ok(DataType::Int32) => {
                let numbers = raw
                    .map_or_else(|| proto.int32_data.clone(), |raw| cast(raw, i32::from_le_bytes));
                Data::I64(numbers.into_iter().map(i64::from).collect())
            }
            Ok(other) => {
                let kind = other.as_str_name();
                return Ok(Err(format!(
                    "tensor '{name}' is of type {kind}: only f32, f64, i32 and i64 are read"
                )));
            }
            Err(_) => return Err(malformed("has an unknown type")),
        };
        if let Data::F32(numbers) = &data
            && let Some(number) = numbers.iter().find(|number| !number.is_finite())
        {
            return Ok(Err(format!("tensor '{name}' holds the number {number}")));
        }
        let len = match &data {
            Data::F32(numbers) => numbers.len(),
            Data::I64(numbers) => numbers.len(),
        };
        if len != count {
            return Err(malformed(&format!(
                "has {len} elements where its shape {dims:?} has {count}"
            )));
        }
        Ok(Ok(Self { dims, data }))
    }

    pub(crate) fn floats(&self) -> Option<&[f32]> {
        match &self.data {
            Data::F32(numbers) => Some(numbers),
            Data::I64(_) => None,
        }
    }

    pub(crate) fn integers(&self) -> Option<&[i64]> {
        match &self.data {
            Data::I64(numbers) => Some(numbers),
            Data::F32(_) => None,
        }
    }

    pub(crate) fn is_zero(&self) -> bool {
        match &self.data {
            Data::F32(numbers) => numbers.iter().all(|&x| x == 0.0),
            Data::I64(numbers) => numbers.iter().all(|&x| x == 0),
        }
    }

    /// The two last extents, where all before them are 1.
    pub(crate) fn matrix(&self) -> Option<(usize, usize, &[f32])> {
        let (&columns, rest) = self.dims.split_last()?;
        let (&rows, rest) = rest.split_last()?;
        rest.iter().all(|&dim| dim == 1).then_some((rows, columns, self.floats()?))
    }
}

/// Whole elements of `N` bytes; a rest shows as a wrong count of elements.
fn cast<T, const N: usize>(raw: &[u8], read: impl Fn([u8; N]) -> T) -> Vec<T> {
    let (elements, rest) = raw.as_chunks();
    if rest.is_empty() { elements.iter().map(|&bytes| read(bytes)).collect() } else { Vec::new() }
}
