//! Endless music: pieces, one after the other, as timed actions of the synth.

use musigan_engine::composer::{Composer, Opening, Settings};
use musigan_engine::generator::Generator;
use musigan_engine::performer::Performer;
use musigan_score::events::Event;
use musigan_score::{Instrument, Key, Metre, NoteEvent, PartId, Tick, Timed};
use musigan_synth::{Action, Channel, ChannelEvent, TimedAction, U7, controller};

/// Where a piece has arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marker {
    /// The piece of this seed begins.
    Piece(u64),
    /// The metre from here on.
    Metre(Metre),
    /// The key from here on.
    Key(Key),
    /// A bar begins.
    Bar,
}

/// Who hears the music: the ring to the audio thread, a file.
pub trait Listener {
    /// An action, never before the one told last.
    fn action(&mut self, action: TimedAction);

    /// A marker at a tick of the same clock.
    fn marker(&mut self, tick: u64, marker: Marker);
}

/// A stream of pieces, on one clock of 24 ticks to the quarter that begins at 0.
pub struct Music<'a, G> {
    composer: Composer<'a, G>,
    performer: Performer,
    channels: [Channel; PartId::COUNT as usize],
    opening: Opening<'a>,
    seed: u64,
    /// Where the present piece begins on the clock.
    origin: u64,
    bars: u32,
    pieces: u32,
}

impl<'a, G: Generator> Music<'a, G> {
    /// Music that begins with the piece of `seed` and goes on with those of the seeds after it.
    pub fn new(
        generator: &'a G,
        state: &'a mut [f32],
        logits: &'a mut [f32],
        settings: Settings,
        opening: Opening<'a>,
        seed: u64,
    ) -> Self {
        Self {
            composer: Composer::new(generator, state, logits, settings, opening, seed),
            performer: Performer::new(),
            channels: [Channel::new(0); PartId::COUNT as usize],
            opening,
            seed,
            origin: 0,
            bars: 0,
            pieces: 0,
        }
    }

    /// Composes one token and tells what follows from it.
    ///
    /// # Real-time
    /// Never allocates or blocks, if the listener does not.
    pub fn advance(&mut self, listener: &mut impl Listener) {
        let event = self.composer.step();
        let now = self.composer.decoder().now();
        let here = self.tick(now);
        match event {
            Some(Event::Begin) => {
                self.bars = 0;
                listener.marker(here, Marker::Piece(self.seed));
            }
            Some(Event::Part(part, instrument)) => self.cast(part, instrument, listener),
            Some(Event::Tempo(tempo)) => {
                listener.action(TimedAction {
                    tick: here,
                    action: Action::Tempo(tempo.microseconds()),
                });
            }
            Some(Event::Metre(metre)) => listener.marker(here, Marker::Metre(metre)),
            Some(Event::Key(key)) => listener.marker(here, Marker::Key(key)),
            Some(Event::Bar(_)) => {
                self.bars += 1;
                self.release(now, listener);
                listener.marker(here, Marker::Bar);
            }
            Some(Event::Note(note)) => {
                let (origin, channels) = (self.origin, &self.channels);
                self.performer
                    .play(&note, |event| listener.action(on_clock(origin, channels, event)));
            }
            Some(Event::End(end)) => self.end(end, listener),
            Some(Event::Style(_) | Event::Density(_)) | None => {}
        }
    }

    /// Lets every key go up now: for music that is broken off.
    pub fn stop(&mut self, listener: &mut impl Listener) {
        let (origin, channels) = (self.origin, &self.channels);
        let now = self.composer.decoder().now();
        self.performer.stop(now, |event| listener.action(on_clock(origin, channels, event)));
    }

    /// How far on the clock the music is complete: nothing more will happen before.
    pub fn composed(&self) -> u64 {
        self.tick(self.composer.decoder().now())
    }

    /// Bars begun of the present piece.
    pub fn bars(&self) -> u32 {
        self.bars
    }

    /// Pieces that have ended.
    pub fn pieces(&self) -> u32 {
        self.pieces
    }

    /// The composer's settings, to be changed at any time.
    pub fn settings_mut(&mut self) -> &mut Settings {
        self.composer.settings_mut()
    }

    fn tick(&self, at: Tick) -> u64 {
        self.origin + u64::from(at.0)
    }

    /// Gives a part its channel, instrument and place on the stage.
    fn cast(&mut self, part: PartId, instrument: Instrument, listener: &mut impl Listener) {
        let channel = channel_of(part, instrument);
        self.channels[part.index()] = channel;
        let tick = self.composed();
        let mut tell =
            |event| listener.action(TimedAction { tick, action: Action::Channel(event) });
        if let Instrument::Program(program) = instrument {
            tell(ChannelEvent::Program { channel, program });
            tell(ChannelEvent::Controller {
                channel,
                controller: U7::new(controller::PAN),
                value: U7::new(PLACES[part.index() % PLACES.len()]),
            });
        }
    }

    fn release(&mut self, until: Tick, listener: &mut impl Listener) {
        let (origin, channels) = (self.origin, &self.channels);
        self.performer.advance(until, |event| listener.action(on_clock(origin, channels, event)));
    }

    /// The last notes sound to their ends, a bar of breath follows, then the next piece begins.
    fn end(&mut self, end: Tick, listener: &mut impl Listener) {
        let last = self.performer.until().unwrap_or(end).max(end);
        self.release(last, listener);
        self.origin = self.tick(last) + u64::from(Metre::COMMON.bar_ticks());
        self.seed = self.seed.wrapping_add(1);
        self.pieces += 1;
        self.composer.begin(self.opening, self.seed);
    }
}

/// Where on the stage the parts sit, as values of the pan controller: the first in the middle.
const PLACES: [u8; 8] = [64, 52, 76, 40, 88, 58, 70, 46];

/// The channel of a part: percussion has its own, the others share the other fifteen.
fn channel_of(part: PartId, instrument: Instrument) -> Channel {
    if instrument.is_percussion() {
        return Channel::PERCUSSION;
    }
    let index = part.index() as u8;
    Channel::new(if index < 9 { index } else { (index + 1).min(15) })
}

fn on_clock(origin: u64, channels: &[Channel; 16], event: Timed<NoteEvent>) -> TimedAction {
    let event_on = |part: PartId| channels[part.index()];
    let action = match event.event {
        NoteEvent::On { part, pitch, velocity } => {
            ChannelEvent::NoteOn { channel: event_on(part), key: pitch, velocity }
        }
        NoteEvent::Off { part, pitch } => {
            ChannelEvent::NoteOff { channel: event_on(part), key: pitch }
        }
    };
    TimedAction { tick: origin + u64::from(event.at.0), action: Action::Channel(action) }
}

/// A listener that keeps everything: for files.
#[derive(Clone, Debug, Default)]
pub struct Recording {
    /// The actions, in the order of their ticks.
    pub actions: Vec<TimedAction>,
    /// The markers, in the order of their ticks.
    pub markers: Vec<(u64, Marker)>,
}

impl Listener for Recording {
    fn action(&mut self, action: TimedAction) {
        self.actions.push(action);
    }

    fn marker(&mut self, tick: u64, marker: Marker) {
        self.markers.push((tick, marker));
    }
}

impl Recording {
    /// Records one piece. `settings` bound its length.
    pub fn of_piece<G: Generator>(
        generator: &G,
        settings: Settings,
        opening: Opening<'_>,
        seed: u64,
    ) -> Self {
        let mut state = vec![0.0; generator.state_len()];
        let mut logits = vec![0.0; generator.vocab_len()];
        let mut music = Music::new(generator, &mut state, &mut logits, settings, opening, seed);
        let mut recording = Self::default();
        while music.pieces() == 0 {
            music.advance(&mut recording);
        }
        recording
    }
}
