// The WebAssembly module's other side: `web/src/abi` says what each function is.
// Used in the page's worker and in the AudioWorklet, where there is no TextDecoder.

/** The dials in the order of their numbers. */
export const DIALS = ["temperature", "topP", "density", "key", "speed", "swing", "bars", "phrases", "style"];

/** The kinds of report, in the order of their numbers. */
export const KINDS = ["piece", "bar", "note", "part", "key", "metre", "dropped"];

/** Frames that can be rendered at once. */
export const BLOCK = 1024;

/** One instance of the module: objects made in it stay as long as it does. */
export class Engine {
  /** @param {WebAssembly.Module} module */
  constructor(module) {
    this.abi = new WebAssembly.Instance(module, {}).exports;
  }

  /** @param {ArrayBuffer} image @returns {number} a model, good or not */
  model(image) {
    const bytes = this.abi.bytes_new(image.byteLength);
    this.at(Uint8Array, this.abi.bytes_at(bytes), image.byteLength).set(new Uint8Array(image));
    return this.abi.model_new(bytes);
  }

  isGood(model) {
    return this.abi.model_is_good(model) !== 0;
  }

  /** What the model says of itself, or why it is none. */
  about(model) {
    return this.text(this.abi.model_text(model));
  }

  /** The title of a piece. @param {bigint} seed */
  title(seed) {
    return this.text(this.abi.title_text(seed));
  }

  /** The names of the General MIDI programs. */
  programs() {
    return Array.from({ length: 128 }, (_, program) => this.text(this.abi.program_text(program)));
  }

  /** The names of the styles that there are, in the order of their numbers. */
  styles() {
    const names = [];
    for (let name; (name = this.text(this.abi.style_text(names.length))) !== ""; ) names.push(name);
    return names;
  }

  /** What is asked of the music: numbers by the names of DIALS, and `parts`, programs or null. */
  wishes({ parts = [], ...dials }) {
    const wishes = this.abi.wishes_new();
    for (const [name, value] of Object.entries(dials)) {
      this.abi.wishes_turn(wishes, DIALS.indexOf(name), value);
    }
    parts.forEach((program, part) => {
      if (program !== null) this.abi.wishes_cast(wishes, part, program);
    });
    return wishes;
  }

  /** A copy of a blob. */
  bytes(blob) {
    return this.at(Uint8Array, this.abi.blob_at(blob), this.abi.blob_len(blob)).slice();
  }

  text(blob) {
    return new TextDecoder().decode(this.bytes(blob));
  }

  /** A view of the module's memory, until it grows. */
  at(Type, address, length) {
    return new Type(this.abi.memory.buffer, address, length);
  }
}
