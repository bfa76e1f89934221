//! One compiled graph with its tensors.

use std::collections::HashMap;

use ort::memory::Allocator;
use ort::session::builder::GraphOptimizationLevel;
use ort::session::{IoBinding, Session};

use ort::value::{DynTensor, PrimitiveTensorElementType, TensorElementType};

use super::{Runtime, SessionError};
use crate::graph::{Dtype, IoSpec, Lowered};

/// Number of threads that one operator may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Threads(pub usize);

/// A graph compiled by ONNX Runtime, with all inputs and outputs bound to tensors that live as long
/// as the program: nothing is copied between runs except what the caller writes and reads.
pub struct Program {
    session: Session,
    binding: IoBinding,
    tensors: HashMap<String, DynTensor>,
}

impl Program {
    /// Compiles `lowered`. Every `(output, input)` of `in_place` shares one tensor: the run
    /// overwrites its own input. That is sound only where every reader of the input comes before
    /// the writer of the output in the graph's data flow.
    ///
    /// # Errors
    /// [`SessionError::Runtime`] when ONNX Runtime refuses the graph.
    pub fn new(
        runtime: &Runtime,
        lowered: &Lowered,
        in_place: &[(&str, &str)],
        threads: Threads,
    ) -> Result<Self, SessionError> {
        // Spinning worker threads nearly double the CPU time on a busy machine and save nothing.
        let session = Session::builder(&runtime.environment)?
            .with_optimization_level(GraphOptimizationLevel::Level1)?
            .with_intra_threads(threads.0)?
            .with_intra_op_spinning(false)?
            .with_flush_to_zero()?
            .commit_from_memory(&lowered.bytes)?;
        let mut binding = session.create_binding()?;
        let allocator = Allocator::default();
        let mut tensors = HashMap::new();
        for spec in &lowered.inputs {
            let tensor = new_tensor(&allocator, spec)?;
            binding.bind_input(&spec.name, &tensor)?;
            tensors.insert(spec.name.clone(), tensor);
        }
        for spec in &lowered.outputs {
            let input = in_place.iter().find(|(output, _)| *output == spec.name);
            match input.and_then(|(_, input)| tensors.get_mut(*input)) {
                Some(shared) => binding.bind_output(&spec.name, shared)?,
                None => {
                    let mut tensor = new_tensor(&allocator, spec)?;
                    binding.bind_output(&spec.name, &mut tensor)?;
                    tensors.insert(spec.name.clone(), tensor);
                }
            }
        }
        Ok(Self { session, binding, tensors })
    }

    /// Runs the graph once.
    ///
    /// # Errors
    /// [`SessionError::Runtime`] when a kernel fails, for example on an index out of range.
    pub fn run(&mut self) -> Result<(), SessionError> {
        self.session.run_binding(&self.binding)?;
        Ok(())
    }

    /// The elements of a tensor, to be written before a run.
    ///
    /// # Errors
    /// [`SessionError::Tensor`] when no tensor has that name, [`SessionError::Runtime`] when its
    /// type is another.
    pub fn write<T: PrimitiveTensorElementType>(
        &mut self,
        name: &str,
    ) -> Result<&mut [T], SessionError> {
        let tensor = self.tensors.get_mut(name).ok_or_else(|| unknown(name))?;
        Ok(tensor.try_extract_tensor_mut()?.1)
    }

    /// Whether a tensor has that name.
    pub fn has(&self, name: &str) -> bool {
        self.tensors.contains_key(name)
    }

    /// The elements of a tensor.
    ///
    /// # Errors
    /// As for [`Program::write`].
    pub fn read<T: PrimitiveTensorElementType>(&self, name: &str) -> Result<&[T], SessionError> {
        let tensor = self.tensors.get(name).ok_or_else(|| unknown(name))?;
        Ok(tensor.try_extract_tensor()?.1)
    }

    /// Copies `data` into a tensor.
    ///
    /// # Errors
    /// As for [`Program::write`], and [`SessionError::Tensor`] when the lengths differ.
    pub fn set<T: PrimitiveTensorElementType + Copy>(
        &mut self,
        name: &str,
        data: &[T],
    ) -> Result<(), SessionError> {
        let target = self.write::<T>(name)?;
        if target.len() != data.len() {
            let (given, wanted) = (data.len(), target.len());
            return Err(SessionError::Tensor { name: name.to_owned(), given, wanted });
        }
        target.copy_from_slice(data);
        Ok(())
    }

    /// Copies an output back into an input, such as a state that the next run continues from.
    ///
    /// # Errors
    /// As for [`Program::set`].
    pub fn carry(&mut self, output: &str, input: &str) -> Result<(), SessionError> {
        let source = self.tensors.get(output).ok_or_else(|| unknown(output))?.clone();
        self.set::<f32>(input, source.try_extract_tensor()?.1)
    }
}

fn unknown(name: &str) -> SessionError {
    SessionError::Tensor { name: name.to_owned(), given: 0, wanted: 0 }
}

fn new_tensor(allocator: &Allocator, spec: &IoSpec) -> Result<DynTensor, SessionError> {
    let element = match spec.dtype {
        Dtype::F32 => TensorElementType::Float32,
        Dtype::F64 => TensorElementType::Float64,
        Dtype::I64 => TensorElementType::Int64,
        Dtype::Bool => TensorElementType::Bool,
    };
    let shape: Vec<i64> = spec.shape.iter().map(|&n| n as i64).collect();
    Ok(DynTensor::new(allocator, element, shape)?)
}
