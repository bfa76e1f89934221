//! Any bytes as a checkpoint: refused in one line, or numbers that a run of this extent continues from.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;

// The trainer's own source, without ONNX Runtime, tract and files.
#[path = "../../../trainer/src/checkpoint"]
#[allow(dead_code, unused_imports, reason = "the trainer uses the rest")]
mod checkpoint {
    mod error;
    mod format;

    pub use error::*;
    pub use format::*;
}

#[path = "../../../trainer/src/model"]
#[allow(dead_code, reason = "the trainer uses the rest")]
mod model {
    mod layout;

    pub use layout::*;
}

#[path = "../../../trainer/src/train"]
#[allow(dead_code, reason = "the trainer uses the rest")]
mod train {
    mod rng;

    pub use rng::Rng;
}

use checkpoint::{Checkpoint, Extent};
use model::{Init, Layout};

/// The extent of `seeds/small.safetensors`.
static SMALL: LazyLock<Extent> = LazyLock::new(|| {
    let mut layout = Layout::default();
    layout.push("embedding", &[3, 2], Init::Zero);
    layout.push("head.w", &[2, 3], Init::Zero);
    layout.push("head.b", &[3], Init::Zero);
    Extent { average: layout.len(), layout, h: 4, c: 0 }
});

fuzz_target!(|data: &[u8]| {
    let read = match Checkpoint::from_bytes(data, &SMALL) {
        Ok(read) => read,
        Err(fault) => {
            let said = fault.to_string();
            assert!(!said.is_empty() && !said.contains('\n') && said.len() < 4000, "{said}");
            return;
        }
    };
    let all = [&read.weights, &read.first, &read.second, &read.average, &read.h, &read.c];
    assert_eq!(all.map(Vec::len), [15, 15, 15, 15, 4, 0]);
    assert!(all.into_iter().flatten().all(|number| number.is_finite()));
    // A GAN's critic has at most a thousand updates in one.
    let counters = read.counters;
    assert!((counters.update + 1).checked_mul(1000).is_some() && counters.seconds >= 0.0);
    let written = read.to_bytes(&SMALL.layout).expect("what was read can be written");
    assert!(written.len() <= SMALL.most_bytes());
    assert_eq!(Checkpoint::from_bytes(&written, &SMALL).as_ref(), Ok(&read));
});
