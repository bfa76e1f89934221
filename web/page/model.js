// The module and the model: fetched, and judged.

import { Engine } from "./engine.js";
import { refusal } from "./files.js";

/** The smallest module with a vector instruction. */
const VECTORS = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0,
  65, 0, 253, 15, 253, 98, 11);

/** The module that suits this browser, and the model that the page begins with. */
export async function load() {
  const get = async (path) => {
    const response = await fetch(path);
    if (!response.ok) throw new Error(`${path} is missing (${response.status})`);
    return response.arrayBuffer();
  };
  const code = get(WebAssembly.validate(VECTORS) ? "musigan.wasm" : "musigan-scalar.wasm");
  const [module, image] = await Promise.all([code.then((bytes) => WebAssembly.compile(bytes)), get("music-box.mgi")]);
  return { module, image };
}

/** How a model composes where nobody says how, by its notes. */
function habits({ temperature, phrases, styles }) {
  const told = {};
  if (temperature >= 0.1 && temperature <= 2) told.temperature = Number(temperature);
  if (phrases >= 1 && phrases <= 8) told.phrases = Number(phrases);
  return { told, styles: styles?.split(" ") ?? [] };
}

/** What a model says of itself (`about`) and how it composes (`habits`), or why it is none (`refusal`). */
export function judge(module, name, bytes) {
  const known = refusal(name, bytes);
  if (known) return { refusal: known };
  try {
    const engine = new Engine(module);
    const model = engine.model(bytes);
    const text = engine.about(model);
    if (!engine.isGood(model)) return { refusal: `${name}: ${text}.` };
    const about = Object.fromEntries(text.split("\n").map((line) => line.split(/=(.*)/s)));
    const said = [name, about.network, about.weights, about.corpus, about.license && `licence: ${about.license}`];
    return { about: said.filter(Boolean).join(" · "), habits: habits(about) };
  } catch (error) {
    return { refusal: `${name} cannot be opened: ${error.message}.` };
  }
}
