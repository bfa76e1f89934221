//! Reads an ONNX graph as a network.
//!
//! The graph is interpreted once from front to back, with knowledge of each value instead of
//! numbers. A node that is not understood is a complaint only if an output depends on it.

mod conclude;
mod graph;
mod index;
mod linear;
mod metadata;
mod node;
mod recurrent;
mod shape;
mod tensor;
mod value;

pub(crate) use conclude::{Heard, Reading, Roles};
pub(crate) use metadata::{Metadata, fingerprint};
pub(crate) use recurrent::Recurrent;
pub(crate) use tensor::Tensor;
pub(crate) use value::{Affine, MAX_PARAMETERS, Source, Told, diagonal, transposed};
