// The piano roll: notes on a canvas, scrolling past a line that is now.

/** Pixels of a quarter note, at least, and how many quarters are wanted beside each other. */
const QUARTER = 34;
const QUARTERS = 18;
/** Where now is, from left to right. */
const NOW = 0.6;
/** The keys that are shown when all notes are within. */
const RANGE = [43, 91];
/** Quarters to a page for those who do not want things to move. */
const PAGE = 8;

export class Roll {
  #canvas;
  #paint;
  #colours = {};
  #range = [...RANGE];
  #still = matchMedia("(prefers-reduced-motion: reduce)");

  constructor(canvas) {
    this.#canvas = canvas;
    this.#paint = canvas.getContext("2d");
    const dark = matchMedia("(prefers-color-scheme: dark)");
    dark.addEventListener("change", () => this.#dress());
    this.#dress();
  }

  /** The colours are the style sheet's. */
  #dress() {
    const style = getComputedStyle(this.#canvas);
    const of = (name) => style.getPropertyValue(name).trim();
    this.#colours = {
      now: of("--now"),
      line: of("--line"),
      parts: ["--part-1", "--part-2", "--part-3", "--part-4"].map(of),
    };
  }

  /** Draws the music around `tick`. @param {{ notes: object[], bars: number[] }} show */
  draw(show, tick) {
    const { width, height } = this.#size();
    const paint = this.#paint;
    paint.clearRect(0, 0, width, height);
    const scale = Math.max(QUARTER, width / QUARTERS) / 24;
    const still = this.#still.matches;
    // Either the music moves, or the line does, and the page is turned.
    const turned = Math.floor(tick / (24 * PAGE)) * 24 * PAGE;
    const left = still ? turned - 24 : tick - (width * NOW) / scale;
    const x = (at) => (at - left) * scale;
    const seen = (from, to) => x(to) >= 0 && x(from) <= width;

    const notes = show.notes.filter((note) => seen(note.tick, note.end));
    this.#fit(notes);
    const [low, high] = this.#range;
    const row = height / (high - low + 1);
    paint.fillStyle = this.#colours.line;
    for (const bar of show.bars.filter((bar) => seen(bar, bar))) {
      paint.fillRect(Math.round(x(bar)), 0, 1, height);
    }
    for (const note of notes) this.#note(note, tick, x, scale, height - (note.pitch - low + 1) * row, row);
    paint.globalAlpha = 1;
    paint.fillStyle = this.#colours.now;
    paint.fillRect(Math.round(x(tick)), 0, 1.5, height);
  }

  #note({ tick, end: until, velocity, part, held }, now, x, scale, top, row) {
    const paint = this.#paint;
    // A key that is still down has sounded until now.
    const end = held ? Math.max(now, tick) : until;
    const sounds = tick <= now && (held || now < end);
    const loud = 0.45 + (0.4 * velocity) / 127;
    paint.globalAlpha = sounds ? 1 : now >= end ? loud * 0.55 : loud;
    paint.fillStyle = this.#colours.parts[part % this.#colours.parts.length];
    const thick = Math.max(4, Math.min(row, 12));
    const grown = sounds ? 2 : 0;
    const length = Math.max(thick, (end - tick) * scale - 2);
    paint.beginPath();
    paint.roundRect(x(tick), top + (row - thick - grown) / 2, length, thick + grown, (thick + grown) / 2);
    paint.fill();
  }

  /** Widens the range where notes are beyond it; it does not shrink, so that the picture stays calm. */
  #fit(notes) {
    for (const { pitch } of notes) {
      this.#range[0] = Math.min(this.#range[0], pitch - 2);
      this.#range[1] = Math.max(this.#range[1], pitch + 2);
    }
  }

  /** The canvas's size in CSS pixels; its own pixels are the screen's. */
  #size() {
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    const density = Math.min(devicePixelRatio || 1, 2);
    const [wide, high] = [Math.round(width * density), Math.round(height * density)];
    if (this.#canvas.width !== wide || this.#canvas.height !== high) {
      [this.#canvas.width, this.#canvas.height] = [wide, high];
    }
    this.#paint.setTransform(density, 0, 0, density, 0, 0);
    return { width, height };
  }
}
