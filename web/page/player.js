// The page's end of the sound: an AudioContext, the worklet in it, and what the worklet tells.

/** Milliseconds of pause after which the device is let go. */
const REST = 30_000;

/**
 * Plays. Tells "told" with what the worklet says, some twenty times a second.
 */
export class Player extends EventTarget {
  #node;
  #gain;
  #rest;
  /** Waits for the tick of the first bar with a partner. */
  #origin;
  /** @type {AudioContext | undefined} */
  context;
  playing = false;
  /** Whether keys sound at once. */
  live = false;
  volume = 1;
  /** What the worklet told last. */
  last;

  get started() {
    return this.#node !== undefined;
  }

  /**
   * Begins with the piece of `music.seed`; must be called from a gesture the first time. Keys that are to
   * sound at once (`live`) want a short buffer; else a long one survives what the machine does besides.
   */
  async start(music, { playing, live }) {
    this.live = live;
    this.last = undefined;
    // The last box ends with its context.
    this.context?.close();
    this.context = new AudioContext({ latencyHint: live ? "interactive" : "playback" });
    await this.context.audioWorklet.addModule(new URL("worklet.js", import.meta.url));
    this.#gain = new GainNode(this.context, { gain: this.volume ** 2 });
    this.#gain.connect(this.context.destination);
    this.#node = new AudioWorkletNode(this.context, "music-box", {
      numberOfInputs: 0,
      outputChannelCount: [2],
      processorOptions: { ...music, buffer: this.context.baseLatency || 0.01 },
    });
    this.#node.port.onmessage = ({ data }) => {
      if (data.origin !== undefined) {
        this.#origin?.(data.origin);
        return;
      }
      this.last = data;
      this.dispatchEvent(new CustomEvent("told", { detail: data }));
    };
    this.#node.onprocessorerror = () => this.dispatchEvent(new CustomEvent("broken"));
    this.#node.connect(this.#gain);
    await this.wake();
    await this.setPlaying(playing);
  }

  async setPlaying(playing) {
    this.playing = playing;
    clearTimeout(this.#rest);
    if (playing) await this.wake();
    this.tell({ playing });
    if (!playing) this.nap();
  }

  /** Lets the device run, for keys that are played while the music pauses. */
  async wake() {
    clearTimeout(this.#rest);
    if (this.context.state === "running") return;
    await this.context.resume();
    this.tell({ resumed: true });
  }

  /** Lets the device go, if nothing plays for a while. */
  nap() {
    clearTimeout(this.#rest);
    this.#rest = setTimeout(() => this.context.suspend(), REST);
  }

  /** Pauses the music, but not the device. */
  async rest() {
    await this.setPlaying(false);
    await this.wake();
  }

  setVolume(volume) {
    this.volume = volume;
    // A square law makes the steps sound alike; a short ramp makes them smooth.
    this.#gain?.gain.setTargetAtTime(volume ** 2, this.context.currentTime, 0.02);
  }

  /**
   * Leaves the music to a partner on the line `port`; gives the tick of the first bar. It ends when
   * another piece is played.
   */
  keepCompany(tempo, port) {
    this.#node.port.postMessage({ company: { tempo, port } }, [port]);
    return new Promise((resolve) => (this.#origin = resolve));
  }

  /** A message for the worklet: see `#obey` there. */
  tell(message) {
    this.#node?.port.postMessage(message);
  }

  /** The tick that is heard now, between two messages, too. */
  tick() {
    if (!this.last) return 0;
    const [tick, composed, tempo, , , playing] = this.last.status;
    const heard = this.context.currentTime - (this.context.outputLatency || 0);
    const passed = heard - this.last.frame / this.context.sampleRate;
    const ticks = playing ? (passed * 24e6) / tempo : 0;
    return Math.min(tick + ticks, composed);
  }
}
