"""Measures `musigan live` from outside, over a JACK server: sample-exact, as another program hears it.

    pip install JACK-Client numpy
    jackd -n t -d dummy -r 48000 -p 256 &
    JACK_DEFAULT_SERVER=t python benches/live.py target/release/musigan

The program must be built with `--features jack`. Prints how long a key takes to sound, how regular the
clock is that we send, how far the model's notes are from its ticks, and how far they drift from a clock
that we follow.
"""

import os
import signal
import subprocess
import sys
import time

import jack
import numpy as np

PROGRAM = sys.argv[1]
MINUTES = float(sys.argv[2]) if len(sys.argv) > 2 else 3.0


class Probe:
    """A JACK client that plays keys and a clock at exact frames, and writes down what comes back."""

    def __init__(self, seconds):
        self.client = jack.Client("probe", no_start_server=True)
        self.rate = self.client.samplerate
        self.keys = self.client.midi_outports.register("keys")
        self.heard = self.client.midi_inports.register("heard")
        self.ear = self.client.inports.register("ear")
        self.sound = np.zeros(int((seconds + 5) * self.rate), dtype=np.float32)
        self.events, self.out, self.now, self.next, self.zero = [], [], 0, 0, 0
        self.client.set_process_callback(self.process)

    def process(self, frames):
        # The server's own count goes on over cycles that it skips.
        self.now = self.client.last_frame_time
        self.keys.clear_buffer()
        while self.next < len(self.out) and self.out[self.next][0] < self.now + frames:
            at, message = self.out[self.next]
            self.keys.write_midi_event(max(at - self.now, 0), message)
            self.next += 1
        for offset, data in self.heard.incoming_midi_events():
            self.events.append((self.now + offset, bytes(data)))
        at = self.now - self.zero
        if self.zero and 0 <= at <= len(self.sound) - frames:
            self.sound[at : at + frames] = self.ear.get_array()

    def run(self, options, out, seconds, warm=2.0):
        """Runs the program with these options for so long; `out` is what it is sent, by seconds."""
        program = subprocess.Popen([PROGRAM, "live", "--quiet", *options])
        time.sleep(warm)
        with self.client:
            find = lambda **what: [p.name for p in self.client.get_ports(**what)]
            for port in find(is_midi=True, is_input=True):
                if port.startswith("musigan"):
                    self.client.connect(self.keys, port)
            for port in find(is_midi=True, is_output=True):
                if port.startswith("musigan") and "out" in port:
                    self.client.connect(port, self.heard)
            for port in find(is_audio=True, is_output=True):
                if port.startswith("cpal_client"):
                    self.client.connect(port, self.ear)
                    break
            time.sleep(0.5)
            self.zero = self.now
            start = self.now + self.rate // 2
            self.out = sorted((start + round(at * self.rate), message) for at, message in out)
            time.sleep(seconds)
            program.send_signal(signal.SIGTERM)
            program.wait(5)
            time.sleep(0.3)
        return start


def spread(name, milliseconds):
    values = np.asarray(milliseconds)
    p = np.percentile(values, [50, 99, 100])
    print(f"{name}: median {p[0]:.2f} ms, p99 {p[1]:.2f} ms, worst {p[2]:.2f} ms of {len(values)}")


def keys_to_sound():
    presses = 36
    out = []
    for n in range(presses):
        at = n * 1.4 + 0.0137 * n
        out += [(at, bytes([0x90, 60, 100])), (at + 0.1, bytes([0x80, 60, 0]))]
    probe = Probe(65)
    period = probe.client.blocksize
    # A turn of 64 s: the model does not answer in this time.
    options = ["--mode", "answer", "--bars", "8", "--tempo", "30", "--in", "virtual", "--program", "115"]
    probe.run(options, out, 1.45 * presses)
    delays = []
    for at, message in probe.out:
        if message[0] == 0x90:
            at -= probe.zero
            before = np.abs(probe.sound[at - 4800 : at]).max()
            # The last of the room's echo is no key.
            loud = max(4 * before, 1e-5)
            heard = np.flatnonzero(np.abs(probe.sound[at : at + probe.rate // 4]) > loud)
            if len(heard) and before < 1e-3:
                delays.append(heard[0])
    blocks = np.asarray(delays) / period
    print(f"key to sound: {len(delays)} of {presses} keys, period {period} frames: "
          f"{blocks.min():.2f} to {blocks.max():.2f} periods")
    spread("key to sound", 1000 * np.asarray(delays) / probe.rate)


def clock_and_answers():
    out = []
    for turn in range(0, 16, 2):
        for beat in range(4):
            at = turn * 2.0 + beat * 0.5 + 0.2
            out += [(at, bytes([0x90, 60 + 2 * beat, 90])), (at + 0.4, bytes([0x80, 60 + 2 * beat, 0]))]
    probe = Probe(1)
    period = probe.client.blocksize
    options = ["--mode", "answer", "--bars", "1", "--tempo", "120", "--in", "virtual", "--clock", "send",
               "--out", "both"]
    probe.run(options, out, 36)
    clocks = np.array([at for at, data in probe.events if data[0] == 0xF8])
    notes = np.array([at for at, data in probe.events if data[0] & 0xF0 == 0x90])
    index = np.arange(len(clocks))
    line = np.polyfit(index, clocks, 1)
    jitter = np.abs(clocks - np.polyval(line, index)) / probe.rate * 1000
    print(f"clock sent: {60 * probe.rate / (24 * line[0]):.3f} quarters a minute")
    spread(f"clock sent, off its line (JACK rounds to {period} frames)", jitter)
    off = np.abs(notes[:, None] - clocks[None, :]).min(axis=1) / probe.rate * 1000
    spread("notes of the model, off the nearest clock", off)
    downs = {}
    for _, data in probe.events:
        if data[0] & 0xF0 == 0x90 and data[2]:
            downs[data[0] & 15, data[1]] = True
        elif data[0] & 0xF0 in (0x80, 0x90):
            downs.pop((data[0] & 15, data[1]), None)
    stopped = any(data[0] == 0xFC for _, data in probe.events)
    print(f"after SIGTERM: {len(downs)} keys down, stop sent: {stopped}")


def following():
    seconds, bpm = MINUTES * 60, 117.3
    tick = 60 / bpm / 24
    out = [(0.0, bytes([0xFA]))]
    out += [(0.01 + n * tick, bytes([0xF8])) for n in range(int(seconds / tick))]
    for bar in range(0, int(seconds / (96 * tick)) - 1, 2):
        for beat in range(4):
            at = 0.01 + (bar * 96 + beat * 24) * tick + 0.02
            out += [(at, bytes([0x90, 60 + 2 * beat, 90])), (at + 0.4, bytes([0x80, 60 + 2 * beat, 0]))]
    probe = Probe(1)
    options = ["--mode", "answer", "--bars", "1", "--tempo", "100", "--in", "virtual", "--clock", "external",
               "--out", "both"]
    start = probe.run(options, out, seconds + 1)
    notes = np.array([at for at, data in probe.events if data[0] & 0xF0 == 0x90])
    ticks = ((notes - start) / probe.rate - 0.01) / tick
    off = (ticks - np.round(ticks)) * tick * 1000
    minute = ((notes - start) / probe.rate // 60).astype(int)
    for m in range(int(MINUTES)):
        here = off[minute == m]
        print(f"following, minute {m + 1}: {len(here)} notes, mean {here.mean():+.2f} ms off the clock, "
              f"from {here.min():+.2f} to {here.max():+.2f}")


if __name__ == "__main__":
    os.environ.setdefault("JACK_DEFAULT_SERVER", "default")
    keys_to_sound()
    clock_and_answers()
    following()
