// Playing along: over the box's music, or with a partner in its place.

import { Company } from "./company.js";
import { element } from "./controls.js";
import { Hands } from "./hands.js";

/** The listener's channel over the box's music: the last, which pieces of fewer parts leave free. */
const OVER = 15;
const DUETS = {
  continue: "Play a phrase, then pause: the box takes it up until you play on.",
  answer: "Two bars are yours, two are the box’s.",
  accompany: "Play: the box plays the other part.",
};

/** Tells "alone" when the box is to play by itself again, "together" with what to do when a duet begins. */
export class Along extends EventTarget {
  #player;
  #ready;
  #music;
  #hands = new Hands(element("piano"));
  #company = new Company();
  /** Whether a partner plays in the box's place. */
  duet = false;

  /** `ready(duet)` lets the box begin, if it must; `music()` is what it would play. */
  constructor(player, ready, music) {
    super();
    [this.#player, this.#ready, this.#music] = [player, ready, music];
    this.#hands.addEventListener("midi", ({ detail }) => this.#play(detail));
    element("mode").addEventListener("change", ({ target }) => this.#choose(target.value));
    element("voice").addEventListener("change", () => this.setVoice());
    element("midi").addEventListener("click", async ({ target }) => {
      target.textContent = await this.#hands.connect();
    });
  }

  get #channel() {
    return this.duet ? 0 : OVER;
  }

  /** Tells the synth what the listener plays on. */
  setVoice() {
    this.#player.tell({ midi: [0xc0 | this.#channel, Number(element("voice").value), 0] });
  }

  /** Ends a duet; the caller lets the box play. */
  part() {
    if (!this.duet) return;
    this.#company.end();
    this.duet = false;
    element("mode").value = "keys";
    this.setVoice();
  }

  async #choose(mode) {
    this.#hands.release();
    this.#hands.playing = mode !== "off";
    if (mode in DUETS) {
      await this.#ready(true);
      await this.#player.rest();
      this.duet = true;
      this.#company.begin(this.#player, this.#music(), mode, Number(element("voice").value));
      this.dispatchEvent(new CustomEvent("together", { detail: DUETS[mode] }));
    } else if (this.duet) {
      this.part();
      element("mode").value = mode;
      this.dispatchEvent(new CustomEvent("alone"));
    }
  }

  async #play([status, first, second]) {
    if (element("mode").value === "off") element("mode").value = "keys";
    this.#hands.playing = true;
    await this.#ready(false);
    await this.#player.wake();
    this.#player.tell({ midi: [status | this.#channel, first, second] });
    if (!this.#player.playing && !this.duet) this.#player.nap();
  }
}
