//! Computations as data: a graph with static shapes, a builder, reverse-mode differentiation and
//! the translation to ONNX.
//!
//! * [`Graph`] holds values and nodes; the builder methods live beside their gradient rule and
//!   their ONNX form, one file per operator family, in `ops`.
//! * [`Graph::gradients`] appends the nodes of the backward pass. A rule emits ordinary nodes, so
//!   gradients can be differentiated again, except those of recurrent layers.
//! * [`Graph::lower`] writes the nodes that the chosen outputs need as an ONNX model.

mod emit;
mod grad;
mod ir;
mod lower;
pub mod onnx;
mod ops;
pub(crate) mod proto;
mod read;

pub use ir::{Dtype, Graph, IoSpec, Val};
pub use lower::Lowered;
pub use ops::linear::Side;
pub use ops::recurrent::{Cell, Recurrence};
pub use read::ReadError;
