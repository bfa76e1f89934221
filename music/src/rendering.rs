use musigan_synth::{Config, EventSource, Player};

/// The longest that a sound may ring on after the last event, in seconds.
const LONGEST_TAIL: u64 = 30;

/// Sound of a list of actions, as fast as it can be had: until the last note has died away.
pub struct Rendering<S> {
    player: Player,
    actions: S,
    /// Frames after the last event, after which it ends in any case.
    tail: u64,
    over: bool,
}

impl<S: EventSource> Rendering<S> {
    /// A rendering of `actions`, whose clock has so many ticks to the quarter.
    #[must_use]
    pub fn new(config: Config, ticks_per_quarter: u32, actions: S) -> Self {
        let tail = LONGEST_TAIL * u64::from(config.sample_rate);
        Self { player: Player::new(config, ticks_per_quarter), actions, tail, over: false }
    }

    /// Renders the next frames, as many as the shorter slice has; `false` if there are none left, and
    /// the slices are as they were.
    pub fn block(&mut self, left: &mut [f32], right: &mut [f32]) -> bool {
        if self.over {
            return false;
        }
        self.player.render(&mut self.actions, left, right);
        if self.actions.peek().is_none() {
            self.tail = self.tail.saturating_sub(left.len().min(right.len()) as u64);
            self.over = self.tail == 0 || self.player.synth().is_silent();
        }
        true
    }
}
