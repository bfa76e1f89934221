//! The synth as a fundsp graph: the voice bank is one node, the master is nodes around it.
//!
//! A graph per voice, fundsp's usual way, costs as much as a sampler; one node with kernels of our own costs a fraction and cannot allocate.

use crate::lanes::GRID;
use crate::master::{Chorus, Finish, Reverb};
use crate::simd::Kernels;
use crate::voice::Bank;
use alloc::boxed::Box;
use fundsp::prelude32::{
    An, AudioNode, AudioUnit, BufferArray, BufferMut, BufferRef, Frame, U0, U1, U2, U4, U6, pass,
};

/// The voice bank: nothing in; left, right, chorus send, reverb send out.
#[derive(Clone)]
struct BankNode(Bank);

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
fn master(sample_rate: f32, kernels: Kernels) -> Box<dyn AudioUnit> {
    let effects = pass()
        | pass()
        | An(EffectNode(Chorus::new(sample_rate, kernels)))
        | An(EffectNode(Reverb::new(sample_rate, kernels)));
    let mut unit = effects >> An(FinishNode(Finish::new(sample_rate, kernels)));
    // fundsp resets and re-rates through this call; our nodes ignore it, for they were built
    // for their rate.
    unit.set_sample_rate(f64::from(sample_rate));
    unit.allocate();
    Box::new(unit)
}

// A fundsp node takes at most this many frames at once; our pieces end on the grid.
const _: () = assert!(GRID <= fundsp::MAX_BUFFER_SIZE);

/// Voice bank and master as fundsp units.
pub(crate) struct Chain {
    bank: An<BankNode>,
    master: Box<dyn AudioUnit>,
    sends: BufferArray<U4>,
    mixed: BufferArray<U2>,
}

impl Chain {
    /// At rest; allocates all it will ever use.
    pub(crate) fn new(bank: Bank, sample_rate: f32) -> Self {
        Self {
            master: master(sample_rate, bank.kernels),
            bank: An(BankNode(bank)),
            sends: BufferArray::new(),
            mixed: BufferArray::new(),
        }
    }

    /// The same with other kernels: a new master, at rest.
    pub(crate) fn with_kernels(self, kernels: Kernels) -> Self {
        let mut bank = self.bank.0.0;
        bank.kernels = kernels;
        let sample_rate = bank.sample_rate;
        Self::new(bank, sample_rate)
    }

    pub(crate) fn bank(&self) -> &Bank {
        &self.bank.0.0
    }

    pub(crate) fn bank_mut(&mut self) -> &mut Bank {
        &mut self.bank.0.0
    }

    /// The next frames of the bank, at most 64.
    pub(crate) fn sing(&mut self, frames: usize) {
        self.bank.process(frames, &BufferRef::empty(), &mut self.sends.buffer_mut());
    }

    /// What the master makes of the frames that [`Chain::sing`] gave.
    pub(crate) fn finish(&mut self, left: &mut [f32], right: &mut [f32]) {
        let n = left.len();
        self.master.process(n, &self.sends.buffer_ref(), &mut self.mixed.buffer_mut());
        let mixed = self.mixed.buffer_ref();
        left.copy_from_slice(&mixed.channel_f32(0)[..n]);
        right.copy_from_slice(&mixed.channel_f32(1)[..n]);
    }

    pub(crate) fn reset(&mut self) {
        self.bank.reset();
        self.reset_master();
    }

    /// Silence in effects and master.
    pub(crate) fn reset_master(&mut self) {
        self.master.reset();
    }
}
