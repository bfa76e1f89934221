//! Composes: generator, grammar and chance, token by token.

use musigan_score::events::{Decoder, Density, Event, Style, Symbol, kind};
use musigan_score::link::MAX_LINKED;
use musigan_score::{Instrument, Key, Metre, PartId, Tempo, Tick, Token};

use crate::form::{Due, Reprise};
use crate::generator::{Attention, Generator, Wanted};
use crate::loops::LoopWatch;
use crate::passages::Trail;
use crate::rng::Rng;
use crate::rules::{Copies, Pace, Rules};
use crate::sampler::{Sampler, Sampling, Visit};
use crate::scale::Scale;
use crate::tonality::pull;

pub use crate::form::Form;
pub use crate::generator::Walk;
pub use crate::rules::Parts;

/// How a piece is to begin; what is not told, the model chooses (but a style or a key that is not
/// told is left out where the metre is).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Opening<'a> {
    /// The style.
    pub style: Option<Style>,
    /// The key.
    pub key: Option<Key>,
    /// The metre.
    pub metre: Option<Metre>,
    /// The tempo.
    pub tempo: Option<Tempo>,
    /// The instruments of the parts, 1 to 16; none told, the model chooses.
    pub parts: &'a [Instrument],
}

/// What may be turned while the composer plays.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// How freely tokens are chosen.
    pub sampling: Sampling,
    /// How much is to happen in each bar: the model is told, and unless it plans its bars no more notes come (at most so many of a bar's as are
    /// its share until a quarter ends, or a chord of four). Not told, the model chooses.
    pub density: Option<Density>,
    /// The piece does not end before this many bars …
    pub min_bars: u32,
    /// … and ends with this many at the latest.
    pub max_bars: u32,
    /// A loop of one to four notes is broken off after this many bars, and silence after as many
    /// empty ones.
    pub patience: u32,
    /// Who may speak; the other parts are only heard ([`Composer::hear`]).
    pub speaking: Parts,
    /// Metre and tempo stay as the head of the piece has them.
    pub steady: bool,
    /// By how many semitones each of the first parts sounds higher than it is said: parts that are linked
    /// hear each other so. Who plays the notes transposes them.
    pub shifts: [i8; MAX_LINKED],
    /// The notes that are played, over the key of the moment (C where there is none).
    pub scale: Scale,
    /// How strongly the key draws the pitches, beyond what the model has learnt: 0 not at all, 1 as strongly
    /// as music is drawn there that knows nothing but its key.
    pub tonality: f32,
    /// The key where the music names none: that draws the pitches, and is the tonic of the scale.
    pub key: Option<Key>,
    /// What the latent of a generator of bars does from bar to bar; no other model has one.
    pub walk: Walk,
    /// Which phrases come again.
    pub form: Form,
}

/// So strongly keys draw by default: what the shipped models compose is then most like held-out music, and
/// keeps twice as often to the key that it is asked for (`benches/RESULTS.md`).
const TONALITY: f32 = 0.15;

impl Default for Settings {
    fn default() -> Self {
        Self {
            sampling: Sampling::default(),
            density: None,
            min_bars: 0,
            max_bars: u32::MAX,
            patience: 2,
            speaking: Parts::ALL,
            steady: false,
            shifts: [0; MAX_LINKED],
            scale: Scale::CHROMATIC,
            tonality: TONALITY,
            key: None,
            walk: Walk::Jump,
            form: Form::Free,
        }
    }
}

/// One stream of music: a generator's state, what has been said, and chance.
///
/// The memory of the generator's state and logits belongs to the caller.
#[derive(Debug)]
pub struct Composer<'a, G: ?Sized> {
    generator: &'a G,
    state: &'a mut [f32],
    logits: &'a mut [f32],
    settings: Settings,
    opening: Opening<'a>,
    sampler: Sampler,
    rng: Rng,
    place: Place,
    reprise: Reprise,
    /// What the generator's own chance begins with, another for each piece of a stream.
    seed: u64,
}

/// How far a piece has come.
#[derive(Clone, Debug)]
struct Place {
    decoder: Decoder,
    watch: LoopWatch,
    trail: Trail,
    bars: u32,
    bar_started: bool,
    /// Notes of who may speak in the present bar.
    notes: u32,
    /// When the last of the notes so far ends.
    sounding_until: Tick,
}

impl Place {
    const START: Self = Self {
        decoder: Decoder::new(),
        watch: LoopWatch::new(),
        trail: Trail::new(),
        bars: 0,
        bar_started: false,
        notes: 0,
        sounding_until: Tick(0),
    };
}

/// A place in a piece to which its composer can go back, without hearing all of it again.
///
/// Its memory belongs to the caller.
#[derive(Debug)]
pub struct Bookmark<'b> {
    state: &'b mut [f32],
    logits: &'b mut [f32],
    place: Place,
}

impl<'b> Bookmark<'b> {
    /// A bookmark at the very beginning. `state` and `logits` are as long as the composer's.
    pub fn new(state: &'b mut [f32], logits: &'b mut [f32]) -> Self {
        Self { state, logits, place: Place::START }
    }
}

impl<'a, G: Generator + ?Sized> Composer<'a, G> {
    /// A composer about to begin the piece of `seed`. `state` and `logits` are as long as the
    /// generator says.
    pub fn new(
        generator: &'a G,
        state: &'a mut [f32],
        logits: &'a mut [f32],
        settings: Settings,
        opening: Opening<'a>,
        seed: u64,
    ) -> Self {
        let mut composer = Self {
            generator,
            state,
            logits,
            settings,
            opening,
            sampler: Sampler::new(),
            rng: Rng::new(seed),
            place: Place::START,
            reprise: Reprise::new(seed),
            seed,
        };
        composer.begin(opening, seed);
        composer
    }

    /// Drops the present piece and begins the one of `seed`. A piece depends on model, settings,
    /// opening and seed, not on what was played before.
    pub fn begin(&mut self, opening: Opening<'a>, seed: u64) {
        self.seed = seed;
        self.forget();
        self.rng = Rng::new(seed);
        self.opening = opening;
        self.place = Place::START;
    }

    /// The settings, to be changed at any time.
    pub fn settings_mut(&mut self) -> &mut Settings {
        &mut self.settings
    }

    /// What has been said so far.
    pub fn decoder(&self) -> &Decoder {
        &self.place.decoder
    }

    /// Says one token and tells what it made happen. After [`Event::End`] the same stream begins
    /// its next piece.
    ///
    /// # Real-time
    /// One step of the generator and one choice: never allocates, locks, blocks or panics.
    pub fn step(&mut self) -> Option<Event> {
        let token = self.choose();
        self.hear(token)
    }

    /// Hears a token that someone else has chosen, as if it had been said here, and tells what it
    /// made happen. Any token will do, see [`Decoder`].
    ///
    /// # Real-time
    /// One step of the generator: never allocates, locks, blocks or panics.
    pub fn hear(&mut self, token: Token) -> Option<Event> {
        let place = &mut self.place;
        let event = place.decoder.push(token);
        place.bar_started = matches!(event, Some(Event::Bar(_)));
        match event {
            Some(Event::Begin) => {
                place.watch = LoopWatch::new();
                place.trail = Trail::new();
                place.bars = 0;
                place.sounding_until = Tick(0);
                self.forget();
                self.reprise.begin(self.seed);
            }
            Some(Event::Bar(start)) => {
                place.bars += 1;
                place.notes = 0;
                let metre = place.decoder.metre();
                self.reprise.bar(self.settings.form, place.bars, start, metre);
            }
            Some(Event::Metre(metre)) => self.reprise.metre(metre),
            Some(Event::Note(note)) => {
                place.watch.hear(&note);
                place.trail.hear(&note);
                place.notes += u32::from(self.settings.speaking.contains(note.part));
                self.reprise.hear(&note);
                place.sounding_until = place.sounding_until.max(note.end());
            }
            _ => {}
        }
        // What the grammar forbids will not be asked for.
        let mut wanted = Wanted::NONE;
        self.place.decoder.for_each_allowed(|run| wanted.add(run));
        let Settings { speaking, shifts, walk, .. } = self.settings;
        self.generator.attend(self.state, Attention { speaking, shifts, walk });
        self.generator.step_for(self.state, token, wanted, self.logits);
        event
    }

    /// Makes the generator one that has heard nothing.
    fn forget(&mut self) {
        self.generator.reset(self.state);
        // Odd, so that every piece of a stream has another.
        self.seed = self.seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.generator.seed(self.state, self.seed);
    }

    /// Puts the bookmark here.
    ///
    /// # Real-time
    /// A copy of state and logits.
    pub fn mark(&self, bookmark: &mut Bookmark<'_>) {
        debug_assert_eq!(bookmark.state.len(), self.state.len());
        copy(self.state, bookmark.state);
        copy(self.logits, bookmark.logits);
        bookmark.place.clone_from(&self.place);
    }

    /// Goes back to where the bookmark was put. Chance does not: what follows may be another
    /// music than it was.
    ///
    /// # Real-time
    /// A copy of state and logits.
    pub fn go_back(&mut self, bookmark: &Bookmark<'_>) {
        debug_assert_eq!(bookmark.state.len(), self.state.len());
        copy(bookmark.state, self.state);
        copy(bookmark.logits, self.logits);
        self.place.clone_from(&bookmark.place);
        self.reprise.forget();
    }

    /// Says the next token: the opening's and the settings' where they ask for one, else the
    /// sampler's choice among what the grammar allows.
    fn choose(&mut self) -> Token {
        if let Some(token) = self.asked() {
            return token;
        }
        let Place { decoder, watch, trail, bars, notes, sounding_until, .. } = &self.place;
        let key = decoder.key().or(self.settings.key);
        if let Some(key) = key.filter(|_| self.settings.tonality != 0.0) {
            // Logits are drawn once: every choice is heard, and what is heard gives new ones.
            decoder.for_each_allowed(|run| pull(self.logits, run, key, self.settings.tonality));
        }
        let limit = self.settings.patience.max(1).saturating_mul(decoder.metre().bar_ticks());
        let silence = decoder.bar_end().0.saturating_sub(sounding_until.0);
        let may_end = decoder.allows(Token(kind::EOS));
        let last_bar = *bars >= self.settings.max_bars;
        let begun = *bars > 0;
        let rules = Rules {
            decoder,
            // The head of a piece names its parts, and is not speech.
            speaking: if begun { self.settings.speaking } else { Parts::ALL },
            steady: self.settings.steady && begun,
            bar: silence < limit && (!last_bar || may_end),
            end: *bars >= self.settings.min_bars,
            watch: Some(watch),
            copies: self.generator.passages().and_then(|learnt| Copies::of(learnt, trail, decoder)),
            limit,
            pace: (self.settings.density.filter(|_| begun && !self.generator.plans_bars()))
                .map(|density| Pace::of(density, *notes, decoder)),
            scale: self.settings.scale,
            key,
        };
        let mut sample = |allowed: &dyn Fn(&mut Visit<'_>)| {
            self.sampler.sample(self.logits, allowed, &self.settings.sampling, &mut self.rng)
        };
        let due = self.reprise.due(decoder);
        let is_due = due.is_some();
        let again = due.and_then(|due| match due {
            Due::Token(token) => token.filter(|&t| decoder.allows(t) && rules.allow(t)),
            Due::BarLine => sample(&|visit| {
                decoder.for_each_allowed(|run| {
                    if run.start == kind::BAR || run.start == kind::EOS {
                        rules.for_each_left(run, visit);
                    }
                });
            }),
        });
        if is_due && again.is_none() {
            self.reprise.stop();
        }
        let mut under = |rules: &Rules<'_>| {
            sample(&|visit| decoder.for_each_allowed(|run| rules.for_each_left(run, visit)))
        };
        let token = again
            .or_else(|| under(&rules))
            // If taste leaves nothing: who speaks still counts.
            .or_else(|| under(&Rules { bar: true, watch: None, copies: None, pace: None, ..rules }))
            // The grammar alone always leaves something.
            .or_else(|| sample(&|visit| decoder.for_each_allowed(visit)))
            .unwrap_or(Token(kind::BAR));
        if token == Token(kind::BAR) && last_bar && may_end { Token(kind::EOS) } else { token }
    }

    /// The token that opening and settings ask for next, if they do.
    fn asked(&self) -> Option<Token> {
        let opening = &self.opening;
        let first = |symbols: &[Option<Symbol>]| {
            symbols
                .iter()
                .flatten()
                .filter_map(|symbol| symbol.token())
                .find(|&t| self.place.decoder.allows(t))
        };
        if self.place.bars == 0 {
            // The first of these that the grammar allows: it fixes their order.
            let part = (0..PartId::COUNT)
                .filter_map(PartId::new)
                .find(|&part| self.place.decoder.instrument(part).is_none());
            let declared = part.map_or(PartId::COUNT.into(), PartId::index);
            let told = opening.parts.get(declared);
            return first(&[
                Some(Symbol::Bos),
                opening.style.map(Symbol::Style),
                opening.key.map(Symbol::Key),
                opening.metre.map(Symbol::Metre),
                opening.tempo.map(Symbol::Tempo),
                told.copied().map(Symbol::Program),
                part.filter(|_| told.is_some()).map(Symbol::Part),
                (!opening.parts.is_empty() && told.is_none()).then_some(Symbol::Bar),
            ]);
        }
        let density = self.settings.density.filter(|_| self.place.bar_started)?;
        first(&[Some(Symbol::Density(density))])
    }
}

/// Copies as much as both have room for; they are as long as the generator says.
fn copy(from: &[f32], to: &mut [f32]) {
    let len = from.len().min(to.len());
    to[..len].copy_from_slice(&from[..len]);
}
