// What the tests stand on: the built page, served on loopback, and the player beside it.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";

export const SITE = process.env.MUSIGAN_SITE;
const PLAYER = process.env.MUSIGAN;

const KINDS = { html: "text/html", js: "text/javascript", css: "text/css", svg: "image/svg+xml", wasm: "application/wasm" };

/** A bundled model that is no file of the page. */
export const model = (name) => readFileSync(new URL(`../../models/${name}.mgi`, import.meta.url));

/** A file of the page. */
export const file = (name) => readFileSync(join(SITE, name));

/** The bytes as a buffer of their own. */
export const own = (bytes) => bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);

/** Serves the page; `seen` gets the name and size of everything that is asked for. */
export async function serve() {
  const seen = [];
  const server = createServer((request, response) => {
    const name = basename(new URL(request.url, "http://localhost").pathname) || "index.html";
    try {
      const body = file(name);
      seen.push({ name, size: body.length });
      response.setHeader("Content-Type", KINDS[name.split(".").pop()] ?? "application/octet-stream");
      response.end(body);
    } catch {
      response.statusCode = 404;
      response.end();
    }
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return { url: `http://127.0.0.1:${server.address().port}/`, seen, close: () => server.close() };
}

/** What `musigan render` makes: the bytes of a file of this kind. */
export function rendered(kind, ...options) {
  return renderedBy("music-box", kind, ...options);
}

/** The same of another model. */
export function renderedBy(model, kind, ...options) {
  const folder = mkdtempSync(join(tmpdir(), "musigan-web-"));
  const out = join(folder, `piece.${kind}`);
  try {
    execFileSync(PLAYER, ["render", "--model", model, ...options, "--out", out]);
    return readFileSync(out);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The samples of a WAV file of floats, left and right in turn. */
export function samples(wav) {
  const data = wav.indexOf("data", 12, "latin1") + 8;
  return new Float32Array(own(wav.subarray(data)));
}

/** The greatest difference of two signals, in dB of full scale. */
export function difference(one, other) {
  let most = one.length === other.length ? 0 : 1;
  for (let at = 0; at < Math.min(one.length, other.length); at += 1) {
    most = Math.max(most, Math.abs(one[at] - other[at]));
  }
  return 20 * Math.log10(most);
}
