// Whether sound came too late, told from two clocks: frames that were rendered, and the time of day.

/** Milliseconds of a window, and how many of them are remembered. */
const WINDOW = 250;
const WINDOWS = 4;
/** Clocks of whole milliseconds are off by so many at most. */
const DOUBT = 2;

/**
 * Counts underruns. A device asks for a buffer's frames at once, and has a buffer in hand meanwhile: so
 * blocks lag behind the earliest of the last second by up to two buffers. What lags more came too late,
 * whether the device waited for it (and lags from then on) or went on without it.
 */
export class Watch {
  underruns = 0;
  /** The most that a block lagged behind the earliest, in ms. */
  worst = 0;
  #allowed;
  #windows = [];
  #began = -Infinity;
  #late = false;

  /** @param {number} buffer the device's, in ms */
  constructor(buffer) {
    this.#allowed = 2 * buffer + DOUBT;
  }

  /** @param {number} frameMs frames so far, in ms @param {number} now the time of day, in ms */
  look(frameMs, now) {
    const lag = now - frameMs;
    if (now - this.#began >= WINDOW) {
      this.#began = now;
      // Within a second the clocks do not drift apart.
      this.#windows = [lag, ...this.#windows.slice(0, WINDOWS - 1)];
    }
    this.#windows[0] = Math.min(this.#windows[0], lag);
    const behind = lag - Math.min(...this.#windows);
    this.worst = Math.max(this.worst, behind);
    const late = behind > this.#allowed;
    if (late && !this.#late) this.underruns += 1;
    this.#late = late;
  }

  /** The clocks may have gone apart with reason: the sound was stopped. */
  forgive() {
    [this.#windows, this.#began, this.#late] = [[], -Infinity, false];
  }
}
