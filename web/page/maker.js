// A worker that makes files of pieces: the page stays quick while it composes and renders.

import { Engine } from "./engine.js";

/** Frames at a time: as many as `musigan render` takes, so that both end alike. */
const BLOCK = 512;

self.onmessage = ({ data: { id, module, image, wishes, seed, rate, what } }) => {
  try {
    const engine = new Engine(module);
    const piece = engine.abi.piece_new(engine.model(image), engine.wishes(wishes), rate, seed);
    if (what === "midi") {
      const bytes = engine.bytes(engine.abi.piece_midi(piece));
      self.postMessage({ id, bytes }, [bytes.buffer]);
    } else {
      const channels = sound(engine, piece);
      self.postMessage({ id, channels }, channels.map((channel) => channel.buffer));
    }
  } catch (error) {
    self.postMessage({ id, error: String(error) });
  }
};

/** The whole piece: two channels, until the last note has died away. */
function sound({ abi }, piece) {
  const at = (address) => new Float32Array(abi.memory.buffer, address, BLOCK).slice();
  const blocks = [];
  while (abi.piece_block(piece, BLOCK)) {
    blocks.push([at(abi.piece_left(piece)), at(abi.piece_right(piece))]);
  }
  return [0, 1].map((side) => {
    const channel = new Float32Array(blocks.length * BLOCK);
    blocks.forEach((block, index) => channel.set(block[side], index * BLOCK));
    return channel;
  });
}
