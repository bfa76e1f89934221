"""Processor time of reading MIDI files: symusic, its notes with miditok's REMI tokeniser, mido, pretty_midi, and
the trainer, in turn.

    pip install symusic miditok mido pretty_midi
    cargo build --release -p musigan-train --example ingest
    python3 ingest.py FOLDER target/release/examples/ingest [ROUNDS]

mido and pretty_midi read each 20th file. Files are in memory's cache after the first round, which is not counted; medians
of the others.
"""

import collections
import pathlib
import re
import shlex
import statistics
import subprocess
import sys
import time
import warnings

import mido
import miditok
import pretty_midi
import symusic

warnings.filterwarnings("ignore")
files = sorted(
    path for path in pathlib.Path(sys.argv[1]).rglob("*") if path.suffix.lower() in (".mid", ".midi")
)


found = collections.defaultdict(list)


def spent(name, files, read):
    begun = time.process_time()
    for path in files:
        read(path)
    found[name].append((time.process_time() - begun) / len(files) * 1e3)


def ours(program, folder):
    said = subprocess.run([*shlex.split(program), folder], check=True, capture_output=True, text=True).stdout
    for name, ms in re.findall(r"^(.*?): .* ([0-9.]+) ms per file$", said, re.MULTILINE):
        found[name].append(float(ms))


tokeniser = miditok.REMI(
    miditok.TokenizerConfig(use_programs=True, use_tempos=True, use_time_signatures=True)
)


def tokens(path):
    said = tokeniser(symusic.Score(path))
    return len(said) if not isinstance(said, list) else sum(len(one) for one in said)


def parsed(path):
    return sum(len(part.notes) for part in pretty_midi.PrettyMIDI(str(path)).instruments)


def events(path):
    return sum(len(track) for track in mido.MidiFile(path, clip=True).tracks)


rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 5
for _ in range(1 + rounds):
    spent("symusic, parsing alone", files, lambda path: symusic.Score(path).note_num())
    spent("symusic + miditok", files, tokens)
    spent("mido, events", files[::20], events)
    spent("pretty_midi, parsing alone", files[::20], parsed)
    ours(sys.argv[2], sys.argv[1])
for name, times in found.items():
    print(f"{name}: {statistics.median(times[1:]):.3f} ms per file")
