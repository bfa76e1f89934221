//! All 128 programs of General MIDI, one row each, sixteen groups of eight.
//!
//! Read a row as a musician: what makes the sound (`bars`, `pluck`, `wave` …), then what differs
//! from the plain patch of its family.

use super::families::*;
use super::{Filter, Patch, Piano, Scoop, Tremolo, Vibrato, Wave};
use crate::kernel::string::Pluck;

/// The instrument of each program, counted from 0.
pub static PROGRAMS: [Patch; 128] = [
    // 0–7: pianos.
    piano("Acoustic Grand Piano", 4.1, GRAND),
    piano("Bright Acoustic Piano", 3.9, Piano { hammer: 1_900.0, ..GRAND }),
    piano(
        "Electric Grand Piano",
        5.0,
        Piano { hammer: 1_300.0, knock: -40.0, bloom: -20.0, ..GRAND },
    ),
    piano("Honky-tonk Piano", 3.3, Piano { unison: 9.0, bloom: -3.0, hammer: 1_600.0, ..GRAND }),
    Patch {
        chorus: 0.25,
        tremolo: Tremolo { rate: 4.6, depth: 0.25 },
        ..fm("Electric Piano 1", 0.8, RHODES)
    },
    Patch { chorus: 0.45, ..fm("Electric Piano 2", -2.0, DX_PIANO) },
    Patch { dynamics: 1.2, ..pluck("Harpsichord", 2.6, HARPSICHORD) },
    Patch {
        filter: Filter { q: 1.2, ..Filter::low(3_200.0, 1.2) },
        ..pluck("Clavinet", 5.5, CLAVINET)
    },
    // 8–15: chromatic percussion.
    bars("Celesta", 1.5, CELESTA),
    bars("Glockenspiel", -1.8, GLOCKENSPIEL),
    Patch { noise: PIN, ..bars("Music Box", -1.2, MUSIC_BOX) },
    Patch { tremolo: Tremolo { rate: 5.2, depth: 0.35 }, ..bars("Vibraphone", 1.3, VIBRAPHONE) },
    Patch { noise: MALLET, ..bars("Marimba", 4.5, MARIMBA) },
    Patch { noise: MALLET, ..bars("Xylophone", 5.8, XYLOPHONE) },
    bars("Tubular Bells", -3.8, TUBULAR),
    Patch { noise: MALLET, undamped_from: 0, ..pluck("Dulcimer", 7.0, DULCIMER) },
    // 16–23: organs.
    organ("Drawbar Organ", 5.1, Wave::Drawbar),
    Patch { noise: KEY_CLICK, filter: PERCUSSION, ..organ("Percussive Organ", 5.6, Wave::Drawbar) },
    organ("Rock Organ", 4.7, Wave::RockOrgan),
    Patch {
        vibrato: STILL,
        tremolo: NO_TREMOLO,
        envelope: hold(0.06, 0.5),
        ..organ("Church Organ", 4.0, Wave::Pipes)
    },
    reed("Reed Organ", 5.3, Wave::Reed, &[(-0.011, 0.8), (0.029, 0.5)]),
    reed("Accordion", 5.5, Wave::Reed, &[(-0.07, 0.6), (0.07, 0.6), (12.0, 0.25)]),
    Patch {
        vibrato: Vibrato { rate: 5.5, cents: 10.0, delay: 0.25 },
        ..reed("Harmonica", 4.0, Wave::Harmonica, ONE)
    },
    reed("Tango Accordion", 5.3, Wave::Reed, &[(-0.12, 0.6), (0.12, 0.6), (-12.0, 0.3)]),
    // 24–31: guitars.
    pluck("Acoustic Guitar (nylon)", 7.6, NYLON),
    pluck("Acoustic Guitar (steel)", 6.8, STEEL),
    Patch { filter: Filter::low(1_700.0, 0.8), ..pluck("Electric Guitar (jazz)", 7.2, ELECTRIC) },
    Patch {
        chorus: 0.25,
        filter: Filter::low(4_500.0, 0.6),
        ..pluck("Electric Guitar (clean)", 6.5, ELECTRIC)
    },
    pluck("Electric Guitar (muted)", 16.5, Pluck { t60: 0.32, bright_t60: 0.16, ..ELECTRIC }),
    Patch {
        filter: CABINET,
        dynamics: 1.25,
        ..pluck("Overdriven Guitar", -0.1, Pluck { drive: 3.0, ..LEAD_GUITAR })
    },
    Patch {
        filter: CABINET,
        dynamics: 1.25,
        ..pluck("Distortion Guitar", -1.4, Pluck { drive: 9.0, ..LEAD_GUITAR })
    },
    Patch {
        transpose: 12.0,
        ..pluck("Guitar Harmonics", 7.6, Pluck { position: 0.5, hardness: 2_500.0, ..STEEL })
    },
    // 32–39: basses.
    Patch { noise: THUMP, ..pluck("Acoustic Bass", 8.9, UPRIGHT) },
    Patch { filter: Filter::low(900.0, 1.0), ..pluck("Electric Bass (finger)", 8.6, BASS) },
    Patch {
        filter: Filter::low(2_200.0, 1.0),
        ..pluck("Electric Bass (pick)", 8.1, Pluck { hardness: 4_000.0, ..BASS })
    },
    pluck(
        "Fretless Bass",
        8.4,
        Pluck { hardness: 1_100.0, bright_t60: 1.0, position: 0.3, ..BASS },
    ),
    pluck("Slap Bass 1", 7.1, Pluck { hardness: 5_000.0, warmth: 300.0, position: 0.08, ..BASS }),
    pluck("Slap Bass 2", 7.0, Pluck { hardness: 6_000.0, warmth: 400.0, position: 0.05, ..BASS }),
    synth_bass("Synth Bass 1", 12.4, Wave::Saw, 420.0, 2.6),
    synth_bass("Synth Bass 2", 13.7, Wave::Square, 600.0, 1.6),
    // 40–47: strings.
    bowed("Violin", 7.1, Wave::Violin, 0.07),
    bowed("Viola", 7.4, Wave::Violin, 0.09),
    bowed("Cello", 8.0, Wave::Cello, 0.09),
    bowed("Contrabass", 9.2, Wave::Cello, 0.11),
    Patch { tremolo: Tremolo { rate: 11.0, depth: 0.6 }, ..section("Tremolo Strings", 8.9, 0.1) },
    Patch { noise: BOW_TICK, ..pluck("Pizzicato Strings", 14.1, PIZZICATO) },
    Patch { undamped_from: 0, ..pluck("Orchestral Harp", 8.5, HARP) },
    struck_drum("Timpani", 6.8, TIMPANI),
    // 48–55: ensembles.
    section("String Ensemble 1", 6.1, 0.08),
    section("String Ensemble 2", 6.1, 0.18),
    Patch {
        chorus: 0.9,
        filter: Filter::low(2_600.0, 0.6),
        ..pad("Synth Strings 1", 4.6, Wave::Saw, 0.08)
    },
    Patch {
        chorus: 0.9,
        filter: Filter::low(1_700.0, 0.6),
        ..pad("Synth Strings 2", 4.9, Wave::Saw, 0.2)
    },
    choir("Choir Aahs", 5.4, Wave::Ah),
    choir("Voice Oohs", 5.8, Wave::Ooh),
    choir("Synth Voice", 5.8, Wave::Ooh),
    orchestra_hit("Orchestra Hit", 12.4),
    // 56–63: brass.
    brass("Trumpet", 7.1, Wave::Trumpet, 2_900.0),
    brass("Trombone", 9.3, Wave::Trombone, 1_900.0),
    brass("Tuba", 10.9, Wave::Trombone, 800.0),
    Patch {
        filter: Filter { follow: 1.5, ..brass_filter(2_600.0) },
        ..brass("Muted Trumpet", 7.6, Wave::Oboe, 2_600.0)
    },
    Patch { envelope: hold(0.055, 0.25), ..brass("French Horn", 7.7, Wave::Horn, 1_000.0) },
    Patch { chorus: 0.35, ..brass_section("Brass Section", 6.8, Wave::Trumpet, 2_800.0) },
    Patch { chorus: 0.5, ..brass_section("Synth Brass 1", 7.5, Wave::Saw, 1_500.0) },
    Patch {
        chorus: 0.5,
        envelope: hold(0.07, 0.3),
        ..brass_section("Synth Brass 2", 6.3, Wave::Saw, 1_000.0)
    },
    // 64–71: reeds.
    wind("Soprano Sax", 6.3, Wave::Sax, 5_000.0),
    wind("Alto Sax", 6.9, Wave::Sax, 4_200.0),
    wind("Tenor Sax", 7.6, Wave::Sax, 3_600.0),
    wind("Baritone Sax", 7.7, Wave::Sax, 2_600.0),
    Patch { noise: NO_BREATH, ..wind("Oboe", 5.3, Wave::Oboe, 4_000.0) },
    Patch { noise: NO_BREATH, ..wind("English Horn", 6.4, Wave::Oboe, 2_600.0) },
    Patch { noise: NO_BREATH, ..wind("Bassoon", 7.9, Wave::Bassoon, 2_000.0) },
    Patch { noise: NO_BREATH, vibrato: STILL, ..wind("Clarinet", 7.8, Wave::Clarinet, 2_600.0) },
    // 72–79: pipes.
    pipe("Piccolo", 7.6, Wave::Pipe, 0.10),
    pipe("Flute", 7.7, Wave::Flute, 0.12),
    pipe("Recorder", 7.6, Wave::Pipe, 0.06),
    pipe("Pan Flute", 7.8, Wave::Stopped, 0.26),
    pipe("Blown Bottle", 7.8, Wave::Stopped, 0.34),
    Patch {
        scoop: Scoop { cents: -70.0, t60: 0.22 },
        ..pipe("Shakuhachi", 7.7, Wave::Flute, 0.30)
    },
    Patch {
        filter: Filter { track: 0.9, follow: 0.5, ..Filter::low(600.0, 1.6) },
        ..pipe("Whistle", 7.6, Wave::Pipe, 0.05)
    },
    pipe("Ocarina", 7.9, Wave::Pipe, 0.05),
    // 80–87: leads.
    lead("Lead 1 (square)", 9.6, Wave::Square, &[(-0.01, 0.7), (0.04, 0.35)]),
    lead("Lead 2 (sawtooth)", 8.6, Wave::Saw, &[(-0.06, 0.6), (0.06, 0.6)]),
    pipe("Lead 3 (calliope)", 8.2, Wave::Pipe, 0.2),
    Patch {
        noise: CHIFF,
        filter: Filter::low(1_300.0, 1.8),
        ..lead("Lead 4 (chiff)", 7.6, Wave::Triangle, ONE)
    },
    Patch {
        filter: CABINET,
        ..lead("Lead 5 (charang)", 8.5, Wave::Saw, &[(-0.07, 0.6), (0.07, 0.6)])
    },
    Patch { chorus: 0.4, ..lead("Lead 6 (voice)", 7.4, Wave::Ah, &[(-0.04, 0.6), (0.04, 0.6)]) },
    lead("Lead 7 (fifths)", 8.5, Wave::Saw, &[(0.0, 0.7), (7.02, 0.5)]),
    Patch {
        filter: Filter::low(1_400.0, 1.4),
        ..lead("Lead 8 (bass + lead)", 8.8, Wave::Saw, &[(-0.034, 0.6), (-12.0, 0.5), (0.075, 0.4)])
    },
    // 88–95: pads.
    Patch {
        filter: Filter { sweep: 1.2, sweep_t60: 3.0, ..Filter::low(2_400.0, 0.6) },
        ..pad("Pad 1 (new age)", 6.6, Wave::Glass, 0.03)
    },
    Patch { filter: Filter::low(900.0, 0.6), ..pad("Pad 2 (warm)", 7.6, Wave::Saw, 0.2) },
    Patch { filter: Filter::low(2_400.0, 0.8), ..pad("Pad 3 (polysynth)", 6.6, Wave::Saw, 0.04) },
    Patch { chorus: 0.8, ..choir("Pad 4 (choir)", 4.3, Wave::Ah) },
    Patch {
        filter: Filter { q: 1.6, ..Filter::low(1_500.0, 0.6) },
        ..pad("Pad 5 (bowed)", 6.0, Wave::Glass, 0.6)
    },
    Patch {
        filter: Filter { sweep: 1.0, sweep_t60: 4.0, ..Filter::low(1_500.0, 0.8) },
        ..pad("Pad 6 (metallic)", 7.0, Wave::Square, 0.15)
    },
    Patch {
        chorus: 0.9,
        filter: Filter::low(1_200.0, 0.6),
        ..pad("Pad 7 (halo)", 4.7, Wave::Ooh, 0.3)
    },
    Patch {
        filter: Filter { sweep: 2.4, sweep_t60: -5.0, q: 1.8, ..Filter::low(2_800.0, 0.5) },
        ..pad("Pad 8 (sweep)", 5.4, Wave::Saw, 0.3)
    },
    // 96–103: effects that are still played on keys.
    Patch { chorus: 0.6, ..bars("FX 1 (rain)", -1.4, RAIN) },
    Patch {
        filter: Filter { sweep: 2.0, sweep_t60: -4.0, ..Filter::low(1_800.0, 0.5) },
        ..pad("FX 2 (soundtrack)", 7.6, Wave::Saw, 0.7)
    },
    Patch { chorus: 0.5, ..bars("FX 3 (crystal)", -2.6, CRYSTAL) },
    Patch {
        chorus: 0.5,
        filter: Filter::low(1_600.0, 0.8),
        ..pad("FX 4 (atmosphere)", 7.0, Wave::Glass, 0.01)
    },
    Patch {
        filter: Filter { sweep: 1.4, sweep_t60: 2.0, ..Filter::low(3_200.0, 0.8) },
        ..pad("FX 5 (brightness)", 6.4, Wave::Saw, 0.02)
    },
    Patch {
        vibrato: Vibrato { rate: 3.1, cents: 24.0, delay: 0.1 },
        // Its oscillators and their sway lie a cent low in the mean.
        transpose: 0.01,
        ..pad("FX 6 (goblins)", 7.4, Wave::Ooh, 0.8)
    },
    Patch { chorus: 0.8, ..pad("FX 7 (echoes)", 5.5, Wave::Triangle, 0.2) },
    Patch {
        vibrato: Vibrato { rate: 5.8, cents: 22.0, delay: 0.2 },
        ..pad("FX 8 (sci-fi)", 6.5, Wave::Pulse, 0.15)
    },
    // 104–111: instruments of the world.
    pluck("Sitar", 7.5, SITAR),
    pluck("Banjo", 8.8, BANJO),
    pluck("Shamisen", 9.4, SHAMISEN),
    Patch { undamped_from: 0, ..pluck("Koto", 6.8, KOTO) },
    bars("Kalimba", 2.7, KALIMBA),
    reed("Bagpipe", 6.1, Wave::Bagpipe, &[(-0.012, 0.7), (0.038, 0.4)]),
    bowed("Fiddle", 7.4, Wave::Violin, 0.035),
    Patch { noise: NO_BREATH, ..wind("Shanai", 6.1, Wave::Oboe, 5_000.0) },
    // 112–119: percussion that knows keys.
    bars("Tinkle Bell", -1.8, TINKLE),
    bars("Agogo", 4.1, AGOGO),
    Patch { undamped_from: 0, ..bars("Steel Drums", -0.8, STEEL_PAN) },
    bars("Woodblock", 11.0, WOOD),
    struck_drum("Taiko Drum", 11.9, TAIKO),
    struck_drum("Melodic Tom", 7.1, MELODIC_TOM),
    struck_drum("Synth Drum", 7.2, SYNTH_DRUM),
    effect("Reverse Cymbal", 26.7, REVERSE_CYMBAL),
    // 120–127: sounds.
    effect("Guitar Fret Noise", 27.2, FRET_NOISE),
    effect("Breath Noise", 17.8, BREATH_NOISE),
    sustained_noise("Seashore", 29.0, 900.0, 0.7, Tremolo { rate: 0.16, depth: 0.9 }),
    chirp("Bird Tweet", 9.0),
    Patch { tremolo: Tremolo { rate: 20.0, depth: 1.0 }, ..telephone("Telephone Ring", 10.5) },
    sustained_noise("Helicopter", 27.6, 320.0, 1.0, Tremolo { rate: 11.5, depth: 0.95 }),
    sustained_noise("Applause", 12.8, 1_900.0, 0.6, Tremolo { rate: 7.0, depth: 0.25 }),
    effect("Gunshot", 10.3, GUNSHOT),
];
