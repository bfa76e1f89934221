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

/// Logits by how little a token is called for; temperatures divide them, so they are far apart.
const DUE: f32 = 0.0;
const NEXT_NOTE: f32 = -100.0;
const NEXT_STEP: f32 = -1000.0;
const BAR_LINE: f32 = -2000.0;
const NEARLY: f32 = -3000.0;
const NEVER: f32 = -10_000.0;

/// What speech is made of.
pub(super) struct Speech<'s> {
    pub(super) sizes: &'s Sizes,
    /// Logits of tokens at the head of a piece, and of an end.
    pub(super) prior: &'s [f32],
    /// The programs of the parts.
    pub(super) programs: &'s [u16],
    pub(super) place: &'s Place,
    /// Logits of the bar's cells.
    pub(super) bar: &'s [f32],
}

impl Speech<'_> {
    /// Writes the logits of the next token.
    pub(super) fn say(&self, logits: &mut [f32]) {
        logits.fill(NEVER);
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

    fn learnt(&self, logits: &mut [f32], run: core::ops::Range<u16>) {
        let run = usize::from(run.start)..usize::from(run.end);
        if let (Some(to), Some(from)) = (logits.get_mut(run.clone()), self.prior.get(run)) {
            to.copy_from_slice(from);
        }
    }

    fn parts(&self, logits: &mut [f32]) {
        let next = self.place.declared;
        if usize::from(next) < self.sizes.form.parts() {
            set(logits, Token(kind::PART.start + next), DUE);
        } else {
            set(logits, Token(kind::BAR), DUE);
        }
    }

    fn program(&self, logits: &mut [f32]) {
        self.learnt(logits, kind::PROGRAM);
        let usual = self.programs.get(usize::from(self.place.declared));
        if let Some(&program) = usual {
            set(logits, Token(kind::PROGRAM.start + program.min(128)), -NEXT_NOTE);
        }
    }

    /// After a bar line or a note: another note here, a later position, or the next bar.
    fn go_on(&self, logits: &mut [f32]) {
        let here = self.place.step.map(usize::from);
        self.nearly(logits);
        let (mut notes, mut later) = (0, None);
        self.planned(|stroke| {
            if Some(stroke.step) == here {
                self.same_position(logits, stroke, NEXT_NOTE * notes as f32);
                notes += 1;
            } else if later != Some(stroke.step) {
                let due = notes == 0 && later.is_none();
                let level = if due { DUE } else { NEXT_STEP - stroke.step as f32 };
                set_position(logits, stroke.step, level);
                later = Some(stroke.step);
            }
        });
        let over = notes == 0 && later.is_none();
        set(logits, Token(kind::BAR), if over { DUE } else { BAR_LINE });
        if over && let Some(&end) = self.prior.get(usize::from(kind::EOS)) {
            set(logits, Token(kind::EOS), end);
        }
    }

    /// A note at the present position: its part first if another speaks, or itself.
    fn same_position(&self, logits: &mut [f32], stroke: Stroke, level: f32) {
        let token = if self.place.part == Some(stroke.part as u16) {
            Symbol::Pitch(stroke.pitch(self.place.shift())).token()
        } else {
            Some(Token(kind::PART.start + stroke.part as u16))
        };
        if let Some(token) = token {
            raise(logits, token, level);
        }
    }

    /// At a position a note is due, by way of its part and velocity.
    fn note(&self, logits: &mut [f32]) {
        let step = self.place.step.map_or(0, usize::from);
        let spoken = self.place.stage != Stage::Position;
        let part = self.place.speaking(self.sizes);
        let mut notes = 0;
        self.planned(|stroke| {
            if stroke.step == step && (!spoken || stroke.part == part) {
                self.line(logits, stroke, NEXT_NOTE * notes as f32);
                notes += 1;
            }
        });
        if notes == 0
            && let Some(stroke) = self.nearest(step, spoken.then_some(part))
        {
            self.line(logits, stroke, NEARLY);
        }
        self.nearly(logits);
    }

    /// The next token on the way to a note at the present position.
    fn line(&self, logits: &mut [f32], stroke: Stroke, level: f32) {
        if self.place.part != Some(stroke.part as u16) {
            raise(logits, Token(kind::PART.start + stroke.part as u16), level);
        } else if self.place.needs_velocity(stroke.part) {
            raise(logits, Symbol::Velocity(VELOCITY).token().unwrap_or_default(), level);
        } else if let Some(token) = Symbol::Pitch(stroke.pitch(self.place.shift())).token() {
            raise(logits, token, level);
        }
    }

    fn duration(&self, logits: &mut [f32]) {
        let place = self.place;
        let steps = place.steps();
        let step = place.step.map_or(0, usize::from);
        let part = place.speaking(self.sizes);
        let key = self.key_of(place.pitch);
        let end = self.sizes.form.end(step, part, key, steps, |cell| self.on(cell));
        let wanted = tick(end).saturating_sub(place.ticks.into()).max(1);
        for at in 0..kind::DURATION.len() as u16 {
            let token = Token(kind::DURATION.start + at);
            if let Some(Symbol::Duration(duration)) = Symbol::of(token) {
                let off = u32::from(duration.ticks()).abs_diff(wanted);
                set(logits, token, NEXT_NOTE * off.min(90) as f32);
            }
        }
        if let Some(token) = Symbol::Duration(Duration::nearest(wanted)).token() {
            set(logits, token, DUE);
        }
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
            for part in 0..form.parts() {
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
        for at in (0..form.parts()).filter(|&at| part.is_none_or(|part| part == at)) {
            for key in form.lowest()..form.lowest() + form.keys() as u8 {
                let cell = form.cell(step.min(super::LAST_STEP), at, Channel::Onset, key);
                let logit = self.bar.get(cell).copied().unwrap_or(NEVER);
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
        for run in [kind::POSITION, kind::PITCH, kind::PART, kind::VELOCITY] {
            for token in run {
                raise(logits, Token(token), 2.0 * NEARLY);
            }
        }
        let first = self.place.step.map_or(0, |step| usize::from(step) + 1);
        for step in first..self.place.steps() {
            if let Some(stroke) = self.nearest(step, None) {
                let cell = self.sizes.form.cell(step, stroke.part, Channel::Onset, stroke.key);
                let logit = self.bar.get(cell).copied().unwrap_or(NEVER);
                set_position(logits, step, NEARLY + logit.clamp(-900.0, 0.0));
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
