// The page's parts that need no browser.

import assert from "node:assert/strict";
import { test } from "node:test";

import { file } from "./site.mjs";

const from = (name) => import(`file://${process.env.MUSIGAN_SITE}/${name}`);
const { USUAL, format, parse, parseSeed } = await from("address.js");
const { Show } = await from("show.js");
const { Watch } = await from("watch.js");
const { wav } = await from("files.js");
const { command } = await from("words.js");

test("an address is a piece, and back", () => {
  const settings = { ...USUAL, seed: 2n ** 64n - 1n, temperature: 1.05, key: 14, parts: [null, 46] };
  const address = format(settings);
  assert.equal(address, "#seed=18446744073709551615&temperature=1.05&key=14&parts=,46");
  assert.deepEqual(parse(address), settings);
  assert.equal(format({ ...USUAL, seed: 3n }), "#seed=3");
});

test("what an address says wrongly is as usual", () => {
  const settings = parse("#seed=-1&temperature=9&density=x&key=99&phrases=9&style=8&speed=0&parts=200,,x,7");
  assert.ok(settings.seed >= 0n && settings.seed < 2n ** 18n);
  assert.deepEqual({ ...settings, seed: 0n, parts: [] }, { ...USUAL, seed: 0n });
  assert.deepEqual(settings.parts, [null, null, null, 7]);
  for (const wrong of ["", "1.5", "-1", "18446744073709551616", "x"]) assert.equal(parseSeed(wrong), undefined);
});

test("the command in the terminal is the piece", () => {
  const settings = { ...USUAL, seed: 7n, key: 6 + 12, density: 0 };
  assert.equal(command(settings, USUAL, "music-box"), "musigan render --seed 7 --model music-box --temperature 1 --phrases 0 --density 0 --key F#m --out piece.wav");
  assert.match(command({ ...settings, style: 1 }, USUAL, "medley", ["art-song", "chamber"]), /--style chamber --key F#m/);
  const plain = { ...USUAL, seed: 7n };
  assert.equal(command(plain, USUAL), "musigan render --seed 7 --out piece.wav");
  assert.equal(command({ ...plain, phrases: 4 }, USUAL), "musigan render --seed 7 --phrases 4 --out piece.wav");
});

test("sound that comes too late counts, whether it is made up for or not", () => {
  const watch = new Watch(10);
  let [frames, now] = [0, 1000];
  // A device that asks for ten milliseconds at once, every ten milliseconds.
  const run = (seconds, late = () => 0) => {
    for (let turn = 0; turn < seconds * 100; turn += 1) {
      now += 10;
      for (let part = 0; part < 4; part += 1) watch.look((frames += 2.5), Math.floor(now + late(turn)));
    }
  };
  run(5);
  run(5, (turn) => (turn % 7 === 0 ? 9 : 0));
  assert.equal(watch.underruns, 0);
  run(1, (turn) => (turn === 50 ? 30 : 0));
  assert.equal(watch.underruns, 1);
  // The device waits, and stays behind.
  now += 30;
  run(3);
  assert.equal(watch.underruns, 2);
  assert.ok(watch.worst >= 30 && watch.worst < 45);
  now += 5000;
  watch.forgive();
  run(2);
  assert.equal(watch.underruns, 2);
});

test("what is dropped does not come", () => {
  const show = new Show();
  const told = [];
  for (const kind of ["piece", "key", "part"]) {
    show.addEventListener(kind, ({ detail }) => told.push([kind, detail]));
  }
  const note = (tick, pitch) => [2, tick, 24, pitch + 256 * 80 + 65536];
  show.hear(Uint32Array.of(0, 0, 7, 1, 3, 0, 1, 46, ...note(0, 60), ...note(40, 62), 4, 96, 9, 1, 6, 20, 0, 0));
  show.hear(Uint32Array.of(0, 44, 8, 0));
  assert.deepEqual(show.notes, [{ tick: 0, end: 20, pitch: 60, velocity: 80, part: 1 }]);
  show.advance(43);
  assert.deepEqual(told, [["piece", 7n + (1n << 32n)], ["part", [1, 46]]]);
  show.advance(200);
  assert.deepEqual(told[2], ["piece", 8n]);
  assert.equal(told.length, 3);
});

test("a WAV file says what it holds", () => {
  const view = new DataView(wav([Float32Array.of(0, 1, 2), Float32Array.of(-1, -0.5, 0)], 48_000));
  assert.equal(view.byteLength, 44 + 12);
  assert.equal(view.getUint32(24, true), 48_000);
  const data = [0, 1, 2, 3, 4, 5].map((at) => view.getInt16(44 + 2 * at, true));
  assert.deepEqual(data, [0, -32767, 32767, -16384, 32767, 0]);
});

test("colours can be told apart by day and by night", () => {
  const style = String(file("style.css"));
  const [day, night] = [...style.matchAll(/:root \{([^}]*)\}/g)].map(([, body]) =>
    Object.fromEntries([...body.matchAll(/--([\w-]+): (#[0-9a-f]{6})/g)].map(([, name, colour]) => [name, colour])));
  const light = (colour) => {
    const [r, g, b] = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
      .map((x) => (x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (...pair) => {
    const [low, high] = pair.map(light).sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };
  for (const colours of [day, night]) {
    // WCAG 2.2: text at 4.5, what marks a control or a note at 3.
    for (const [front, back] of [["ink", "paper"], ["soft", "paper"], ["accent", "paper"], ["on-accent", "accent"]]) {
      assert.ok(contrast(colours[front], colours[back]) >= 4.5, `${front} on ${back}`);
    }
    for (const front of ["edge", "now", "part-1", "part-2", "part-3", "part-4"]) {
      assert.ok(contrast(colours[front], colours.paper) >= 3, `${front}: ${contrast(colours[front], colours.paper)}`);
    }
  }
});
