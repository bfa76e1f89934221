// Numbers in words.

const TONICS = ["C", "D♭", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B"];
const DENSITIES = ["silence", "sparse", "calm", "light", "moderate", "lively", "busy", "full"];

/** Keys in the order of their numbers: major, then minor. */
export const KEYS = ["major", "minor"].flatMap((mode) => TONICS.map((tonic) => `${tonic} ${mode}`));

export function density(value) {
  return value < 0 ? "as it likes" : DENSITIES[value];
}

/** Phrases of so many bars. */
export function phrases(value) {
  if (value < 1) return "as it likes";
  return value === 1 ? "of a bar" : `of ${value} bars`;
}

/** Quarters a minute. @param {number} tempo in µs to the quarter */
export function bpm(tempo) {
  return Math.round(6e7 / tempo);
}

/** The command that makes the same piece in a terminal. @param {string[]} styles by their numbers */
export function command({ seed, temperature, density, key, phrases, style }, usual, model, styles = []) {
  const words = ["musigan render", `--seed ${seed}`];
  if (model) words.push(`--model ${model}`);
  // What is usual here need not be so in the terminal: a model may have its own.
  if (model || temperature !== usual.temperature) words.push(`--temperature ${temperature}`);
  if (model || phrases !== usual.phrases) words.push(`--phrases ${phrases}`);
  if (density >= 0) words.push(`--density ${density}`);
  if (style >= 0) words.push(`--style ${styles[style]}`);
  if (key >= 0) words.push(`--key ${plain(KEYS[key])}`);
  return `${words.join(" ")} --out piece.wav`;
}

/** A key as the terminal has it. */
function plain(key) {
  const [tonic, mode] = key.replace("♭", "b").replace("♯", "#").split(" ");
  return mode === "minor" ? `${tonic}m` : tonic;
}
