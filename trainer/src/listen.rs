//! Pieces to listen to: composed by a generator, or read from sentences, and written as MIDI files.

use std::cell::RefCell;

use midly::num::{u4, u7, u15, u24, u28};
use midly::{Format, Header, MetaMessage, MidiMessage, Smf, Timing, TrackEvent, TrackEventKind};
use musigan_engine::Generator;
use musigan_engine::composer::{Composer, Opening, Settings};
use musigan_engine::generator::{Attention, Wanted};
use musigan_engine::passages::Passages;
use musigan_engine::performer::Performer;
use musigan_score::events::{Decoder, Event};
use musigan_score::{Instrument, NoteEvent, PartId, TICKS_PER_QUARTER, Tempo, Tick, Timed, Token};

use crate::metrics::Piece;

/// Tokens of a bar after which a piece is broken off: an untrained network fills a bar without end.
const TOKENS: usize = 500;

/// What happens in a piece, each at its time.
pub type Happenings = Vec<Timed<Event>>;

/// The piece of a seed, up to its end or to as many bars as the settings allow.
pub fn compose<G: Generator + ?Sized>(
    generator: &G,
    settings: Settings,
    opening: Opening<'_>,
    seed: u64,
) -> Happenings {
    let mut state = vec![0.0; generator.state_len()];
    let mut logits = vec![0.0; generator.vocab_len()];
    let mut composer = Composer::new(generator, &mut state, &mut logits, settings, opening, seed);
    let mut happenings = Vec::new();
    for _ in 0..TOKENS * settings.max_bars as usize {
        let Some(event) = composer.step() else { continue };
        happenings.push(Timed { at: composer.decoder().now(), event });
        if matches!(event, Event::End(_)) {
            break;
        }
    }
    happenings
}

/// What [`compose`] composes, as tokens.
pub fn sentence<G: Generator>(
    generator: &G,
    settings: Settings,
    opening: Opening<'_>,
    seed: u64,
) -> Vec<u16> {
    let overheard = Overheard { generator, tokens: RefCell::default() };
    compose(&overheard, settings, opening, seed);
    overheard.tokens.into_inner()
}

/// Writes down what a generator hears.
struct Overheard<'g, G> {
    generator: &'g G,
    tokens: RefCell<Vec<u16>>,
}

impl<G: Generator> Generator for Overheard<'_, G> {
    fn vocab_len(&self) -> usize {
        self.generator.vocab_len()
    }

    fn state_len(&self) -> usize {
        self.generator.state_len()
    }

    fn macs_per_step(&self) -> usize {
        self.generator.macs_per_step()
    }

    fn reset(&self, state: &mut [f32]) {
        self.generator.reset(state);
    }

    fn seed(&self, state: &mut [f32], seed: u64) {
        self.generator.seed(state, seed);
    }

    fn attend(&self, state: &mut [f32], attention: Attention) {
        self.generator.attend(state, attention);
    }

    fn plans_bars(&self) -> bool {
        self.generator.plans_bars()
    }

    fn passages(&self) -> Option<Passages<'_>> {
        self.generator.passages()
    }

    fn step(&self, state: &mut [f32], heard: Token, logits: &mut [f32]) {
        self.tokens.borrow_mut().push(heard.0);
        self.generator.step(state, heard, logits);
    }

    fn step_for(&self, state: &mut [f32], heard: Token, wanted: Wanted, logits: &mut [f32]) {
        self.tokens.borrow_mut().push(heard.0);
        self.generator.step_for(state, heard, wanted, logits);
    }
}

/// What a sentence says.
pub fn read(tokens: &[u16]) -> Happenings {
    let mut decoder = Decoder::new();
    let mut happenings = Vec::new();
    for &token in tokens {
        if let Some(event) = decoder.push(Token(token)) {
            happenings.push(Timed { at: decoder.now(), event });
        }
    }
    happenings
}

/// A piece to be measured.
pub fn music(happenings: &[Timed<Event>]) -> Piece {
    Piece::of_events(happenings.iter().map(|timed| timed.event))
}

/// A piece as a MIDI file of one track, a channel for each part.
pub fn midi(happenings: &[Timed<Event>]) -> Vec<u8> {
    let mut performer = Performer::new();
    let mut channels = [u4::new(0); PartId::COUNT as usize];
    let mut told = Vec::new();
    for &Timed { at, event } in happenings {
        match event {
            Event::Note(note) => {
                performer
                    .play(&note, |timed| told.push((timed.at, of_note(timed.event, &channels))));
            }
            Event::Part(part, instrument) => {
                let (channel, program) = cast(part, instrument);
                channels[part.index()] = channel;
                let message = MidiMessage::ProgramChange { program };
                told.push((at, TrackEventKind::Midi { channel, message }));
            }
            Event::Tempo(tempo) => told.push((at, of_tempo(tempo))),
            _ => {}
        }
    }
    performer
        .advance(Tick(u32::MAX), |timed| told.push((timed.at, of_note(timed.event, &channels))));
    file(&told)
}

/// What is told to a MIDI file, at its tick.
type Told = (Tick, TrackEventKind<'static>);

/// The channel and the program of a part: percussion has the tenth channel.
fn cast(part: PartId, instrument: Instrument) -> (u4, u7) {
    const PERCUSSION: u8 = 9;
    match instrument {
        Instrument::Percussion => (u4::new(PERCUSSION), u7::new(0)),
        Instrument::Program(program) => {
            let channel = (part.index() % 15) as u8;
            let channel = if channel < PERCUSSION { channel } else { channel + 1 };
            (u4::new(channel), u7::new(program.number()))
        }
    }
}

fn of_note(event: NoteEvent, channels: &[u4]) -> TrackEventKind<'static> {
    let channel = |part: PartId| channels.get(part.index()).copied().unwrap_or_default();
    let (channel, message) = match event {
        NoteEvent::On { part, pitch, velocity } => {
            let (key, vel) = (u7::new(pitch.key()), u7::new(velocity.value()));
            (channel(part), MidiMessage::NoteOn { key, vel })
        }
        NoteEvent::Off { part, pitch } => {
            let (key, vel) = (u7::new(pitch.key()), u7::new(64));
            (channel(part), MidiMessage::NoteOff { key, vel })
        }
    };
    TrackEventKind::Midi { channel, message }
}

fn of_tempo(tempo: Tempo) -> TrackEventKind<'static> {
    let quarter = 60_000_000 / tempo.bpm().max(1);
    TrackEventKind::Meta(MetaMessage::Tempo(u24::new(quarter)))
}

fn file(told: &[Told]) -> Vec<u8> {
    let ticks = u15::new(TICKS_PER_QUARTER as u16);
    let mut track = Vec::with_capacity(told.len() + 1);
    let mut last = 0;
    for (at, kind) in told {
        let delta = u28::new(at.0.saturating_sub(last).min(u32::from(u28::max_value())));
        track.push(TrackEvent { delta, kind: *kind });
        last = last.max(at.0);
    }
    let end = TrackEventKind::Meta(MetaMessage::EndOfTrack);
    track.push(TrackEvent { delta: u28::new(0), kind: end });
    let header = Header::new(Format::SingleTrack, Timing::Metrical(ticks));
    let mut file = Vec::new();
    let written = Smf { header, tracks: vec![track] }.write_std(&mut file);
    debug_assert!(written.is_ok(), "memory takes every byte: {written:?}");
    file
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::{self, Options};
    use musigan_score::events::{self, Header, Tags};
    use musigan_score::{Metre, Note, Pitch, Program, Velocity};

    #[test]
    fn what_is_written_is_read_again() {
        let note = |at: u32, key, part: u16| Note {
            onset: Tick(12 * at),
            duration: 12 + 12 * part,
            pitch: Pitch::new(key).unwrap(),
            velocity: Velocity::new(76).unwrap(),
            part: PartId::new(part as u8).unwrap(),
        };
        let notes: Vec<Note> = (0..40)
            .flat_map(|at| [note(at, 60 + at as u8 % 7, 0), note(at, 40 + at as u8 % 5, 1)])
            .collect();
        let parts = [52, 0].map(|program| Instrument::Program(Program::from_data(program)));
        let tempo = Tempo::from_bpm(100);
        let header = Header { metre: Metre::COMMON, tempo, tags: Tags::default() };
        let piece =
            events::Piece { parts: &parts, header, changes: &[], notes: &notes, density: false };
        let mut tokens = Vec::new();
        events::encode(&piece, |token| tokens.push(token.0)).unwrap();

        let file = midi(&read(&tokens));
        let again = corpus::pieces("a.mid", &file, &Options::default()).expect("a piece");
        assert_eq!(Piece::of_tokens(&again[0].0.plain()).notes(), notes);
        let tempo = Event::Tempo(tempo);
        assert!(read(&again[0].0.tokens).iter().any(|timed| timed.event == tempo));
    }
}
