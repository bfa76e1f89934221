//! What is asked for.

use serde::{Deserialize, Serialize};

/// Where programs are to run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Device {
    /// The processor.
    Cpu,
    /// A CUDA GPU; an error where there is none.
    Cuda,
    /// A CUDA GPU where there is one, else the processor.
    #[default]
    Auto,
}
