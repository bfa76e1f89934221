"""What hearing the other part is worth, over songs and seeds.

    musigan-train evaluate RUN --data FOLDER --split test --by-piece linked-1.csv    (and so on, for each run)
    python trainer/benches/link.py linked-1.csv,deaf-1.csv linked-2.csv,deaf-2.csv …

Each argument is a pair of runs of one seed, judged on the same songs. Prints nats per note of each, their
difference, and an interval that holds 95 of 100 resamplings of both seeds and songs.
"""

import csv
import random
import sys

ROUNDS = 4000


def read(path):
    with open(path, newline="") as file:
        return [(int(row["notes"]), float(row["nats"])) for row in csv.DictReader(file)]


def per_note(songs):
    return sum(nats for _, nats in songs) / sum(notes for notes, _ in songs)


def difference(pairs, songs):
    """The mean over seeds of how much the first of a pair is better, in nats per note; negative is better."""
    worth = []
    for one, other in pairs:
        notes = sum(one[song][0] for song in songs)
        worth.append(sum(one[song][1] - other[song][1] for song in songs) / notes)
    return sum(worth) / len(worth)


pairs = [tuple(read(path) for path in argument.split(",")) for argument in sys.argv[1:]]
songs = range(len(pairs[0][0]))
for one, other in pairs:
    assert [notes for notes, _ in one] == [notes for notes, _ in other], "not the same songs"
    better = sum(a < b for (_, a), (_, b) in zip(one, other))
    apart = per_note(one) - per_note(other)
    print(f"{per_note(one):.3f} {per_note(other):.3f} {apart:+.3f}  better in {better} of {len(songs)} songs")

chance = random.Random(1)
drawn = sorted(
    difference(chance.choices(pairs, k=len(pairs)), chance.choices(songs, k=len(songs)))
    for _ in range(ROUNDS)
)
low, high = drawn[ROUNDS // 40], drawn[-ROUNDS // 40]
print(f"all seeds: {difference(pairs, songs):+.3f} ({low:+.3f} to {high:+.3f})")
