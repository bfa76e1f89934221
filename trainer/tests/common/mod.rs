//! What the tests of this package share.
#![allow(dead_code, reason = "each test program uses its own part")]

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use musigan_train::model::{Architecture, Kind};
use musigan_train::session::Runtime;
use musigan_train::train::{
    BOS, Budget, Config, Data, Device, EOS, Machine, Optimiser, Rng, Schedule, Splits,
};

/// The library; without it a test fails with the sentence that names the remedy.
pub fn runtime() -> Runtime {
    match Runtime::load() {
        Ok(runtime) => runtime,
        Err(e) => panic!("{e}"),
    }
}

/// A folder that is removed when it is dropped.
pub struct Scratch(PathBuf);

impl Scratch {
    pub fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let n = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("musigan-train-{}-{n}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a temporary folder");
        Self(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A Markov source over `states` tokens: from every state three successors with probabilities
/// 0.7, 0.2, 0.1, so that it gives 0.8018 nats per token and nothing can predict it better.
pub struct Markov {
    states: usize,
}

impl Markov {
    /// Entropy of the source in nats per token.
    pub const ENTROPY: f64 = 0.801_818_552_543_337_3;

    pub fn new(states: usize) -> Self {
        Self { states }
    }

    fn piece(&self, len: usize, rng: &mut Rng) -> Vec<u16> {
        let mut piece = vec![BOS];
        let mut state = rng.below(self.states);
        for _ in 0..len {
            piece.push(3 + state as u16);
            let step = match rng.unit() {
                x if x < 0.7 => 1,
                x if x < 0.9 => 4,
                _ => 9,
            };
            state = (5 * state + step) % self.states;
        }
        piece.push(EOS);
        piece
    }

    /// Pieces of `len` tokens between their first and last.
    pub fn splits(&self, train: usize, valid: usize, len: usize) -> Splits {
        let mut rng = Rng::keyed(&[99]);
        let mut set = |n: usize| (0..n).map(|_| self.piece(len, &mut rng)).collect::<Vec<_>>();
        Splits {
            train: set(train),
            valid: set(valid),
            test: set(valid),
            vocab_len: self.states + 3,
            fingerprint: 0x5eed,
        }
    }
}

/// A small run on `splits`.
pub fn config(splits: &Splits, updates: u64) -> Config {
    Config {
        seed: 1,
        model: Architecture {
            kind: Kind::Lstm,
            vocab: splits.vocab_len,
            embed: 16,
            hidden: 32,
            layers: 2,
        },
        data: Data {
            folder: String::new(),
            fingerprint: splits.fingerprint_hex(),
            train_tokens: Splits::tokens(&splits.train),
            valid_tokens: Splits::tokens(&splits.valid),
            batch: 16,
            window: 32,
            augment: false,
        },
        optimiser: Optimiser {
            lr: 1e-2,
            dropout: 0.0,
            schedule: Schedule { warmup: 20, cosine_until: updates, floor: 0.05 },
            ..Optimiser::default()
        },
        budget: Budget { updates, minutes: 0.0, validate_every: 100, save_every: 0, patience: 0 },
        machine: Machine { device: Device::Cpu, threads: 1 },
    }
}
