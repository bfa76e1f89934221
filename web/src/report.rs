use musigan_music::Marker;
use musigan_score::{Instrument, Mode};

/// Something that happens at a tick, as four numbers: kind, tick, and two that depend on the kind.
///
/// | kind | is | third | fourth |
/// |---|---|---|---|
/// | 0 | a piece begins | its seed: low half | high half |
/// | 1 | a bar begins | | |
/// | 2 | a note | its ticks | pitch + 256 × velocity + 65536 × part |
/// | 3 | a part's instrument | part | program, or 128 for percussion |
/// | 4 | a key | tonic, 0 for C | 0 major, 1 minor |
/// | 5 | a metre | beats | their unit |
/// | 6 | nothing told from this tick on comes to pass | | |
///
/// Ticks are told as their low halves: enough for two years of playing.
pub type Report = [u32; 4];

/// A marker as a report.
pub(crate) fn report(tick: u64, marker: Marker) -> Report {
    let (kind, third, fourth) = match marker {
        Marker::Piece(seed) => (0, seed as u32, (seed >> 32) as u32),
        Marker::Bar => (1, 0, 0),
        Marker::Note(note) => {
            let (velocity, part) = (u32::from(note.velocity.value()), note.part.index() as u32);
            let rest = u32::from(note.pitch.key()) + 256 * velocity + 65_536 * part;
            (2, u32::from(note.duration), rest)
        }
        Marker::Part(part, instrument) => {
            let program = match instrument {
                Instrument::Program(program) => u32::from(program.number()),
                Instrument::Percussion => 128,
            };
            (3, part.index() as u32, program)
        }
        Marker::Key(key) => {
            (4, u32::from(key.tonic()), u32::from(matches!(key.mode(), Mode::Minor)))
        }
        Marker::Dropped => (6, 0, 0),
        Marker::Metre(metre) => (5, u32::from(metre.numerator()), u32::from(metre.denominator())),
    };
    [kind, tick as u32, third, fourth]
}
