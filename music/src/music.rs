use musigan_engine::composer::{Composer, Opening, Settings};
use musigan_engine::generator::Generator;
use musigan_score::events::Event;
use musigan_score::link::MAX_LINKED;
use musigan_score::{Instrument, Key, Metre, Note, PartId, Tick};
use musigan_synth::{Action, Channel, ChannelEvent, TimedAction, U7, controller};

use crate::arranger::{Arranger, Heard};
use crate::clock::Clock;
use crate::{Arrangement, Playlist, Swing};

/// Where a piece has arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marker {
    /// The piece of this seed begins.
    Piece(u64),
    /// The metre from here on.
    Metre(Metre),
    /// The key from here on.
    Key(Key),
    /// A part is played on this instrument from here on.
    Part(PartId, Instrument),
    /// A bar begins.
    Bar,
    /// A note, as it sounds; its onset is told in ticks of the piece, the marker's tick is that of the clock.
    Note(Note),
    /// What was told of this tick and later ones does not come to pass: a partner broke off.
    Dropped,
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
    arranger: Arranger,
    channels: [Channel; PartId::COUNT as usize],
    opening: Opening<'a>,
    seed: u64,
    /// Where the present piece begins on the clock.
    origin: u64,
    /// Where the present bar begins, in ticks of the piece.
    bar: Tick,
    swing: Swing,
    /// The last tick of an action.
    told: u64,
    playlist: Playlist,
    notes: u64,
    bars: u32,
    pieces: u32,
}

impl<'a, G: Generator> Music<'a, G> {
    /// Music that begins with the piece of `seed` and goes on with those after it in the playlist, at first all seeds in turn.
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
            arranger: Arranger::new(),
            channels: [Channel::new(0); PartId::COUNT as usize],
            opening,
            seed,
            origin: 0,
            bar: Tick(0),
            swing: Swing::STRAIGHT,
            told: 0,
            playlist: Playlist::default(),
            notes: 0,
            bars: 0,
            pieces: 0,
        }
    }

    /// Composes one token and tells what follows from it.
    ///
    /// # Real-time
    /// Never allocates or blocks, if the listener does not.
    pub fn advance(&mut self, listener: &mut impl Listener) {
        self.composer.settings_mut().shifts = self.shifts();
        let event = self.composer.step();
        let now = self.composer.decoder().now();
        // In the time of the bar that may end here.
        self.play_until(now, listener);
        match event {
            Some(Event::Begin) => {
                (self.bars, self.bar) = (0, Tick(0));
                listener.marker(self.tick(now), Marker::Piece(self.seed));
            }
            Some(Event::Part(part, instrument)) => {
                self.cast(part, instrument, listener);
                listener.marker(self.tick(now), Marker::Part(part, instrument));
            }
            Some(Event::Tempo(tempo)) => {
                self.told = self.tick(now);
                listener.action(TimedAction {
                    tick: self.told,
                    action: Action::Tempo(tempo.microseconds()),
                });
            }
            Some(Event::Metre(metre)) => listener.marker(self.tick(now), Marker::Metre(metre)),
            Some(Event::Key(key)) => listener.marker(self.tick(now), Marker::Key(key)),
            Some(Event::Bar(start)) => {
                self.bars += 1;
                listener.marker(self.tick(now), Marker::Bar);
                self.bar = start;
            }
            Some(Event::Note(note)) => self.play(note, listener),
            Some(Event::End(end)) => self.end(end, listener),
            Some(Event::Style(_) | Event::Density(_)) | None => {}
        }
    }

    /// Lets every key go up now: for music that is broken off.
    pub fn stop(&mut self, listener: &mut impl Listener) {
        let now = self.composer.decoder().now();
        self.arranged(listener, |arranger, tell| arranger.stop(now, tell));
    }

    /// Drops the rest of the present piece, whose keys the caller lets go, and begins the piece of
    /// `seed` at `tick` of the clock.
    pub fn skip_to(&mut self, tick: u64, seed: u64) {
        self.arranger.forget();
        (self.origin, self.told, self.seed, self.bar) = (tick, tick, seed, Tick(0));
        self.composer.begin(self.opening, seed);
    }

    /// Arranges a part so from now on, in this piece and those to come; numbers beyond the ranges of
    /// an arrangement are held within. Parts that are linked hear it transposed.
    ///
    /// # Real-time
    /// Never allocates or blocks.
    pub fn arrange(&mut self, part: PartId, arrangement: Arrangement) {
        self.arranger.arrange(part, arrangement, self.composer.decoder().now());
    }

    /// Notes of canons and doublings that were left out, for too many were to come.
    pub fn crowded_out(&self) -> u64 {
        self.arranger.crowded_out()
    }

    /// Notes composed.
    pub fn notes(&self) -> u64 {
        self.notes
    }

    /// How far on the clock the music is complete: nothing more will happen before.
    pub fn composed(&self) -> u64 {
        self.tick(self.composer.decoder().now())
    }

    /// The seed of the piece that comes after that of `seed`.
    pub fn following(&self, seed: u64) -> u64 {
        self.playlist.after(seed)
    }

    /// Which piece comes after which.
    pub fn playlist_mut(&mut self) -> &mut Playlist {
        &mut self.playlist
    }

    /// The channel on which a part is played.
    pub fn channel(&self, part: PartId) -> Channel {
        self.channels[part.index()]
    }

    /// How the music swings, from now on.
    pub fn set_swing(&mut self, swing: Swing) {
        self.swing = swing;
    }

    /// How the pieces to come are to begin.
    pub fn opening_mut(&mut self) -> &mut Opening<'a> {
        &mut self.opening
    }

    /// The seed of the present piece.
    pub fn seed(&self) -> u64 {
        self.seed
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
        self.clock().tick(at)
    }

    fn clock(&self) -> Clock {
        let bar_ticks = self.composer.decoder().metre().bar_ticks();
        Clock {
            origin: self.origin,
            bar: self.bar,
            swing: self.swing.within(bar_ticks),
            told: self.told,
            channels: self.channels,
        }
    }

    /// The part's arrangement, as far as its instrument allows.
    fn arrangement(&self, part: PartId) -> Arrangement {
        let arrangement = self.arranger.arrangement(part);
        let strokes = self.channels[part.index()] == Channel::PERCUSSION;
        if strokes { arrangement.of_strokes() } else { arrangement }
    }

    fn shifts(&self) -> [i8; MAX_LINKED] {
        let mut shifts = [0; MAX_LINKED];
        for (shift, part) in shifts.iter_mut().zip((0..).map_while(PartId::new)) {
            *shift = self.arrangement(part).transpose;
        }
        shifts
    }

    /// Gives a part its channel, instrument and place on the stage.
    fn cast(&mut self, part: PartId, instrument: Instrument, listener: &mut impl Listener) {
        let channel = channel_of(part, instrument);
        self.channels[part.index()] = channel;
        let tick = self.composed();
        self.told = tick;
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

    fn play(&mut self, note: Note, listener: &mut impl Listener) {
        self.notes += 1;
        let arrangement = self.arrangement(note.part);
        let bar_ticks = self.composer.decoder().metre().bar_ticks();
        self.arranged(listener, |arranger, tell| {
            arranger.play(note, arrangement, bar_ticks, tell);
        });
    }

    fn play_until(&mut self, now: Tick, listener: &mut impl Listener) {
        self.arranged(listener, |arranger, tell| arranger.advance(now, tell));
    }

    /// Lets the arranger play, to the listener.
    fn arranged(
        &mut self,
        listener: &mut impl Listener,
        work: impl FnOnce(&mut Arranger, &mut dyn FnMut(Heard)),
    ) {
        let mut clock = self.clock();
        work(&mut self.arranger, &mut |heard| match heard {
            Heard::Key(event) => listener.action(clock.action(event)),
            Heard::Note(note) => listener.marker(clock.tick(note.onset), Marker::Note(note)),
        });
        self.told = clock.told;
    }

    /// The last notes sound to their ends, a bar of breath follows, then the next piece begins.
    fn end(&mut self, end: Tick, listener: &mut impl Listener) {
        let last = self.arranger.until().unwrap_or(end).max(end);
        self.play_until(last, listener);
        self.arranger.forget();
        self.origin += u64::from(last.0) + u64::from(Metre::COMMON.bar_ticks());
        self.bar = Tick(0);
        self.seed = self.following(self.seed);
        self.pieces += 1;
        self.composer.begin(self.opening, self.seed);
    }
}

/// Where on the stage the parts sit, as values of the pan controller: the first in the middle.
const PLACES: [u8; 8] = [64, 52, 76, 40, 88, 58, 70, 46];

/// The channel of a part: percussion has its own, the others share the other fifteen.
pub fn channel_of(part: PartId, instrument: Instrument) -> Channel {
    if instrument.is_percussion() {
        return Channel::PERCUSSION;
    }
    let index = part.index() as u8;
    Channel::new(if index < 9 { index } else { (index + 1).min(15) })
}
