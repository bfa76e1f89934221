//! The networks that are trained and the graphs that train them.
//!
//! All weights of a network form one flat vector ([`Layout`] says where each tensor lies), and so
//! do the optimiser's moments: a step graph has three tensors of state, updated in place.

mod adam;
mod eval;
mod feed;
mod harmony;
mod language;
mod layout;
mod loss;
mod step;

pub use adam::Adam;
pub use eval::eval_graph;
pub use harmony::distance as tonal_distance;
pub(crate) use language::unpack;
pub use layout::{Init, Layout, Tensor};
pub use step::{IN_PLACE, Masks, StepShape, step_graph};

use serde::{Deserialize, Serialize};

use crate::graph::Cell;

/// Which network is trained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Embedding, LSTM layers, linear head.
    Lstm,
    /// Embedding, GRU layers, linear head.
    Gru,
}

impl Kind {
    /// The recurrent cell.
    pub const fn cell(self) -> Cell {
        match self {
            Self::Lstm => Cell::Lstm,
            Self::Gru => Cell::Gru,
        }
    }

    /// The name used in options, files and metadata.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Lstm => "lstm",
            Self::Gru => "gru",
        }
    }

    /// The recurrent states, as graph inputs are called; outputs have `_out` behind it.
    pub const fn states(self) -> &'static [&'static str] {
        match self {
            Self::Lstm => &["h", "c"],
            Self::Gru => &["h"],
        }
    }
}

/// What a network hears and predicts at every step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// One token: an embedding before the layers, a softmax after them.
    #[default]
    Tokens,
    /// The keys of a frame, each there or not, independently of each other: the first layer hears
    /// them as they are, a logistic function for every key stands at the end.
    Keys,
}

/// Sizes of a recurrent model: token → embedding → layers → logits, or keys → layers → logits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Architecture {
    /// Recurrent cell.
    pub kind: Kind,
    /// What it hears and predicts.
    #[serde(default)]
    pub form: Form,
    /// Number of tokens of the vocabulary, or of keys.
    pub vocab: usize,
    /// Width of a token's embedding; of no meaning for keys.
    pub embed: usize,
    /// Width of a layer's state.
    pub hidden: usize,
    /// Number of recurrent layers.
    pub layers: usize,
    /// Whether the head is the embedding, transposed; `embed` is `hidden` then.
    #[serde(default)]
    pub tied: bool,
    /// Whether what each layer tells the layer above it, or the head, is normalised (Ba, Kiros & Hinton 2016).
    #[serde(default, skip_serializing_if = "is_false")]
    pub norm: bool,
    /// Features of what other parts do, heard beside every token; 0 where none are.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub others: usize,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
fn is_false(flag: &bool) -> bool {
    !*flag
}

impl Architecture {
    /// The weights and where they lie in the flat vector.
    pub fn layout(&self) -> Layout {
        language::layout(self)
    }

    /// Numbers that the first layer's kernel takes in.
    pub const fn inputs(&self) -> usize {
        match self.form {
            Form::Tokens => self.embed,
            Form::Keys => self.vocab,
        }
    }
}
