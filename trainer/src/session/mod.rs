//! Running lowered graphs through ONNX Runtime.
//!
//! [`Runtime`] finds and loads the shared library once per process; [`Program`] is one compiled
//! graph with its input and output tensors, which stay where they are between runs.

mod library;
mod program;

use std::sync::{Mutex, PoisonError};

pub use program::{Program, Threads};

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
        "the CUDA device is not available: this build of the trainer runs on the CPU; \
         use --device cpu"
    )]
    CudaAbsent,
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

impl<R> From<ort::Error<R>> for SessionError {
    fn from(e: ort::Error<R>) -> Self {
        Self::Runtime(e.to_string())
    }
}

/// The loaded library. Cheap to clone; one environment serves the whole process.
#[derive(Clone)]
pub struct Runtime {
    environment: ort::environment::Environment,
}

static LOADED: Mutex<Option<Runtime>> = Mutex::new(None);

impl Runtime {
    /// Loads the library, or returns the one that is loaded already.
    ///
    /// # Errors
    /// [`SessionError::LibraryMissing`] or [`SessionError::LibraryUnusable`]; both name the remedy.
    pub fn load() -> Result<Self, SessionError> {
        let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(runtime) = loaded.as_ref() {
            return Ok(runtime.clone());
        }
        let path = library::find().ok_or(SessionError::LibraryMissing)?;
        let unusable = |reason: String| SessionError::LibraryUnusable {
            path: path.display().to_string(),
            reason,
        };
        let environment = ort::init_from(&path)
            .map_err(|e| unusable(e.to_string()))?
            .with_telemetry(false)
            .build()
            .map_err(|e| unusable(e.to_string()))?;
        environment.set_log_level(ort::logging::LogLevel::Error);
        let runtime = Self { environment };
        *loaded = Some(runtime.clone());
        Ok(runtime)
    }
}
