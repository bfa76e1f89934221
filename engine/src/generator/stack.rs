//! A stack of recurrent layers and a head, their weights stored in one way.

use core::mem::take;

use musigan_score::Token;
use musigan_score::link::Picture;

use super::{MAX_LAYERS, Wanted};
use crate::kernel::Operation;
use crate::kernel::lanes::{LANES, Lanes};
use crate::kernel::panel::Walk;
use crate::kernel::storage::Storage;
use crate::layer::dense::{Dense, OUTPUTS};
use crate::layer::embedding::Embedding;
use crate::layer::normal::normalise;
use crate::layer::{Gates, Recurrence};

/// The last number of the state: which way the step before walked.
const TURN_LEN: usize = 1;

#[derive(Clone, Copy)]
pub(crate) struct Stack<'a, C: Gates, S: Storage> {
    /// The first layer, and those above it.
    pub(crate) layers: [Option<Recurrence<'a, C, S>>; MAX_LAYERS],
    /// Whether what a layer tells whoever is above it is normalised.
    pub(crate) normal: [bool; MAX_LAYERS],
    /// What the first layer hears, where it is not folded into it.
    pub(crate) embedding: Option<Embedding<'a>>,
    /// What each feature of a picture of other parts adds to that, where they are heard.
    pub(crate) others: Option<Embedding<'a>>,
    pub(crate) head: Dense<'a, S>,
}

impl<'a, C: Gates, S: Storage> Stack<'a, C, S> {
    pub(crate) fn layers(&self) -> impl Iterator<Item = &Recurrence<'a, C, S>> {
        self.layers.iter().flatten()
    }

    /// Numbers in the scratch that all layers share.
    fn scratch_len(&self) -> usize {
        let layers = self.layers().map(|layer| layer.shape.padded()).max().unwrap_or(0);
        layers.max(self.heard_width())
    }

    /// Numbers that are made of token and picture; 0 where no picture is heard.
    fn heard_width(&self) -> usize {
        self.others.map_or(0, |others| others.width().get())
    }

    /// Numbers in the memory of what is made of them.
    fn heard_len(&self) -> usize {
        if self.others.is_some() { S::memory_len(self.heard_width()) } else { 0 }
    }

    /// Whether pictures of other parts are heard.
    pub(crate) fn listens(&self) -> bool {
        self.others.is_some()
    }

    pub(crate) fn state_len(&self) -> usize {
        let memory: usize = self.layers().map(|layer| layer.shape.memory_len::<S>()).sum();
        let normal = self.layers().zip(self.normal).filter(|(_, normal)| *normal);
        let normal: usize = normal.map(|(layer, _)| S::memory_len(layer.shape.padded())).sum();
        TURN_LEN + self.scratch_len() + self.heard_len() + memory + normal
    }

    pub(crate) fn macs_per_step(&self) -> usize {
        let layers: usize = self.layers().map(|layer| C::GATES * LANES * layer.weights.len()).sum();
        S::INPUTS * (layers + OUTPUTS * self.head.weights.len())
    }
}

/// One step of a stack.
pub(crate) struct Step<'s, 'm, C: Gates, S: Storage> {
    pub(crate) stack: &'s Stack<'m, C, S>,
    pub(crate) state: &'s mut [f32],
    pub(crate) heard: Token,
    pub(crate) others: Picture,
    pub(crate) wanted: Wanted,
    pub(crate) logits: &'s mut [f32],
}

impl<C: Gates, S: Storage> Operation for Step<'_, '_, C, S> {
    #[inline(always)]
    fn run<V: Lanes>(self) {
        let Some((turn, state)) = self.state.split_last_mut() else { return };
        let walk = if *turn > 0.0 { Walk::Back } else { Walk::Forth };
        *turn = if *turn > 0.0 { -1.0 } else { 1.0 };
        let Some((scratch, mut rest)) = state.split_at_mut_checked(self.stack.scratch_len()) else {
            return;
        };
        let mut token = usize::from(self.heard.0);
        let Some((told, layers)) = rest.split_at_mut_checked(self.stack.heard_len()) else {
            return;
        };
        rest = layers;
        let mut below = match (self.stack.embedding, self.stack.others) {
            (Some(embedding), Some(others)) => {
                let width = others.width().get();
                let Some(sum) = scratch.get_mut(..width) else { return };
                sum.fill(0.0);
                embedding.add_row(token, sum);
                for feature in self.others.features() {
                    others.add_row(feature, sum);
                }
                S::tell::<V>(sum, told);
                S::hear(told, width)
            }
            (Some(embedding), None) => S::look_up(embedding, token),
            (None, _) => S::Heard::default(),
        };
        for (layer, normal) in self.stack.layers().zip(self.stack.normal) {
            let padded = layer.shape.padded();
            let split = take(&mut rest).split_at_mut_checked(S::memory_len(padded));
            let Some((told, others)) = split else { return };
            let Some((kept, mut others)) = others.split_at_mut_checked(padded) else { return };
            let Some(hidden) = scratch.get_mut(..padded) else { return };
            let start = layer.start.row(token, layer.shape.panels());
            layer.advance::<V>(walk, start, (&mut *told, kept), below, hidden);
            let width = layer.shape.width.get();
            below = S::hear(told, width);
            if normal {
                let split = take(&mut others).split_at_mut_checked(S::memory_len(padded));
                let Some((told, further)) = split else { return };
                normalise(hidden.get_mut(..width).unwrap_or_default());
                S::tell::<V>(hidden, told);
                (below, others) = (S::hear(told, width), further);
            }
            rest = others;
            token = 0;
        }
        self.stack.head.forward::<V>(walk, below, self.wanted, self.logits);
    }
}
