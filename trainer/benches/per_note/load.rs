//! How long the shipped model takes from bytes in memory to its first logits.

use std::time::Instant;

use musigan_score::events::FINGERPRINT;
use musigan_train::predict::{EngineImage, OnnxModel};
use musigan_train::session::Runtime;

use crate::Result;
use crate::contestant::{Contestant, Engine, OnnxRuntime, Tract};

const ROUNDS: usize = 7;

pub fn measure(runtime: &Runtime) -> Result<()> {
    let models = concat!(env!("CARGO_MANIFEST_DIR"), "/../models");
    let image = EngineImage::new(&std::fs::read(format!("{models}/music-box.mgi"))?);
    let onnx = std::fs::read(format!("{models}/music-box.onnx"))?;
    let mut times = [const { Vec::new() }; 3];
    for _ in 0..ROUNDS {
        times[0].push(timed(|| {
            Engine::new(&image, FINGERPRINT)?.step(1)?;
            Ok(())
        })?);
        times[1].push(timed(|| {
            Tract::new(&onnx)?.step(1)?;
            Ok(())
        })?);
        times[2].push(timed(|| {
            let model = OnnxModel::read(onnx.clone())?;
            OnnxRuntime::new(&model, runtime, "")?.step(1)?;
            Ok(())
        })?);
    }
    println!("music-box, from bytes to the first logits, median of {ROUNDS}:");
    for (name, times) in ["engine", "tract", "ONNX Runtime"].into_iter().zip(&mut times) {
        times.sort_by(f64::total_cmp);
        println!("{name:>20} {:>8.2} ms", times[ROUNDS / 2]);
    }
    Ok(())
}

/// Milliseconds.
fn timed(work: impl FnOnce() -> Result<()>) -> Result<f64> {
    let start = Instant::now();
    work()?;
    Ok(start.elapsed().as_secs_f64() * 1e3)
}
