//! The step graph against PyTorch: forward, gradients, clipping, ten updates of Adam and AdamW.
//! `tests/reference/make_vectors.py` wrote the numbers: of a plain language model, of one with a tied
//! head, label smoothing and all dropouts, of a network of keys, and of one whose layers are normalised.

mod common;

use std::collections::HashMap;

use common::runtime;
use musigan_train::model::{
    Adam, Architecture, Form, IN_PLACE, Kind, Layout, Masks, StepShape, step_graph,
};
use musigan_train::session::{Program, Threads};
use serde::Deserialize;

type Tensors = HashMap<String, Vec<f32>>;

#[derive(Deserialize)]
struct Vectors {
    kind: Kind,
    vocab: usize,
    embed: usize,
    hidden: usize,
    layers: usize,
    window: usize,
    batch: usize,
    lr: f64,
    clip: f64,
    decay: f64,
    form: Form,
    tied: bool,
    #[serde(default)]
    norm: bool,
    smoothing: f64,
    tokens: Vec<f64>,
    targets: Vec<f64>,
    input_mask: Vec<f32>,
    kernel_masks: Vec<Vec<f32>>,
    counts: Vec<f32>,
    masks: Vec<Vec<f32>>,
    h: Vec<f32>,
    c: Vec<f32>,
    weights: Tensors,
    nats: f32,
    gradient: Tensors,
    h_out: Vec<f32>,
    c_out: Vec<f32>,
    adam: Updates,
    adamw: Updates,
}

#[derive(Deserialize)]
struct Updates {
    nats: Vec<f32>,
    norms: Vec<f32>,
    weights: Tensors,
}

impl Vectors {
    fn read(json: &str) -> Self {
        serde_json::from_str(json).expect("vectors")
    }

    fn architecture(&self) -> Architecture {
        Architecture {
            kind: self.kind,
            vocab: self.vocab,
            embed: self.embed,
            hidden: self.hidden,
            layers: self.layers,
            form: self.form,
            tied: self.tied,
            norm: self.norm,
            others: 0,
        }
    }

    /// The step graph with everything set but `rates`.
    fn program(&self, adam: &Adam) -> Program {
        let (window, batch) = (self.window, self.batch);
        let masks = Masks {
            outputs: true,
            input: !self.input_mask.is_empty(),
            kernels: !self.kernel_masks.is_empty(),
        };
        let (smoothing, average) = (self.smoothing, false);
        let shape = StepShape { window, batch, masks, smoothing, harmony: 0.0, average, ahead: 0 };
        let lowered = step_graph(&self.architecture(), shape, adam);
        let mut p = Program::new(&runtime(), &lowered, &IN_PLACE, Threads(1)).expect("a session");
        p.set("weights", &flat(&self.architecture().layout(), &self.weights)).expect("weights");
        for name in ["first", "second"] {
            p.write::<f32>(name).expect("a moment").fill(0.0);
        }
        match self.form {
            Form::Tokens => {
                let ints = |data: &[f64]| data.iter().map(|&x| x as i64).collect::<Vec<_>>();
                p.set("tokens", &ints(&self.tokens)).expect("tokens");
                p.set("targets", &ints(&self.targets)).expect("targets");
            }
            Form::Keys => {
                let floats = |data: &[f64]| data.iter().map(|&x| x as f32).collect::<Vec<_>>();
                p.set("keys", &floats(&self.tokens)).expect("keys");
                p.set("targets", &floats(&self.targets)).expect("targets");
            }
        }
        if masks.input {
            p.set("input_mask", &self.input_mask).expect("a mask");
        }
        for (layer, mask) in self.kernel_masks.iter().enumerate() {
            p.set(&format!("kernel_mask{layer}"), mask).expect("a mask");
        }
        p.set("counts", &self.counts).expect("counts");
        p.write::<f32>("keep").expect("keep").fill(1.0);
        p.set("h", &self.h).expect("h");
        if !self.c.is_empty() {
            p.set("c", &self.c).expect("c");
        }
        for (layer, mask) in self.masks.iter().enumerate() {
            p.set(&format!("mask{layer}"), mask).expect("a mask");
        }
        let counted: f32 = self.counts.iter().sum();
        p.set("per_target", &[1.0 / counted]).expect("per_target");
        p
    }

    fn forward_and_gradient(&self) {
        let adam = Adam { clip: 1e9, ..Adam::default() };
        let mut p = self.program(&adam);
        p.set("rates", &adam.rates(self.lr, 1)).expect("rates");
        p.run().expect("a run");
        close("nats", p.read("nats").expect("nats"), &[self.nats], 1e-5);
        close("h_out", p.read("h_out").expect("h_out"), &self.h_out, 1e-5);
        if !self.c_out.is_empty() {
            close("c_out", p.read("c_out").expect("c_out"), &self.c_out, 1e-5);
        }
        // The first moment after the first update is a tenth of the gradient.
        let first = p.read::<f32>("first").expect("the first moment");
        let layout = self.architecture().layout();
        for tensor in layout.tensors() {
            let found: Vec<f32> = first[tensor.range()].iter().map(|x| 10.0 * x).collect();
            close(&tensor.name, &found, &self.gradient[&tensor.name], 1e-4);
        }
    }

    fn updates(&self, wanted: &Updates, weight_decay: f64) {
        let adam = Adam { clip: self.clip, weight_decay, ..Adam::default() };
        let mut p = self.program(&adam);
        for (t, (nats, norm)) in (1..).zip(wanted.nats.iter().zip(&wanted.norms)) {
            p.set("rates", &adam.rates(self.lr, t)).expect("rates");
            p.run().expect("a run");
            close(&format!("nats of update {t}"), p.read("nats").expect("nats"), &[*nats], 1e-4);
            close(&format!("norm of update {t}"), p.read("norm").expect("norm"), &[*norm], 1e-3);
        }
        let layout = self.architecture().layout();
        let found = p.read::<f32>("weights").expect("weights");
        for tensor in layout.tensors() {
            close(&tensor.name, &found[tensor.range()], &wanted.weights[&tensor.name], 1e-3);
        }
    }
}

fn flat(layout: &Layout, tensors: &Tensors) -> Vec<f32> {
    layout.tensors().iter().flat_map(|t| tensors[&t.name].iter().copied()).collect()
}

/// Relative to the largest element.
fn close(name: &str, found: &[f32], wanted: &[f32], tolerance: f32) {
    assert_eq!(found.len(), wanted.len(), "{name}");
    let size = wanted.iter().fold(0.0, |size: f32, x| size.max(x.abs()));
    for (i, (found, wanted)) in found.iter().zip(wanted).enumerate() {
        let error = (found - wanted).abs();
        assert!(error <= tolerance * size, "{name}[{i}]: {found}, PyTorch has {wanted}");
    }
}

macro_rules! networks {
    ($($network:ident)*) => {$(
        mod $network {
            use super::Vectors;

            fn vectors() -> Vectors {
                Vectors::read(include_str!(concat!(
                    "reference/", stringify!($network), ".json"
                )))
            }

            #[test]
            fn forward_and_gradient() {
                vectors().forward_and_gradient();
            }

            #[test]
            fn ten_updates_of_adam_with_clipping() {
                let vectors = vectors();
                assert!(vectors.adam.norms.iter().all(|&norm| norm > vectors.clip as f32));
                vectors.updates(&vectors.adam, 0.0);
            }

            #[test]
            fn ten_updates_of_adamw() {
                let vectors = vectors();
                vectors.updates(&vectors.adamw, vectors.decay);
            }
        }
    )*};
}

networks!(language_lstm language_gru tied_lstm tied_gru keys_lstm keys_gru normal_lstm normal_gru);
