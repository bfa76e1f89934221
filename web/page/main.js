// Wires the page together.

import { USUAL, format, parse, parseSeed } from "./address.js";
import { Along } from "./along.js";
import { Parts, element, fillKeys, fillPrograms, fillStyles, listen, show } from "./controls.js";
import { Engine } from "./engine.js";
import * as files from "./files.js";
import { judge, load } from "./model.js";
import { Player } from "./player.js";
import { Roll } from "./roll.js";
import { Show } from "./show.js";
import { KEYS, bpm, command } from "./words.js";
import { Workshop } from "./workshop.js";

/** The program by which the worklet knows the piece's own. */
const OWN = 255;
const PARTS = 16;
const WORKLET_DIALS = ["temperature", "density", "key", "phrases", "style", "speed"];
/** What a piece has from its beginning on. */
const OPENINGS = ["style", "key"];

const player = new Player();
const heard = new Show();
const roll = new Roll(element("roll"));
const along = new Along(player, ready, music);
/** The box's beginning, or that of the last model's, as a promise: a key may come before it is done. */
let begun;
let workshop;
let [module, image, modelName, engine, styles] = [];
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
  element("command").textContent = command(settings, USUAL, modelName, styles);
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
  along.part();
  if (player.started) player.tell({ play: seed });
  reflect();
  paint();
}

/** Someone has written another address, or gone back to one. */
function follow() {
  settings = parse(location.hash);
  if (!has(settings.style)) settings.style = USUAL.style;
  for (const name of WORKLET_DIALS) player.tell({ dial: { name, value: settings[name] } });
  for (let part = 0; part < PARTS; part += 1) {
    player.tell({ cast: { part, program: settings.parts[part] ?? OWN } });
  }
  goTo(settings.seed);
}

async function togglePlay() {
  try {
    if (along.duet) goTo(settings.seed);
    if (!begun) await (begun = begin({ playing: true, live: false }));
    else await begun.then(() => player.setPlaying(!player.playing));
    element("play").textContent = player.playing ? "Pause" : "Play";
    notice("");
    paint();
  } catch (error) {
    notice(`The sound cannot be started: ${error.message}. Another browser may help.`);
  }
}

async function begin(how) {
  heard.clear();
  await player.start(music(), how);
  along.setVoice();
}

/** Begins the box if it has not begun; with a partner anew, if keys do not sound at once. */
function ready(duet) {
  if (!begun || (duet && !player.live)) begun = begin({ playing: false, live: true });
  return begun;
}

function turned(name, value) {
  settings[name] = value;
  player.tell({ dial: { name, value } });
  if (OPENINGS.includes(name)) goTo(settings.seed);
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

/** Whether the model can be asked for this style. */
function has(style) {
  return [...element("style").options].some((option) => Number(option.value) === style);
}

/** Takes a model, or says why not. Gives how it composes where nobody says how. */
function take(name, bytes) {
  const { refusal, about, habits } = judge(module, name, bytes);
  if (refusal) {
    notice(refusal);
    return undefined;
  }
  element("model-about").textContent = about;
  image = bytes;
  fillStyles(habits.styles, styles);
  if (!has(settings.style)) settings.style = USUAL.style;
  return habits;
}

async function takeDropped(name, bytes) {
  const habits = take(name, bytes);
  if (!habits) return;
  const { temperature, phrases } = USUAL;
  settings = { ...settings, temperature, phrases, ...habits.told };
  modelName = name;
  reflect();
  notice(`${name} composes now.`);
  along.part();
  if (begun) await (begun = begin(player));
}

let painting = false;
function paint() {
  if (painting) return;
  painting = true;
  const frame = () => {
    const tick = player.tick();
    heard.advance(tick);
    roll.draw(heard, tick);
    if (player.playing || along.duet) requestAnimationFrame(frame);
    else painting = false;
  };
  requestAnimationFrame(frame);
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
  along.addEventListener("alone", () => goTo(settings.seed));
  along.addEventListener("together", ({ detail }) => {
    element("play").textContent = "Play";
    notice(detail);
    paint();
  });
  element("save-midi").addEventListener("click", () => keep("midi"));
  element("save-wav").addEventListener("click", () => keep("sound"));
  files.listen(element("model"), takeDropped);
  addEventListener("hashchange", follow);
  addEventListener("resize", paint);

  player.addEventListener("told", ({ detail }) => {
    heard.hear(detail.reports);
    for (const key of detail.keys) heard.key(key);
    if (detail.keys.length > 0) paint();
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

try {
  const first = await load();
  module = first.module;
  engine = new Engine(module);
  styles = engine.styles();
  take("music-box", first.image);
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
