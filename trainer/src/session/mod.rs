//! Running lowered graphs through ONNX Runtime.
//!
//! [`Runtime`] finds and loads the shared library once per process; [`Program`] is one compiled
//! graph with its input and output tensors, which stay where they are between runs.

mod cuda;
mod device;
mod error;
mod library;
mod program;
mod tensor;

use std::path::Path;
use std::sync::{Mutex, PoisonError};

pub use device::Device;
pub use error::SessionError;
pub use program::{Program, Threads};

use crate::graph::{Dtype, Graph};

impl<R> From<ort::Error<R>> for SessionError {
    fn from(e: ort::Error<R>) -> Self {
        Self::Runtime(e.to_string())
    }
}

/// The loaded library, and where programs run. Cheap to clone; one environment serves the whole process.
#[derive(Clone)]
pub struct Runtime {
    environment: ort::environment::Environment,
    placement: Placement,
}

/// Where programs run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placement {
    /// On the processor.
    Cpu,
    /// On the first CUDA GPU.
    Cuda,
}

static LOADED: Mutex<Option<ort::environment::Environment>> = Mutex::new(None);

impl Runtime {
    /// Loads the library, or returns the one that is loaded already; programs run on the processor.
    ///
    /// # Errors
    /// [`SessionError::LibraryMissing`] or [`SessionError::LibraryUnusable`]; both name the remedy.
    pub fn load() -> Result<Self, SessionError> {
        Self::load_on(Device::Cpu)
    }

    /// The same for programs that run on this device: the library that knows CUDA goes before the other
    /// where CUDA may be used. The first library that a process loads is the only one.
    ///
    /// # Errors
    /// As for [`load`](Self::load); [`SessionError::CudaAbsent`] where CUDA is asked for and cannot be used.
    pub fn load_on(device: Device) -> Result<Self, SessionError> {
        let with_cuda = library::find_with_cuda().filter(|_| device != Device::Cpu);
        let cuda = with_cuda.is_some() || library::is_named();
        let path = with_cuda.or_else(library::find).ok_or(SessionError::LibraryMissing)?;
        // Where CUDA's own libraries lack, the provider tells it.
        let preloaded = if device == Device::Cpu { Ok(()) } else { cuda::preload(&path) };
        let environment = environment(&path)?;
        let mut runtime = Self { environment, placement: Placement::Cpu };
        if device == Device::Cpu || (device == Device::Auto && !cuda) {
            return Ok(runtime);
        }
        runtime.placement = Placement::Cuda;
        match preloaded.and_then(|()| runtime.probe().map_err(|error| error.to_string())) {
            Ok(()) => Ok(runtime),
            Err(_) if device == Device::Auto => Ok(Self { placement: Placement::Cpu, ..runtime }),
            Err(reason) => Err(SessionError::CudaAbsent { reason: brief(&reason).to_owned() }),
        }
    }

    /// Where programs run.
    pub fn placement(&self) -> Placement {
        self.placement
    }

    /// Runs the least of graphs; what ONNX Runtime says meanwhile is told by the error.
    fn probe(&self) -> Result<(), SessionError> {
        self.environment.set_log_level(ort::logging::LogLevel::Fatal);
        let ran = self.run_the_least();
        self.environment.set_log_level(ort::logging::LogLevel::Error);
        ran
    }

    fn run_the_least(&self) -> Result<(), SessionError> {
        let mut graph = Graph::new(Dtype::F32);
        let x = graph.input("x", &[1]);
        let y = graph.add(x, x);
        let mut program = Program::new(self, &graph.lower(&[("y", y)]), &[], Threads(1))?;
        program.set("x", &[1.0_f32])?;
        program.run()?;
        program.read::<f32>("y")?;
        Ok(())
    }
}

/// What ONNX Runtime says went wrong, without where in its source and on which machine.
fn brief(reason: &str) -> &str {
    let line = reason.lines().next().unwrap_or_default();
    let after = |word| line.rfind(word).map(|at| &line[at..]);
    let said = after("CUDA failure").or_else(|| line.rsplit(" : ").next()).unwrap_or(line);
    let said = said.split(" ; ").next().unwrap_or(said);
    said.rsplit("with error: ").next().unwrap_or(said).trim()
}

/// The environment of the library at `path`, or of the one that is loaded already.
fn environment(path: &Path) -> Result<ort::environment::Environment, SessionError> {
    let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(environment) = loaded.as_ref() {
        return Ok(environment.clone());
    }
    let unusable =
        |reason: String| SessionError::LibraryUnusable { path: path.display().to_string(), reason };
    let environment = ort::init_from(path)
        .map_err(|e| unusable(e.to_string()))?
        .with_telemetry(false)
        .build()
        .map_err(|e| unusable(e.to_string()))?;
    environment.set_log_level(ort::logging::LogLevel::Error);
    *loaded = Some(environment.clone());
    Ok(environment)
}

#[cfg(test)]
mod tests {
    use super::brief;

    #[test]
    fn what_went_wrong_is_said_and_not_where() {
        let loading = "/src/bridge.cc:2043 Provider& Get() [ONNXRuntimeError] : 1 : FAIL : Failed to load library \
                       /a/b.so with error: libcublas.so.13: cannot open shared object file";
        assert_eq!(brief(loading), "libcublas.so.13: cannot open shared object file");
        let old = "/src/info.cc:63 [ONNXRuntimeError] : 1 : FAIL : Parse Failed to parse provider option \
                   \"device_id\": CUDA failure 35: CUDA driver version is insufficient ; GPU=-1 ; hostname=vm ; ";
        assert_eq!(brief(old), "CUDA failure 35: CUDA driver version is insufficient");
        assert_eq!(brief("no device"), "no device");
    }
}
