//! Trains MusiGAN's generators through ONNX Runtime.
//!
//! * [`corpus`]: MIDI files as tokens.
//! * [`cache`]: what they were when they were read before.
//! * [`frames`]: piano-roll data sets and their published protocols.
//! * [`graph`]: computations as data, differentiated and written as ONNX.
//! * [`session`]: running them.
//! * [`model`]: the networks and their step graphs.
//! * [`gan`]: a generator of whole bars and its critic.
//! * [`compare`]: models beside each other and beside real music.
//! * [`listen`]: pieces to listen to.
//! * [`metrics`]: what music is like, in numbers.
//! * [`train`]: the loop, its data, its run folder.
//! * [`checkpoint`]: the state of a run on disk.
//! * [`predict`]: trained models one token at a time, and how well they predict music.
//! * [`export`]: from a run to an ordinary ONNX model and its engine image.
//! * [`cli`]: the commands.

#![forbid(unsafe_code)]

pub mod cache;
pub mod checkpoint;
pub mod cli;
pub mod compare;
pub mod corpus;
pub mod export;
pub mod frames;
pub mod gan;
pub mod graph;
pub mod linked;
pub mod listen;
pub mod metrics;
pub mod model;
pub mod predict;
pub mod session;
pub mod train;
