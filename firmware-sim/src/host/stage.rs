//! A board that is no board: the host plays the audio interrupt between two rounds of the idle loop.

use std::path::Path;

use anyhow::{Context, Result};
use firmware_sim::{
    Band, Board, Button, Event, Frame, Hash, Knob, Output, Profile, Script, Stage, Tally, Wire,
    rehearse,
};
use hound::{SampleFormat, WavSpec, WavWriter};
use musigan_engine::{Generator, Model};
use musigan_score::events::FINGERPRINT;

use super::meter::counted;

/// What is rehearsed.
#[derive(Clone, Copy, Debug)]
pub struct Rehearsal<'a> {
    /// The board.
    pub profile: &'static Profile,
    /// The model's image.
    pub image: &'a [u8],
    /// The first piece.
    pub seed: u64,
}

/// What was heard.
#[derive(Debug)]
pub struct Heard {
    /// Notes and their hash.
    pub tally: Tally,
    /// The hash of all samples.
    pub audio: Hash,
    /// What the firmware said.
    pub trace: Vec<Event>,
    /// Bytes of the heap at its seal.
    pub heap: usize,
    /// Bytes of it that are the model's state and logits.
    pub state: usize,
    /// Bytes of it that are a copy of the model.
    pub copy: usize,
    /// Bytes that are there before the start: ring, DMA buffer.
    pub statics: usize,
    /// Allocations and frees after the seal.
    pub touches: usize,
}

struct Host<'w> {
    script: Script,
    half: u32,
    output: Output<'w>,
    buffer: [Frame; Profile::MOST_FRAMES],
    frames: usize,
    audio: Hash,
    /// Room for all that is heard and said, so that nothing is allocated on the way.
    heard: Vec<Frame>,
    trace: Vec<Event>,
}

impl Board for Host<'_> {
    fn button(&mut self, button: Button) -> bool {
        self.script.button(self.half, button)
    }

    fn knob(&mut self, knob: Knob) -> u16 {
        self.script.knob(self.half, knob)
    }

    fn trace(&mut self, event: Event) {
        if self.trace.len() < self.trace.capacity() {
            self.trace.push(event);
        }
    }
}

impl Stage for Host<'_> {
    fn begin(&mut self, half: u32) {
        self.half = half;
    }

    fn interrupt(&mut self) {
        let half = &mut self.buffer[..self.frames];
        self.output.fill(half, |_| {});
        self.audio.add_frames(half);
        if self.heard.capacity() - self.heard.len() >= half.len() {
            self.heard.extend_from_slice(half);
        }
    }

    fn step<T>(&mut self, step: impl FnOnce() -> T) -> (T, u64) {
        (step(), 1)
    }
}

/// The longest sound file, in seconds.
const LONGEST: usize = 600;

impl Rehearsal<'_> {
    /// Plays so many bars, into a file if one is named.
    ///
    /// # Errors
    /// Where the image is refused or the file cannot be written.
    pub fn play(&self, script: Script, bars: u32, wav: Option<&Path>) -> Result<Heard> {
        let profile = self.profile;
        let model = Model::open(self.image, FINGERPRINT).context("the model is refused")?;
        let mut wire = Wire::default();
        let (band_end, speaker_end) = wire.split();
        let make = || {
            // The model is read where it lies, of whichever kind it is; what a copy takes is told.
            let copy = vec![0_u32; profile.copy_len(self.image)];
            let state = vec![0.0_f32; model.state_len()];
            let logits = vec![0.0_f32; model.vocab_len()];
            let output = Output::new(profile, speaker_end);
            (copy, state, logits, output)
        };
        let ((copy, mut state, mut logits, output), heap, _) = counted(make);
        let numbers = state.len() + logits.len();
        let mut host = Host {
            script,
            half: 0,
            output,
            buffer: [[0; 2]; Profile::MOST_FRAMES],
            frames: profile.frames(),
            audio: Hash::default(),
            heard: Vec::with_capacity(wav.map_or(0, |_| LONGEST * profile.rate() as usize)),
            trace: Vec::with_capacity(4_096),
        };
        let mut band = Band::new(profile, &model, &mut state, &mut logits, band_end, self.seed);
        let (tally, _, touches) = counted(|| rehearse(&mut host, &mut band, script, bars));
        if let Some(path) = wav {
            write(path, profile.rate(), &host.heard)
                .with_context(|| format!("cannot write {}", path.display()))?;
        }
        Ok(Heard {
            tally,
            audio: host.audio,
            trace: host.trace,
            heap,
            state: 4 * numbers,
            copy: 4 * copy.len(),
            statics: size_of::<Wire>() + 2 * size_of::<Frame>() * profile.frames(),
            touches,
        })
    }
}

fn write(path: &Path, sample_rate: u32, frames: &[Frame]) -> Result<()> {
    let spec =
        WavSpec { channels: 2, sample_rate, bits_per_sample: 16, sample_format: SampleFormat::Int };
    let mut file = WavWriter::create(path, spec)?;
    for sample in frames.as_flattened() {
        file.write_sample(*sample)?;
    }
    file.finalize()?;
    Ok(())
}
