//! All 128 programs of General MIDI, one row each, sixteen groups of eight.
//!
//! Read a row as a musician: what makes the sound (`bars`, `pluck`, `wave` …), then what differs
//! from the plain patch of its family.

use super::families::*;
use super::{Filter, Patch, Scoop, Tremolo, Vibrato, Wave};
use crate::kernel::string::Pluck;

/// The instrument of each program, counted from 0.
pub static PROGRAMS: [Patch; 128] = [
    // 0–7: pianos.
    piano("Acoustic Grand Piano", -7.0, GRAND),
    piano("Bright Acoustic Piano", -7.0, Piano { hammer: 1_900.0, ..GRAND }),
    piano(
        "Electric Grand Piano",
        -0.5,
        Piano { hammer: 1_300.0, knock: -40.0, bloom: -20.0, ..GRAND },
    ),
    piano("Honky-tonk Piano", -7.0, Piano { unison: 9.0, bloom: -3.0, hammer: 1_600.0, ..GRAND }),
    Patch {
        chorus: 0.25,
        tremolo: Tremolo { rate: 4.6, depth: 0.25 },
        ..fm("Electric Piano 1", 0.0, RHODES)
    },
    Patch { chorus: 0.45, ..fm("Electric Piano 2", 0.0, DX_PIANO) },
    Patch { dynamics: 1.2, ..pluck("Harpsichord", 0.0, HARPSICHORD) },
    Patch {
        filter: Filter { q: 1.2, ..Filter::low(3_200.0, 1.2) },
        ..pluck("Clavinet", 0.0, CLAVINET)
    },
    // 8–15: chromatic percussion.
    bars("Celesta", 0.0, CELESTA),
    bars("Glockenspiel", -1.0, GLOCKENSPIEL),
    Patch { noise: PIN, ..bars("Music Box", 0.0, MUSIC_BOX) },
    Patch { tremolo: Tremolo { rate: 5.2, depth: 0.35 }, ..bars("Vibraphone", 0.0, VIBRAPHONE) },
    Patch { noise: MALLET, ..bars("Marimba", 2.0, MARIMBA) },
    Patch { noise: MALLET, ..bars("Xylophone", 2.0, XYLOPHONE) },
    bars("Tubular Bells", -1.0, TUBULAR),
    Patch { noise: MALLET, undamped_from: 0, ..pluck("Dulcimer", 0.0, DULCIMER) },
    // 16–23: organs.
    organ("Drawbar Organ", 0.0, Wave::Drawbar),
    Patch { noise: KEY_CLICK, ..organ("Percussive Organ", 0.0, Wave::Drawbar) },
    organ("Rock Organ", 0.0, Wave::RockOrgan),
    Patch {
        vibrato: STILL,
        tremolo: NO_TREMOLO,
        envelope: hold(0.06, 0.5),
        ..organ("Church Organ", 0.0, Wave::Pipes)
    },
    reed("Reed Organ", 0.0, Wave::Reed, &[(0.0, 0.8), (0.04, 0.5)]),
    reed("Accordion", 0.0, Wave::Reed, &[(-0.07, 0.6), (0.07, 0.6), (12.0, 0.25)]),
    Patch {
        vibrato: Vibrato { rate: 5.5, cents: 10.0, delay: 0.25 },
        ..reed("Harmonica", 0.0, Wave::Harmonica, ONE)
    },
    reed("Tango Accordion", 0.0, Wave::Reed, &[(-0.12, 0.6), (0.12, 0.6), (-12.0, 0.3)]),
    // 24–31: guitars.
    pluck("Acoustic Guitar (nylon)", 0.0, NYLON),
    pluck("Acoustic Guitar (steel)", 0.0, STEEL),
    Patch { filter: Filter::low(1_700.0, 0.8), ..pluck("Electric Guitar (jazz)", 0.0, ELECTRIC) },
    Patch {
        chorus: 0.25,
        filter: Filter::low(4_500.0, 0.6),
        ..pluck("Electric Guitar (clean)", 0.0, ELECTRIC)
    },
    pluck("Electric Guitar (muted)", 3.0, Pluck { t60: 0.32, bright_t60: 0.16, ..ELECTRIC }),
    Patch {
        filter: CABINET,
        dynamics: 1.1,
        ..pluck("Overdriven Guitar", 0.0, Pluck { drive: 3.0, ..LEAD_GUITAR })
    },
    Patch {
        filter: CABINET,
        dynamics: 1.1,
        ..pluck("Distortion Guitar", 0.0, Pluck { drive: 9.0, ..LEAD_GUITAR })
    },
    Patch {
        transpose: 12.0,
        ..pluck("Guitar Harmonics", 0.0, Pluck { position: 0.5, hardness: 2_500.0, ..STEEL })
    },
    // 32–39: basses.
    Patch { noise: THUMP, ..pluck("Acoustic Bass", 3.0, UPRIGHT) },
    Patch { filter: Filter::low(900.0, 1.0), ..pluck("Electric Bass (finger)", 3.0, BASS) },
    Patch {
        filter: Filter::low(2_200.0, 1.0),
        ..pluck("Electric Bass (pick)", 3.0, Pluck { hardness: 4_000.0, ..BASS })
    },
    pluck(
        "Fretless Bass",
        3.0,
        Pluck { hardness: 1_100.0, bright_t60: 1.0, position: 0.3, ..BASS },
    ),
    pluck("Slap Bass 1", 2.0, Pluck { hardness: 6_500.0, position: 0.08, ..BASS }),
    pluck("Slap Bass 2", 2.0, Pluck { hardness: 8_000.0, position: 0.05, ..BASS }),
    synth_bass("Synth Bass 1", 0.0, Wave::Saw, 420.0, 2.6),
    synth_bass("Synth Bass 2", 0.0, Wave::Square, 600.0, 1.6),
    // 40–47: strings.
    bowed("Violin", 0.0, Wave::Violin, 0.07),
    bowed("Viola", 0.0, Wave::Violin, 0.09),
    bowed("Cello", 0.0, Wave::Cello, 0.09),
    bowed("Contrabass", 0.0, Wave::Cello, 0.11),
    Patch { tremolo: Tremolo { rate: 11.0, depth: 0.6 }, ..section("Tremolo Strings", 0.0, 0.1) },
    Patch { noise: BOW_TICK, ..pluck("Pizzicato Strings", 4.0, PIZZICATO) },
    Patch { undamped_from: 0, ..pluck("Orchestral Harp", 1.0, HARP) },
    struck_drum("Timpani", 3.0, TIMPANI),
    // 48–55: ensembles.
    section("String Ensemble 1", 0.0, 0.13),
    section("String Ensemble 2", 0.0, 0.28),
    Patch {
        chorus: 0.9,
        filter: Filter::low(2_600.0, 0.6),
        ..pad("Synth Strings 1", 0.0, Wave::Saw, 0.12)
    },
    Patch {
        chorus: 0.9,
        filter: Filter::low(1_700.0, 0.6),
        ..pad("Synth Strings 2", 0.0, Wave::Saw, 0.3)
    },
    choir("Choir Aahs", 0.0, Wave::Ah),
    choir("Voice Oohs", 0.0, Wave::Ooh),
    choir("Synth Voice", 0.0, Wave::Ooh),
    orchestra_hit("Orchestra Hit", 0.0),
    // 56–63: brass.
    brass("Trumpet", 0.0, Wave::Trumpet, 2_100.0),
    brass("Trombone", 0.0, Wave::Trombone, 1_150.0),
    brass("Tuba", 1.0, Wave::Trombone, 600.0),
    Patch {
        filter: Filter { follow: 1.5, ..brass_filter(2_600.0) },
        ..brass("Muted Trumpet", 0.0, Wave::Oboe, 2_600.0)
    },
    Patch { envelope: hold(0.055, 0.25), ..brass("French Horn", 0.0, Wave::Horn, 900.0) },
    Patch { chorus: 0.35, ..brass_section("Brass Section", 0.0, Wave::Trumpet, 1_900.0) },
    Patch { chorus: 0.5, ..brass_section("Synth Brass 1", 0.0, Wave::Saw, 1_500.0) },
    Patch {
        chorus: 0.5,
        envelope: hold(0.07, 0.3),
        ..brass_section("Synth Brass 2", 0.0, Wave::Saw, 1_000.0)
    },
    // 64–71: reeds.
    wind("Soprano Sax", 0.0, Wave::Sax, 3_200.0),
    wind("Alto Sax", 0.0, Wave::Sax, 2_400.0),
    wind("Tenor Sax", 0.0, Wave::Sax, 1_900.0),
    wind("Baritone Sax", 0.0, Wave::Sax, 1_500.0),
    Patch { noise: NO_BREATH, ..wind("Oboe", 0.0, Wave::Oboe, 4_000.0) },
    Patch { noise: NO_BREATH, ..wind("English Horn", 0.0, Wave::Oboe, 2_600.0) },
    Patch { noise: NO_BREATH, ..wind("Bassoon", 0.0, Wave::Bassoon, 2_000.0) },
    Patch { noise: NO_BREATH, vibrato: STILL, ..wind("Clarinet", 0.0, Wave::Clarinet, 2_600.0) },
    // 72–79: pipes.
    pipe("Piccolo", 0.0, Wave::Pipe, 0.10),
    pipe("Flute", 0.0, Wave::Flute, 0.12),
    pipe("Recorder", 0.0, Wave::Pipe, 0.06),
    pipe("Pan Flute", 0.0, Wave::Stopped, 0.26),
    pipe("Blown Bottle", 0.0, Wave::Stopped, 0.34),
    Patch {
        scoop: Scoop { cents: -70.0, t60: 0.22 },
        ..pipe("Shakuhachi", 0.0, Wave::Flute, 0.30)
    },
    pipe("Whistle", 0.0, Wave::Sine, 0.05),
    pipe("Ocarina", 0.0, Wave::Pipe, 0.05),
    // 80–87: leads.
    lead("Lead 1 (square)", 0.0, Wave::Square, &[(0.0, 0.7), (0.05, 0.35)]),
    lead("Lead 2 (sawtooth)", 0.0, Wave::Saw, &[(-0.06, 0.6), (0.06, 0.6)]),
    pipe("Lead 3 (calliope)", 0.0, Wave::Pipe, 0.2),
    Patch { noise: CHIFF, ..lead("Lead 4 (chiff)", 0.0, Wave::Triangle, ONE) },
    Patch {
        filter: CABINET,
        ..lead("Lead 5 (charang)", 0.0, Wave::Saw, &[(-0.07, 0.6), (0.07, 0.6)])
    },
    Patch { chorus: 0.4, ..lead("Lead 6 (voice)", 0.0, Wave::Ah, &[(-0.04, 0.6), (0.04, 0.6)]) },
    lead("Lead 7 (fifths)", 0.0, Wave::Saw, &[(0.0, 0.7), (7.02, 0.5)]),
    Patch {
        filter: Filter::low(1_400.0, 1.4),
        ..lead("Lead 8 (bass + lead)", 0.0, Wave::Saw, &[(0.0, 0.6), (-12.0, 0.5), (0.08, 0.4)])
    },
    // 88–95: pads.
    Patch {
        filter: Filter { sweep: 1.2, sweep_t60: 3.0, ..Filter::low(2_400.0, 0.6) },
        ..pad("Pad 1 (new age)", 0.0, Wave::Glass, 0.03)
    },
    Patch { filter: Filter::low(900.0, 0.6), ..pad("Pad 2 (warm)", 0.0, Wave::Saw, 0.35) },
    Patch { filter: Filter::low(2_400.0, 0.8), ..pad("Pad 3 (polysynth)", 0.0, Wave::Saw, 0.04) },
    Patch { chorus: 0.8, ..choir("Pad 4 (choir)", 0.0, Wave::Ah) },
    Patch {
        filter: Filter { q: 1.6, ..Filter::low(1_500.0, 0.6) },
        ..pad("Pad 5 (bowed)", 0.0, Wave::Glass, 0.6)
    },
    Patch {
        filter: Filter { sweep: 1.0, sweep_t60: 4.0, ..Filter::low(1_500.0, 0.8) },
        ..pad("Pad 6 (metallic)", 0.0, Wave::Square, 0.15)
    },
    Patch {
        chorus: 0.9,
        filter: Filter::low(1_200.0, 0.6),
        ..pad("Pad 7 (halo)", 0.0, Wave::Ooh, 0.5)
    },
    Patch {
        filter: Filter { sweep: 2.4, sweep_t60: -5.0, q: 1.8, ..Filter::low(2_800.0, 0.5) },
        ..pad("Pad 8 (sweep)", 0.0, Wave::Saw, 0.3)
    },
    // 96–103: effects that are still played on keys.
    Patch { chorus: 0.6, ..bars("FX 1 (rain)", -1.0, RAIN) },
    Patch {
        filter: Filter { sweep: 2.0, sweep_t60: -4.0, ..Filter::low(1_800.0, 0.5) },
        ..pad("FX 2 (soundtrack)", 0.0, Wave::Saw, 0.7)
    },
    Patch { chorus: 0.5, ..bars("FX 3 (crystal)", -1.0, CRYSTAL) },
    Patch {
        chorus: 0.5,
        filter: Filter::low(1_600.0, 0.8),
        ..pad("FX 4 (atmosphere)", 0.0, Wave::Glass, 0.01)
    },
    Patch {
        filter: Filter { sweep: 1.4, sweep_t60: 2.0, ..Filter::low(3_200.0, 0.8) },
        ..pad("FX 5 (brightness)", 0.0, Wave::Saw, 0.02)
    },
    Patch {
        vibrato: Vibrato { rate: 3.1, cents: 24.0, delay: 0.1 },
        ..pad("FX 6 (goblins)", 0.0, Wave::Ooh, 0.8)
    },
    Patch { chorus: 0.8, ..pad("FX 7 (echoes)", 0.0, Wave::Triangle, 0.2) },
    Patch {
        vibrato: Vibrato { rate: 5.8, cents: 22.0, delay: 0.2 },
        ..pad("FX 8 (sci-fi)", 0.0, Wave::Pulse, 0.15)
    },
    // 104–111: instruments of the world.
    pluck("Sitar", 0.0, SITAR),
    pluck("Banjo", 1.0, BANJO),
    pluck("Shamisen", 2.0, SHAMISEN),
    Patch { undamped_from: 0, ..pluck("Koto", 0.0, KOTO) },
    bars("Kalimba", 1.0, KALIMBA),
    reed("Bagpipe", 0.0, Wave::Bagpipe, &[(0.0, 0.7), (0.05, 0.4)]),
    bowed("Fiddle", 0.0, Wave::Violin, 0.035),
    Patch { noise: NO_BREATH, ..wind("Shanai", 0.0, Wave::Oboe, 5_000.0) },
    // 112–119: percussion that knows keys.
    bars("Tinkle Bell", -1.0, TINKLE),
    bars("Agogo", 0.0, AGOGO),
    Patch { undamped_from: 0, ..bars("Steel Drums", 1.0, STEEL_PAN) },
    bars("Woodblock", 3.0, WOOD),
    struck_drum("Taiko Drum", 3.0, TAIKO),
    struck_drum("Melodic Tom", 3.0, MELODIC_TOM),
    struck_drum("Synth Drum", 3.0, SYNTH_DRUM),
    effect("Reverse Cymbal", 0.0, REVERSE_CYMBAL),
    // 120–127: sounds.
    effect("Guitar Fret Noise", 2.0, FRET_NOISE),
    effect("Breath Noise", 2.0, BREATH_NOISE),
    sustained_noise("Seashore", 0.0, 900.0, 0.7, Tremolo { rate: 0.16, depth: 0.9 }),
    chirp("Bird Tweet", 0.0),
    Patch { tremolo: Tremolo { rate: 20.0, depth: 1.0 }, ..telephone("Telephone Ring", 0.0) },
    sustained_noise("Helicopter", 2.0, 320.0, 1.0, Tremolo { rate: 11.5, depth: 0.95 }),
    sustained_noise("Applause", 0.0, 1_900.0, 0.6, Tremolo { rate: 7.0, depth: 0.25 }),
    effect("Gunshot", 2.0, GUNSHOT),
];
