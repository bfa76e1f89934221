//! Gradients of gradients: every rule that a critic's penalty may meet, against central differences of
//! first gradients, and the penalty itself against PyTorch.

mod common;

use common::differences::Range::{Positive, Signed};
use common::differences::check;
use common::runtime;
use musigan_train::gan::step::gradient_penalty;
use musigan_train::graph::{Dtype, Graph, Side, Val};
use musigan_train::session::{Program, Threads};
use serde::Deserialize;

/// The gradient of `Σ f²` with respect to the inputs of `f`.
fn slopes(g: &mut Graph, inputs: &[Val], y: Val) -> Vec<Val> {
    let square = g.mul(y, y);
    let sum = g.sum_all(square);
    g.gradients(sum, inputs)
}

/// A test of functions of one argument.
macro_rules! unary {
    ($($name:ident: $range:expr, $f:expr;)*) => {$(
        #[test]
        fn $name() {
            let f: fn(&mut Graph, Val) -> Val = $f;
            check(&[(&[2, 3], $range)], |g, x| {
                let y = f(g, x[0]);
                slopes(g, x, y)
            });
        }
    )*};
}

unary! {
    neg: Signed, |g, x| g.neg(x);
    exp: Signed, |g, x| g.exp(x);
    log: Positive, |g, x| g.log(x);
    sqrt: Positive, |g, x| g.sqrt(x);
    sigmoid: Signed, |g, x| g.sigmoid(x);
    tanh: Signed, |g, x| g.tanh(x);
    relu: Signed, |g, x| g.relu(x);
    leaky_relu: Signed, |g, x| g.leaky_relu(x);
    softplus: Signed, |g, x| g.softplus(x);
    reshape: Signed, |g, x| g.reshape(x, &[3, 1, 2]);
    transpose: Signed, |g, x| g.transpose(x, &[1, 0]);
    slice: Signed, |g, x| g.slice(x, 1, 1, 3);
    pad: Signed, |g, x| g.pad(x, 0, 2, 1);
    sum_of_an_axis: Signed, |g, x| g.sum(x, &[0]);
    sum_square: Signed, |g, x| g.sum_square(x);
    twice_the_same: Signed, |g, x| g.concat(&[x, x], 0);
}

/// A test of functions of two arguments, of the same shape and broadcast either way.
macro_rules! binary {
    ($($name:ident: $range:expr, $f:expr;)*) => {$(
        #[test]
        fn $name() {
            let f: fn(&mut Graph, Val, Val) -> Val = $f;
            let shapes: [[&[usize]; 2]; 3] = [[&[2, 3], &[2, 3]], [&[2, 3], &[3]], [&[2, 1], &[2, 3]]];
            for [a, b] in shapes {
                check(&[(a, Signed), (b, $range)], |g, x| {
                    let y = f(g, x[0], x[1]);
                    slopes(g, x, y)
                });
            }
        }
    )*};
}

binary! {
    add: Signed, |g, a, b| g.add(a, b);
    mul: Signed, |g, a, b| g.mul(a, b);
    div: Positive, |g, a, b| g.div(a, b);
}

#[test]
fn products() {
    for (a, side_a) in [(&[2, 3], Side::Plain), (&[3, 2], Side::Transposed)] {
        for (b, side_b) in [(&[3, 4], Side::Plain), (&[4, 3], Side::Transposed)] {
            check(&[(a, Signed), (b, Signed)], |g, x| {
                let y = g.product(x[0], side_a, x[1], side_b);
                slopes(g, x, y)
            });
        }
    }
    check(&[(&[2, 3], Signed), (&[3, 4], Signed), (&[4], Signed)], |g, x| {
        let y = g.affine(x[0], x[1], x[2]);
        slopes(g, x, y)
    });
}

#[test]
fn no_gradient_passes_what_is_detached() {
    check(&[(&[2, 3], Signed)], |g, x| {
        let still = g.detach(x[0]);
        let sum = g.sum_square(still);
        let slope = g.gradients(sum, x)[0];
        let zeros = g.mul(slope, x[0]);
        vec![zeros]
    });
}

#[test]
fn what_is_binarised_is_on_or_off_and_its_gradient_passes_through() {
    let g = &mut Graph::new(Dtype::F32);
    let p = g.input("p", &[4]);
    let on = g.binarise(p);
    let square = g.mul(on, p);
    let sum = g.sum_all(square);
    let slope = g.gradients(sum, &[p])[0];
    let lowered = g.lower(&[("on", on), ("slope", slope)]);
    let mut program = Program::new(&runtime(), &lowered, &[], Threads(1)).expect("a session");
    program.set("p", &[0.1_f32, 0.5, 0.6, 1.0]).expect("p");
    program.run().expect("a run");
    assert_eq!(program.read::<f32>("on").expect("on"), [0.0, 0.0, 1.0, 1.0]);
    // d(on · p) = on + p.
    assert_eq!(program.read::<f32>("slope").expect("slope"), [0.1, 0.5, 1.6, 2.0]);
}

/// Written by `tests/reference/make_penalty.py`.
#[derive(Deserialize)]
struct Vectors {
    batch: usize,
    cells: usize,
    hidden: usize,
    real: Vec<f32>,
    fake: Vec<f32>,
    mix: Vec<f32>,
    weights: [Vec<f32>; 6],
    penalty: f32,
    gradients: [Vec<f32>; 6],
}

#[test]
fn the_penalty_and_its_gradient_are_pytorch_s() {
    let v: Vectors = serde_json::from_str(include_str!("reference/penalty.json")).expect("vectors");
    let g = &mut Graph::new(Dtype::F32);
    let shapes: [&[usize]; 6] = [
        &[v.cells, v.hidden],
        &[v.hidden],
        &[v.hidden, v.hidden],
        &[v.hidden],
        &[v.hidden, 1],
        &[1],
    ];
    let weights: Vec<Val> = (0..6).map(|i| g.input(&format!("w{i}"), shapes[i])).collect();
    let bars = ["real", "fake"].map(|name| g.input(name, &[v.batch, v.cells]));
    let mix = g.input("mix", &[v.batch, 1]);
    let penalty = gradient_penalty(g, [bars[0], bars[1], mix], |g, x| {
        let x = g.affine(x, weights[0], weights[1]);
        let x = g.leaky_relu(x);
        let x = g.affine(x, weights[2], weights[3]);
        // A smooth layer, so that the second derivative of an activation counts, too.
        let x = g.tanh(x);
        g.affine(x, weights[4], weights[5])
    });
    let gradients = g.gradients(penalty, &weights);
    let names: Vec<String> = (0..6).map(|i| format!("d{i}")).collect();
    let mut outputs = vec![("penalty", penalty)];
    outputs.extend(names.iter().map(String::as_str).zip(gradients));
    let lowered = g.lower(&outputs);
    let mut program = Program::new(&runtime(), &lowered, &[], Threads(1)).expect("a session");
    let own: Vec<String> = (0..6).map(|i| format!("w{i}")).collect();
    let mut inputs = vec![("real", &v.real), ("fake", &v.fake), ("mix", &v.mix)];
    inputs.extend(own.iter().map(String::as_str).zip(&v.weights));
    for (name, data) in inputs {
        // The last bias moves no gradient, so it is not in the model.
        if lowered.inputs.iter().any(|spec| spec.name == name) {
            program.set(name, data).expect("an input");
        }
    }
    program.run().expect("a run");
    let near = |a: f32, b: f32| (a - b).abs() <= 1e-5 * b.abs().max(1.0);
    let found = program.read::<f32>("penalty").expect("the penalty")[0];
    assert!(near(found, v.penalty), "{found} {}", v.penalty);
    for (name, wanted) in names.iter().zip(&v.gradients) {
        let found = program.read::<f32>(name).expect("a gradient");
        assert_eq!(found.len(), wanted.len());
        assert!(found.iter().zip(wanted).all(|(&a, &b)| near(a, b)), "{name}");
    }
}
