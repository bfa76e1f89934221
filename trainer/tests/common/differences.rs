//! Gradients against central differences, in 64-bit floats.

use musigan_train::graph::{Dtype, Graph, Val};
use musigan_train::session::{Program, Threads};
use musigan_train::train::Rng;

use super::runtime;

/// Half the distance of two values whose difference is taken.
const STEP: f64 = 1e-5;

/// Largest error of a gradient: relative where the gradient is beyond ±1.
const TOLERANCE: f64 = 1e-6;

/// Where the elements of an input lie.
#[derive(Clone, Copy)]
pub enum Range {
    /// Between −1 and 1, but not within 0.05 of 0, where some functions have a corner.
    Signed,
    /// Between 0.5 and 1.5.
    Positive,
}

/// Checks the gradient of `Σ weight · build(inputs)` with respect to every element of every input;
/// the weights are random, so that no error cancels.
pub fn check(inputs: &[(&[usize], Range)], build: impl Fn(&mut Graph, &[Val]) -> Vec<Val>) {
    let rng = &mut Rng::keyed(&[17]);
    let g = &mut Graph::new(Dtype::F64);
    let names: Vec<String> = (0..inputs.len()).map(|i| format!("x{i}")).collect();
    let vals: Vec<Val> =
        inputs.iter().zip(&names).map(|((shape, _), name)| g.input(name, shape)).collect();
    let results = build(g, &vals);
    let mut loss = g.scalar(0.0);
    for y in results {
        let shape = g.shape(y).to_vec();
        let weights = (0..g.len(y)).map(|_| signed(rng)).collect();
        let weights = g.floats(&shape, weights);
        let weighted = g.mul(y, weights);
        let sum = g.sum_all(weighted);
        loss = g.add(loss, sum);
    }
    let gradients = g.gradients(loss, &vals);
    let gradient_names: Vec<String> = (0..inputs.len()).map(|i| format!("d{i}")).collect();
    let mut outputs = vec![("loss", loss)];
    outputs.extend(gradient_names.iter().map(String::as_str).zip(gradients));
    let lowered = g.lower(&outputs);
    let mut p = Program::new(&runtime(), &lowered, &[], Threads(1)).expect("a session");

    for ((shape, range), name) in inputs.iter().zip(&names) {
        let count = shape.iter().product();
        let draw = |rng: &mut Rng| match range {
            Range::Signed => signed(rng),
            Range::Positive => 0.5 + f64::from(rng.unit()),
        };
        let data: Vec<f64> = (0..count).map(|_| draw(rng)).collect();
        // An input that nothing reads is not in the model.
        if lowered.inputs.iter().any(|spec| spec.name == *name) {
            p.set(name, &data).expect("an input");
        }
    }
    p.run().expect("a run");
    let found: Vec<Vec<f64>> = gradient_names
        .iter()
        .map(|name| p.read::<f64>(name).expect("a gradient").to_vec())
        .collect();
    for (name, found) in names.iter().zip(found) {
        if lowered.inputs.iter().all(|spec| spec.name != *name) {
            assert!(found.iter().all(|&x| x == 0.0), "{name} is not read: {found:?}");
            continue;
        }
        for (i, found) in found.into_iter().enumerate() {
            let mut at = |offset: f64| {
                p.write::<f64>(name).expect("an input")[i] += offset;
                p.run().expect("a run");
                p.read::<f64>("loss").expect("the loss")[0]
            };
            let (above, below) = (at(STEP), at(-2.0 * STEP));
            at(STEP);
            let difference = (above - below) / (2.0 * STEP);
            let error = (found - difference).abs() / difference.abs().max(1.0);
            assert!(error <= TOLERANCE, "{name}[{i}]: gradient {found}, difference {difference}");
        }
    }
}

fn signed(rng: &mut Rng) -> f64 {
    let x = 2.0 * f64::from(rng.unit()) - 1.0;
    if x < 0.0 { 0.95 * x - 0.05 } else { 0.95 * x + 0.05 }
}
