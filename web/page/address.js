// The address bar: a link is a piece.

/** The dials where nobody has turned them: what `musigan render` does, too. */
export const USUAL = { temperature: 1, density: -1, key: -1, phrases: 0, style: -1, speed: 100, parts: [] };

const LIMITS = { temperature: [0, 3], density: [-1, 7], key: [-1, 23], phrases: [0, 8], style: [-1, 7], speed: [10, 1000] };
const MOST = 2n ** 64n - 1n;

/** Seeds whose titles have no number are the nicest. */
const NICE = 2 ** 18;

/** A seed as it is written, or nothing. @returns {bigint | undefined} */
export function parseSeed(text) {
  if (!/^[0-9]{1,20}$/.test(text ?? "")) return undefined;
  const seed = BigInt(text);
  return seed <= MOST ? seed : undefined;
}

export function randomSeed() {
  return BigInt(Math.floor(Math.random() * NICE));
}

/** What an address asks for; what it does not say, or says wrongly, is as usual. */
export function parse(hash) {
  const said = new URLSearchParams(hash.replace(/^#/, ""));
  const settings = { ...USUAL, parts: [], seed: parseSeed(said.get("seed")) ?? randomSeed() };
  for (const [name, [least, most]] of Object.entries(LIMITS)) {
    const value = Number.parseFloat(said.get(name));
    if (value >= least && value <= most) settings[name] = value;
  }
  settings.parts = (said.get("parts") ?? "").split(",").slice(0, 16).map((program) => {
    const number = Number.parseInt(program, 10);
    return number >= 0 && number < 128 ? number : null;
  });
  return settings;
}

/** The address of a piece: what is as usual is not said. */
export function format(settings) {
  const said = new URLSearchParams({ seed: String(settings.seed) });
  for (const name of Object.keys(LIMITS)) {
    if (settings[name] !== USUAL[name]) said.set(name, String(settings[name]));
  }
  const parts = settings.parts.map((program) => program ?? "").join(",").replace(/,+$/, "");
  if (parts) said.set("parts", parts);
  return `#${String(said).replaceAll("%2C", ",")}`;
}
