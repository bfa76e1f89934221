//! The same way from bank to speakers without fundsp, for targets that it does not build for.

use crate::lanes::GRID;
use crate::master::{Chorus, Finish, Reverb};
use crate::simd::Kernels;
use crate::voice::Bank;

/// Voice bank, effects, master, one after the other.
pub(crate) struct Chain {
    bank: Bank,
    chorus: Chorus,
    reverb: Reverb,
    finish: Finish,
    sends: [[f32; GRID]; 4],
}

impl Chain {
    /// At rest; allocates all it will ever use.
    pub(crate) fn new(bank: Bank, sample_rate: f32) -> Self {
        Self {
            chorus: Chorus::new(sample_rate, bank.kernels),
            reverb: Reverb::new(sample_rate, bank.kernels),
            finish: Finish::new(sample_rate, bank.kernels),
            bank,
            sends: [[0.0; GRID]; 4],
        }
    }

    /// The same with other kernels: a new master, at rest.
    pub(crate) fn with_kernels(self, kernels: Kernels) -> Self {
        let mut bank = self.bank;
        bank.kernels = kernels;
        let sample_rate = bank.sample_rate;
        Self::new(bank, sample_rate)
    }

    pub(crate) fn bank(&self) -> &Bank {
        &self.bank
    }

    pub(crate) fn bank_mut(&mut self) -> &mut Bank {
        &mut self.bank
    }

    /// The next frames of the bank, at most 64.
    pub(crate) fn sing(&mut self, frames: usize) {
        self.bank.render(self.sends.each_mut().map(|s| &mut s[..frames]));
    }

    /// What the master makes of the frames that [`Chain::sing`] gave.
    pub(crate) fn finish(&mut self, left: &mut [f32], right: &mut [f32]) {
        let n = left.len();
        let [l, r, chorus, reverb] = self.sends.each_ref().map(|s| &s[..n]);
        let mut wet = [[0.0; GRID]; 4];
        let [cl, cr, rl, rr] = wet.each_mut().map(|w| &mut w[..n]);
        self.chorus.process(chorus, cl, cr);
        self.reverb.process(reverb, rl, rr);
        self.finish.process([l, r, &*cl, &*cr, &*rl, &*rr], left, right);
    }

    pub(crate) fn reset(&mut self) {
        self.bank.reset();
        self.reset_master();
    }

    /// Silence in effects and master.
    pub(crate) fn reset_master(&mut self) {
        self.chorus.reset();
        self.reverb.reset();
        self.finish.reset();
    }
}

#[cfg(all(test, feature = "graph"))]
mod tests {
    use super::*;
    use crate::{Channel, ChannelEvent, Config, graph};
    use alloc::vec::Vec;
    use musigan_score::{Pitch, Program, Velocity};

    #[test]
    fn the_graph_gives_the_samples_of_the_chain() {
        let config =
            Config { voices: 16, default_program: Program::from_data(48), ..Config::default() };
        let bank = || {
            let mut bank = Bank::new(48_000.0, &config);
            for key in [40, 52, 64, 71] {
                bank.send(ChannelEvent::NoteOn {
                    channel: Channel::new(0),
                    key: Pitch::from_data(key),
                    velocity: Velocity::MEZZO_FORTE,
                });
            }
            bank
        };
        let mut plain = Chain::new(bank(), 48_000.0);
        let mut other = graph::Chain::new(bank(), 48_000.0);
        let (mut a, mut b) = (Vec::new(), Vec::new());
        for block in 0..600 {
            let n = 1 + block * 7 % 64;
            let (mut l, mut r) = ([0.0; GRID], [0.0; GRID]);
            plain.sing(n);
            plain.finish(&mut l[..n], &mut r[..n]);
            a.extend_from_slice(&l[..n]);
            a.extend_from_slice(&r[..n]);
            other.sing(n);
            other.finish(&mut l[..n], &mut r[..n]);
            b.extend_from_slice(&l[..n]);
            b.extend_from_slice(&r[..n]);
        }
        assert!(a.iter().any(|x| x.abs() > 0.01) && a == b);
    }
}
