// The music box in the audio thread: between two blocks it composes a token, if one is due.

import { BLOCK, DIALS, Engine } from "./engine.js";
import { Watch } from "./watch.js";

/** Blocks between two messages to the page: some twenty a second. */
const TURN = 16;
/** Blocks between two messages to a partner, and how far ahead he plays, in seconds. */
const BEAT = 4;
const LOOKAHEAD = 0.08;
const REPORTS = 64;

class MusicBox extends AudioWorkletProcessor {
  #abi;
  #box;
  #left;
  #right;
  #engine;
  #blocks = 0;
  #busy = 0;
  #watch;
  /** The line to a partner, if there is one. */
  #partner;
  /** Keys that went down or up: tick, status, key, velocity. */
  #keys = [];

  constructor({ processorOptions: { module, image, wishes, seed, buffer } }) {
    super();
    this.#watch = new Watch(1000 * buffer);
    this.#engine = new Engine(module);
    this.#abi = this.#engine.abi;
    const model = this.#engine.model(image);
    this.#box = this.#abi.box_new(model, this.#engine.wishes(wishes), sampleRate, seed);
    // Nothing is allocated from here on, so the memory does not grow and the views stay good.
    this.#left = this.#engine.at(Float32Array, this.#abi.box_left(this.#box), BLOCK);
    this.#right = this.#engine.at(Float32Array, this.#abi.box_right(this.#box), BLOCK);
    this.port.onmessage = ({ data }) => this.#obey(data);
  }

  #obey({ playing, play, dial, cast, midi, resumed, company }) {
    if (playing !== undefined) this.#abi.box_set_playing(this.#box, playing);
    if (play !== undefined) {
      this.#partner = undefined;
      this.#abi.box_play(this.#box, play);
    }
    if (company) this.#keepCompany(company);
    if (dial) this.#abi.box_turn(this.#box, DIALS.indexOf(dial.name), dial.value);
    if (cast) this.#abi.box_cast(this.#box, cast.part, cast.program);
    if (midi) this.#hear(midi);
    if (resumed) this.#watch.forgive();
  }

  /** A key of the listener's sounds at once. */
  #hear(midi) {
    this.#abi.box_midi(this.#box, ...midi);
    const heard = [Math.floor(this.#status()[0]), ...midi];
    this.#keys.push(heard);
    this.#partner?.postMessage({ heard });
  }

  #keepCompany({ tempo, port }) {
    this.port.postMessage({ origin: this.#abi.box_keep_company(this.#box, tempo) });
    this.#partner = port;
    port.onmessage = ({ data }) => {
      if (this.#partner !== port) return;
      for (let at = 0; at < data.length; at += 4) {
        const message = data.subarray(at, at + 4);
        this.#abi.box_schedule(this.#box, ...message);
        this.#keys.push([...message]);
      }
    };
  }

  #status() {
    return this.#engine.at(Float64Array, this.#abi.box_status(this.#box), 8);
  }

  process(_, [[left, right]]) {
    const began = Date.now();
    this.#abi.box_render(this.#box, left.length);
    left.set(this.#left.subarray(0, left.length));
    right.set(this.#right.subarray(0, left.length));
    // Whole milliseconds, but right on average.
    this.#busy += Date.now() - began;
    this.#watch.look((currentFrame / sampleRate) * 1000, began);
    this.#blocks += 1;
    if (this.#blocks % TURN === 0) this.#tell();
    if (this.#partner && this.#blocks % BEAT === 0) {
      const [tick, , tempo] = this.#status();
      this.#partner.postMessage({ now: tick, horizon: tick + (LOOKAHEAD * 24e6) / tempo });
    }
    return true;
  }

  #tell() {
    const status = this.#status();
    const count = this.#abi.box_reports(this.#box);
    const reports = this.#engine.at(Uint32Array, this.#abi.box_reports_at(this.#box), 4 * REPORTS);
    this.port.postMessage({
      status: status.slice(),
      reports: reports.slice(0, 4 * count),
      keys: this.#keys,
      frame: currentFrame,
      busy: this.#busy,
      blocks: this.#blocks,
      underruns: this.#watch.underruns,
      worst: this.#watch.worst,
      heap: this.#abi.heap_operations(),
    });
    this.#keys = [];
  }
}

registerProcessor("music-box", MusicBox);
