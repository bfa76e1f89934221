// What the listener plays: letters, the piano on the page, a MIDI keyboard.

/** The letters of a piano of one and a half octaves, by where they are on the keyboard. */
const LETTERS = ["KeyA", "KeyW", "KeyS", "KeyE", "KeyD", "KeyF", "KeyT", "KeyG", "KeyY", "KeyH", "KeyU",
  "KeyJ", "KeyK", "KeyO", "KeyL", "KeyP", "Semicolon"];
const BLACK = [1, 3, 6, 8, 10];
const LOWEST = 36;
const HIGHEST = 84;
const VELOCITY = 88;

/** Tells "midi" with messages of three bytes, on channel 0. */
export class Hands extends EventTarget {
  #piano;
  #octave = 60;
  #down = new Map();
  /** Whether letters are keys. */
  playing = false;

  constructor(piano) {
    super();
    this.#piano = piano;
    this.#draw();
    addEventListener("keydown", (event) => this.#letter(event));
    addEventListener("keyup", (event) => this.#up(event.code));
    addEventListener("blur", () => this.release());
    piano.addEventListener("pointerdown", (event) => this.#finger(event));
    for (const name of ["pointerup", "pointercancel"]) {
      addEventListener(name, (event) => this.#up(event.pointerId));
    }
  }

  #draw() {
    const keys = Array.from({ length: 25 }, (_, at) => {
      const key = document.createElement("span");
      key.className = BLACK.includes(at % 12) ? "black" : "white";
      key.dataset.step = at;
      return key;
    });
    this.#piano.replaceChildren(...keys);
  }

  #letter(event) {
    const busy = event.ctrlKey || event.metaKey || event.altKey || event.repeat;
    const typing = event.target.closest?.("input:not([type=range]), select, textarea");
    if (!this.playing || busy || typing) return;
    if (event.code === "KeyZ") this.#octave = Math.max(LOWEST, this.#octave - 12);
    if (event.code === "KeyX") this.#octave = Math.min(HIGHEST, this.#octave + 12);
    const step = LETTERS.indexOf(event.code);
    if (step < 0) return;
    event.preventDefault();
    this.#press(event.code, this.#octave + step);
  }

  #finger(event) {
    const step = event.target.dataset.step;
    if (step === undefined) return;
    event.preventDefault();
    event.target.releasePointerCapture?.(event.pointerId);
    this.#press(event.pointerId, this.#octave + Number(step));
  }

  #press(what, key) {
    this.#up(what);
    this.#down.set(what, key);
    this.#send(0x90, key, VELOCITY);
  }

  #up(what) {
    const key = this.#down.get(what);
    if (key === undefined) return;
    this.#down.delete(what);
    this.#send(0x80, key, 64);
  }

  /** Every key goes up. */
  release() {
    for (const what of [...this.#down.keys()]) this.#up(what);
  }

  #send(status, first, second) {
    const shown = this.#piano.querySelector(`[data-step="${first - this.#octave}"]`);
    if (status === 0x90 || status === 0x80) shown?.classList.toggle("down", status === 0x90 && second > 0);
    this.dispatchEvent(new CustomEvent("midi", { detail: [status, first, second] }));
  }

  /** Listens to every MIDI input, also those to come; returns what is connected, in words. */
  async connect() {
    if (!navigator.requestMIDIAccess) return "this browser has no Web MIDI";
    const access = await navigator.requestMIDIAccess().catch(() => undefined);
    if (!access) return "the browser was not allowed to use MIDI";
    const listen = () => {
      for (const input of access.inputs.values()) {
        input.onmidimessage = ({ data: [status, first, second = 0] }) => {
          const kind = status & 0xf0;
          // Keys, pedals, pressure and wheel; programs are chosen on the page.
          if (kind < 0xf0 && kind !== 0xc0) this.#send(kind, first, second);
        };
      }
    };
    listen();
    access.onstatechange = listen;
    const names = [...access.inputs.values()].map((input) => input.name);
    return names.length > 0 ? `connected: ${names.join(", ")}` : "none is plugged in yet; one that is will be heard";
  }
}
