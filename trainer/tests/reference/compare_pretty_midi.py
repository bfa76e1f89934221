"""Compares ingest with pretty_midi, note by note, over whole folders of MIDI files.

    pip install pretty_midi
    cargo run -p musigan-train --example notes -- FOLDER > notes.txt
    python compare_pretty_midi.py notes.txt

Prints the share of notes that both read alike, in program, onset, end, key and velocity, and in the
same without the end. What is known to differ: pretty_midi ends all strikes of a key with the first
note-off (ingest ends one by the next), keeps several strikes at one time, and drops notes of no
length and notes without a note-off.
"""

import collections
import sys
import warnings

import pretty_midi

pretty_midi.pretty_midi.MAX_TICK = 1e10
warnings.filterwarnings("ignore")


def read(path):
    files, rows = {}, None
    for line in open(path):
        if line.startswith("= "):
            rows = files.setdefault(line[2:].rstrip("\n"), [])
        elif line.startswith("! "):
            rows.append(line[2:].strip())
        else:
            rows.append(tuple(map(int, line.split())))
    return files


def main():
    totals = collections.Counter()
    for name, ours in sorted(read(sys.argv[1]).items()):
        try:
            midi = pretty_midi.PrettyMIDI(name)
        except Exception as error:
            totals["files that pretty_midi refuses"] += 1
            print(f"{name}: pretty_midi: {error}; ingest: {len(ours)} rows", file=sys.stderr)
            continue
        theirs = [
            (-1 if i.is_drum else i.program, int(midi.time_to_tick(n.start)), int(midi.time_to_tick(n.end)), n.pitch, n.velocity)
            for i in midi.instruments
            for n in i.notes
        ]
        totals["files"] += 1
        totals["ours"] += len(ours)
        totals["theirs"] += len(theirs)
        for what, key in (("alike", lambda n: n), ("alike but for the end", lambda n: n[:2] + n[3:])):
            a, b = collections.Counter(map(key, ours)), collections.Counter(map(key, theirs))
            totals[what] += (a & b).total()
        totals["files alike"] += sorted(ours) == sorted(theirs)
    for what, count in totals.items():
        print(f"{what}: {count}")
    for what in ("alike", "alike but for the end"):
        print(f"{what}: {100 * totals[what] / max(totals['ours'], totals['theirs']):.4f} %")


main()
