"""A corpus of any size, to measure memory on: copies of MIDI files, each in another key.

    python trainer/benches/transpose.py SOURCE TARGET COPIES

TARGET/00 has the files as they are, 01 a semitone lower, 02 a semitone higher and so on; percussion stays.
"""

import shutil
import sys
from pathlib import Path


def number(data, at):
    """A variable-length number, and where it ends."""
    value = 0
    while True:
        value = value << 7 | data[at] & 0x7F
        at += 1
        if data[at - 1] < 0x80:
            return value, at


def transposed(file, semitones):
    data, at = bytearray(file), 0
    while at + 8 <= len(data):
        kind, length = bytes(data[at : at + 4]), int.from_bytes(data[at + 4 : at + 8], "big")
        at += 8
        end = min(at + length, len(data))
        if kind != b"MTrk":
            at = end
        status = 0
        while at < end:
            _, at = number(data, at)
            if data[at] >= 0x80:
                status = data[at]
                at += 1
            if status in (0xF0, 0xF7, 0xFF):
                length, at = number(data, at + (status == 0xFF))
                at += length
                continue
            is_key = status >> 4 in (0x8, 0x9, 0xA) and status & 0xF != 9
            if is_key:
                data[at] = min(127, max(0, data[at] + semitones))
            at += 1 if status >> 4 in (0xC, 0xD) else 2
    return bytes(data)


source, target, copies = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
for copy in range(copies):
    folder = target / f"{copy:02}"
    folder.mkdir(parents=True)
    if (source / "index.json").exists():
        shutil.copy(source / "index.json", folder)
    semitones = (copy + 1) // 2 * (-1) ** copy
    for file in sorted(source.glob("*.mid")):
        (folder / file.name).write_bytes(transposed(file.read_bytes(), semitones))
