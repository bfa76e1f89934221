//! One compiled graph with its tensors.

use std::collections::HashMap;

use ort::memory::{AllocationDevice, Allocator, AllocatorType, MemoryInfo, MemoryType};
use ort::session::builder::GraphOptimizationLevel;
use ort::session::{IoBinding, Session};
use ort::value::PrimitiveTensorElementType;

use super::tensor::Tensor;
use super::{Placement, Runtime, SessionError, cuda};
use crate::graph::Lowered;

/// Number of threads that one operator may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Threads(pub usize);

/// A graph compiled by ONNX Runtime, with all inputs and outputs bound to tensors that live as long
/// as the program, on the device that it runs on: nothing is copied between runs except what the caller
/// writes and reads.
pub struct Program {
    binding: IoBinding,
    tensors: HashMap<String, Tensor>,
    /// Names of the tensors that a run writes.
    written: Vec<String>,
    session: Session,
}

impl Program {
    /// Compiles `lowered` for the runtime's device. Every `(output, input)` of `in_place` shares one tensor: the
    /// run overwrites its own input. That is sound only where every reader of the input comes before
    /// the writer of the output in the graph's data flow.
    ///
    /// # Errors
    /// [`SessionError::Runtime`] when ONNX Runtime refuses the graph, as it does where a node would have to
    /// leave a CUDA device.
    pub fn new(
        runtime: &Runtime,
        lowered: &Lowered,
        in_place: &[(&str, &str)],
        threads: Threads,
    ) -> Result<Self, SessionError> {
        // Spinning worker threads nearly double the CPU time on a busy machine and save nothing.
        let mut builder = Session::builder(&runtime.environment)?
            .with_optimization_level(GraphOptimizationLevel::Level1)?
            .with_intra_threads(threads.0)?
            .with_intra_op_spinning(false)?
            .with_flush_to_zero()?;
        let on_device = runtime.placement == Placement::Cuda;
        if on_device {
            builder = builder
                .with_disable_cpu_fallback()?
                .with_execution_providers([cuda::provider()])?;
        }
        let session = builder.commit_from_memory(&lowered.bytes)?;
        let device = match on_device {
            true => Some(Allocator::new(
                &session,
                MemoryInfo::new(
                    AllocationDevice::CUDA,
                    cuda::DEVICE,
                    AllocatorType::Device,
                    MemoryType::Default,
                )?,
            )?),
            false => None,
        };
        Self::bound(session, lowered, in_place, device.as_ref())
    }

    /// A session with its tensors, in the memory of `device` or of the host.
    fn bound(
        session: Session,
        lowered: &Lowered,
        in_place: &[(&str, &str)],
        device: Option<&Allocator>,
    ) -> Result<Self, SessionError> {
        let mut binding = session.create_binding()?;
        let mut tensors = HashMap::new();
        for spec in &lowered.inputs {
            let tensor = Tensor::new(device, spec)?;
            binding.bind_input(&spec.name, tensor.bound())?;
            tensors.insert(spec.name.clone(), tensor);
        }
        let mut written = Vec::new();
        for spec in &lowered.outputs {
            let input = in_place.iter().find(|(output, _)| *output == spec.name);
            let shared =
                input.map(|(_, input)| *input).filter(|input| tensors.contains_key(*input));
            let name = shared.unwrap_or(&spec.name);
            if shared.is_none() {
                tensors.insert(spec.name.clone(), Tensor::new(device, spec)?);
            }
            if let Some(tensor) = tensors.get_mut(name) {
                binding.bind_output(&spec.name, tensor.bound_mut())?;
            }
            written.push(name.to_owned());
        }
        Ok(Self { binding, tensors, written, session })
    }

    /// Runs the graph once.
    ///
    /// # Errors
    /// [`SessionError::Runtime`] when a kernel fails, for example on an index out of range.
    pub fn run(&mut self) -> Result<(), SessionError> {
        for tensor in self.tensors.values_mut() {
            tensor.upload()?;
        }
        self.session.run_binding(&self.binding)?;
        for name in &self.written {
            if let Some(tensor) = self.tensors.get_mut(name) {
                tensor.forget_host();
            }
        }
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
        Ok(tensor.host_mut()?.try_extract_tensor_mut()?.1)
    }

    /// The elements of one of `rows` equal parts of a tensor, to be written before a run.
    ///
    /// # Errors
    /// As for [`Program::write`], and [`SessionError::Tensor`] when it has no such part.
    pub fn write_row<T: PrimitiveTensorElementType>(
        &mut self,
        name: &str,
        row: usize,
        rows: usize,
    ) -> Result<&mut [T], SessionError> {
        let all = self.write::<T>(name)?;
        let (given, wanted) = (row + 1, rows);
        let width = all.len() / rows.max(1);
        let part = all.get_mut(row * width..(row + 1) * width);
        part.ok_or_else(|| SessionError::Tensor { name: name.to_owned(), given, wanted })
    }

    /// Copies `data` into one of `rows` equal parts of a tensor.
    ///
    /// # Errors
    /// As for [`Program::write_row`], and [`SessionError::Tensor`] when the lengths differ.
    pub fn set_row<T: PrimitiveTensorElementType + Copy>(
        &mut self,
        name: &str,
        row: usize,
        rows: usize,
        data: &[T],
    ) -> Result<(), SessionError> {
        if rows == 1 {
            return self.set(name, data);
        }
        let part = self.write_row::<T>(name, row, rows)?;
        let (given, wanted) = (data.len(), part.len());
        if given != wanted {
            return Err(SessionError::Tensor { name: name.to_owned(), given, wanted });
        }
        part.copy_from_slice(data);
        Ok(())
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
        Ok(tensor.host()?.try_extract_tensor()?.1)
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
        let tensor = self.tensors.get_mut(name).ok_or_else(|| unknown(name))?;
        if tensor.len() != data.len() {
            let (given, wanted) = (data.len(), tensor.len());
            return Err(SessionError::Tensor { name: name.to_owned(), given, wanted });
        }
        tensor.host_to_overwrite()?.try_extract_tensor_mut::<T>()?.1.copy_from_slice(data);
        Ok(())
    }

    /// Copies an output back into an input, such as a state that the next run continues from. On a device it
    /// stays there.
    ///
    /// # Errors
    /// As for [`Program::set`].
    pub fn carry(&mut self, output: &str, input: &str) -> Result<(), SessionError> {
        // Taken out, because both are in the same map.
        let source = self.tensors.remove(output).ok_or_else(|| unknown(output))?;
        let copied = self.take_over(input, &source);
        self.tensors.insert(output.to_owned(), source);
        copied
    }

    /// Copies a tensor of another program on the same device into one of this. On a device it stays there.
    ///
    /// # Errors
    /// As for [`Program::set`].
    pub fn set_from(&mut self, name: &str, other: &Self, source: &str) -> Result<(), SessionError> {
        self.take_over(name, other.tensors.get(source).ok_or_else(|| unknown(source))?)
    }

    fn take_over(&mut self, name: &str, source: &Tensor) -> Result<(), SessionError> {
        let target = self.tensors.get_mut(name).ok_or_else(|| unknown(name))?;
        if target.len() != source.len() {
            let (given, wanted) = (source.len(), target.len());
            return Err(SessionError::Tensor { name: name.to_owned(), given, wanted });
        }
        target.take_over(source)
    }
}

fn unknown(name: &str) -> SessionError {
    SessionError::Tensor { name: name.to_owned(), given: 0, wanted: 0 }
}

#[cfg(test)]
mod tests {
    use ort::memory::Allocator;
    use ort::session::Session;

    use super::{Program, Runtime, SessionError};
    use crate::graph::{Dtype, Graph, Lowered};

    /// What is told of a session: `y = x + w`, and `w` grows by `y`; `s` is carried on.
    fn lowered() -> Lowered {
        let mut graph = Graph::new(Dtype::F32);
        let [x, w, s] = ["x", "w", "s"].map(|name| graph.input(name, &[3]));
        let y = graph.add(x, w);
        let (grown, carried) = (graph.add(w, y), graph.add(s, y));
        graph.lower(&[("y", y), ("w_out", grown), ("s_out", carried)])
    }

    /// All that is read while programs are written, run and copied from each other.
    fn told(device: Option<&Allocator>) -> Result<Vec<Vec<f32>>, SessionError> {
        let (runtime, lowered) = (Runtime::load()?, lowered());
        let open = || {
            let session =
                Session::builder(&runtime.environment)?.commit_from_memory(&lowered.bytes)?;
            Program::bound(session, &lowered, &[("w_out", "w")], device)
        };
        let (mut one, mut other) = (open()?, open()?);
        let mut told = Vec::new();
        one.set("x", &[1.0_f32, 2.0, 3.0])?;
        one.set("w", &[10.0_f32, 20.0, 30.0])?;
        one.write::<f32>("s")?.fill(0.5);
        for round in 0..3 {
            // A part of what is there already is changed.
            one.write::<f32>("x")?[round] += 100.0;
            one.run()?;
            one.carry("s_out", "s")?;
            if round != 1 {
                told.extend([one.read("y")?.to_vec(), one.read("w")?.to_vec()]);
            }
        }
        one.write::<f32>("w")?[1] = -1.0;
        told.push(one.read("w")?.to_vec());
        // What was written and has not been run yet is what the other takes over.
        other.set_from("w", &one, "w")?;
        other.set_from("x", &one, "y")?;
        other.set_from("s", &one, "s")?;
        other.run()?;
        told.extend(["x", "y", "w", "s", "s_out"].map(|name| other.read(name).unwrap().to_vec()));
        told.push(one.read("s")?.to_vec());
        Ok(told)
    }

    #[test]
    fn tensors_on_a_device_hold_what_those_on_the_host_do() {
        // The host's memory, taken for a device's: what lies there is copied as if it were.
        let host = told(None).expect("ONNX Runtime: `cargo xtask setup` installs it");
        let device = told(Some(&Allocator::default())).expect("the same");
        assert_eq!(host, device);
        assert_eq!(host[1], [111.0 + 10.0, 42.0, 63.0]);
    }
}
