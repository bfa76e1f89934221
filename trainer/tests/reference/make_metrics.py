"""Makes metrics.json: measures of made-up pieces as MusPy 0.5.0 has them, of made-up chorales by music21's
chords and voice-leading quartets, overlaps as SciPy has them.

    pip install muspy==0.5.0 music21 scipy && python make_metrics.py > metrics.json

Traps that the pieces or the calls step around: polyphony_rate counts three and more by default,
groove_consistency and empty_measure_rate have a bar too many where the last note ends with a bar (and
count the bar in which a note ends even where it ends at its line).
"""

import itertools
import json
import random

import muspy
import numpy as np
from music21 import chord, note, voiceLeading
from scipy.integrate import quad
from scipy.stats import gaussian_kde

QUARTER, BAR = 24, 96


def piece(seed):
    rng = random.Random(seed)
    parts = []
    for part in range(rng.randint(1, 3)):
        scale = rng.sample(range(12), rng.randint(3, 9))
        at, notes = 0, []
        while at < 7 * BAR:
            for _ in range(rng.choice([1, 1, 1, 2, 3])):
                key = 12 * rng.randint(3, 6) + rng.choice(scale)
                # Ends inside a bar, one tick before its line at the latest.
                longest = BAR - at % BAR - 1
                notes.append((at, min(rng.choice([2, 3, 6, 11, 12, 24, 48]), longest), key, part))
            at += rng.choice([6, 12, 12, 24, 36, 120])
            at += 3 if at % BAR > BAR - 4 else 0
        parts.append(sorted(set(notes)))
    drums = rng.random() < 0.5
    notes = [note for part in parts for note in part]
    return notes, [len(parts) - 1] if drums and len(parts) > 1 else []


def music(notes, drums):
    tracks = []
    for part in sorted({note[3] for note in notes}):
        own = [muspy.Note(time=t, pitch=k, duration=d, velocity=80) for t, d, k, p in notes if p == part]
        tracks.append(muspy.Track(program=0, is_drum=part in drums, notes=own))
    return muspy.Music(resolution=QUARTER, tracks=tracks)


def measures(music):
    return {
        "pitch entropy (bits)": muspy.pitch_entropy(music),
        "pitch-class entropy (bits)": muspy.pitch_class_entropy(music),
        "scale consistency": muspy.scale_consistency(music),
        "polyphony": muspy.polyphony(music),
        "polyphony rate": muspy.polyphony_rate(music, threshold=1),
        "groove consistency": muspy.groove_consistency(music, BAR),
        "empty bars": muspy.empty_measure_rate(music, BAR),
    }


TRIADS = ["3-10", "3-11", "3-12"]


def chorale(seed):
    """Four voices in chords of an eighth that are now a triad, now something else."""
    rng = random.Random(seed)
    frames = []
    for _ in range(40):
        root = rng.randint(0, 11)
        steps = rng.choice([(0, 4, 7), (0, 3, 7), (0, 3, 6), (0, 4, 8), (0, 5, 7)])
        classes = [(root + step) % 12 for step in steps]
        frame = [rng.choice(classes) + 12 * octave for octave in (6, 5, 5, 4)]
        if frames and rng.random() < 0.4:
            # All voices that move go by the same step: parallels.
            step = rng.choice([-2, -1, 1, 2])
            frame = [key + step * (rng.random() < 0.7) for key in frames[-1]]
        frames.append(frame)
    chords = [chord.Chord(frame) for frame in frames]
    triads = sum(each.forteClassTn[:4] in TRIADS for each in chords)
    moving = fifths = octaves = holds = 0
    for before, now in zip(frames, frames[1:]):
        holds += sum(a == b for a, b in zip(before, now))
        for i, j in itertools.combinations(range(4), 2):
            if before[i] == now[i] or before[j] == now[j]:
                continue
            moving += 1
            pitches = (before[i], now[i], before[j], now[j])
            quartet = voiceLeading.VoiceLeadingQuartet(*(note.Note(key) for key in pitches))
            same = (now[i] - before[i]) * (now[j] - before[j]) > 0
            first, second = (interval.semitones for interval in quartet.vIntervals)
            # By semitones: music21's parallelFifth takes G sharp and E flat for a sixth.
            fifths += same and first == second and abs(first) % 12 == 7
            octaves += same and first == second and quartet.parallelUnisonOrOctave()
    return {
        "frames": frames,
        "triads": triads / len(frames),
        # Every chord is two frames of a sixteenth long; within it all is held.
        "holds": (holds + 4 * len(frames)) / (4 * (2 * len(frames) - 1)),
        "fifths": 1000 * fifths / moving,
        "octaves": 1000 * octaves / moving,
    }


def overlap(seed):
    rng = np.random.default_rng(seed)
    a = rng.normal(0, 1, 40)
    b = rng.normal(rng.uniform(0, 3), rng.uniform(0.5, 2), 30)
    p, q = gaussian_kde(a), gaussian_kde(b)
    low, high = min(a.min(), b.min()) - 12, max(a.max(), b.max()) + 12
    area = quad(lambda x: min(p(x)[0], q(x)[0]), low, high, limit=2000)[0]
    return {"a": a.round(6).tolist(), "b": b.round(6).tolist(), "area": area}


def main():
    pieces = []
    for seed in range(8):
        notes, drums = piece(seed)
        end = max(t + d for t, d, _, _ in notes)
        pieces.append(
            {
                "notes": notes,
                "drums": drums,
                "bars": end // BAR + 1,
                "measures": measures(music(notes, drums)),
            }
        )
    chorales = [chorale(seed) for seed in range(4)]
    overlaps = [overlap(seed) for seed in range(6)]
    print(json.dumps({"pieces": pieces, "chorales": chorales, "overlaps": overlaps}))


if __name__ == "__main__":
    main()
