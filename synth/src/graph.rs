//! The synth as a fundsp graph: the voice bank is one node, the master is nodes around it.
//!
//! A graph per voice, fundsp's usual way, costs as much as a sampler; one node with kernels of our own costs a fraction and cannot allocate.

use crate::lanes::GRID;
use crate::master::{Chorus, Finish, Reverb};
use crate::voice::Bank;
use alloc::boxed::Box;
use fundsp::prelude32::{
    An, AudioNode, AudioUnit, BufferMut, BufferRef, Frame, U0, U1, U2, U4, U6, pass,
};

/// The voice bank: nothing in; left, right, chorus send, reverb send out.
#[derive(Clone)]
pub(crate) struct BankNode(pub(crate) Bank);

impl AudioNode for BankNode {
    const ID: u64 = 0x6D75_0001;
    type Inputs = U0;
    type Outputs = U4;

    fn reset(&mut self) {
        self.0.reset();
    }

    fn tick(&mut self, _: &Frame<f32, U0>) -> Frame<f32, U4> {
        let (mut l, mut r, mut c, mut v) = ([0.0], [0.0], [0.0], [0.0]);
        self.0.render([&mut l, &mut r, &mut c, &mut v]);
        [l[0], r[0], c[0], v[0]].into()
    }

    fn process(&mut self, size: usize, _: &BufferRef<'_>, output: &mut BufferMut<'_>) {
        let [l, r, c, v] = [0, 1, 2, 3].map(|i| &mut output.channel_f32_mut(i)[..size]);
        self.0.render([l, r, c, v]);
    }
}

/// An effect with one input and two sides.
trait Effect: Clone + Send + Sync {
    const ID: u64;
    fn reset(&mut self);
    fn process(&mut self, x: &[f32], left: &mut [f32], right: &mut [f32]);
}

impl Effect for Chorus {
    const ID: u64 = 0x6D75_0002;
    fn reset(&mut self) {
        self.reset();
    }
    fn process(&mut self, x: &[f32], left: &mut [f32], right: &mut [f32]) {
        self.process(x, left, right);
    }
}

impl Effect for Reverb {
    const ID: u64 = 0x6D75_0003;
    fn reset(&mut self) {
        self.reset();
    }
    fn process(&mut self, x: &[f32], left: &mut [f32], right: &mut [f32]) {
        self.process(x, left, right);
    }
}

#[derive(Clone)]
struct EffectNode<E>(E);

impl<E: Effect> AudioNode for EffectNode<E> {
    const ID: u64 = E::ID;
    type Inputs = U1;
    type Outputs = U2;

    fn reset(&mut self) {
        self.0.reset();
    }

    fn tick(&mut self, input: &Frame<f32, U1>) -> Frame<f32, U2> {
        let (mut l, mut r) = ([0.0], [0.0]);
        self.0.process(&[input[0]], &mut l, &mut r);
        [l[0], r[0]].into()
    }

    fn process(&mut self, size: usize, input: &BufferRef<'_>, output: &mut BufferMut<'_>) {
        let [l, r] = [0, 1].map(|i| &mut output.channel_f32_mut(i)[..size]);
        self.0.process(&input.channel_f32(0)[..size], l, r);
    }
}

#[derive(Clone)]
struct FinishNode(Finish);

impl AudioNode for FinishNode {
    const ID: u64 = 0x6D75_0004;
    type Inputs = U6;
    type Outputs = U2;

    fn reset(&mut self) {
        self.0.reset();
    }

    fn tick(&mut self, input: &Frame<f32, U6>) -> Frame<f32, U2> {
        let x: [[f32; 1]; 6] = core::array::from_fn(|i| [input[i]]);
        let (mut l, mut r) = ([0.0], [0.0]);
        self.0.process(x.each_ref().map(|x| &x[..]), &mut l, &mut r);
        [l[0], r[0]].into()
    }

    fn process(&mut self, size: usize, input: &BufferRef<'_>, output: &mut BufferMut<'_>) {
        let [l, r] = [0, 1].map(|i| &mut output.channel_f32_mut(i)[..size]);
        let x = core::array::from_fn(|i| &input.channel_f32(i)[..size]);
        self.0.process(x, l, r);
    }
}

/// The master: dry left and right, chorus send, reverb send in; left and right out.
pub(crate) fn master(sample_rate: f32) -> Box<dyn AudioUnit> {
    let effects = pass()
        | pass()
        | An(EffectNode(Chorus::new(sample_rate)))
        | An(EffectNode(Reverb::new(sample_rate)));
    let mut unit = effects >> An(FinishNode(Finish::new(sample_rate)));
    // fundsp resets and re-rates through this call; our nodes ignore it, for they were built
    // for their rate.
    unit.set_sample_rate(f64::from(sample_rate));
    unit.allocate();
    Box::new(unit)
}

/// Frames that a fundsp node takes at once.
pub(crate) const BLOCK: usize = GRID;
const _: () = assert!(BLOCK == fundsp::MAX_BUFFER_SIZE);
