//! What the tests of this package share.
#![allow(dead_code, reason = "each test program uses its own part")]

pub mod differences;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use musigan_train::model::{Architecture, Form, Kind};
use musigan_train::session::Runtime;
use musigan_train::train::{
    BOS, Budget, Config, Data, Device, EOS, Machine, Optimiser, Reading, Rng, Schedule, Splits,
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
        from: None,
        model: Architecture {
            kind: Kind::Lstm,
            vocab: splits.vocab_len,
            embed: 16,
            hidden: 32,
            layers: 2,
            form: Form::Tokens,
            tied: false,
            norm: false,
            others: 0,
        },
        data: Data {
            folder: String::new(),
            frames: None,
            role: None,
            reading: Reading::default(),
            fingerprint: splits.fingerprint_hex(),
            train_tokens: Splits::tokens(&splits.train),
            valid_tokens: Splits::tokens(&splits.valid),
            batch: 16,
            window: 32,
            augment: false,
            augment_tempo: 0,
            augment_velocity: 0,
        },
        optimiser: Optimiser {
            lr: 1e-2,
            dropout: 0.0,
            schedule: Schedule { warmup: 20, cosine_until: updates, floor: 0.05, plateau: 0 },
            ..Optimiser::default()
        },
        budget: Budget {
            updates,
            minutes: 0.0,
            validate_every: 100,
            save_every: 0,
            patience: 0,
            keep: 0,
            sample_every: 0,
            sample_wav: false,
        },
        machine: Machine { device: Device::Cpu, threads: 1, loss_every: None },
    }
}

/// What a run tells of itself, without what depends on the machine's speed.
pub fn metrics(run: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(run.join("metrics.jsonl")).expect("metrics");
    text.lines()
        .map(|line| {
            let mut record: serde_json::Value = serde_json::from_str(line).expect("a record");
            let fields = record.as_object_mut().expect("an object");
            fields.remove("seconds");
            fields.remove("tokens_per_second");
            record.to_string()
        })
        .collect()
}

/// A folder of `count` MIDI files with a tune each, of which some are held out.
pub fn tunes(folder: &Path, count: u64) {
    for at in 0..count {
        let rng = &mut Rng::keyed(&[at]);
        let mut track = Vec::new();
        let mut key = 60i32;
        for _ in 0..60 {
            key = (key + rng.below(9) as i32 - 4).clamp(40, 90);
            let key = key as u8;
            track.extend([0, 0x90, key, 80, 24 << rng.below(3).min(1), key, 0]);
        }
        track.extend([0, 0xff, 0x2f, 0]);
        let mut file = b"MThd\0\0\0\x06\0\0\0\x01\0\x60MTrk".to_vec();
        file.extend((track.len() as u32).to_be_bytes());
        file.extend(track);
        std::fs::write(folder.join(format!("{at}.mid")), file).expect("a tune");
    }
}
