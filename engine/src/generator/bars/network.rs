//! From latent, bar before and condition to the logits of a bar.
//!
//! What turns a bar into beats and beats into steps is a convolution whose kernel is as wide as its
//! stride: the same dense layer for each.

use musigan_score::roll::STEPS;

use super::sizes::{BEAT_STEPS, BEATS, Layer, MAX_DENSE, Sizes};
use crate::generator::Wanted;
use crate::kernel::Operation;
use crate::kernel::lanes::Lanes;
use crate::kernel::panel::Walk;
use crate::kernel::storage::F32;
use crate::layer::dense::Dense;

/// What a leaky rectifier lets through of what is below 0.
const LEAK: f32 = 0.2;

#[derive(Clone, Copy)]
pub(crate) struct Network<'a> {
    pub(crate) sizes: Sizes,
    /// In the order of [`Sizes::dense`].
    pub(crate) layers: [Option<Dense<'a, F32>>; MAX_DENSE],
}

impl Network<'_> {
    #[inline(always)]
    fn linear<V: Lanes>(&self, layer: Layer, heard: &[f32], told: &mut [f32]) {
        if let Some(Some(dense)) = self.layers.get(layer.index()) {
            dense.forward::<V>(Walk::Forth, heard, Wanted::ALL, told);
        }
    }

    #[inline(always)]
    fn leaky<V: Lanes>(&self, layer: Layer, heard: &[f32], told: &mut [f32]) {
        self.linear::<V>(layer, heard, told);
        for x in told {
            *x = if *x > 0.0 { *x } else { LEAK * *x };
        }
    }
}

/// Reads the bar before into its features.
pub(super) struct Listen<'s, 'm> {
    pub(super) network: &'s Network<'m>,
    pub(super) scratch: &'s mut [f32],
    /// Ones and zeros.
    pub(super) previous: &'s [f32],
    pub(super) memory: &'s mut [f32],
}

impl Operation for Listen<'_, '_> {
    #[inline(always)]
    fn run<V: Lanes>(self) {
        let Self { network, scratch, previous, memory } = self;
        let sizes = &network.sizes;
        let Some(heard) = scratch.get_mut(..STEPS * sizes.heard) else { return };
        let rows = previous.chunks_exact(sizes.form.step_len());
        for (row, features) in rows.zip(heard.chunks_exact_mut(sizes.heard)) {
            network.leaky::<V>(Layer::Heard, row, features);
        }
        network.leaky::<V>(Layer::Memory, heard, memory);
    }
}

/// Composes a bar.
pub(super) struct Compose<'s, 'm> {
    pub(super) network: &'s Network<'m>,
    pub(super) scratch: &'s mut [f32],
    pub(super) latent: &'s [f32],
    pub(super) condition: &'s [f32],
    pub(super) memory: &'s [f32],
    /// Logits of all cells.
    pub(super) bar: &'s mut [f32],
}

impl Operation for Compose<'_, '_> {
    #[inline(always)]
    fn run<V: Lanes>(self) {
        let Self { network, scratch, latent, condition, memory, bar } = self;
        let sizes = &network.sizes;
        let (Some((shared, own)), true) =
            (latent.split_at_checked(sizes.shared), scratch.len() >= sizes.scratch_len())
        else {
            return;
        };
        let (together, scratch) = scratch.split_at_mut(sizes.together());
        let (first, scratch) = scratch.split_at_mut(sizes.trunk);
        let (second, scratch) = scratch.split_at_mut(sizes.trunk + sizes.private);
        let (beats, scratch) = scratch.split_at_mut(BEATS * sizes.beat);
        let (steps, _) = scratch.split_at_mut(BEAT_STEPS * sizes.step);
        let all = shared.iter().chain(condition).chain(memory);
        together.iter_mut().zip(all).for_each(|(to, from)| *to = *from);
        network.leaky::<V>(Layer::Trunk0, together, first);
        network.leaky::<V>(Layer::Trunk1, first, &mut second[..sizes.trunk]);
        let (row_len, part_len) = (sizes.form.step_len(), sizes.form.part_len());
        for (part, own) in own.chunks_exact(sizes.private).enumerate().take(sizes.form.parts()) {
            second[sizes.trunk..].iter_mut().zip(own).for_each(|(to, from)| *to = *from);
            network.leaky::<V>(Layer::Beats(part), second, beats);
            for (beat, features) in beats.chunks_exact(sizes.beat).enumerate() {
                network.leaky::<V>(Layer::Steps(part), features, steps);
                for (step, features) in steps.chunks_exact(sizes.step).enumerate() {
                    let row = (beat * BEAT_STEPS + step) * row_len + part * part_len;
                    if let Some(cells) = bar.get_mut(row..row + part_len) {
                        network.linear::<V>(Layer::Keys(part), features, cells);
                    }
                }
            }
        }
    }
}
