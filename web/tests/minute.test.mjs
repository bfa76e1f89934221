// A minute of play in a headless browser, in real time: `cargo xtask web --long`. On a busy machine without
// an audio service give it the priority that one would give: `chrt -r 1 cargo xtask web --long`.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Browser } from "./browser.mjs";
import { serve } from "./site.mjs";

const SECONDS = Number(process.env.MUSIGAN_SECONDS ?? 60);

test("a minute without an underrun, at less than a quarter of real time", async () => {
  const [browser, site] = [new Browser(), await serve()];
  const page = await browser.page();
  await page.open(`${site.url}#seed=7`);
  await page.until("!document.querySelector('#play').disabled");
  await page.value(`(async () => {
    const { Player } = await import("./player.js");
    const dispatch = Player.prototype.dispatchEvent;
    Player.prototype.dispatchEvent = function (event) {
      if (event.type === "told") [window.last, window.player] = [event.detail, this];
      return dispatch.call(this, event);
    };
  })()`);
  await page.click("#play");
  const now = () => page.value(`(({ status, busy, blocks, underruns, worst, heap }) =>
    ({ status: [...status], busy, blocks, underruns, worst, heap, rate: player.context.sampleRate, buffer: 1000 * player.context.baseLatency,
       stats: player.context.playbackStats?.toJSON?.() ?? null }))(last)`);
  await page.until("window.last");
  // The start compiles the module, and is not play.
  await new Promise((done) => setTimeout(done, 3000));
  const first = await now();
  await new Promise((done) => setTimeout(done, 1000 * SECONDS));
  const end = await now();
  const played = ((end.blocks - first.blocks) * 128 * 1000) / end.rate;
  const share = (end.busy - first.busy) / played;
  console.log(`${(played / 1000).toFixed(1)} s: ${(100 * share).toFixed(1)} % of real time, ` +
    `${end.underruns - first.underruns} underruns (blocks ${end.worst.toFixed(0)} ms late at most, a buffer is ${end.buffer.toFixed(0)}), ` +
    `the composer late ${end.status[3]} times, ${end.heap - first.heap} heap operations`);
  console.log(`the browser's own count: ${JSON.stringify(first.stats)} … ${JSON.stringify(end.stats)}`);
  await browser.close();
  site.close();
  assert.ok(played > 0.95 * 1000 * SECONDS);
  assert.ok(share < 0.25);
  assert.equal(end.status[3], 0);
  assert.equal(end.heap, first.heap);
  assert.equal(end.underruns, first.underruns);
});
