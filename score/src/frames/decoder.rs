use super::{Frame, KEYS, kind, token};
use crate::{Pitch, Token};
use core::ops::Range;

/// Reads frames from tokens, and knows what may come next.
///
/// It is total: any tokens decode. What is no sentence is mended: a key that is not below the one
/// before it is left out, a beginning or an end drops the frame that is not whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Decoder {
    frame: Frame,
    lowest: Option<Pitch>,
    inside: bool,
}

impl Decoder {
    /// Hears a token; tells the frame that it made whole.
    pub fn push(&mut self, heard: Token) -> Option<Frame> {
        match heard.0 {
            kind::BOS => *self = Self { inside: true, ..Self::default() },
            kind::EOS => *self = Self::default(),
            kind::END => {
                let frame = self.frame;
                *self = Self { inside: true, ..Self::default() };
                return Some(frame);
            }
            key if kind::KEY.contains(&key) => {
                let pitch = Pitch::from_data((key - kind::KEY.start) as u8 + *KEYS.start());
                if self.lowest.is_none_or(|lowest| pitch < lowest) {
                    self.frame = self.frame.with(pitch).unwrap_or(self.frame);
                    self.lowest = Some(pitch);
                    self.inside = true;
                }
            }
            _ => {}
        }
        None
    }

    /// Whether a frame has begun and is not whole.
    pub const fn within_frame(&self) -> bool {
        self.lowest.is_some()
    }

    /// Tells the runs of tokens that may come next, never empty ones; there is always one.
    pub fn for_each_allowed(&self, mut visit: impl FnMut(Range<u16>)) {
        if !self.inside {
            return visit(kind::BOS..kind::BOS + 1);
        }
        let below = self.lowest.map_or(kind::KEY.end, |lowest| token(lowest).0);
        if below > kind::KEY.start {
            visit(kind::KEY.start..below);
        }
        visit(kind::END..kind::END + 1);
        if !self.within_frame() {
            visit(kind::EOS..kind::EOS + 1);
        }
    }
}
