//! What can go wrong.

/// What can go wrong between us and ONNX Runtime.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// No library file was found.
    #[error(
        "the ONNX Runtime library is missing: run `cargo xtask setup`, which installs it under \
         target/, or point ORT_DYLIB_PATH at a libonnxruntime.so of version 1.24 or newer"
    )]
    LibraryMissing,
    /// A library file was found but not loaded.
    #[error(
        "{path} cannot be used as the ONNX Runtime library ({reason}): run `cargo xtask setup`, \
         or point ORT_DYLIB_PATH at a libonnxruntime.so of version 1.24 or newer"
    )]
    LibraryUnusable {
        /// The file.
        path: String,
        /// What the loader said.
        reason: String,
    },
    /// CUDA was asked for and is not there.
    #[error(
        "the CUDA device cannot be used ({reason}): run `cargo xtask cuda` on a machine with an NVIDIA \
         GPU, or use --device cpu"
    )]
    CudaAbsent {
        /// What is missing.
        reason: String,
    },
    /// A tensor was written or read with a wrong name, type or length.
    #[error("tensor {name}: {given} elements given, {wanted} wanted")]
    Tensor {
        /// Name of the tensor.
        name: String,
        /// Elements given.
        given: usize,
        /// Elements wanted; zero when there is no such tensor.
        wanted: usize,
    },
    /// ONNX Runtime refused.
    #[error("ONNX Runtime: {0}")]
    Runtime(String),
}
