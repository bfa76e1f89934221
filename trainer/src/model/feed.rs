//! How what changes from update to update comes to a graph, and what it tells.

use crate::graph::{Graph, Val};

/// Inputs of one update, or rows of inputs of several that lie on the device at once.
#[derive(Clone, Copy)]
pub(super) struct Feed {
    ahead: usize,
    /// Which row.
    at: Option<Val>,
}

impl Feed {
    /// Of one update, where `ahead` is no more.
    pub fn new(g: &mut Graph, ahead: usize) -> Self {
        let at = (ahead > 1).then(|| g.input_ints("at", &[1]));
        Self { ahead, at }
    }

    /// A float input.
    pub fn floats(self, g: &mut Graph, name: &str, shape: &[usize]) -> Val {
        self.choose(g, shape, |g, shape| g.input(name, shape))
    }

    /// An integer input.
    pub fn ints(self, g: &mut Graph, name: &str, shape: &[usize]) -> Val {
        self.choose(g, shape, |g, shape| g.input_ints(name, shape))
    }

    fn choose(
        self,
        g: &mut Graph,
        shape: &[usize],
        input: impl FnOnce(&mut Graph, &[usize]) -> Val,
    ) -> Val {
        let Some(at) = self.at else { return input(g, shape) };
        let all = input(g, &[self.ahead, shape.iter().product()]);
        let row = g.rows(all, at);
        g.reshape(row, shape)
    }

    /// The outputs that tell of an update: by themselves, or behind those of the updates before it.
    pub fn tell(self, g: &mut Graph, nats: Val, norm: Val) -> Vec<(&'static str, Val)> {
        let Some(at) = self.at else { return vec![("nats", nats), ("norm", norm)] };
        let told = g.input("told", &[self.ahead, 2]);
        let [nats, norm] = [nats, norm].map(|number| g.reshape(number, &[1, 1]));
        let before = g.slice(told, 0, 1, self.ahead);
        let row = g.concat(&[nats, norm], 1);
        let told = g.concat(&[before, row], 0);
        let one = g.ints(&[1], vec![1]);
        vec![("told_out", told), ("at_out", g.add(at, one))]
    }
}
