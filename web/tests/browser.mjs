// A headless Chromium, driven by its DevTools protocol over a pair of pipes: no driver, no package.

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const FLAGS = ["--headless=new", "--no-sandbox", "--no-first-run", "--disable-gpu", "--disable-dev-shm-usage",
  "--disable-background-networking", "--disable-component-update", "--remote-debugging-pipe"];

export class Browser {
  #process;
  #folder = mkdtempSync(join(tmpdir(), "musigan-chromium-"));
  #asked = new Map();
  #count = 0;
  #heard = "";
  #listeners = new Set();

  constructor() {
    const flags = [...FLAGS, `--user-data-dir=${this.#folder}`, "about:blank"];
    this.#process = spawn(process.env.MUSIGAN_BROWSER ?? "chromium", flags, {
      stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"],
    });
    this.#process.stdio[4].setEncoding("utf8").on("data", (text) => this.#hear(text));
  }

  #hear(text) {
    const parts = (this.#heard + text).split("\0");
    this.#heard = parts.pop();
    for (const part of parts) {
      const message = JSON.parse(part);
      const asked = this.#asked.get(message.id);
      this.#asked.delete(message.id);
      if (!asked) this.#listeners.forEach((listener) => listener(message));
      else if (message.error) asked.reject(new Error(message.error.message));
      else asked.resolve(message.result);
    }
  }

  ask(method, params = {}, sessionId = undefined) {
    this.#count += 1;
    this.#process.stdio[3].write(`${JSON.stringify({ id: this.#count, method, params, sessionId })}\0`);
    return new Promise((resolve, reject) => this.#asked.set(this.#count, { resolve, reject }));
  }

  /** A page of this size. */
  async page({ width = 1280, height = 900, phone = false, scale = 1 } = {}) {
    const { targetId } = await this.ask("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await this.ask("Target.attachToTarget", { targetId, flatten: true });
    const page = new Page((method, params) => this.ask(method, params, sessionId));
    this.#listeners.add((message) => message.sessionId === sessionId && page.hear(message));
    for (const domain of ["Page", "Runtime", "Log", "Network"]) await page.ask(`${domain}.enable`);
    await page.ask("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: scale, mobile: phone });
    return page;
  }

  async close() {
    const gone = new Promise((done) => this.#process.once("exit", done));
    await this.ask("Browser.close").catch(() => this.#process.kill());
    await gone;
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

class Page {
  /** What went wrong so far: exceptions, errors on the console, files that are missing. */
  errors = [];

  constructor(ask) {
    this.ask = ask;
  }

  hear({ method, params }) {
    if (method === "Runtime.exceptionThrown") this.errors.push(params.exceptionDetails.exception?.description ?? params.exceptionDetails.text);
    if (method === "Runtime.consoleAPICalled" && ["error", "warning"].includes(params.type)) {
      this.errors.push(params.args.map((arg) => arg.value ?? arg.description).join(" "));
    }
    if (method === "Log.entryAdded" && params.entry.level === "error") this.errors.push(`${params.entry.text} ${params.entry.url}`);
  }

  async open(url) {
    await this.ask("Page.navigate", { url });
    await this.until(`location.href.startsWith(${JSON.stringify(url.split("#")[0])}) && document.readyState === "complete"`);
  }

  /** The value of an expression in the page, awaited; `userGesture` as if a hand had done it. */
  async value(expression, userGesture = false) {
    const options = { expression, awaitPromise: true, returnByValue: true, userGesture };
    const { result, exceptionDetails } = await this.ask("Runtime.evaluate", options);
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  }

  /** Waits until an expression is true. */
  async until(expression, seconds = 20) {
    for (let turn = 0; turn < seconds * 10; turn += 1) {
      if (await this.value(expression)) return;
      await new Promise((done) => setTimeout(done, 100));
    }
    throw new Error(`not in ${seconds} s: ${expression}; ${this.errors.join("; ")}`);
  }

  /** Clicks as a hand does: the browser takes it for a gesture. */
  async click(selector) {
    const [x, y] = await this.value(`(() => {
      const element = document.querySelector(${JSON.stringify(selector)});
      element.scrollIntoView({ block: "center" });
      const { x, y, width, height } = element.getBoundingClientRect();
      return [x + width / 2, y + height / 2];
    })()`);
    for (const type of ["mousePressed", "mouseReleased"]) {
      await this.ask("Input.dispatchMouseEvent", { type, x, y, button: "left", clickCount: 1 });
    }
  }

  /** Presses a key and lets it go. */
  async press(code, key) {
    for (const type of ["keyDown", "keyUp"]) await this.ask("Input.dispatchKeyEvent", { type, code, key, text: type === "keyDown" && key.length === 1 ? key : undefined });
  }

  /** A picture as PNG, of the whole page if asked for. */
  async picture(whole = false) {
    const { data } = await this.ask("Page.captureScreenshot", { format: "png", captureBeyondViewport: whole });
    return Buffer.from(data, "base64");
  }
}
