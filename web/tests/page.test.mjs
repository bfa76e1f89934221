// The page in a headless browser: it loads, it plays, it says what is wrong.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { Browser } from "./browser.mjs";
import { difference, model, rendered, samples, serve } from "./site.mjs";

/** All that a first visit may fetch. */
const FIRST_LOAD = 2_000_000;

let [browser, site] = [];
before(async () => {
  [browser, site] = [new Browser(), await serve()];
});
after(async () => {
  await browser.close();
  site.close();
});

/** The page with this address, when it is ready. */
async function ready(hash, size) {
  const page = await browser.page(size);
  await page.open(site.url + hash);
  await page.until("!document.querySelector('#play').disabled");
  // What the worklet says is kept where the test can see it.
  await page.value(`(async () => {
    window.told = [];
    const { Player } = await import("./player.js");
    const dispatch = Player.prototype.dispatchEvent;
    Player.prototype.dispatchEvent = function (event) {
      if (event.type === "told") { told.push(event.detail); window.player = this; }
      return dispatch.call(this, event);
    };
  })()`);
  return page;
}

test("the page loads without an error, in less than two megabytes", async () => {
  site.seen.length = 0;
  const page = await ready("#seed=7");
  assert.equal(await page.value("document.querySelector('h1').textContent"), "Velvet Meadow beyond the Wall");
  const names = site.seen.map(({ name }) => name);
  assert.ok(names.includes("musigan.wasm") && !names.includes("musigan-scalar.wasm"), names.join());
  const first = site.seen.reduce((sum, { size }) => sum + size, 0);
  console.log(`first load: ${(first / 1e6).toFixed(2)} MB in ${names.length} files`);
  assert.ok(first <= FIRST_LOAD, `${first} bytes`);
  assert.deepEqual(page.errors, []);
});

test("sound starts on a gesture, stops on another, and the next piece follows", async () => {
  const page = await ready("#seed=7");
  await page.value(`(() => {
    const connect = AudioWorkletNode.prototype.connect;
    AudioWorkletNode.prototype.connect = function (to, ...rest) {
      const analyser = (window.analyser = this.context.createAnalyser());
      connect.call(this, analyser);
      return connect.call(this, to, ...rest);
    };
    window.level = () => {
      const wave = new Float32Array(analyser.fftSize);
      analyser.getFloatTimeDomainData(wave);
      return Math.max(...wave.map(Math.abs));
    };
  })()`);
  assert.equal(await page.value("told.length"), 0, "nothing plays by itself");
  await page.click("#play");
  await page.until("window.analyser && level() > 0.01");
  assert.equal(await page.value("document.querySelector('#play').textContent"), "Pause");
  await page.until("document.querySelector('#parts select')");
  const { status, underruns } = await page.value("(({ status, underruns }) => ({ status: [...status], underruns }))(told.at(-1))");
  assert.deepEqual([status[6], status[3]], [7, 0]);
  console.log(`after the start: ${underruns} underruns`);
  await page.click("#next");
  await page.until("location.hash === '#seed=8' && told.at(-1).status[6] === 8");
  await page.click("#play");
  await page.until("level() < 0.001");
  const tick = await page.value("told.at(-1).status[0]");
  await new Promise((done) => setTimeout(done, 300));
  assert.equal(await page.value("told.at(-1).status[0]"), tick, "the clock stands");
  assert.deepEqual(page.errors, []);
});

test("eight bars in the page are the player's, note by note and sample by sample", async () => {
  const page = await ready("#seed=11");
  const made = await page.value(`(async () => {
    const { Workshop } = await import("./workshop.js");
    const shop = new Workshop();
    const code = await (await fetch("musigan.wasm")).arrayBuffer();
    const image = await (await fetch("music-box.mgi")).arrayBuffer();
    const music = { module: await WebAssembly.compile(code), image, seed: 11n, wishes: { bars: 8 }, rate: 48000 };
    const { bytes } = await shop.make("midi", music);
    const { channels: [left, right] } = await shop.make("sound", music);
    const text = (array) => { let all = ""; for (const byte of new Uint8Array(array.buffer)) all += String.fromCharCode(byte); return btoa(all); };
    return [text(bytes), text(left), text(right)];
  })()`);
  const [midi, left, right] = made.map((text) => Buffer.from(text, "base64"));
  const options = ["--seed", "11", "--bars", "8"];
  assert.deepEqual(midi, rendered("mid", ...options));
  const wav = samples(rendered("wav", ...options, "--samples", "float"));
  const side = (which) => wav.filter((_, at) => at % 2 === which);
  for (const [ours, theirs] of [[left, side(0)], [right, side(1)]]) {
    const view = new Float32Array(ours.buffer.slice(ours.byteOffset, ours.byteOffset + ours.length));
    const most = difference(view, theirs);
    assert.ok(most < -90, `${most} dB`);
  }
});

test("every temperature plays", async () => {
  for (const temperature of ["0.6", "0.9", "1.2"]) {
    const page = await ready(`#seed=3&temperature=${temperature}&speed=300`);
    await page.click("#play");
    await page.until("told.filter(({ reports }) => reports.some((kind, at) => at % 4 === 0 && kind === 2)).length > 5");
    assert.equal(await page.value("document.querySelector('#temperature').value"), String(Number(temperature)));
    assert.deepEqual(page.errors, []);
    await page.ask("Page.close");
  }
});

/** Drops a file on the page; `bytes` is said in its words. */
const dropOn = (page) => (name, bytes) => page.value(`(async () => {
  const transfer = new DataTransfer();
  transfer.items.add(new File([${bytes}], ${JSON.stringify(name)}));
  document.body.dispatchEvent(new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: transfer }));
})()`);
const notice = "document.querySelector('#notice').textContent";

/** Turns a dial of the page. */
const turnOn = (page) => (id, value) => page.value(`(() => {
  const dial = document.getElementById(${JSON.stringify(id)});
  dial.value = ${value};
  for (const kind of ["input", "change"]) dial.dispatchEvent(new Event(kind, { bubbles: true }));
})()`);

test("a model is asked for the styles that it knows, and composes as it is used to", async () => {
  const page = await ready("#seed=7&style=2");
  const hidden = "document.querySelector('#style').parentElement.hidden";
  assert.equal(await page.value(hidden), true);
  assert.equal(await page.value("location.hash"), "#seed=7");
  const [drop, turn] = [dropOn(page), turnOn(page)];
  const bytes = (name) => `Uint8Array.from(atob(${JSON.stringify(model(name).toString("base64"))}), (c) => c.charCodeAt(0))`;
  await drop("medley.mgi", bytes("medley"));
  await page.until(`${notice}.includes("medley.mgi composes now")`);
  assert.equal(await page.value(hidden), false);
  const names = await page.value("[...document.querySelector('#style').options].map((option) => option.text).join()");
  assert.equal(names, "as it likes,art-song,chamber,chorale");
  await turn("style", 2);
  await page.until("location.hash.includes('style=2')");
  assert.match(await page.value("document.querySelector('#command').textContent"), /--model medley.mgi .*--style chorale/);
  await page.click("#play");
  await page.until("document.querySelector('#part-3')");
  await drop("band.mgi", bytes("band"));
  await page.until(`${notice}.includes("band.mgi composes now")`);
  assert.equal(await page.value(hidden), true);
  await page.until("document.querySelector('#command').textContent.includes('--temperature 0.6 --phrases 4 --out')");
  assert.deepEqual(page.errors, []);
});

test("a broken model, and an ONNX file, are sentences on the page", async () => {
  const page = await ready("#seed=7");
  const drop = dropOn(page);
  await drop("broken.mgi", "(await (await fetch('music-box.mgi')).arrayBuffer()).slice(0, 1000)");
  await page.until(`${notice}.includes("damaged")`);
  await drop("mine.onnx", "Uint8Array.of(8, 9, 18)");
  await page.until(`${notice}.includes("musigan-import mine.onnx --out mine.mgi")`);
  await drop("mine.mgi", "await (await fetch('music-box.mgi')).arrayBuffer()");
  await page.until(`${notice}.includes("mine.mgi composes now")`);
  await page.click("#play");
  await page.until("told.length > 3");
  assert.deepEqual(page.errors, []);
});

test("dials turn, parts change hands, and the address tells", async () => {
  const page = await ready("#seed=7");
  await page.click("#play");
  await page.until("document.querySelector('#part-0')");
  const turn = turnOn(page);
  const usual = await page.value("told.at(-1).status[2]");
  await turn("part-0", 46);
  await turn("speed", 200);
  await turn("temperature", 1.1);
  await page.until("location.hash === '#seed=7&temperature=1.1&speed=200&parts=46'");
  await page.until(`Math.abs(2 * told.at(-1).status[2] - ${usual}) <= 2`);
  await turn("speed", 100);
  await page.until(`Math.abs(told.at(-1).status[2] - ${usual}) <= 2`);
  await turn("key", 14);
  await page.until("document.querySelector('#about').textContent.startsWith('D minor')");
  assert.match(await page.value("document.querySelector('#command').textContent"), /--seed 7 .*--temperature 1.1 --key Dm/);
  await page.value("location.hash = '#seed=9&parts=73'");
  await page.until("told.at(-1).status[6] === 9 && document.querySelector('#part-0')?.value === '73'");
  assert.equal(await page.value("location.hash"), "#seed=9&parts=73");
  assert.deepEqual(page.errors, []);
});

test("what is saved is what the player makes", async () => {
  const page = await ready("#seed=7&temperature=1.1");
  await page.value(`(() => {
    const make = URL.createObjectURL;
    URL.createObjectURL = (blob) => { window.saved = blob; return make(blob); };
  })()`);
  await page.click("#save-midi");
  await page.until("window.saved");
  assert.equal(await page.value("saved.type"), "audio/midi");
  const bytes = await page.value("saved.arrayBuffer().then((bytes) => [...new Uint8Array(bytes)])");
  assert.deepEqual(Buffer.from(bytes), rendered("mid", "--seed", "7", "--temperature", "1.1"));
  await page.until("document.querySelector('#notice').textContent === ''");
  assert.deepEqual(page.errors, []);
});

test("letters and a MIDI keyboard are keys", async () => {
  const page = await ready("#seed=7");
  await page.value(`(() => { const mode = document.querySelector('#mode'); mode.value = 'keys'; mode.dispatchEvent(new Event('change')); })()`);
  await page.press("KeyA", "a");
  await page.until("told.length > 0 && told.at(-1).status[4] > 0");
  assert.equal(await page.value("told.at(-1).status[5]"), 0, "the music itself does not play");
  await page.value(`navigator.requestMIDIAccess = async () => ({ inputs: new Map([["a", window.input = { name: "Stand-in" }]]) })`);
  await page.click("#midi");
  await page.until("document.querySelector('#midi').textContent === 'connected: Stand-in'");
  await page.value("input.onmidimessage({ data: Uint8Array.of(0x91, 64, 90) })");
  await page.until("told.flatMap(({ keys }) => keys).some(([, status, key]) => status === 0x9f && key === 64)");
  assert.deepEqual(page.errors, []);
});

test("a partner takes up a phrase, and leaves when the box is to play", async () => {
  const page = await ready("#seed=7");
  await page.value(`(() => { const mode = document.querySelector('#mode'); mode.value = 'continue'; mode.dispatchEvent(new Event('change')); })()`, true);
  await page.until("told.length > 0 && told.at(-1).status[5] === 1");
  // The partner loads its model; the first bar begins.
  await new Promise((done) => setTimeout(done, 1500));
  for (const code of ["KeyA", "KeyD", "KeyG", "KeyD"]) {
    await page.press(code, code[3].toLowerCase());
    await new Promise((done) => setTimeout(done, 300));
  }
  await page.until("told.flatMap(({ keys }) => keys).filter(([, status]) => status === 0x91).length > 2");
  await page.click("#next");
  await page.until("location.hash === '#seed=8' && told.at(-1).status[6] === 8");
  assert.equal(await page.value("document.querySelector('#mode').value"), "keys");
  assert.deepEqual(page.errors, []);
});

test("the page can be used by keyboard and is told to those who do not see it", async () => {
  const page = await ready("#seed=7", { width: 390, height: 844, phone: true });
  const nameless = await page.value(`[...document.querySelectorAll("button, input, select")]
    .filter((one) => !(one.textContent.trim() || one.labels?.[0]?.textContent.trim() || one.ariaLabel)).map((one) => one.id)`);
  assert.deepEqual(nameless, []);
  assert.equal(await page.value("document.documentElement.scrollWidth"), 390, "nothing is wider than a phone");
  await page.ask("Emulation.setEmulatedMedia", { features: [{ name: "prefers-reduced-motion", value: "reduce" }] });
  await page.value("document.querySelector('#play').focus()");
  await page.press("Enter", "\r");
  await page.until("told.length > 2");
  const drawn = () => page.value(`document.querySelector("#roll").getContext("2d").getImageData(0, 0, 300, 300).data.some(Boolean)`);
  await page.until("told.at(-1).status[0] > 20");
  assert.ok(await drawn());
  assert.deepEqual(page.errors, []);
});
