// Pictures of the page for the docs, while it plays: `node web/tests/pictures.mjs FOLDER`.

import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { Browser } from "./browser.mjs";
import { serve } from "./site.mjs";

const SIZES = { desktop: { width: 1280, height: 1040 }, phone: { width: 390, height: 844, phone: true, scale: 2 } };

const [browser, site] = [new Browser(), await serve()];
for (const [size, extent] of Object.entries(SIZES)) {
  for (const scheme of ["light", "dark"]) {
    const page = await browser.page(extent);
    await page.ask("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: scheme }] });
    await page.open(`${site.url}#seed=7`);
    await page.until("!document.querySelector('#play').disabled");
    await page.click("#play");
    await page.until("document.querySelector('#parts select')");
    await new Promise((done) => setTimeout(done, 9000));
    await page.value("document.activeElement.blur(); scrollTo(0, 0)");
    writeFileSync(join(process.argv[2], `web-${size}-${scheme}.png`), await page.picture(process.argv[3] === "whole"));
    await page.ask("Page.close");
  }
}
await browser.close();
site.close();
