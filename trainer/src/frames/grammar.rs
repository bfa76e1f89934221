//! What may come next in either vocabulary, and what the published figures count of it.

use std::ops::Range;

use musigan_score::frames::kind::{BOS, EOS};
use musigan_score::{Token, frames, lines};

use super::Task;

/// A reader of one piece of tokens.
#[derive(Clone, Copy, Debug)]
pub struct Grammar {
    reader: Reader,
    /// Frames heard whole.
    whole: usize,
}

#[derive(Clone, Copy, Debug)]
enum Reader {
    Chain(frames::Decoder),
    Lines(lines::Coder),
}

impl Grammar {
    /// The grammar of a task; frames that are heard whole have none.
    pub fn of(task: Task) -> Option<Self> {
        let reader = match task {
            Task::Keys => return None,
            Task::Chain => Reader::Chain(frames::Decoder::default()),
            Task::Lines => Reader::Lines(lines::Coder::default()),
        };
        Some(Self { reader, whole: 0 })
    }

    /// Hears a token.
    pub fn push(&mut self, token: u16) {
        let ended = match &mut self.reader {
            Reader::Chain(decoder) => decoder.push(Token(token)).is_some(),
            Reader::Lines(coder) => coder.push(Token(token)).is_some(),
        };
        self.whole = if token == BOS { 0 } else { self.whole + usize::from(ended) };
    }

    /// Whether the published figures count the nats of the next token, `target`: of frames not those
    /// of a piece's first, and of neither how long a piece is.
    pub fn counts(&self, target: u16) -> bool {
        let first = matches!(self.reader, Reader::Chain(_)) && self.whole == 0;
        !first && target != EOS
    }

    /// Whether `target` ends what the published figures count: a frame, or one part of a step.
    pub fn ends(&self, target: u16) -> bool {
        match self.reader {
            Reader::Chain(_) => target == frames::kind::END,
            Reader::Lines(_) => target >= lines::kind::SILENT,
        }
    }

    /// Takes from `logits` what cannot come next, given that the piece goes on.
    pub fn mask(&self, logits: &mut [f32]) {
        let mut allowed = vec![false; logits.len()];
        let mut visit = |run: Range<u16>| {
            let run = usize::from(run.start)..usize::from(run.end).min(logits.len());
            allowed.get_mut(run).unwrap_or_default().fill(true);
        };
        match &self.reader {
            Reader::Chain(decoder) => decoder.for_each_allowed(&mut visit),
            Reader::Lines(coder) => coder.for_each_allowed(&mut visit),
        }
        for (token, (logit, allowed)) in logits.iter_mut().zip(allowed).enumerate() {
            if !allowed || token == usize::from(EOS) {
                *logit = f32::NEG_INFINITY;
            }
        }
    }
}
