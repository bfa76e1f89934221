//! A bar, token by token: which token says what the bar has next.
//!
//! The token that is due has the logit 0, and what comes after it in the bar has less and less, so
//! that where rules forbid a token, the bar goes on behind it. Where it is to speak and the bar has
//! nothing more, it says what was nearest to being on.

use musigan_score::Token;
use musigan_score::events::{Duration, PITCHES, Position, Symbol, kind};
use musigan_score::roll::{Channel, Stroke, tick};

use super::place::{Place, Stage, VELOCITY};
use super::sizes::Sizes;
use crate::math::exp;
use crate::rng::Rng;

/// The logit of a cell that is not there: no cell that is has one so low.
const OFF: f32 = -1000.0;

/// The logit of what is due.
const DUE: f32 = 0.0;

/// Logits of the rest, by how little a token is called for.
pub(super) struct Levels {
    /// Of each note at the same position after the due one, and of each tick that a length is off.
    next_note: f32,
    /// Of later positions, and of each step in them.
    next_step: [f32; 2],
    bar_line: f32,
    /// Of what is not in the bar, and what is taken off for how far it is from being on, by the logit.
    nearly: [f32; 2],
    never: f32,
}

/// For a generator that speaks alone: temperatures divide the logits, so they are far apart.
const ALONE: Levels = Levels {
    next_note: -100.0,
    next_step: [-1000.0, -1.0],
    bar_line: -2000.0,
    nearly: [-3000.0, 1.0],
    never: -10_000.0,
};

/// For one of several that are linked: weights of what each may say are put together, and must not
/// vanish beside each other.
const AMONG: Levels = Levels {
    next_note: -10.0,
    next_step: [-20.0, -0.25],
    bar_line: -30.0,
    nearly: [-36.0, 0.02],
    never: -58.0,
};

/// What speech is made of.
pub(super) struct Speech<'s> {
    pub(super) sizes: &'s Sizes,
    /// Logits of tokens at the head of a piece, and the logarithm of the share of bars that are last ones.
    pub(super) prior: &'s [f32],
    /// The programs of the parts.
    pub(super) programs: &'s [u16],
    pub(super) place: &'s Place,
    /// Logits of the bar's cells.
    pub(super) bar: &'s [f32],
    /// Where the generator is one of several that are linked: the part that it speaks for.
    pub(super) own: Option<u8>,
}

impl Speech<'_> {
    /// Writes the logits of the next token.
    pub(super) fn say(&self, logits: &mut [f32]) {
        logits.fill(self.levels().never);
        match self.place.stage {
            Stage::Outside => set(logits, Token(kind::BOS), DUE),
            // The key is always told: it is where the tonic lies.
            Stage::Header => self.learnt(logits, kind::KEY),
            Stage::Key => self.learnt(logits, kind::METRE),
            Stage::Metre => self.learnt(logits, kind::TEMPO),
            Stage::Parts => self.parts(logits),
            Stage::Program => self.program(logits),
            Stage::Bar | Stage::Note => self.go_on(logits),
            Stage::Position | Stage::Part | Stage::Velocity => self.note(logits),
            Stage::Pitch => self.duration(logits),
        }
    }

    fn levels(&self) -> &'static Levels {
        if self.own.is_some() { &AMONG } else { &ALONE }
    }

    /// Parts of the roll that are spoken for.
    fn parts_spoken(&self) -> usize {
        if self.own.is_some() { 1 } else { self.sizes.form.parts() }
    }

    /// How sentences name a part of the roll.
    fn named(&self, part: usize) -> u16 {
        self.own.map_or(part as u16, u16::from)
    }

    fn learnt(&self, logits: &mut [f32], run: core::ops::Range<u16>) {
        let run = usize::from(run.start)..usize::from(run.end);
        if let (Some(to), Some(from)) = (logits.get_mut(run.clone()), self.prior.get(run)) {
            to.copy_from_slice(from);
        }
    }

    fn parts(&self, logits: &mut [f32]) {
        let next = self.place.declared;
        let more = usize::from(next) < self.sizes.form.parts();
        // How many parts there are is not for one of several to say.
        if more || self.own.is_some() {
            set(logits, Token(kind::PART.start.saturating_add(next)), DUE);
        }
        if !more || self.own.is_some() {
            set(logits, Token(kind::BAR), DUE);
        }
    }

    fn program(&self, logits: &mut [f32]) {
        self.learnt(logits, kind::PROGRAM);
        let usual = self.programs.get(usize::from(self.place.declared));
        if let Some(&program) = usual {
            let level = -self.levels().next_note;
            set(logits, Token(kind::PROGRAM.start + program.min(128)), level);
        }
    }

    /// After a bar line or a note: another note here, a later position, or the next bar.
    fn go_on(&self, logits: &mut [f32]) {
        let levels = self.levels();
        let here = self.place.step.map(usize::from);
        self.nearly(logits);
        let (mut notes, mut later) = (0, None);
        self.planned(|stroke| {
            if Some(stroke.step) == here {
                self.same_position(logits, stroke, levels.next_note * notes as f32);
                notes += 1;
            } else if later != Some(stroke.step) {
                let due = notes == 0 && later.is_none();
                let [later_on, each] = levels.next_step;
                let level = if due { DUE } else { later_on + each * stroke.step as f32 };
                set_position(logits, stroke.step, level);
                later = Some(stroke.step);
            }
        });
        let over = notes == 0 && later.is_none();
        set(logits, Token(kind::BAR), if over { DUE } else { levels.bar_line });
        if let Some(&end) = self.prior.get(usize::from(kind::EOS)).filter(|_| over) {
            // Alone it says one thing at a time, and a small share of an end would never be chosen.
            let end = if self.own.is_some() { end } else { self.drawn(end) };
            set(logits, Token(kind::EOS), end);
        }
    }

    /// The logit of an end after this bar, of the bars of which this share (by its logarithm) are last ones:
    /// above the bar line, or never.
    fn drawn(&self, share: f32) -> f32 {
        let rng = &mut Rng::new(!self.place.seed() ^ u64::from(self.place.bars) << 32);
        if rng.unit() < exp(share) { -self.levels().next_note } else { self.levels().never }
    }

    /// A note at the present position: its part first if another speaks, or itself.
    fn same_position(&self, logits: &mut [f32], stroke: Stroke, level: f32) {
        let token = if self.place.part == Some(self.named(stroke.part)) {
            Symbol::Pitch(stroke.pitch(self.place.shift())).token()
        } else {
            Some(Token(kind::PART.start + self.named(stroke.part)))
        };
        if let Some(token) = token {
            raise(logits, token, level);
        }
    }

    /// At a position a note is due, by way of its part and velocity.
    fn note(&self, logits: &mut [f32]) {
        let step = self.place.step.map_or(0, usize::from);
        let spoken = self.place.stage != Stage::Position;
        let part = self.speaking();
        let levels = self.levels();
        let mut notes = 0;
        self.planned(|stroke| {
            if stroke.step == step && (!spoken || stroke.part == part) {
                self.line(logits, stroke, levels.next_note * notes as f32);
                notes += 1;
            }
        });
        if notes == 0
            && let Some(stroke) = self.nearest(step, spoken.then_some(part))
        {
            self.line(logits, stroke, levels.nearly[0]);
        }
        self.nearly(logits);
    }

    /// The next token on the way to a note at the present position.
    fn line(&self, logits: &mut [f32], stroke: Stroke, level: f32) {
        let named = self.named(stroke.part);
        if self.place.part != Some(named) {
            raise(logits, Token(kind::PART.start + named), level);
        } else if self.place.needs_velocity(named.into()) {
            raise(logits, Symbol::Velocity(VELOCITY).token().unwrap_or_default(), level);
        } else if let Some(token) = Symbol::Pitch(stroke.pitch(self.place.shift())).token() {
            raise(logits, token, level);
        }
    }

    fn duration(&self, logits: &mut [f32]) {
        let (place, levels) = (self.place, self.levels());
        let steps = place.steps();
        let step = place.step.map_or(0, usize::from);
        let part = self.speaking();
        let key = self.key_of(place.pitch);
        let end = self.sizes.form.end(step, part, key, steps, |cell| self.on(cell));
        let wanted = tick(end).saturating_sub(place.ticks.into()).max(1);
        for at in 0..kind::DURATION.len() as u16 {
            let token = Token(kind::DURATION.start + at);
            if let Some(Symbol::Duration(duration)) = Symbol::of(token) {
                let off = u32::from(duration.ticks()).abs_diff(wanted);
                let level = levels.next_note * off.min(90) as f32;
                set(logits, token, level.max(levels.never));
            }
        }
        if let Some(token) = Symbol::Duration(Duration::nearest(wanted)).token() {
            set(logits, token, DUE);
        }
    }

    /// The part of the roll whose line goes on.
    pub(super) fn speaking(&self) -> usize {
        if self.own.is_some() { 0 } else { self.place.speaking(self.sizes) }
    }

    /// The key of a pitch in the roll.
    pub(super) fn key_of(&self, pitch: u16) -> u8 {
        let key = i16::try_from(pitch).unwrap_or(127) + i16::from(self.place.shift());
        self.sizes.form.inside(key.clamp(0, 127) as u8)
    }

    fn on(&self, cell: usize) -> bool {
        self.bar.get(cell).is_some_and(|&logit| logit > 0.0)
    }

    /// The bar's notes that were not said yet, in their order.
    fn planned(&self, mut visit: impl FnMut(Stroke)) {
        let form = self.sizes.form;
        let cursor = usize::from(self.place.cursor);
        let first = cursor
            .checked_div(form.step_len())
            .unwrap_or(0)
            .max(self.place.step.map_or(0, usize::from));
        let steps = self.place.steps();
        for step in first..steps {
            for part in 0..self.parts_spoken() {
                for key in form.lowest()..form.lowest() + form.keys() as u8 {
                    let cell = form.cell(step, part, Channel::Onset, key);
                    if cell >= cursor && self.on(cell) && self.sayable(key) {
                        visit(Stroke { step, end: step + 1, part, key });
                    }
                }
            }
        }
    }

    /// Whether a key has a token in the present key signature.
    fn sayable(&self, key: u8) -> bool {
        let stroke = Stroke { step: 0, end: 1, part: 0, key };
        PITCHES.contains(&stroke.pitch(self.place.shift()).key())
    }

    /// The note of a step that was nearest to being on, of one part or of any, from the cursor on.
    fn nearest(&self, step: usize, part: Option<usize>) -> Option<Stroke> {
        let form = self.sizes.form;
        let mut best: Option<(f32, Stroke)> = None;
        for at in (0..self.parts_spoken()).filter(|&at| part.is_none_or(|part| part == at)) {
            for key in form.lowest()..form.lowest() + form.keys() as u8 {
                let cell = form.cell(step.min(super::LAST_STEP), at, Channel::Onset, key);
                let logit = self.bar.get(cell).copied().unwrap_or(OFF);
                let later = cell >= usize::from(self.place.cursor) && self.sayable(key);
                if later && best.is_none_or(|(most, _)| logit > most) {
                    best = Some((logit, Stroke { step, end: step + 1, part: at, key }));
                }
            }
        }
        best.map(|(_, stroke)| stroke)
    }

    /// What could be said if nothing that is planned can: any position, part or pitch, those of the bar
    /// rather than others.
    fn nearly(&self, logits: &mut [f32]) {
        let [level, slope] = self.levels().nearly;
        for run in [kind::POSITION, kind::PITCH, kind::PART, kind::VELOCITY] {
            for token in run {
                raise(logits, Token(token), level + slope * OFF);
            }
        }
        let first = self.place.step.map_or(0, |step| usize::from(step) + 1);
        for step in first..self.place.steps() {
            if let Some(stroke) = self.nearest(step, None) {
                let cell = self.sizes.form.cell(step, stroke.part, Channel::Onset, stroke.key);
                let logit = self.bar.get(cell).copied().unwrap_or(OFF);
                set_position(logits, step, level + slope * logit.clamp(OFF + 1.0, 0.0));
            }
        }
    }
}

fn set(logits: &mut [f32], token: Token, value: f32) {
    if let Some(logit) = logits.get_mut(token.index()) {
        *logit = value;
    }
}

fn raise(logits: &mut [f32], token: Token, value: f32) {
    if let Some(logit) = logits.get_mut(token.index()) {
        *logit = logit.max(value);
    }
}

fn set_position(logits: &mut [f32], step: usize, value: f32) {
    let position = Position::from_ticks(tick(step));
    if let Some(token) = position.and_then(|position| Symbol::Position(position).token()) {
        raise(logits, token, value);
    }
}
