//! Any text as a run's `config.toml`: refused in one line, or a run whose graphs can be built.
#![no_main]

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

#[path = "../../../trainer/src/frames"]
#[allow(dead_code, reason = "the trainer uses the rest")]
mod frames {
    mod task;

    pub use task::Task;
}

#[path = "../../../trainer/src/gan"]
#[allow(dead_code, reason = "the trainer uses the rest")]
mod gan {
    mod config;
    pub mod network;
    pub mod step;

    pub use config::*;
}

#[path = "../../../trainer/src/graph/mod.rs"]
#[allow(dead_code, unused_imports, reason = "the trainer uses the rest")]
mod graph;

#[path = "../../../trainer/src/linked"]
mod linked {
    mod role;

    pub use role::Role;
}

#[path = "../../../trainer/src/metrics"]
#[allow(dead_code, reason = "the trainer uses the rest")]
mod metrics {
    mod tonal;

    pub use tonal::centroid;
}

#[path = "../../../trainer/src/model/mod.rs"]
#[allow(dead_code, unused_imports, reason = "the trainer uses the rest")]
mod model;

#[path = "../../../trainer/src/session"]
#[allow(dead_code, reason = "the trainer uses the rest")]
mod session {
    mod device;
    mod error;

    pub use device::Device;
    pub use error::SessionError;
}

#[path = "../../../trainer/src/train"]
#[allow(dead_code, unused_imports, reason = "the trainer uses the rest")]
mod train {
    mod config;
    mod error;
    mod rng;
    mod schedule;

    pub use config::*;
    pub(crate) use config::{MOST_WEIGHTS, parse};
    pub use error::TrainError;
    pub use rng::Rng;
    pub use schedule::Schedule;
}

use checkpoint::Extent;
use serde::Serialize;
use serde::de::DeserializeOwned;
use train::{Schedule, TrainError};

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Some(config) = read(text, train::Config::check) {
        let o = &config.optimiser;
        is_schedule(&o.schedule);
        assert!((0.0..=1.0).contains(&o.average_rate(1)) && o.adam().rates(o.lr, 1)[1] >= 1.0);
        is_bounded(&config.extent());
        model::step_graph(&config.model, config.step_shape(), &o.adam());
        model::eval_graph(&config.model, config.data.window, config.data.batch);
    }
    if let Some(config) = read(text, gan::Config::check) {
        let (o, a, batch) = (&config.optimiser, &config.model, config.data.batch);
        is_schedule(&o.schedule);
        is_bounded(&config.extent());
        gan::step::critic_step(a, batch, &o.losses, &o.adam());
        gan::step::generator_step(a, batch, &o.losses, &o.adam());
        gan::step::bar_graph(a, 1);
    }
});

/// The configuration, if it is one; it is the same when it was written and read again.
fn read<C: DeserializeOwned + Serialize + PartialEq + std::fmt::Debug>(
    text: &str,
    check: fn(&C) -> Result<(), TrainError>,
) -> Option<C> {
    let path = "config.toml".into();
    let read = train::parse::<C>(text).map_err(|reason| TrainError::BadConfig { path, reason });
    match read.and_then(|config| check(&config).map(|()| config)) {
        Ok(config) => {
            let written = toml::to_string(&config).expect("what was read can be written");
            assert_eq!(train::parse(&written).as_ref(), Ok(&config));
            Some(config)
        }
        Err(error) => {
            let said = error.to_string();
            assert!(!said.is_empty() && !said.contains('\n') && said.len() < 2000, "{said}");
            None
        }
    }
}

/// The factor on a learning rate is one at any update.
fn is_schedule(schedule: &Schedule) {
    for update in [1, schedule.warmup, schedule.cosine_until, u64::MAX >> 1] {
        let factor = schedule.factor(update.max(1), 1);
        assert!(factor > 0.0 && factor <= 1.0, "{factor} at {update}: {schedule:?}");
    }
}

/// A checkpoint fits into memory.
fn is_bounded(extent: &Extent) {
    assert!(extent.layout.len() <= train::MOST_WEIGHTS);
    assert!(extent.most_bytes() < 1 << 36, "{}", extent.most_bytes());
}
