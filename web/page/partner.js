// A worker in which one plays with the listener: it hears keys from the worklet, and answers it.

import { Engine } from "./engine.js";

/** The modes in the order of their numbers. */
const MODES = ["continue", "answer", "accompany"];
/** Turns that are taken at once, some milliseconds each. */
const TURNS = 4;
const MESSAGES = 64;

let [engine, duo, port] = [];

self.onmessage = ({ data: { module, image, wishes, mode, voice } }) => {
  // The worklet's end comes with the tick of the first bar.
  self.onmessage = ({ data, ports }) => {
    engine = new Engine(module);
    const { abi } = engine;
    const model = engine.model(image);
    duo = abi.duo_new(model, MODES.indexOf(mode), engine.wishes(wishes), voice, data.origin);
    [port] = ports;
    port.onmessage = ({ data: { heard, now, horizon } }) => {
      if (heard) abi.duo_hear(duo, ...heard);
      else turn(now, horizon);
    };
  };
};

function turn(now, horizon) {
  const { abi } = engine;
  for (let turns = 0; turns < TURNS && abi.duo_turn(duo, now, horizon); turns += 1);
  for (let count = MESSAGES; count === MESSAGES; ) {
    count = abi.duo_messages(duo);
    if (count > 0) port.postMessage(engine.at(Uint32Array, abi.duo_messages_at(duo), 4 * count).slice());
  }
}
