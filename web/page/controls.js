// The dials on the page.

import { KEYS, density, phrases } from "./words.js";

/** The families of General MIDI, eight programs each. */
const FAMILIES = ["Pianos", "Chromatic percussion", "Organs", "Guitars", "Basses", "Strings",
  "Ensembles", "Brass", "Reeds", "Pipes", "Leads", "Pads", "Effects", "Plucked, of the world",
  "Percussive", "Noises"];

const SAID = {
  temperature: (value) => Number(value).toFixed(2),
  density: (value) => density(Number(value)),
  phrases: (value) => phrases(Number(value)),
  volume: (value) => `${value} %`,
  speed: (value) => `${value} %`,
};

export const element = (id) => document.getElementById(id);

/** Sets a dial and what is said beside it. */
export function show(name, value, said = SAID[name]?.(value)) {
  const control = element(name);
  if (control.value !== String(value)) control.value = value;
  const output = control.parentElement.querySelector("output");
  if (output) output.textContent = said;
  if (said) control.setAttribute("aria-valuetext", said);
}

/** Calls `turned(name, value)` when one of these dials is turned. */
export function listen(names, turned) {
  for (const name of names) {
    const control = element(name);
    control.addEventListener(control.type === "range" ? "input" : "change", () => {
      if (SAID[name]) show(name, control.value);
      turned(name, Number(control.value));
    });
  }
}

export function fillKeys() {
  const names = ["as it likes", ...KEYS];
  element("key").append(...names.map((name, at) => new Option(name, at - 1)));
}

/** The styles of which a model may be asked for one; no list, if there are none. `all` are their names by number. */
export function fillStyles(known, all) {
  const options = known.map((name) => new Option(name, all.indexOf(name)));
  element("style").replaceChildren(new Option("as it likes", -1), ...options);
  element("style").parentElement.hidden = known.length === 0;
}

/** Fills a list of programs, family by family. */
export function fillPrograms(select, programs) {
  select.append(...FAMILIES.map((label, family) => {
    const group = document.createElement("optgroup");
    group.label = label;
    const names = programs.slice(8 * family, 8 * family + 8);
    group.append(...names.map((name, at) => new Option(name, 8 * family + at)));
    return group;
  }));
}

/** The instruments of the piece, each with a list to choose another from. */
export class Parts {
  #programs;
  #chosen;
  #rows = new Map();

  /** `chosen(part, program, own)` hears of a choice: null is the piece's own. */
  constructor(programs, chosen) {
    [this.#programs, this.#chosen] = [programs, chosen];
  }

  clear() {
    this.#rows.clear();
    element("parts").replaceChildren();
  }

  /** A part is played on `own`, or on `wished`. */
  show(part, own, wished) {
    const row = this.#rows.get(part) ?? this.#add(part);
    row.own = own;
    row.select.options[0].text = this.#programs[own] ?? "Drums";
    row.select.value = wished ?? -1;
    row.select.disabled = own === 128;
  }

  #add(part) {
    const row = { own: 0, select: document.createElement("select") };
    const line = document.createElement("p");
    const label = document.createElement("label");
    line.className = "dial";
    label.textContent = `Part ${part + 1}`;
    label.className = `part-${(part % 4) + 1}`;
    label.htmlFor = row.select.id = `part-${part}`;
    const own = document.createElement("optgroup");
    own.label = "As composed";
    own.append(new Option("", -1));
    row.select.append(own);
    fillPrograms(row.select, this.#programs);
    row.select.addEventListener("change", () => {
      const program = Number(row.select.value);
      this.#chosen(part, program < 0 ? null : program, row.own);
    });
    line.append(label, row.select);
    element("parts").append(line);
    this.#rows.set(part, row);
    return row;
  }
}
