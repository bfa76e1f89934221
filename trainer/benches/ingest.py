"""Processor time of reading MIDI files: symusic with miditok's REMI tokeniser, and pretty_midi.

    pip install symusic miditok pretty_midi
    python3 ingest.py FOLDER                       # all files by symusic + miditok, each 20th by pretty_midi
    RAYON_NUM_THREADS=1 musigan-train corpus FOLDER  # the trainer on the same files, one thread

pretty_midi only parses; the other two go from bytes to tokens.
"""

import pathlib
import sys
import time
import warnings

import miditok
import pretty_midi
import symusic

warnings.filterwarnings("ignore")
files = sorted(
    path for path in pathlib.Path(sys.argv[1]).rglob("*") if path.suffix.lower() in (".mid", ".midi")
)


def spent(name, files, read):
    begun = time.process_time()
    notes = sum(read(path) for path in files)
    seconds = time.process_time() - begun
    print(
        f"{name}: {len(files)} files, {notes} notes or tokens, {seconds:.2f} s, "
        f"{seconds / len(files) * 1e3:.3f} ms per file"
    )


tokeniser = miditok.REMI(
    miditok.TokenizerConfig(use_programs=True, use_tempos=True, use_time_signatures=True)
)


def tokens(path):
    said = tokeniser(symusic.Score(path))
    return len(said) if not isinstance(said, list) else sum(len(one) for one in said)


def parsed(path):
    return sum(len(part.notes) for part in pretty_midi.PrettyMIDI(str(path)).instruments)


spent("symusic, parsing alone", files, lambda path: symusic.Score(path).note_num())
spent("symusic + miditok", files, tokens)
spent("pretty_midi, parsing alone", files[::20], parsed)
