//! Running lowered graphs through ONNX Runtime.
//!
//! [`Runtime`] finds and loads the shared library once per process; [`Program`] is one compiled
//! graph with its input and output tensors, which stay where they are between runs.

mod error;
mod library;
mod program;

use std::sync::{Mutex, PoisonError};

pub use error::SessionError;
pub use program::{Program, Threads};

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
