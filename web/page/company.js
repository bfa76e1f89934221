// The partner's beginning and end, from the page's side.

/** µs to the quarter: a hundred a minute. */
const TEMPO = 600_000;

/** Someone who plays with the listener, in a worker of his own. */
export class Company {
  #worker;

  /** @param {Player} player one that has begun @param {object} music what the box plays @param {string} mode */
  begin(player, music, mode, voice) {
    this.end();
    this.#worker = new Worker(new URL("partner.js", import.meta.url), { type: "module" });
    this.#worker.postMessage({ ...music, mode, voice });
    const { port1, port2 } = new MessageChannel();
    // The worklet tells the tick of the first bar by way of the page, with the partner's end of the line.
    player.keepCompany(TEMPO, port1).then((origin) => this.#worker?.postMessage({ origin }, [port2]));
  }

  end() {
    this.#worker?.terminate();
    this.#worker = undefined;
  }
}
