// Files: models that are dropped, music that is kept.

const IMAGE = [0x89, 0x4d, 0x47, 0x49];

/** Bytes of the largest file that is taken for a model. */
const LARGEST = 256 * 1024 * 1024;

/** Why a file is refused before the engine sees it, or nothing. */
export function refusal(name, image) {
  if (image.byteLength > LARGEST) return `${name} is larger than any model: 256 MB is the limit.`;
  const start = new Uint8Array(image, 0, Math.min(4, image.byteLength));
  if (IMAGE.every((byte, at) => start[at] === byte)) return undefined;
  if (!/\.onnx$/i.test(name)) return undefined;
  return `${name} is an ONNX model, and this page plays images of them: run ` +
    `“musigan-import ${name} --out ${name.replace(/\.onnx$/i, ".mgi")}” and drop what it writes.`;
}

/** Lets `take(name, bytes)` have every file that is dropped anywhere or chosen. */
export function listen(input, take) {
  const read = async (file) => file && take(file.name, await file.slice(0, LARGEST + 1).arrayBuffer());
  input.addEventListener("change", () => {
    read(input.files[0]);
    input.value = "";
  });
  addEventListener("dragover", (event) => event.preventDefault());
  addEventListener("drop", (event) => {
    event.preventDefault();
    read(event.dataTransfer?.files[0]);
  });
}

/** Gives the listener a file. */
export function save(name, bytes, type) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([bytes], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** Two channels as a WAV file of 16 bits. @param {Float32Array[]} channels @returns {ArrayBuffer} */
export function wav([left, right], rate) {
  const data = 4 * left.length;
  const view = new DataView(new ArrayBuffer(44 + data));
  const word = (at, text) => [...text].forEach((c, i) => view.setUint8(at + i, c.charCodeAt(0)));
  word(0, "RIFF");
  view.setUint32(4, 36 + data, true);
  word(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 2, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, 4 * rate, true);
  view.setUint16(32, 4, true);
  view.setUint16(34, 16, true);
  word(36, "data");
  view.setUint32(40, data, true);
  // Rounded as `musigan render` rounds: halves away from zero.
  const put = (at, sample) => {
    const scaled = Math.fround(Math.max(-1, Math.min(1, sample)) * 32767);
    view.setInt16(at, Math.sign(scaled) * Math.floor(Math.abs(scaled) + 0.5), true);
  };
  for (let frame = 0; frame < left.length; frame += 1) {
    put(44 + 4 * frame, left[frame]);
    put(46 + 4 * frame, right[frame]);
  }
  return view.buffer;
}
