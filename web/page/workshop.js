// Asks the worker for files of pieces.

/** A worker that makes one file at a time, each in a module of its own. */
export class Workshop {
  #worker = new Worker(new URL("maker.js", import.meta.url), { type: "module" });
  #asked = new Map();
  #count = 0;

  constructor() {
    this.#worker.onmessage = ({ data: { id, error, ...made } }) => {
      const { resolve, reject } = this.#asked.get(id);
      this.#asked.delete(id);
      if (error) reject(new Error(error));
      else resolve(made);
    };
  }

  /** @param {"midi" | "sound"} what @param {object} music module, image, wishes, seed and rate */
  make(what, music) {
    this.#count += 1;
    return new Promise((resolve, reject) => {
      this.#asked.set(this.#count, { resolve, reject });
      this.#worker.postMessage({ id: this.#count, what, ...music });
    });
  }
}
