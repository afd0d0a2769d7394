// Curves over the epochs, as SVG; one epoch is read, by pointer or keys.

import { element } from "../../show/page/dom.js";
import { linearTicks } from "../../show/page/ticks.js";
import { lastEpoch, scaleOf, tickText } from "./scale.js";

/** @typedef {{name: string, column: string, kind: string}} Series `kind` is a class of the style sheet */
/** @typedef {Record<string, (number | null)[]>} Epochs columns by name; `epoch` among them */

const MARGIN = { top: 16, right: 10, bottom: 22 };
const LETTER = 7;
const MOST_DOTS = 40;

/**
 * @param {string} tag
 * @param {Record<string, string | number>} attributes
 * @param {...(Node | string)} children
 */
function drawn(tag, attributes, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  made.append(...children);
  return made;
}

/**
 * Places of the numbers of a curve, in pieces: where there is none, it is broken.
 * @param {(number | null)[]} values
 * @param {(k: number, value: number) => [number, number]} place
 * @returns {[number, number][][]}
 */
export function piecesOf(values, place) {
  /** @type {[number, number][][]} */
  const pieces = [[]];
  values.forEach((value, k) => {
    if (value !== null) pieces[pieces.length - 1].push(place(k, value));
    else if (pieces[pieces.length - 1].length) pieces.push([]);
  });
  return pieces.filter((piece) => piece.length);
}

export class Chart {
  /**
   * @param {HTMLElement} figure
   * @param {{title: string, series: Series[], isLog?: boolean, fromZero?: boolean, isTall?: boolean, text: (value: number) => string}} options
   */
  constructor(figure, options) {
    this.options = options;
    /** @type {Epochs} */
    this.epochs = { epoch: [] };
    /** @type {number | null} */
    this.best = null;
    this.wanted = 1;
    /** @type {number | null} place of the epoch that is read; null for the last one */
    this.read = null;
    this.caption = element("figcaption");
    this.svg = drawn("svg", { tabindex: 0, role: "slider", "aria-label": options.title, "aria-valuemin": 0, "aria-valuemax": 0, "aria-valuenow": 0, "aria-valuetext": "nothing yet" });
    figure.classList.toggle("tall", Boolean(options.isTall));
    figure.append(this.caption, this.svg);
    this.svg.addEventListener("pointermove", (event) => this.readAt(event.clientX - this.svg.getBoundingClientRect().left));
    this.svg.addEventListener("pointerdown", (event) => this.readAt(event.clientX - this.svg.getBoundingClientRect().left));
    this.svg.addEventListener("pointerleave", () => this.readPlace(null));
    this.svg.addEventListener("blur", () => this.readPlace(null));
    this.svg.addEventListener("keydown", (event) => this.readByKey(event));
    new ResizeObserver(() => this.draw()).observe(this.svg);
  }

  /**
   * @param {Epochs} epochs
   * @param {number | null} best the number of the best epoch
   * @param {number} wanted how many epochs there may be
   */
  show(epochs, best, wanted) {
    [this.epochs, this.best, this.wanted] = [epochs, best, wanted];
    if (this.read !== null && this.read >= epochs.epoch.length) this.read = null;
    this.draw();
  }

  draw() {
    const { series, isLog, fromZero } = this.options;
    const [width, height] = [this.svg.clientWidth || 300, this.svg.clientHeight || 150];
    const values = series.flatMap(({ column }) => (this.epochs[column] ?? []).filter((value) => value !== null));
    const most = Math.floor(height / 26);
    const scale = scaleOf(values, { isLog, fromZero, most });
    const labels = values.length ? scale.ticks.map(tickText) : [];
    const left = LETTER * Math.max(3, ...labels.map((label) => label.length)) + 8;
    const last = lastEpoch(this.epochs.epoch.length, this.wanted);
    const [wide, high] = [width - left - MARGIN.right, height - MARGIN.top - MARGIN.bottom];
    this.x = (/** @type {number} */ epoch) => left + (wide * (epoch - 1)) / (last - 1);
    const y = (/** @type {number} */ value) => MARGIN.top + high * (1 - scale.place(value));
    const parts = [];
    labels.forEach((label, k) => {
      const row = y(scale.ticks[k]);
      parts.push(drawn("line", { class: "grid", x1: left, x2: width - MARGIN.right, y1: row, y2: row }));
      parts.push(drawn("text", { x: left - 6, y: row + 4, "text-anchor": "end" }, label));
    });
    parts.push(drawn("line", { class: "grid", x1: left, x2: width - MARGIN.right, y1: MARGIN.top + high, y2: MARGIN.top + high }));
    for (const epoch of linearTicks(1, last, Math.min(last - 1, wide / 60)).filter(Number.isInteger)) {
      const anchor = epoch === last ? "end" : "middle";
      parts.push(drawn("text", { x: this.x(epoch) + (epoch === last ? 4 : 0), y: height - 5, "text-anchor": anchor }, String(epoch)));
    }
    if (this.best !== null) {
      const at = this.x(this.best);
      parts.push(drawn("line", { class: "best", x1: at, x2: at, y1: MARGIN.top, y2: MARGIN.top + high }));
      const anchor = at < left + 20 ? "start" : at > width - 30 ? "end" : "middle";
      parts.push(drawn("text", { class: "best-words", x: at, y: MARGIN.top - 4, "text-anchor": anchor }, "best"));
    }
    for (const { column, kind } of series) {
      const column_ = this.epochs[column] ?? [];
      for (const piece of piecesOf(column_, (k, value) => [this.placeOf(k), y(value)])) {
        const points = piece.map(([a, b]) => `${a.toFixed(1)},${b.toFixed(1)}`).join(" ");
        parts.push(drawn("polyline", { class: `line ${kind}`, points }));
        if (column_.length > MOST_DOTS && piece.length > 1) continue;
        for (const [a, b] of piece) parts.push(drawn("circle", { class: `dot ${kind}`, cx: a.toFixed(1), cy: b.toFixed(1), r: 2.6 }));
      }
    }
    if (this.read !== null) {
      const at = this.placeOf(this.read);
      parts.push(drawn("line", { class: "cursor", x1: at, x2: at, y1: MARGIN.top, y2: MARGIN.top + high }));
      for (const { column, kind } of series) {
        const value = this.epochs[column]?.[this.read];
        if (value !== null && value !== undefined) parts.push(drawn("circle", { class: `dot ${kind}`, cx: at, cy: y(value), r: 4.5 }));
      }
    }
    this.svg.replaceChildren(...parts);
    this.tell();
  }

  /** @param {number} k */
  placeOf(k) {
    return this.x?.(Number(this.epochs.epoch[k])) ?? 0;
  }

  /** Say the numbers of the epoch that is read, or of the last one. */
  tell() {
    const n = this.epochs.epoch.length;
    const k = this.read ?? n - 1;
    const { series, text, title } = this.options;
    const said = series.map(({ column, name, kind }) => {
      const value = this.epochs[column]?.[k];
      const number = value === null || value === undefined ? "–" : text(value);
      return { words: name ? `${name} ${number}` : number, kind };
    });
    const epoch = n ? `epoch ${this.epochs.epoch[k]}` : "";
    this.caption.replaceChildren(
      element("b", {}, title),
      ...said.map(({ words, kind }) => element("span", { class: `key ${kind}` }, element("i"), words)),
      element("span", { class: "key single" }, epoch),
    );
    this.svg.setAttribute("aria-valuemin", n ? "1" : "0");
    this.svg.setAttribute("aria-valuemax", String(n));
    this.svg.setAttribute("aria-valuenow", String(n ? this.epochs.epoch[k] : 0));
    this.svg.setAttribute("aria-valuetext", n ? `${epoch}: ${said.map(({ words }) => words).join(", ")}` : "nothing yet");
  }

  /** @param {number | null} place */
  readPlace(place) {
    if (place === this.read) return;
    this.read = place;
    this.draw();
  }

  /** @param {number} at the page's pixels from the left */
  readAt(at) {
    const n = this.epochs.epoch.length;
    if (!n || !this.x) return;
    const [first, second] = [this.x(1), this.x(2)];
    const epoch = 1 + Math.round((at - first) / (second - first));
    this.readPlace(Math.max(0, Math.min(n - 1, epoch - Number(this.epochs.epoch[0]))));
  }

  /** @param {KeyboardEvent} event */
  readByKey(event) {
    const n = this.epochs.epoch.length;
    const now = this.read ?? n - 1;
    /** @type {Record<string, number>} */
    const places = { ArrowLeft: now - 1, ArrowDown: now - 1, ArrowRight: now + 1, ArrowUp: now + 1, PageDown: now - 10, PageUp: now + 10, Home: 0, End: n - 1 };
    if (!n || !(event.key in places)) return;
    event.preventDefault();
    this.readPlace(Math.max(0, Math.min(n - 1, places[event.key])));
  }
}
