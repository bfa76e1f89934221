/// One symbol of a vocabulary, as generators hear and say it.
///
/// What a token means is the vocabulary's business, see [`crate::events`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub struct Token(pub u16);

impl Token {
    /// The token as an index into logits.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}
