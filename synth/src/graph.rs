//! The synth as a fundsp graph: the voice bank is one node, the master is nodes around it.
//!
//! A graph per voice, fundsp's usual way, costs as much as a sampler; one node with kernels of our own costs a fraction and cannot allocate.

use crate::lanes::GRID;
use crate::master::{Chorus, Limiter, Reverb};
use crate::voice::Bank;
use alloc::boxed::Box;
use fundsp::prelude32::{
    An, AudioNode, AudioUnit, BufferMut, BufferRef, Frame, U0, U1, U2, U4, U6, dcblock_hz, map,
    pass,
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

#[derive(Clone)]
struct ChorusNode(Chorus);

impl AudioNode for ChorusNode {
    const ID: u64 = 0x6D75_0002;
    type Inputs = U1;
    type Outputs = U2;

    fn reset(&mut self) {
        self.0.reset();
    }

    fn tick(&mut self, input: &Frame<f32, U1>) -> Frame<f32, U2> {
        self.0.next(input[0]).into()
    }
}

#[derive(Clone)]
struct ReverbNode(Reverb);

impl AudioNode for ReverbNode {
    const ID: u64 = 0x6D75_0003;
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
struct LimiterNode(Limiter);

impl AudioNode for LimiterNode {
    const ID: u64 = 0x6D75_0004;
    type Inputs = U2;
    type Outputs = U2;

    fn reset(&mut self) {
        self.0.reset();
    }

    fn tick(&mut self, input: &Frame<f32, U2>) -> Frame<f32, U2> {
        self.0.next([input[0], input[1]]).into()
    }
}

/// Hz of the corner of the DC blocker.
const DC_CORNER: f32 = 6.0;

/// The master: dry left and right, chorus send, reverb send in; left and right out.
pub(crate) fn master(sample_rate: f32) -> Box<dyn AudioUnit> {
    let effects = pass()
        | pass()
        | An(ChorusNode(Chorus::new(sample_rate)))
        | An(ReverbNode(Reverb::new(sample_rate)));
    let mix = map(|x: &Frame<f32, U6>| (x[0] + x[2] + x[4], x[1] + x[3] + x[5]));
    let block = dcblock_hz(DC_CORNER) | dcblock_hz(DC_CORNER);
    let mut unit = effects >> mix >> block >> An(LimiterNode(Limiter::new(sample_rate)));
    // fundsp resets and re-rates through this call; our nodes ignore it, for they were built
    // for their rate.
    unit.set_sample_rate(f64::from(sample_rate));
    unit.allocate();
    Box::new(unit)
}

/// Frames that a fundsp node takes at once.
pub(crate) const BLOCK: usize = GRID;
const _: () = assert!(BLOCK == fundsp::MAX_BUFFER_SIZE);
