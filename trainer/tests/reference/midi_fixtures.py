"""Writes the MIDI fixtures of `tests/corpus_midi.rs` and what another implementation reads in them.

    pip install mido pretty_midi
    python midi_fixtures.py ../fixtures/midi

The files are written byte by byte here. What they say is read by mido, and turned into notes by the
rules in `notes_of` (written from the documentation of `corpus::song`, without looking at its code);
pretty_midi must find the same notes in every fixture that it can read by the same rules.
"""

import io
import json
import pathlib
import struct
import sys
from fractions import Fraction

import mido
import pretty_midi


# ---- Writing -------------------------------------------------------------------------------------


def varlen(value):
    out = [value & 0x7F]
    while value := value >> 7:
        out.append(0x80 | value & 0x7F)
    return bytes(reversed(out))


def track(*events, end=0, name=b"MTrk"):
    """Events are (delta, bytes); the end-of-track event is added unless `end` is None."""
    body = b"".join(varlen(delta) + bytes(event) for delta, event in events)
    if end is not None:
        body += varlen(end) + b"\xff\x2f\x00"
    return name + struct.pack(">I", len(body)) + body


def smf(kind, division, *tracks, count=None, extra=b""):
    header = struct.pack(">HHH", kind, len(tracks) if count is None else count, division) + extra
    return b"MThd" + struct.pack(">I", len(header)) + header + b"".join(tracks)


def on(key, velocity=80, channel=0):
    return (0x90 | channel, key, velocity)


def off(key, channel=0):
    return (0x80 | channel, key, 64)


def program(number, channel=0):
    return (0xC0 | channel, number)


def pedal(value, channel=0):
    return (0xB0 | channel, 64, value)


def tempo(microseconds):
    return b"\xff\x51\x03" + struct.pack(">I", microseconds)[1:]


def metre(numerator, power):
    return bytes((0xFF, 0x58, 4, numerator, power, 24, 8))


def key(sharps, minor):
    return bytes((0xFF, 0x59, 2, sharps & 0xFF, minor))


FIXTURES = {
    # One track, three channels, running status, note-on with velocity 0 for note-off.
    "type0": smf(
        0,
        96,
        track(
            (0, metre(3, 2)),
            (0, tempo(600_000)),
            (0, program(73)),
            (0, program(0, 1)),
            (0, on(72, 90)),
            (0, on(48, 60, 1)),
            (0, (52, 60)),
            (0, (55, 61)),
            (0, on(36, 100, 9)),
            (96, (36, 0)),
            (0, (42, 70)),
            (24, on(72, 0)),
            (0, (74, 91)),
            (24, on(42, 0, 9)),
            (48, on(48, 0, 1)),
            (0, (52, 0)),
            (0, (55, 0)),
            (96, on(74, 0)),
        ),
    ),
    # Maps in a track of their own, keys with flats and in minor.
    "type1": smf(
        1,
        480,
        track(
            (0, tempo(500_000)),
            (0, metre(4, 2)),
            (0, key(-3, 1)),
            (1920, tempo(750_000)),
            (1920, metre(6, 3)),
            (0, key(2, 0)),
            (0, tempo(1_000_000)),
        ),
        track((0, program(40)), *[(d, e) for i in range(16) for d, e in ((0, on(60 + i)), (240, off(60 + i)))]),
        track((0, program(42, 1)), (120, on(36, 50, 1)), (1800, off(36, 1)), (0, on(43, 55, 1)), (1920, off(43, 1))),
    ),
    # Two pieces in one file.
    "type2": smf(
        2,
        24,
        track((0, tempo(400_000)), (0, on(60)), (24, off(60)), (0, on(64)), (24, off(64))),
        track((0, metre(3, 2)), (0, program(11)), (12, on(67, 33)), (36, off(67))),
    ),
    # Running status goes on after a meta event and a system exclusive one, as in many real files.
    "running_status": smf(
        1,
        96,
        track(
            (0, on(60)),
            (48, (60, 0)),
            (0, b"\xff\x01\x02hi"),
            (0, (62, 80)),
            (48, (62, 0)),
            (0, (64, 80)),
            (96, (64, 0)),
        ),
    ),
    # The pedal holds what is released under it, until it comes up or the key is struck again.
    "pedal": smf(
        1,
        96,
        track(
            (0, on(60)),
            (24, pedal(127)),
            (24, off(60)),
            (0, on(64)),
            (48, off(64)),
            (0, on(60, 70)),
            (48, off(60)),
            (48, pedal(63)),
            (0, on(67)),
            (48, off(67)),
            (0, pedal(64)),
            (0, on(69)),
            (48, off(69)),
            (48, pedal(0)),
            (0, pedal(127)),
            (0, on(71)),
            (48, off(71)),
            (48, pedal(127)),
            end=96,
        ),
        # Another channel has its own pedal, and percussion none.
        track((0, on(48, 80, 1)), (96, off(48, 1)), (0, pedal(127, 9)), (0, on(36, 80, 9)), (10, off(36, 9)), (90, pedal(0, 9))),
    ),
    # Struck while down, twice at once, note-off after the new note-on, no length at all.
    "restrike": smf(
        1,
        96,
        track(
            (0, on(60, 10)),
            (48, on(60, 20)),
            (48, off(60)),
            (48, off(60)),
            (0, on(62, 30)),
            (0, on(62, 40)),
            (48, off(62)),
            (0, on(64, 50)),
            (48, on(64, 60)),
            (0, off(64)),
            (48, off(64)),
            (0, on(65, 70)),
            (0, off(65)),
            (48, on(65, 75)),
            (0, off(65)),
            (0, on(67, 80)),
            (48, off(67)),
        ),
    ),
    # No note-off: to the end of the track. All notes off, all sound off.
    "hanging": smf(
        1,
        96,
        track((0, on(60)), (96, on(64)), (96, off(64)), (0, on(65, 80, 1)), (0, on(67, 80, 1)), (48, (0xB1, 123, 0)), (0, on(69, 80, 2)), (48, (0xB2, 120, 0)), end=192),
        track((0, on(72)), (50, off(71)), end=None),
    ),
    # Programs that change in mid-piece, and a first track that sets up the channels of others.
    "programs": smf(
        1,
        96,
        track((0, program(24, 2)), (0, program(32, 3)), (96, program(33, 3))),
        track(
            (0, program(0)),
            (0, on(60)),
            (48, off(60)),
            (0, program(6)),
            (0, on(62)),
            (48, off(62)),
            (0, program(0)),
            (0, on(64)),
            (48, off(64)),
        ),
        track((0, on(52, 80, 2)), (96, off(52, 2)), (0, on(40, 80, 3)), (96, off(40, 3))),
        track((0, program(56, 2)), (0, on(76, 80, 2)), (96, off(76, 2))),
    ),
    # 25 frames of 40 ticks a second.
    "smpte": smf(
        1,
        0xE728,
        track((0, tempo(1_000_000)), (0, on(60)), (1000, off(60)), (250, on(64)), (333, off(64)), (41, on(65)), (42, off(65))),
    ),
    # The longest delta, an odd division, onsets between the score's ticks.
    "deltas": smf(
        1,
        7,
        track((0, on(60)), (1, off(60)), (1, on(61)), (3, off(61)), (2, on(62)), (0x0FFFFFFF, off(62)), (0x0FFFFFFF, on(63)), (7, off(63))),
    ),
    # A longer header, an unknown chunk, more after the last track.
    "container": smf(
        1,
        96,
        track((0, on(60)), (96, off(60))),
        track((0, b"junk"), end=None, name=b"XFIH"),
        track((0, on(64, 80, 5)), (96, off(64, 5))),
        count=2,
        extra=b"\x00\x00",
    )
    + b"This is no chunk.",
}

# pretty_midi neither reads these files nor means the same by them.
NOT_PRETTY = {
    "type2": "lays the tracks over each other",
    "restrike": "the first note-off ends all strikes of its key",
    "hanging": "drops notes without a note-off",
    "programs": "a track does not hear the programs that another one says",
    "smpte": "knows no SMPTE division",
    "deltas": "refuses more than 10^7 ticks",
    "container": "mido reads chunks of a known name only",
}


# ---- Reading -------------------------------------------------------------------------------------


def read(data):
    """mido's messages by track, with absolute times."""
    known = bytearray()
    at = 0
    while at + 8 <= len(data):  # mido takes every chunk for a track, and its header is six bytes
        name, length = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "big")
        body = data[at + 8 : at + 8 + length]
        if name == b"MThd":
            known += name + struct.pack(">I", 6) + body[:6]
        elif name == b"MTrk":
            known += name + struct.pack(">I", length) + body
        at += 8 + length
    division = int.from_bytes(known[12:14], "big")
    file = mido.MidiFile(file=io.BytesIO(bytes(known)))
    tracks = []
    for messages in file.tracks:
        now, out = 0, []
        for message in messages:
            now += message.time
            out.append((now, message))
        tracks.append(out)
    return file.type, division, tracks


def said(tracks, kind, want):
    """What the tracks say of channels: by track and channel, and by channel of all tracks."""
    own, everyone = {}, {}
    for index, messages in enumerate(tracks):
        for order, (now, m) in enumerate(messages):
            value = want(m)
            if value is not None:
                own.setdefault((index, m.channel), []).append((now, order, value))
                everyone.setdefault(m.channel, []).append((now, -1, value))
    for values in everyone.values():
        values.sort(key=lambda v: v[0])
    return own, everyone


def notes_of(tracks, with_pedal):
    own_program, all_program = said(tracks, "program", lambda m: m.program if m.type == "program_change" else None)
    own_pedal, all_pedal = said(
        tracks, "pedal", lambda m: m.value >= 64 if m.type == "control_change" and m.control == 64 else None
    )
    result = []
    for index, messages in enumerate(tracks):
        last = messages[-1][0] if messages else 0
        voices = {}
        for order, (now, m) in enumerate(messages):
            if m.type in ("note_on", "note_off"):
                strike = m.type == "note_on" and m.velocity > 0
                voices.setdefault((m.channel, m.note), []).append((now, order, m.velocity if strike else 0))
            elif m.type == "control_change" and m.control in (120, 123):
                for (channel, _), events in voices.items():
                    if channel == m.channel:
                        events.append((now, order, 0))
        for (channel, note), events in voices.items():
            strikes = []  # onset, velocity, order
            for now, order, velocity in events:
                if velocity:
                    if strikes and strikes[-1][0] == now:
                        strikes[-1][1] = max(strikes[-1][1], velocity)
                    else:
                        strikes.append([now, velocity, order])
            former_end = None
            for i, (onset, velocity, _) in enumerate(strikes):
                next_onset = strikes[i + 1][0] if i + 1 < len(strikes) else None
                next_strike = (strikes[i + 1][0], strikes[i + 1][2]) if i + 1 < len(strikes) else (1 << 60, 0)
                offs = [(n, o) for n, o, v in events if not v and n > onset and (n, o) < next_strike]
                zero = any(not v and n == onset for n, _, v in events)
                held = former_end == onset
                if offs:
                    end, order = offs[0]
                elif next_onset is not None:
                    # A note-off at its own onset was its own only if nothing held the key before.
                    if zero and not held:
                        end, order = onset, 0
                    else:
                        end, order = next_onset, 0
                elif zero and not held:
                    end, order = onset, 0
                else:
                    end, order = last, len(messages)
                former_end = end
                number = 0
                values = own_program.get((index, channel)) or all_program.get(channel) or []
                for when, _, value in values:
                    if when <= onset or when == values[0][0]:
                        number = value
                if with_pedal and channel != 9:
                    values = own_pedal.get((index, channel)) or all_pedal.get(channel) or []
                    down = [v for n, o, v in values if (n, o) <= (end, order)]
                    if down and down[-1]:
                        until = [n for n, o, v in values if (n, o) > (end, order) and not v][:1]
                        until += [next_onset] if next_onset is not None else []
                        end = max(end, min(until, default=end))
                result.append([index, channel, -1 if channel == 9 else number, onset, end, note, velocity])
    return sorted(result)


def maps_of(tracks):
    maps = {"tempi": {}, "metres": {}, "keys": {}}
    circle = {name: at - 7 for at, name in enumerate("Cb Gb Db Ab Eb Bb F C G D A E B F# C#".split())}
    minor = {name: at - 7 for at, name in enumerate("Ab Eb Bb F C G D A E B F# C# G# D# A#".split())}
    for messages in tracks:
        for now, m in messages:
            if m.type == "set_tempo":
                maps["tempi"][now] = m.tempo
            elif m.type == "time_signature":
                maps["metres"][now] = [m.numerator, m.denominator]
            elif m.type == "key_signature":
                small = m.key.endswith("m")
                maps["keys"][now] = [minor[m.key[:-1]] if small else circle[m.key], small]
    return {name: [[now, value] for now, value in sorted(entries.items())] for name, entries in maps.items()}


def score_ticks(division, ticks, first_tempo):
    """Halves up, by exact fractions."""
    if division < 0x8000:
        exact = Fraction(ticks * 24, division)
    else:
        rate = 256 - (division >> 8)
        per_second = Fraction(30_000, 1001) if rate == 29 else Fraction(rate)
        exact = Fraction(ticks) / (per_second * (division & 0xFF)) * 1_000_000 / first_tempo * 24
    return (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)


def song(division, tracks):
    maps = maps_of(tracks)
    first = maps["tempi"][0][1] if maps["tempi"] else 500_000
    plain, sustained = notes_of(tracks, False), notes_of(tracks, True)
    times = sorted({t for n in plain + sustained for t in n[3:5]})
    return maps | {
        "notes": plain,
        "sustained": sustained,
        "score_ticks": [[t, score_ticks(division, t, first)] for t in times],
    }


def check_pretty(name, data, expected):
    midi = pretty_midi.PrettyMIDI(io.BytesIO(data))
    found = sorted(
        [-1 if i.is_drum else i.program, midi.time_to_tick(n.start), midi.time_to_tick(n.end), n.pitch, n.velocity]
        for i in midi.instruments
        for n in i.notes
    )
    wanted = sorted(note[2:] for note in expected["notes"])
    assert found == wanted, f"{name}: pretty_midi finds\n{found}\nnot\n{wanted}"


def main():
    folder = pathlib.Path(sys.argv[1])
    expected = {}
    for name, data in FIXTURES.items():
        (folder / f"{name}.mid").write_bytes(data)
        kind, division, tracks = read(data)
        groups = [[t] for t in tracks] if kind == 2 else [tracks]
        expected[name] = [song(division, group) for group in groups]
        if name not in NOT_PRETTY:
            check_pretty(name, data, expected[name][0])
    text = ",\n".join(f" {json.dumps(name)}: {json.dumps(songs)}" for name, songs in expected.items())
    (folder / "expected.json").write_text("{\n" + text + "\n}\n")


main()
