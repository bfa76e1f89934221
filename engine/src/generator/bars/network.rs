//! From latent, bar before and condition to the logits of a bar.
//!
//! What turns a bar into beats and beats into steps is a convolution whose kernel is as wide as its
//! stride: the same dense layer for each.

use core::mem::take;

use musigan_score::roll::STEPS;

use super::sizes::{BEAT_STEPS, BEATS, Layer, MAX_DENSE, Sizes};
use crate::generator::Wanted;
use crate::kernel::Operation;
use crate::kernel::lanes::Lanes;
use crate::kernel::panel::{Walk, part, part_mut};
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
            dense.forward::<V>(Walk::Forth, heard.as_chunks().0, Wanted::ALL, told);
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
        for step in 0..STEPS {
            let row = part(previous, step, sizes.form.step_len());
            network.leaky::<V>(Layer::Heard, row, part_mut(heard, step, sizes.heard));
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
        let Some((shared, own)) = latent.split_at_checked(sizes.shared) else { return };
        let mut rest = scratch;
        let mut cut = |len| cut(&mut rest, len);
        let (Some(together), Some(first), Some(second), Some(beats), Some(steps)) = (
            cut(sizes.together()),
            cut(sizes.trunk),
            cut(sizes.trunk + sizes.private),
            cut(BEATS * sizes.beat),
            cut(BEAT_STEPS * sizes.step),
        ) else {
            return;
        };
        let all = shared.iter().chain(condition).chain(memory);
        together.iter_mut().zip(all).for_each(|(to, from)| *to = *from);
        network.leaky::<V>(Layer::Trunk0, together, first);
        network.leaky::<V>(Layer::Trunk1, first, part_mut(second, 0, sizes.trunk));
        let (row_len, part_len) = (sizes.form.step_len(), sizes.form.part_len());
        for of in 0..sizes.form.parts() {
            let own = part(own, of, sizes.private);
            second.iter_mut().skip(sizes.trunk).zip(own).for_each(|(to, from)| *to = *from);
            network.leaky::<V>(Layer::Beats(of), second, beats);
            for beat in 0..BEATS {
                network.leaky::<V>(Layer::Steps(of), part(beats, beat, sizes.beat), steps);
                for step in 0..BEAT_STEPS {
                    let row = (beat * BEAT_STEPS + step) * row_len + of * part_len;
                    if let Some(cells) = bar.get_mut(row..).and_then(|bar| bar.get_mut(..part_len))
                    {
                        network.linear::<V>(Layer::Keys(of), part(steps, step, sizes.step), cells);
                    }
                }
            }
        }
    }
}

/// The first `len` numbers of what is left; none where there are fewer.
#[inline(always)]
fn cut<'s>(rest: &mut &'s mut [f32], len: usize) -> Option<&'s mut [f32]> {
    let (first, others) = take(rest).split_at_mut_checked(len)?;
    *rest = others;
    Some(first)
}
