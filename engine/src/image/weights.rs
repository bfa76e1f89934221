//! The ways of storing weights.

use core::fmt::{self, Display, Formatter};

/// How the weights of a model are stored.
///
/// What starts the sums (biases) is f32 in all of them; the table of tokens is f16 beside bf16 and
/// int8 weights.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Weights {
    /// Single precision.
    #[default]
    F32,
    /// bfloat16, each followed by the bits of the one before it; the arithmetic is single.
    Bf16,
    /// Integers of ±127 with a scale for each output of each matrix; what they are multiplied with
    /// is rounded to 8 bits, too, by its greatest magnitude at each step.
    Int8,
}

impl Weights {
    /// All of them, the most exact first.
    pub const ALL: [Self; 3] = [Self::F32, Self::Bf16, Self::Int8];

    /// `f32`, `bf16` or `int8`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::Bf16 => "bf16",
            Self::Int8 => "int8",
        }
    }
}

impl Display for Weights {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
