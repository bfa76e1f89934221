//! What the firmware says about itself: one event after the other, for a serial line or a log.

use core::fmt;

use crate::board::Knob;

/// Something that happened, in the order in which it did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The firmware is built and its heap sealed.
    Ready {
        /// Bytes of the heap in use, for good.
        heap: u32,
        /// Bytes of it that are the model's state and logits.
        state: u32,
    },
    /// The piece of this seed begins.
    Piece(u64),
    /// Playing (again), or paused.
    Playing(bool),
    /// The piece is denser than the core can compose in time: so many percent of its own tempo from here
    /// on, the knob aside.
    Slowed(u32),
    /// The tempo knob moved: percent of the piece's own tempo.
    Tempo(u32),
    /// The temperature knob moved: in hundredths.
    Temperature(u32),
    /// A knob jitters more than a hand could turn it: it stays where it was.
    Frozen(Knob),
    /// The knob has come to rest and is followed again.
    Thawed(Knob),
    /// The music was not composed in time: the clock waits, what sounds rings on.
    Underrun,
    /// Enough is composed again: the clock goes on where it stopped.
    Resumed,
    /// So many events found the trace full.
    Lost(u32),
    /// Something is broken for good: the firmware is silent from here on.
    Fault(Fault),
}

/// Why the firmware fell silent for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The model in flash is not intact, or not of this firmware's vocabulary.
    Image,
    /// The heap is too small for this board's profile.
    Heap,
    /// Someone asked for heap after it was sealed: so many bytes.
    Sealed(u32),
    /// The stack reached its end.
    Stack,
    /// The core stopped the program: a bad address or instruction, which is a bug.
    Core,
    /// A panic, which is a bug.
    Panic,
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ready { heap, state } => {
                write!(f, "ready: heap sealed at {heap} bytes, {state} of them the model's state")
            }
            Self::Piece(seed) => write!(f, "piece {seed}"),
            Self::Playing(true) => write!(f, "playing"),
            Self::Playing(false) => write!(f, "paused"),
            Self::Slowed(percent) => {
                write!(f, "a dense piece: played at {percent} % of its own tempo")
            }
            Self::Tempo(percent) => write!(f, "tempo {percent} %"),
            Self::Temperature(hundredths) => {
                write!(f, "temperature {}.{:02}", hundredths / 100, hundredths % 100)
            }
            Self::Frozen(knob) => write!(f, "the {knob} knob jitters: it is not followed"),
            Self::Thawed(knob) => write!(f, "the {knob} knob is at rest: it is followed again"),
            Self::Underrun => write!(f, "underrun: the composer is late, the clock waits"),
            Self::Resumed => write!(f, "the clock goes on"),
            Self::Lost(events) => write!(f, "{events} events lost: the trace was full"),
            Self::Fault(fault) => write!(f, "fault: {fault}"),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Image => write!(f, "the model in flash is not intact: flash it again"),
            Self::Heap => write!(f, "the heap is too small: fewer voices or a lower sample rate"),
            Self::Sealed(bytes) => write!(f, "{bytes} bytes asked of the sealed heap"),
            Self::Stack => write!(f, "the stack is full"),
            Self::Core => write!(f, "the core stopped the program"),
            Self::Panic => write!(f, "panic"),
        }
    }
}
