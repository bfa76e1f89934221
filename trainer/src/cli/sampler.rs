//! Pieces that a network composes while it learns.

use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};
use midly::num::{u4, u7, u15, u24, u28};
use midly::{Format, Header, MetaMessage, MidiMessage, Smf, Timing, TrackEvent, TrackEventKind};
use musigan_engine::composer::{Composer, Opening, Settings};
use musigan_engine::performer::Performer;
use musigan_engine::{Generator, Model};
use musigan_score::events::{self, Event};
use musigan_score::{Instrument, NoteEvent, PartId, TICKS_PER_QUARTER, Tempo, Tick, Timed};

use crate::checkpoint::write_atomically;
use crate::export::{About, Trained, onnx_file};
use crate::model::Architecture;

/// A sample ends after this many bars at the latest.
const BARS: u32 = 32;

/// Tokens after which a sample is broken off: an untrained network fills a bar without end.
const TOKENS: usize = 8_000;

/// Composes samples into a folder.
pub struct Sampler {
    folder: PathBuf,
    architecture: Architecture,
    seed: u64,
}

impl Sampler {
    /// A sampler of networks of this architecture, whose pieces are all of one seed.
    pub fn new(folder: PathBuf, architecture: Architecture, seed: u64) -> Self {
        Self { folder, architecture, seed }
    }

    /// Composes a piece with these weights; gives the file.
    ///
    /// # Errors
    /// When the network cannot be played, or the file cannot be written.
    pub fn compose(&self, update: u64, weights: &[f32]) -> anyhow::Result<PathBuf> {
        let vocabulary = events::FINGERPRINT;
        let trained = Trained { architecture: &self.architecture, weights, vocabulary };
        let onnx = onnx_file(trained, &About::default());
        let image = musigan_import::import(&onnx, &musigan_import::Options::default())?.image;
        let image = crate::predict::EngineImage::new(&image);
        let model = Model::open(image.bytes(), vocabulary)?;
        let path = self.folder.join(format!("update-{update:09}.mid"));
        std::fs::create_dir_all(&self.folder).with_context(|| self.folder.display().to_string())?;
        write(&path, &piece(&model, self.seed))?;
        Ok(path)
    }
}

/// What is told to a MIDI file, at its tick.
type Told = (Tick, TrackEventKind<'static>);

fn piece(model: &Model<'_>, seed: u64) -> Vec<Told> {
    let mut state = vec![0.0; model.state_len()];
    let mut logits = vec![0.0; model.vocab_len()];
    let settings = Settings { max_bars: BARS, ..Settings::default() };
    let opening = Opening::default();
    let mut composer = Composer::new(model, &mut state, &mut logits, settings, opening, seed);
    let mut performer = Performer::new();
    let mut told = Vec::new();
    let mut channels = [u4::new(0); PartId::COUNT as usize];
    for _ in 0..TOKENS {
        let event = composer.step();
        let now = composer.decoder().now();
        let mut key =
            |timed: Timed<NoteEvent>| told.push((timed.at, of_note(timed.event, &channels)));
        match event {
            Some(Event::Note(note)) => performer.play(&note, &mut key),
            Some(Event::Part(part, instrument)) => {
                let (channel, program) = cast(part, instrument);
                channels[part.index()] = channel;
                let message = MidiMessage::ProgramChange { program };
                told.push((now, TrackEventKind::Midi { channel, message }));
            }
            Some(Event::Tempo(tempo)) => told.push((now, of_tempo(tempo))),
            Some(Event::End(_)) => break,
            _ => {}
        }
    }
    performer
        .advance(Tick(u32::MAX), |timed| told.push((timed.at, of_note(timed.event, &channels))));
    told
}

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

fn write(path: &Path, told: &[Told]) -> anyhow::Result<()> {
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
    Smf { header, tracks: vec![track] }.write(&mut file).map_err(|error| anyhow!("{error}"))?;
    Ok(write_atomically(path, &file)?)
}
