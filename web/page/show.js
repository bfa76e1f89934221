// What was, is and comes: the worklet tells it some seconds before it sounds.

import { KINDS } from "./engine.js";

/** Ticks of the past that are kept: the picture shows fewer. */
const KEPT = 24 * 64;

/**
 * The music around the present. Tells "piece" (seed), "part" (part, program), "key" (tonic, minor) and
 * "metre" (beats, unit) when they are reached.
 */
export class Show extends EventTarget {
  /** In the order of their beginnings: { tick, end, pitch, velocity, part }. */
  notes = [];
  bars = [];
  #coming = [];

  /** @param {Uint32Array} reports four numbers each, as `web/src/report.rs` says */
  hear(reports) {
    for (let at = 0; at < reports.length; at += 4) {
      const [kind, tick, third, fourth] = reports.subarray(at, at + 4);
      this.#report(KINDS[kind], tick, third, fourth);
    }
  }

  #report(kind, tick, third, fourth) {
    switch (kind) {
      case "note":
        this.notes.push({
          tick,
          end: tick + third,
          pitch: fourth & 255,
          velocity: (fourth >> 8) & 255,
          part: fourth >> 16,
        });
        break;
      case "bar":
        this.bars.push(tick);
        break;
      case "dropped":
        this.notes = this.notes.filter((note) => note.tick < tick);
        this.notes.forEach((note) => (note.end = Math.min(note.end, tick)));
        this.bars = this.bars.filter((bar) => bar < tick);
        this.#coming = this.#coming.filter((event) => event.tick < tick);
        break;
      case "piece":
        this.#coming.push({ kind, tick, detail: BigInt(third) + (BigInt(fourth) << 32n) });
        break;
      default:
        this.#coming.push({ kind, tick, detail: [third, fourth] });
    }
  }

  /** A key that goes down or up, of the listener's or of a partner's: the listener is the last part. */
  key([tick, status, pitch, velocity]) {
    const [kind, channel] = [status & 0xf0, status & 0x0f];
    if (kind !== 0x90 && kind !== 0x80) return;
    const part = channel === 0 || channel === 15 ? 3 : channel - 1;
    const down = this.notes.find((note) => note.held && note.pitch === pitch && note.part === part);
    if (down) [down.end, down.held] = [Math.max(tick, down.tick + 1), false];
    if (kind === 0x90 && velocity > 0) {
      this.notes.push({ tick, end: Infinity, pitch, velocity, part, held: true });
    }
  }

  /** Tells what is reached at `tick`, and forgets what is long past. */
  advance(tick) {
    while (this.#coming.length > 0 && this.#coming[0].tick <= tick) {
      const { kind, detail } = this.#coming.shift();
      this.dispatchEvent(new CustomEvent(kind, { detail }));
    }
    const gone = tick - KEPT;
    while (this.notes.length > 0 && this.notes[0].end < gone) this.notes.shift();
    while (this.bars.length > 0 && this.bars[0] < gone) this.bars.shift();
  }

  /** A new clock begins. */
  clear() {
    [this.notes, this.bars, this.#coming] = [[], [], []];
  }
}
