use alloc::collections::BTreeSet;
use alloc::vec::Vec;

/// Which piece comes after which.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Playlist {
    /// These, again and again; if there are none: all.
    only: Vec<u64>,
    /// These never.
    avoided: BTreeSet<u64>,
}

impl Playlist {
    /// Every piece but those to avoid, in the order of the seeds.
    pub fn endless(avoided: impl IntoIterator<Item = u64>) -> Self {
        Self { only: Vec::new(), avoided: avoided.into_iter().collect() }
    }

    /// These pieces, in this order, again and again.
    pub fn of(seeds: Vec<u64>) -> Self {
        Self { only: seeds, avoided: BTreeSet::new() }
    }

    /// The piece to begin with, if the list tells it.
    pub fn first(&self) -> Option<u64> {
        self.only.first().copied()
    }

    /// Never play this piece again.
    pub fn avoid(&mut self, seed: u64) {
        self.only.retain(|&other| other != seed);
        self.avoided.insert(seed);
    }

    /// The piece after that of `seed`.
    pub fn after(&self, seed: u64) -> u64 {
        if self.only.is_empty() {
            let mut next = seed.wrapping_add(1);
            while self.avoided.contains(&next) {
                next = next.wrapping_add(1);
            }
            return next;
        }
        let at = self.only.iter().position(|&other| other == seed).map_or(0, |at| at + 1);
        self.only[at % self.only.len()]
    }
}

impl Default for Playlist {
    fn default() -> Self {
        Self::endless([])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    #[test]
    fn endless_but_for_the_avoided() {
        let mut list = Playlist::endless([3, 4]);
        assert_eq!((list.after(1), list.after(2), list.after(u64::MAX)), (2, 5, 0));
        list.avoid(5);
        assert_eq!(list.after(2), 6);
    }

    #[test]
    fn a_list_goes_round() {
        let mut list = Playlist::of(vec![9, 2, 5]);
        assert_eq!((list.first(), list.after(9), list.after(5), list.after(7)), (Some(9), 2, 9, 9));
        list.avoid(2);
        assert_eq!(list.after(9), 5);
    }
}
