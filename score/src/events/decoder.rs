use super::{Density, DrumKey, Position, Style, Symbol, VelocityBin};
use crate::{Instrument, Key, Metre, Note, PartId, Pitch, Program, Tempo, Tick, Token, Velocity};

/// What a token made happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Event {
    /// A piece begins; all that was known of the one before is forgotten.
    Begin,
    /// The piece is of this style.
    Style(Style),
    /// A part is played on this instrument.
    Part(PartId, Instrument),
    /// The metre from the present bar on.
    Metre(Metre),
    /// The tempo from the present bar on.
    Tempo(Tempo),
    /// The key from the present bar on.
    Key(Key),
    /// A bar begins.
    Bar(Tick),
    /// How much is to happen in the present bar.
    Density(Density),
    /// A note. Notes come in the order of their onsets.
    Note(Note),
    /// The piece ends with the bar that ends here.
    End(Tick),
}

/// What has been read of the sentence: it decides what may follow, see the grammar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    /// Outside a piece.
    Outside,
    /// After BOS, or after the header's style or key: metre is due.
    Header { key: bool, style: bool },
    /// After the header's metre: tempo is due.
    HeaderTempo,
    /// After the header's tempo or a part's program.
    HeaderParts,
    /// After a part in the header: its program is due.
    HeaderProgram,
    /// After Bar, with the tags that may still come.
    Bar(BarTag),
    /// After Position: notes are due, another part may come first.
    Position,
    /// After Part in a bar: notes are due.
    Part,
    /// After Velocity: a note is due.
    Velocity,
    /// After Pitch: a duration is due.
    Pitch,
    /// After a complete note.
    Note,
}

/// The last tag that was said after Bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum BarTag {
    None,
    Metre,
    Tempo,
    Key,
    Density,
}

/// Reads tokens: what happens ([`Decoder::push`]), and what may come next
/// ([`Decoder::for_each_allowed`]).
///
/// Total: tokens that the grammar does not allow here are taken for what they can mean or passed
/// over, never refused. A note needs a pitch and a duration right after it (or a stroke); before any
/// bar it is in the first one; a position that is not after the present one, or is beyond the bar,
/// changes nothing; a part without a program is a music box.
///
/// # Real-time
/// Every method takes bounded time and never allocates.
#[derive(Clone, Debug)]
pub struct Decoder {
    pub(super) stage: Stage,
    pub(super) metre: Metre,
    pub(super) tempo: Tempo,
    pub(super) key: Option<Key>,
    /// Start of the present bar; `None` before the first.
    bar: Option<Tick>,
    pub(super) position: Option<Position>,
    pub(super) part: Option<PartId>,
    /// The last pitch said by the present part at the present position.
    pub(super) last: Option<Pitch>,
    pub(super) instruments: [Option<Instrument>; PartId::COUNT as usize],
    pub(super) velocities: [Option<VelocityBin>; PartId::COUNT as usize],
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new()
    }
}

impl Decoder {
    /// A decoder outside any piece.
    pub const fn new() -> Self {
        Self {
            stage: Stage::Outside,
            metre: Metre::COMMON,
            tempo: Tempo::from_bpm(120),
            key: None,
            bar: None,
            position: None,
            part: None,
            last: None,
            instruments: [None; PartId::COUNT as usize],
            velocities: [None; PartId::COUNT as usize],
        }
    }

    /// Reads one token and tells what it made happen.
    pub fn push(&mut self, token: Token) -> Option<Event> {
        match Symbol::of(token)? {
            Symbol::Pad => None,
            Symbol::Bos => {
                *self = Self::new();
                self.stage = Stage::Header { key: false, style: false };
                Some(Event::Begin)
            }
            Symbol::Eos => {
                let end = self.bar_end();
                *self = Self::new();
                Some(Event::End(end))
            }
            Symbol::Bar => {
                let start = self.bar_end();
                self.bar = Some(start);
                (self.position, self.last) = (None, None);
                self.stage = Stage::Bar(BarTag::None);
                Some(Event::Bar(start))
            }
            Symbol::Position(position) => {
                if self.position.is_none_or(|present| position > present)
                    && position.ticks() < self.metre.bar_ticks()
                {
                    self.position = Some(position);
                    self.last = None;
                    self.stage = Stage::Position;
                }
                None
            }
            Symbol::Part(part) => {
                self.part = Some(part);
                self.last = None;
                self.stage = if self.in_header() { Stage::HeaderProgram } else { Stage::Part };
                None
            }
            Symbol::Velocity(velocity) => {
                self.velocities[self.part_or_first().index()] = Some(velocity);
                self.stage = Stage::Velocity;
                None
            }
            Symbol::Pitch(pitch) => {
                self.last = Some(pitch);
                self.stage = Stage::Pitch;
                None
            }
            Symbol::Duration(duration) => {
                let pitch = self.last.filter(|_| self.stage == Stage::Pitch)?;
                self.stage = Stage::Note;
                Some(Event::Note(self.note(pitch, duration.ticks())))
            }
            Symbol::Drum(key) => {
                self.last = Some(key.pitch());
                self.stage = Stage::Note;
                Some(Event::Note(self.note(key.pitch(), DrumKey::TICKS)))
            }
            Symbol::Program(instrument) => {
                let part = self.part_or_first();
                self.instruments[part.index()] = Some(instrument);
                if self.in_header() {
                    self.part = None;
                    self.stage = Stage::HeaderParts;
                }
                Some(Event::Part(part, instrument))
            }
            Symbol::Metre(metre) => {
                // Within a bar, what has been said must stay inside it.
                if self.position.is_none_or(|position| position.ticks() < metre.bar_ticks()) {
                    self.metre = metre;
                }
                self.after_tag(BarTag::Metre, Stage::HeaderTempo);
                Some(Event::Metre(self.metre))
            }
            Symbol::Tempo(tempo) => {
                self.tempo = tempo;
                self.after_tag(BarTag::Tempo, Stage::HeaderParts);
                Some(Event::Tempo(tempo))
            }
            Symbol::Key(key) => {
                self.key = Some(key);
                self.after_tag(BarTag::Key, Stage::Header { key: true, style: true });
                Some(Event::Key(key))
            }
            Symbol::Density(density) => {
                self.after_tag(BarTag::Density, self.stage);
                Some(Event::Density(density))
            }
            Symbol::Style(style) => {
                if self.in_header() {
                    self.stage = Stage::Header { key: false, style: true };
                }
                Some(Event::Style(style))
            }
        }
    }

    /// The metre of the present bar.
    pub const fn metre(&self) -> Metre {
        self.metre
    }

    /// The tempo of the present bar.
    pub const fn tempo(&self) -> Tempo {
        self.tempo
    }

    /// The key, if it was told.
    pub const fn key(&self) -> Option<Key> {
        self.key
    }

    /// The instrument of a part, if it was told.
    pub const fn instrument(&self, part: PartId) -> Option<Instrument> {
        self.instruments[part.index()]
    }

    /// The part that speaks now; `None` before any has spoken.
    pub const fn part(&self) -> Option<PartId> {
        self.part
    }

    /// Where the sentence has arrived: no later note begins before.
    pub fn now(&self) -> Tick {
        let bar = self.bar.unwrap_or_default();
        Tick(bar.0.wrapping_add(self.position.map_or(0, Position::ticks)))
    }

    /// Where the present bar ends (and the next begins).
    pub fn bar_end(&self) -> Tick {
        self.bar.map_or(Tick(0), |start| Tick(start.0.wrapping_add(self.metre.bar_ticks())))
    }

    pub(super) const fn part_or_first(&self) -> PartId {
        match (self.part, PartId::new(0)) {
            (Some(part), _) | (None, Some(part)) => part,
            (None, None) => unreachable!(),
        }
    }

    fn in_header(&self) -> bool {
        self.bar.is_none() && self.stage <= Stage::HeaderProgram
    }

    fn after_tag(&mut self, tag: BarTag, header: Stage) {
        match self.stage {
            Stage::Bar(_) => self.stage = Stage::Bar(tag),
            Stage::Outside => {}
            _ if self.in_header() => self.stage = header,
            _ => {}
        }
    }

    fn note(&mut self, pitch: Pitch, duration: u16) -> Note {
        self.bar.get_or_insert(Tick(0));
        let part = self.part_or_first();
        self.part = Some(part);
        self.instruments[part.index()].get_or_insert(Instrument::Program(Program::MUSIC_BOX));
        let bin = VelocityBin::of(Velocity::MEZZO_FORTE);
        let velocity = self.velocities[part.index()].get_or_insert(bin).velocity();
        Note { onset: self.now(), duration, pitch, velocity, part }
    }
}
