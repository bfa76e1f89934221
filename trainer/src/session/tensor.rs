//! A tensor of a program: on the host, or on a device with a copy on the host where that is wanted.

use std::cell::OnceCell;

use ort::memory::Allocator;
use ort::value::{DynTensor, PrimitiveTensorElementType, TensorElementType};

use super::SessionError;
use crate::graph::{Dtype, IoSpec};

/// A tensor that lives as long as its program.
pub(super) struct Tensor {
    /// What the program is bound to.
    bound: DynTensor,
    /// Where that is on a device, its copy on the host: there only while it is as new, or newer.
    copy: Option<OnceCell<DynTensor>>,
    /// The copy is newer.
    ahead: bool,
    element: TensorElementType,
    shape: Vec<i64>,
}

impl Tensor {
    /// A tensor in the memory of `device`, or of the host.
    pub fn new(device: Option<&Allocator>, spec: &IoSpec) -> Result<Self, SessionError> {
        let element = match spec.dtype {
            Dtype::F32 => TensorElementType::Float32,
            Dtype::F64 => TensorElementType::Float64,
            Dtype::I64 => TensorElementType::Int64,
            Dtype::Bool => TensorElementType::Bool,
        };
        let shape: Vec<i64> = spec.shape.iter().map(|&n| n as i64).collect();
        let bound = match device {
            Some(device) => DynTensor::new(device, element, shape.clone())?,
            None => DynTensor::new(&Allocator::default(), element, shape.clone())?,
        };
        let copy = device.map(|_| OnceCell::new());
        Ok(Self { bound, copy, ahead: false, element, shape })
    }

    /// What a program is bound to.
    pub fn bound(&self) -> &DynTensor {
        &self.bound
    }

    /// The same, to be written by it.
    pub fn bound_mut(&mut self) -> &mut DynTensor {
        &mut self.bound
    }

    /// Its number of elements.
    pub fn len(&self) -> usize {
        self.shape.iter().product::<i64>() as usize
    }

    fn on_host(&self) -> Result<DynTensor, SessionError> {
        Ok(DynTensor::new(&Allocator::default(), self.element, self.shape.clone())?)
    }

    /// Its elements on the host, fetched if they are not there.
    pub fn host(&self) -> Result<&DynTensor, SessionError> {
        let Some(copy) = &self.copy else { return Ok(&self.bound) };
        if let Some(there) = copy.get() {
            return Ok(there);
        }
        let mut fetched = self.on_host()?;
        self.bound.copy_into(&mut fetched)?;
        Ok(copy.get_or_init(|| fetched))
    }

    /// The same, to be changed.
    pub fn host_mut(&mut self) -> Result<&mut DynTensor, SessionError> {
        if self.copy.is_some() {
            self.host()?;
        }
        Ok(self.changed())
    }

    /// Its elements on the host, all of which are about to be written: they may be anything.
    pub fn host_to_overwrite(&mut self) -> Result<&mut DynTensor, SessionError> {
        if let Some(copy) = &self.copy
            && copy.get().is_none()
        {
            let fresh = self.on_host()?;
            copy.get_or_init(|| fresh);
        }
        Ok(self.changed())
    }

    fn changed(&mut self) -> &mut DynTensor {
        self.ahead = self.copy.is_some();
        self.copy.as_mut().and_then(OnceCell::get_mut).unwrap_or(&mut self.bound)
    }

    /// Brings to the device what was changed on the host.
    pub fn upload(&mut self) -> Result<(), SessionError> {
        if let Some(copy) = self.copy.as_ref().and_then(OnceCell::get).filter(|_| self.ahead) {
            copy.copy_into(&mut self.bound)?;
        }
        self.ahead = false;
        Ok(())
    }

    /// What is on the device has changed.
    pub fn forget_host(&mut self) {
        if let Some(copy) = &mut self.copy {
            copy.take();
        }
        self.ahead = false;
    }

    /// Takes over the elements of another of as many and of the same type: from device to device, from host to host.
    pub fn take_over(&mut self, source: &Self) -> Result<(), SessionError> {
        if self.copy.is_some() && source.copy.is_some() && !source.ahead {
            source.bound.copy_into(&mut self.bound)?;
            self.forget_host();
            return Ok(());
        }
        match self.element {
            TensorElementType::Int64 => self.copy_on_host::<i64>(source),
            _ => self.copy_on_host::<f32>(source),
        }
    }

    fn copy_on_host<T: PrimitiveTensorElementType + Copy>(
        &mut self,
        source: &Self,
    ) -> Result<(), SessionError> {
        let from = source.host()?.try_extract_tensor::<T>()?.1;
        self.host_to_overwrite()?.try_extract_tensor_mut()?.1.copy_from_slice(from);
        Ok(())
    }
}
