// Wires the page together.

import { USUAL, format, parse, parseSeed } from "./address.js";
import { Parts, element, fillKeys, fillPrograms, listen, show } from "./controls.js";
import { Engine } from "./engine.js";
import * as files from "./files.js";
import { Hands } from "./hands.js";
import { Player } from "./player.js";
import { Roll } from "./roll.js";
import { Show } from "./show.js";
import { KEYS, bpm, command } from "./words.js";
import { Workshop } from "./workshop.js";

/** The listener's channel: the last, which a piece of fewer than fifteen parts leaves free. */
const HANDS = 15;
const OWN = 255;
const WORKLET_DIALS = ["temperature", "density", "key", "speed"];
/** The smallest module with a vector instruction. */
const VECTORS = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11);

const player = new Player();
const heard = new Show();
const roll = new Roll(element("roll"));
const hands = new Hands(element("piano"));
let workshop;
let [module, image, modelName, engine] = [];
let settings = parse(location.hash);
const piece = { key: "", metre: "", tempo: 0 };
let parts;

function notice(text) {
  element("notice").textContent = text;
}

/** What the worklet and the worker need to make the music of the moment. */
function music() {
  const { seed, ...wishes } = settings;
  return { module, image, seed, wishes };
}

/** Shows the settings, and names them in the address. */
function reflect() {
  for (const name of WORKLET_DIALS) show(name, settings[name]);
  element("seed").value = settings.seed;
  element("title").textContent = engine.title(settings.seed);
  element("command").textContent = command(settings, USUAL, modelName);
  document.title = `${engine.title(settings.seed)} · MusiGAN`;
  history.replaceState(null, "", format(settings));
}

function tellPiece() {
  const tempo = piece.tempo ? `♩ = ${bpm(piece.tempo)}` : "";
  element("about").textContent = [piece.key, piece.metre, tempo].filter(Boolean).join(" · ") || "\u00a0";
  show("speed", settings.speed, piece.tempo ? `${settings.speed} % · ${bpm(piece.tempo)} a minute` : undefined);
}

/** Plays the piece of a seed, now; or shows it, before the first gesture. */
function goTo(seed) {
  settings.seed = seed;
  if (player.started) player.tell({ play: seed });
  reflect();
}

async function togglePlay() {
  try {
    if (!begun) await (begun = begin(true));
    else await begun.then(() => player.setPlaying(!player.playing));
    element("play").textContent = player.playing ? "Pause" : "Play";
    notice("");
    paint();
  } catch (error) {
    notice(`The sound cannot be started: ${error.message}. Another browser may help.`);
  }
}

/** The box's beginning, or that of the last model's, as a promise: a key may come before it is done. */
let begun;
async function begin(playing) {
  heard.clear();
  await player.start(music(), playing);
  player.tell({ midi: [0xc0 | HANDS, Number(element("voice").value), 0] });
}

function turned(name, value) {
  settings[name] = value;
  player.tell({ dial: { name, value } });
  // A piece is in its key from its beginning on.
  if (name === "key") goTo(settings.seed);
  reflect();
}

async function keep(what) {
  const title = engine.title(settings.seed);
  const rate = 48_000;
  notice(`Making ${title} …`);
  workshop ??= new Workshop();
  try {
    const made = await workshop.make(what, { ...music(), rate });
    if (what === "midi") files.save(`${title}.mid`, made.bytes, "audio/midi");
    else files.save(`${title}.wav`, files.wav(made.channels, rate), "audio/wav");
    notice("");
  } catch (error) {
    notice(`${title} could not be made: ${error.message}.`);
  }
}

/** Takes a model, or says why not. @returns {boolean} */
function take(name, bytes) {
  const trial = new Engine(module);
  const model = trial.model(bytes);
  const refusal = files.refusal(name, bytes) ?? (trial.isGood(model) ? undefined : `${name}: ${trial.about(model)}.`);
  if (refusal) {
    notice(refusal);
    return false;
  }
  const about = Object.fromEntries(trial.about(model).split("\n").map((line) => line.split(/=(.*)/s)));
  const said = [name, about.network, about.weights, about.corpus, about.license && `licence: ${about.license}`];
  element("model-about").textContent = said.filter(Boolean).join(" · ");
  image = bytes;
  return true;
}

async function takeDropped(name, bytes) {
  if (!take(name, bytes)) return;
  modelName = name;
  notice(`${name} composes now.`);
  if (begun) await (begun = begin(player.playing));
  reflect();
}

let painting = false;
function paint() {
  if (painting) return;
  painting = true;
  const frame = () => {
    const tick = player.tick();
    heard.advance(tick);
    roll.draw(heard, tick);
    if (player.playing) requestAnimationFrame(frame);
    else painting = false;
  };
  requestAnimationFrame(frame);
}

async function play([status, first, second]) {
  if (element("mode").value === "off") element("mode").value = "keys";
  hands.playing = true;
  await (begun ??= begin(false));
  await player.wake();
  player.tell({ midi: [status | HANDS, first, second] });
}

function wire() {
  element("play").addEventListener("click", togglePlay);
  element("next").addEventListener("click", () => goTo(BigInt.asUintN(64, settings.seed + 1n)));
  element("seed").addEventListener("change", ({ target }) => {
    const seed = parseSeed(target.value.trim());
    if (seed === undefined) notice("A seed is a whole number, from 0 to 18446744073709551615.");
    else goTo(seed);
  });
  listen(WORKLET_DIALS, turned);
  listen(["volume"], (_, value) => player.setVolume(value / 100));
  element("mode").addEventListener("change", ({ target }) => (hands.playing = target.value !== "off"));
  element("voice").addEventListener("change", ({ target }) => player.tell({ midi: [0xc0 | HANDS, Number(target.value), 0] }));
  element("midi").addEventListener("click", async ({ target }) => {
    target.textContent = await hands.connect();
  });
  element("save-midi").addEventListener("click", () => keep("midi"));
  element("save-wav").addEventListener("click", () => keep("sound"));
  files.listen(element("model"), takeDropped);
  hands.addEventListener("midi", ({ detail }) => play(detail));
  addEventListener("hashchange", () => {
    settings = parse(location.hash);
    if (player.started) for (const name of WORKLET_DIALS) player.tell({ dial: { name, value: settings[name] } });
    goTo(settings.seed);
  });
  addEventListener("resize", paint);

  player.addEventListener("told", ({ detail }) => {
    heard.hear(detail.reports);
    const tempo = detail.status[2];
    if (tempo !== piece.tempo) {
      piece.tempo = tempo;
      tellPiece();
    }
    if (document.hidden) heard.advance(player.tick());
  });
  player.addEventListener("broken", () => notice("The music box broke; reload the page to mend it."));
  heard.addEventListener("piece", ({ detail: seed }) => {
    settings.seed = seed;
    parts.clear();
    [piece.key, piece.metre] = ["", ""];
    reflect();
    tellPiece();
  });
  heard.addEventListener("part", ({ detail: [part, program] }) => parts.show(part, program, settings.parts[part]));
  heard.addEventListener("key", ({ detail: [tonic, minor] }) => {
    piece.key = KEYS[tonic + 12 * minor];
    tellPiece();
  });
  heard.addEventListener("metre", ({ detail: [beats, unit] }) => {
    piece.metre = `${beats}/${unit}`;
    tellPiece();
  });
}

async function load() {
  const get = async (path) => {
    const response = await fetch(path);
    if (!response.ok) throw new Error(`${path} is missing (${response.status})`);
    return response;
  };
  const wasm = WebAssembly.validate(VECTORS) ? "musigan.wasm" : "musigan-scalar.wasm";
  const [compiled, bytes] = await Promise.all([
    get(wasm).then((response) => response.arrayBuffer()).then((code) => WebAssembly.compile(code)),
    get("music-box.mgi").then((response) => response.arrayBuffer()),
  ]);
  module = compiled;
  engine = new Engine(module);
  take("music-box", bytes);
}

try {
  await load();
  fillKeys();
  fillPrograms(element("voice"), engine.programs());
  parts = new Parts(engine.programs(), (part, program, own) => {
    settings.parts[part] = program;
    player.tell({ cast: { part, program: program ?? own } });
    if (program === null) player.tell({ cast: { part, program: OWN } });
    reflect();
  });
  reflect();
  show("volume", 80);
  player.setVolume(0.8);
  wire();
  paint();
  for (const id of ["play", "next", "save-midi", "save-wav"]) element(id).disabled = false;
} catch (error) {
  notice(`The music box cannot be opened: ${error.message}.`);
}
