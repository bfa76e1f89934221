// Whether sound was lost, told from two clocks: frames that were rendered, and the time of day.

/** Milliseconds over which the clocks are compared. */
const WINDOW = 250;
/** Milliseconds that must be missing: clocks of whole milliseconds are off by two at most. */
const LOST = 4;

/**
 * Counts underruns. A device that did not get its frames in time goes on without them: from then on the
 * frames lag behind the time of day for good. A callback that comes late and is made up for does not
 * count: within every window, that call is looked at which lags least.
 */
export class Watch {
  underruns = 0;
  /** Milliseconds of sound that were lost. */
  lost = 0;
  #began;
  #least;
  #before;

  /** @param {number} frameMs frames so far, in ms @param {number} now the time of day, in ms */
  look(frameMs, now) {
    const lag = now - frameMs;
    if (this.#began === undefined) {
      [this.#began, this.#least] = [now, lag];
      return;
    }
    this.#least = Math.min(this.#least, lag);
    if (now - this.#began < WINDOW) return;
    const missing = this.#least - (this.#before ?? this.#least);
    if (missing > LOST) {
      this.underruns += 1;
      this.lost += missing;
    }
    [this.#before, this.#began, this.#least] = [this.#least, now, Infinity];
  }

  /** The clocks may have gone apart with reason: the sound was stopped. */
  forgive() {
    this.#began = this.#before = undefined;
  }
}
