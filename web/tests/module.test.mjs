// The module in Node: the player's notes and samples, with vectors and without.

import assert from "node:assert/strict";
import { test } from "node:test";

import { difference, file, model, own, rendered, renderedBy, samples } from "./site.mjs";

const from = (name) => import(`file://${process.env.MUSIGAN_SITE}/${name}`);
const { BLOCK, Engine } = await from("engine.js");
const { wav } = await from("files.js");
const MODULES = ["musigan.wasm", "musigan-scalar.wasm"];
const image = own(file("music-box.mgi"));

function engine(name) {
  return new Engine(new WebAssembly.Module(file(name)));
}

/** A piece as MIDI and as sound, left and right in turn. */
function make(name, wishes, seed, by = image) {
  const made = engine(name);
  const { abi } = made;
  const piece = abi.piece_new(made.model(by), made.wishes(wishes), 48_000, seed);
  const midi = made.bytes(abi.piece_midi(piece));
  const sound = [];
  while (abi.piece_block(piece, BLOCK / 2)) {
    const left = made.at(Float32Array, abi.piece_left(piece), BLOCK / 2);
    const right = made.at(Float32Array, abi.piece_right(piece), BLOCK / 2);
    left.forEach((x, at) => sound.push(x, right[at]));
  }
  return { midi, sound };
}

for (const name of MODULES) {
  test(`${name}: eight bars are the player's, note by note and sample by sample`, () => {
    const { midi, sound } = make(name, { bars: 8 }, 7n);
    const options = ["--seed", "7", "--bars", "8"];
    assert.deepEqual(Buffer.from(midi), rendered("mid", ...options));
    const theirs = samples(rendered("wav", ...options, "--samples", "float"));
    assert.ok(sound.length > 48_000 * 10 && sound.some((x) => Math.abs(x) > 0.05));
    assert.ok(difference(sound, theirs) < -90, `${difference(sound, theirs)} dB`);
    const sides = [0, 1].map((side) => Float32Array.from(sound.filter((_, at) => at % 2 === side)));
    assert.ok(rendered("wav", ...options).equals(Buffer.from(wav(sides, 48_000))), "the files are alike");
  });
}

test("the dials are the player's options", () => {
  const wishes = { bars: 4, temperature: 1.2, density: 5, key: 2 + 12, topP: 0.8, swing: 62, phrases: 1 };
  const options = ["--bars", "4", "--temperature", "1.2", "--density", "5", "--key", "Dm"];
  const { midi } = make("musigan.wasm", wishes, 2n ** 40n + 3n);
  const theirs = rendered("mid", "--seed", String(2n ** 40n + 3n), ...options, "--top-p", "0.8", "--swing", "62", "--phrases", "1");
  assert.deepEqual(Buffer.from(midi), theirs);
});

test("a style is asked of who has learnt it, and a model's own strength of the key is heeded", () => {
  const styles = engine("musigan.wasm").styles();
  assert.deepEqual(styles.slice(0, 3), ["art-song", "chamber", "chorale"]);
  const [medley, band] = ["medley", "band"].map((name) => own(model(name)));
  const wishes = { bars: 4, temperature: 1, phrases: 0 };
  const options = ["--seed", "5", "--bars", "4", "--temperature", "1", "--phrases", "0"];
  const chorale = make("musigan.wasm", { ...wishes, style: styles.indexOf("chorale") }, 5n, medley);
  const theirs = renderedBy("medley", "mid", ...options, "--style", "chorale");
  assert.deepEqual(Buffer.from(chorale.midi), theirs);
  assert.notDeepEqual(theirs, renderedBy("medley", "mid", ...options));
  const strange = make("musigan.wasm", { ...wishes, style: styles.indexOf("jazz") }, 5n);
  assert.deepEqual(Buffer.from(strange.midi), rendered("mid", ...options), "the music box has learnt none");
  const inKey = make("musigan.wasm", { ...wishes, key: 2 }, 5n, band);
  assert.deepEqual(Buffer.from(inKey.midi), renderedBy("band", "mid", ...options, "--key", "D"));
});

test("whatever the temperature, there is music", () => {
  for (let hundredths = 60; hundredths <= 120; hundredths += 15) {
    const made = engine("musigan.wasm");
    const model = made.model(image);
    const wishes = made.wishes({ bars: 4, temperature: hundredths / 100 });
    for (const seed of [1n, 2n, 3n]) {
      const piece = made.abi.piece_new(model, wishes, 8_000, seed);
      const midi = made.bytes(made.abi.piece_midi(piece));
      const notes = midi.filter((byte, at) => (byte & 0xf0) === 0x90 && midi[at + 2] > 0);
      assert.ok(notes.length >= 8, `${notes.length} notes at temperature ${hundredths / 100}, seed ${seed}`);
    }
  }
});

for (const name of MODULES) {
  test(`${name}: a minute of the box costs little, asks the heap for nothing and is never late`, () => {
    const made = engine(name);
    const { abi } = made;
    const box = abi.box_new(made.model(image), made.wishes({}), 48_000, 1n);
    abi.box_set_playing(box, true);
    const [quanta, before] = [(60 * 48_000) / 128, abi.heap_operations()];
    const began = process.cpuUsage();
    for (let at = 0; at < quanta; at += 1) {
      abi.box_render(box, 128);
      if (at % 16 === 0) abi.box_reports(box);
    }
    const { user, system } = process.cpuUsage(began);
    const share = (user + system) / 60e6;
    const [tick, , , underruns] = made.at(Float64Array, abi.box_status(box), 8);
    console.log(`${name}: composing and sound take ${(100 * share).toFixed(2)} % of real time`);
    assert.ok(tick > 24 * 60, "the music went on");
    assert.equal(underruns, 0);
    assert.equal(abi.heap_operations(), before);
    assert.ok(share < 0.25, `${share}`);
  });
}

test("a broken model is a sentence", () => {
  const broken = image.slice(0);
  new Uint8Array(broken)[100_000] ^= 1;
  for (const bytes of [broken, image.slice(0, 5_000), new ArrayBuffer(0)]) {
    const made = engine("musigan.wasm");
    const model = made.model(bytes);
    assert.ok(!made.isGood(model));
    assert.match(made.about(model), /damaged|not a MusiGAN image/);
    assert.equal(made.abi.piece_new(model, made.wishes({}), 48_000, 1n), 0);
  }
});

test("titles and programs have names", () => {
  const made = engine("musigan.wasm");
  assert.match(made.title(7n), /^Velvet Meadow beyond the Wall$/);
  assert.match(made.title(2n ** 64n - 1n), / No\. \d+$/);
  assert.equal(made.programs()[10], "Music Box");
});
