//! A step never touches the heap.

mod common;

use common::{Aligned, VOCABULARY, network};
use musigan_engine::image::{Architecture, Weights};
use musigan_engine::{Generator, Kernels, Model};
use musigan_guard::{Guard, touches};
use musigan_score::Token;

#[global_allocator]
static ALLOCATOR: Guard = Guard;

#[test]
fn the_guard_sees_an_allocation() {
    assert_eq!(touches(|| drop(std::hint::black_box(Box::new(1)))), 2);
}

#[test]
fn opening_resetting_and_stepping_leave_the_heap_alone() {
    let all = Weights::ALL.into_iter();
    for (architecture, weights) in
        all.flat_map(|weights| [(Architecture::Lstm, weights), (Architecture::Gru, weights)])
    {
        let mut network = network(architecture, 100, &[64, 33], 5);
        network.normal = 0b11;
        let image = Aligned::new(&network.to_image(weights));
        let mut state = [0.0; 1024];
        let mut logits = [0.0; 100];
        let touched = touches(|| {
            let model = Model::open(image.bytes(), VOCABULARY).expect("our own image");
            for isa in Kernels::available() {
                let model = model.with_kernels(isa);
                let state = &mut state[..model.state_len()];
                model.reset(state);
                for token in 0..200 {
                    model.step(state, Token(token), &mut logits);
                }
            }
        });
        assert_eq!(touched, 0, "{architecture:?} {weights}");
    }
}
