//! Composes: generator, grammar and chance, token by token.

use core::ops::Range;

use musigan_score::events::{Decoder, Density, Event, Style, Symbol, kind};
use musigan_score::{Instrument, Key, Metre, PartId, Tempo, Tick, Token};

use crate::generator::Generator;
use crate::loops::LoopWatch;
use crate::rng::Rng;
use crate::sampler::{Sampler, Sampling, Visit};

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
    /// How much is to happen in each bar; not told, the model chooses.
    pub density: Option<Density>,
    /// The piece does not end before this many bars …
    pub min_bars: u32,
    /// … and ends with this many at the latest.
    pub max_bars: u32,
    /// A loop of one to four notes is broken off after this many bars, and silence after as many
    /// empty ones.
    pub patience: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            sampling: Sampling::default(),
            density: None,
            min_bars: 0,
            max_bars: u32::MAX,
            patience: 2,
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
    decoder: Decoder,
    sampler: Sampler,
    watch: LoopWatch,
    rng: Rng,
    bars: u32,
    bar_started: bool,
    /// When the last of the notes so far ends.
    sounding_until: Tick,
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
            decoder: Decoder::new(),
            sampler: Sampler::new(),
            watch: LoopWatch::new(),
            rng: Rng::new(seed),
            bars: 0,
            bar_started: false,
            sounding_until: Tick(0),
        };
        composer.begin(opening, seed);
        composer
    }

    /// Drops the present piece and begins the one of `seed`. A piece depends on model, settings,
    /// opening and seed, not on what was played before.
    pub fn begin(&mut self, opening: Opening<'a>, seed: u64) {
        self.generator.reset(self.state);
        self.decoder = Decoder::new();
        self.watch = LoopWatch::new();
        self.rng = Rng::new(seed);
        self.opening = opening;
        self.bars = 0;
        self.bar_started = false;
        self.sounding_until = Tick(0);
    }

    /// The settings, to be changed at any time.
    pub fn settings_mut(&mut self) -> &mut Settings {
        &mut self.settings
    }

    /// What has been said so far.
    pub fn decoder(&self) -> &Decoder {
        &self.decoder
    }

    /// Says one token and tells what it made happen. After [`Event::End`] the same stream begins
    /// its next piece.
    ///
    /// # Real-time
    /// One step of the generator and one choice: never allocates, locks, blocks or panics.
    pub fn step(&mut self) -> Option<Event> {
        let token = self.choose();
        let event = self.decoder.push(token);
        self.bar_started = matches!(event, Some(Event::Bar(_)));
        match event {
            Some(Event::Begin) => {
                self.watch = LoopWatch::new();
                self.bars = 0;
                self.sounding_until = Tick(0);
                self.generator.reset(self.state);
            }
            Some(Event::Bar(_)) => self.bars += 1,
            Some(Event::Note(note)) => {
                self.watch.hear(&note);
                self.sounding_until = self.sounding_until.max(note.end());
            }
            _ => {}
        }
        self.generator.step(self.state, token, self.logits);
        event
    }

    /// Says the next token: the opening's and the settings' where they ask for one, else the
    /// sampler's choice among what the grammar allows.
    fn choose(&mut self) -> Token {
        if let Some(token) = self.asked() {
            return token;
        }
        let limit = self.settings.patience.max(1).saturating_mul(self.decoder.metre().bar_ticks());
        let silence = self.decoder.bar_end().0.saturating_sub(self.sounding_until.0);
        let may_end = self.decoder.allows(Token(kind::EOS));
        let last_bar = self.bars >= self.settings.max_bars;
        let rules = Rules {
            bar: silence < limit && (!last_bar || may_end),
            end: self.bars >= self.settings.min_bars,
            watch: &self.watch,
            limit,
        };
        let decoder = &self.decoder;
        let mut sample = |allowed: &dyn Fn(&mut Visit<'_>)| {
            self.sampler.sample(self.logits, allowed, &self.settings.sampling, &mut self.rng)
        };
        let token =
            sample(&|visit| decoder.for_each_allowed(|run| rules.for_each_left(run, visit)))
                // If the rules leave nothing: the grammar alone always leaves something.
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
                .find(|&t| self.decoder.allows(t))
        };
        if self.bars == 0 {
            // The first of these that the grammar allows: it fixes their order.
            let part = (0..PartId::COUNT)
                .filter_map(PartId::new)
                .find(|&part| self.decoder.instrument(part).is_none());
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
        let density = self.settings.density.filter(|_| self.bar_started)?;
        first(&[Some(Symbol::Density(density))])
    }
}

/// What a composer does not say although the grammar allows it.
struct Rules<'a> {
    bar: bool,
    end: bool,
    watch: &'a LoopWatch,
    limit: u32,
}

impl Rules<'_> {
    fn allow(&self, token: u16) -> bool {
        match Symbol::of(Token(token)) {
            Some(Symbol::Bar) => self.bar,
            Some(Symbol::Eos) => self.end,
            Some(Symbol::Pitch(pitch)) => !self.watch.carries_on(pitch, self.limit),
            Some(Symbol::Drum(key)) => !self.watch.carries_on(key.pitch(), self.limit),
            _ => true,
        }
    }

    /// The runs that are left of `run`.
    fn for_each_left(&self, run: Range<u16>, visit: &mut Visit<'_>) {
        let mut start = run.start;
        for token in run.clone() {
            if !self.allow(token) {
                if start < token {
                    visit(start..token);
                }
                start = token + 1;
            }
        }
        if start < run.end {
            visit(start..run.end);
        }
    }
}
