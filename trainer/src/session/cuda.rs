//! The CUDA execution provider.

use std::path::Path;

use ort::ep::{self, ExecutionProviderDispatch};

/// Which device.
pub(super) const DEVICE: i32 = 0;

/// Folder of CUDA's own libraries, beside the ONNX Runtime library that `cargo xtask cuda` installs.
const LIBRARIES: &str = "lib";

/// Those libraries, each after what it needs (`xtask/src/cuda.rs` installs them).
const NEEDED: [&str; 4] =
    ["libcudart.so.13", "libcublasLt.so.13", "libcublas.so.13", "libcurand.so.10"];

/// The provider as every program asks for it: products in single precision are made in single precision, and
/// it is an error if it cannot be had.
pub(super) fn provider() -> ExecutionProviderDispatch {
    ep::CUDA::default().with_device_id(DEVICE).with_tf32(false).build().error_on_failure()
}

/// Loads CUDA's libraries from where they were installed with the ONNX Runtime library at `runtime`; those of
/// the system are found by the loader.
pub(super) fn preload(runtime: &Path) -> Result<(), String> {
    let Some(folder) = runtime.parent().map(|folder| folder.join(LIBRARIES)) else { return Ok(()) };
    if !folder.is_dir() {
        return Ok(());
    }
    NEEDED.iter().try_for_each(|name| {
        ort::util::preload_dylib(folder.join(name)).map_err(|error| error.to_string())
    })
}
