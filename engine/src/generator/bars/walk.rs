//! What the latent does from bar to bar.

/// What the latent of a generator of bars does from bar to bar: the character of what it makes of the bar
/// before. The first bar of a piece is always one by chance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Walk {
    /// Every bar has another.
    #[default]
    Jump,
    /// Every bar has one that is near that of the bar before, by [`Walk::KEPT`].
    Drift,
    /// A bar has that of the bar before.
    Hold,
}

/// What chance adds where the latent drifts: 0.8² + 0.6² = 1, so that the variance stays what it was.
const ADDED: f32 = 0.6;

impl Walk {
    /// Every walk there is.
    pub const ALL: [Self; 3] = [Self::Jump, Self::Drift, Self::Hold];

    /// The share of a latent that drifts which the next bar keeps, and so the correlation of the two: three
    /// bars on it is about a half.
    pub const KEPT: f32 = 0.8;

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Jump => "jump",
            Self::Drift => "drift",
            Self::Hold => "hold",
        }
    }

    /// The walk of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|walk| walk.name() == name)
    }

    /// A number of the next latent, from that of the last one and one by chance.
    pub(super) fn next(self, last: f32, chance: f32) -> f32 {
        match self {
            Self::Jump => chance,
            Self::Drift => Self::KEPT * last + ADDED * chance,
            Self::Hold => last,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_walks() {
        for walk in Walk::ALL {
            assert_eq!(Walk::named(walk.name()), Some(walk));
        }
        assert_eq!(Walk::named("run"), None);
    }

    #[test]
    fn drifting_keeps_the_variance() {
        let (kept, added) = (f64::from(Walk::KEPT), f64::from(ADDED));
        assert!((kept * kept + added * added - 1.0).abs() < 1e-6);
    }
}
