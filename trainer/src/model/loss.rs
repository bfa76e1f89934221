//! What a window costs, in nats.

use super::feed::Feed;
use super::harmony;
use super::{Architecture, Form, StepShape};
use crate::graph::{Graph, Val};

/// Sums over the targets of a window that count.
pub(super) struct Loss {
    /// Nats.
    pub nats: Val,
    /// What is minimised: the nats, or what label smoothing makes of them.
    pub loss: Val,
}

/// Declares targets and counts, and measures `logits` `[T·B, V]` on them.
pub(super) fn nats_and_loss(
    g: &mut Graph,
    a: &Architecture,
    logits: Val,
    others: Option<Val>,
    shape: StepShape,
    feed: Feed,
) -> Loss {
    let rows = shape.window * shape.batch;
    let (nats, spread) = match a.form {
        Form::Tokens => {
            let targets = feed.ints(g, "targets", &[rows, 1]);
            let (nats, logs) = g.cross_entropy(logits, targets);
            (nats, Some(logs))
        }
        Form::Keys => {
            let targets = feed.floats(g, "targets", &[rows, a.vocab]);
            (key_nats(g, logits, targets), None)
        }
    };
    let counts = feed.floats(g, "counts", &[rows, 1]);
    let counted = g.mul(nats, counts);
    let nats = g.sum_all(counted);
    let loss = match spread.filter(|_| shape.smoothing > 0.0) {
        None => nats,
        Some(logs) => {
            let counted = g.mul(logs, counts);
            let sum = g.sum_all(counted);
            let even = g.scale(sum, -shape.smoothing / a.vocab as f64);
            let own = g.scale(nats, 1.0 - shape.smoothing);
            g.add(own, even)
        }
    };
    let loss = match (spread, others) {
        (Some(logs), Some(others)) if shape.harmony > 0.0 => {
            let others = g.reshape(others, &[rows, a.others]);
            let apart = harmony::distance(g, logs, others);
            let counted = g.mul(apart, counts);
            let sum = g.sum_all(counted);
            let weighed = g.scale(sum, shape.harmony);
            g.add(loss, weighed)
        }
        _ => loss,
    };
    Loss { nats, loss }
}

/// Binary cross-entropy, summed over the keys of a frame: `Σ softplus(z) − x z`, `[T·B, 1]`.
fn key_nats(g: &mut Graph, logits: Val, targets: Val) -> Val {
    let rows = g.shape(logits)[0];
    let none = g.softplus(logits);
    let present = g.mul(targets, logits);
    let nats = g.sub(none, present);
    let nats = g.sum(nats, &[1]);
    g.reshape(nats, &[rows, 1])
}
