//! From a song in a file's terms to a piece in the vocabulary's, and what that loses.

use super::bars::Bars;
use super::parts::Parts;
use super::song::{Song, Sounding};
use musigan_score::events::{Change, quantise};
use musigan_score::{
    Instrument, Key, Metre, Mode, Note, PartId, Pitch, Tempo, Tick, Timed, Velocity, grid_nearest,
};

/// A piece that the encoder takes: quantised, in canonical order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arranged {
    /// The instruments of the parts.
    pub parts: Vec<Instrument>,
    /// The metre that it begins in.
    pub metre: Metre,
    /// The tempo that it begins at.
    pub tempo: Tempo,
    /// The key that it begins in, if the file tells.
    pub key: Option<Key>,
    /// Changes of metre, tempo and key.
    pub changes: Vec<Timed<Change>>,
    /// The notes.
    pub notes: Vec<Note>,
    /// What was lost on the way.
    pub loss: Loss,
}

/// What the way from a file to the vocabulary lost. Ticks are a score's, 24 to the quarter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Loss {
    /// Notes in the file.
    pub notes: u64,
    /// Notes whose onset was moved to the grid.
    pub onsets_moved: u64,
    /// By how much in all, in ticks.
    pub onset_ticks: u64,
    /// Notes whose duration was changed to one that the vocabulary has.
    pub durations_changed: u64,
    /// By how much in all, in ticks.
    pub duration_ticks: u64,
    /// Notes moved by octaves into the vocabulary's range.
    pub octaves_moved: u64,
    /// Strokes on percussion keys outside the General MIDI map, left out.
    pub drums_dropped: u64,
    /// Notes of one part, onset and pitch, of which the longest was kept.
    pub duplicates: u64,
    /// Lines that were joined to another part.
    pub parts_merged: u64,
    /// Bars whose metre is not what the file says.
    pub bars_approximated: u64,
    /// Silent bars left out.
    pub silences: u64,
    /// Pieces that begin with a pickup.
    pub pickups: u64,
}

impl Loss {
    /// Adds the counts of `other`.
    pub fn add(&mut self, other: &Self) {
        self.notes += other.notes;
        self.onsets_moved += other.onsets_moved;
        self.onset_ticks += other.onset_ticks;
        self.durations_changed += other.durations_changed;
        self.duration_ticks += other.duration_ticks;
        self.octaves_moved += other.octaves_moved;
        self.drums_dropped += other.drums_dropped;
        self.duplicates += other.duplicates;
        self.parts_merged += other.parts_merged;
        self.bars_approximated += other.bars_approximated;
        self.silences += other.silences;
        self.pickups += other.pickups;
    }
}

/// No time of a score is later than this; files name any.
const LATEST: u64 = i64::MAX as u64 / 4;

impl Arranged {
    /// The piece that a song makes; `None` where nothing sounds that the vocabulary can say.
    pub fn of(song: &Song) -> Option<Self> {
        let parts = Parts::of(&song.lines);
        let ticks = |at: u64| song.score_ticks(at).min(LATEST) as i64;
        let mut onsets: Vec<i64> =
            song.lines.iter().flat_map(|line| &line.notes).map(|note| ticks(note.onset)).collect();
        onsets.sort_unstable();
        let signatures: Vec<_> =
            song.metres.iter().map(|&(at, signature)| (ticks(at), signature)).collect();
        let bars = Bars::lay(&signatures, &onsets);
        let first = bars.bars.first()?;

        let mut loss = Loss {
            notes: onsets.len() as u64,
            parts_merged: parts.merged,
            bars_approximated: bars.approximated,
            silences: bars.silences,
            pickups: u64::from(bars.pickup > 0),
            ..Loss::default()
        };
        let mut notes = Vec::with_capacity(onsets.len());
        for (index, (instrument, soundings)) in (0..).zip(&parts.parts) {
            let Some(part) = PartId::new(index) else { break };
            for sounding in soundings {
                let Some(note) = note(song, sounding, part, &bars) else { continue };
                match quantise(note, *instrument) {
                    Some(quantised) => {
                        loss.onsets_moved += u64::from(quantised.onset_error > 0);
                        loss.onset_ticks += u64::from(quantised.onset_error);
                        loss.durations_changed += u64::from(quantised.duration_error > 0);
                        loss.duration_ticks += u64::from(quantised.duration_error);
                        loss.octaves_moved += u64::from(quantised.octave_moved);
                        notes.push(quantised.note);
                    }
                    None => loss.drums_dropped += 1,
                }
            }
        }
        loss.duplicates = in_order(&mut notes);
        if notes.is_empty() {
            return None;
        }
        let (tempo, key, changes) = changes(song, &bars);
        let parts = parts.parts.into_iter().map(|(instrument, _)| instrument).collect();
        Some(Self { parts, metre: first.metre, tempo, key, changes, notes, loss })
    }
}

/// A note where the bars put it.
fn note(song: &Song, sounding: &Sounding, part: PartId, bars: &Bars) -> Option<Note> {
    let onset = song.score_ticks(sounding.onset).min(LATEST) as i64;
    let duration = song.score_ticks(sounding.end - sounding.onset).clamp(1, u16::MAX.into());
    Some(Note {
        onset: Tick(bars.place(onset)?),
        duration: duration as u16,
        pitch: Pitch::from_data(sounding.key),
        velocity: Velocity::new(sounding.velocity)?,
        part,
    })
}

/// Puts notes into canonical order, the longest of those alike; tells how many were dropped.
fn in_order(notes: &mut Vec<Note>) -> u64 {
    let before = notes.len();
    notes.sort_unstable_by_key(|note| {
        (note.order(), std::cmp::Reverse((note.duration, note.velocity)))
    });
    notes.dedup_by_key(|note| note.order());
    (before - notes.len()) as u64
}

/// The first tempo and key, and all changes.
fn changes(song: &Song, bars: &Bars) -> (Tempo, Option<Key>, Vec<Timed<Change>>) {
    // A change at or before the first bar is no change; one in a silence happens where it was cut.
    let place = |at: u64| {
        let at = song.score_ticks(at).min(LATEST) as i64;
        let first = bars.bars.first().map_or(0, |bar| bar.source);
        if at <= first.max(0) { Some(0) } else { bars.place(at) }
    };
    let mut tempo = Tempo::from_microseconds(song.first_tempo());
    let mut key = None;
    let mut changes = Vec::new();
    let mut metre = None;
    for bar in &bars.bars {
        if metre.replace(bar.metre).is_some_and(|former| former != bar.metre) {
            changes.push(Timed { at: Tick(bar.start), event: Change::Metre(bar.metre) });
        }
    }
    for &(at, quarter) in &song.tempi {
        let to = Tempo::from_microseconds(quarter);
        match place(at) {
            Some(0) => tempo = to,
            Some(at) => {
                changes.push(Timed { at: grid_nearest(Tick(at)), event: Change::Tempo(to) })
            }
            None => {}
        }
    }
    for &(at, (sharps, minor)) in &song.keys {
        let mode = if minor { Mode::Minor } else { Mode::Major };
        let to = Key::from_signature(sharps, mode);
        match place(at) {
            Some(0) => key = Some(to),
            Some(at) => {
                key.get_or_insert(to);
                changes.push(Timed { at: grid_nearest(Tick(at)), event: Change::Key(to) });
            }
            None => {}
        }
    }
    changes.sort_by_key(|change| change.at);
    (tempo, key, changes)
}
