// Curves of a training, epoch by epoch, as inline SVG.

import { put, texts } from "./languages.js";
import { linearTicks } from "./ticks.js";

/** @typedef {(number | null)[]} Values null where there is none */
/** @typedef {{values: Values, name: () => string, kind: string}} Curve `kind` is the class of its style */

const SVG = "http://www.w3.org/2000/svg";
const [WIDTH, HEIGHT] = [320, 150];
const [LEFT, RIGHT, TOP, BOTTOM] = [38, 8, 8, 20];
const MOST_TICKS = 5;

/**
 * @param {string} tag
 * @param {Record<string, string | number>} attributes
 * @param {...(Node | string | (() => string))} children
 */
function svg(tag, attributes, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  for (const child of children) {
    if (typeof child === "function") put(made, child);
    else made.append(child);
  }
  return made;
}

/**
 * 1, 2 and 5 times powers of ten between two positive numbers; powers alone, if those are too many, or round numbers, if they are
 * too few.
 * @param {number} low
 * @param {number} high
 * @returns {number[]}
 */
export function logTicks(low, high) {
  const all = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++) {
    for (const k of [1, 2, 5]) all.push(Number((k * 10 ** power).toPrecision(12)));
  }
  const inside = all.filter((each) => each >= low * (1 - 1e-9) && each <= high * (1 + 1e-9));
  const powers = inside.filter((each) => Number.isInteger(Math.log10(each)));
  if (inside.length > MOST_TICKS + 1) return powers;
  return inside.length > 2 ? inside : linearTicks(low, high, 3);
}

export class Curves {
  /**
   * @param {() => string} title
   * @param {number[]} epochs of the values
   * @param {number} total the last epoch
   * @param {Curve[]} curves
   * @param {{log?: boolean, unit?: string, onEpoch?: (epoch: number) => void}} options
   */
  constructor(title, epochs, total, curves, { log = false, unit = "", onEpoch } = {}) {
    const known = curves.flatMap(({ values }) => values).filter((value) => value !== null);
    const positive = known.filter((value) => value > 0);
    const high = Math.max(...positive, Number.MIN_VALUE);
    // A scale of ratios has no zero: what is zero lies at the lower edge.
    const low = log ? Math.min(...positive, high) / 1.3 : Math.min(0, ...known);
    const top = log ? high * 1.1 : high + (high - low) * 0.04;
    const [from, to] = log ? [Math.log(low), Math.log(top)] : [low, top];
    const y = (/** @type {number} */ value) => {
      const at = log ? Math.log(Math.max(value, low)) : value;
      return HEIGHT - BOTTOM - ((at - from) / (to - from || 1)) * (HEIGHT - TOP - BOTTOM);
    };
    this.x = (/** @type {number} */ epoch) => LEFT + (epoch / total) * (WIDTH - LEFT - RIGHT);
    const last = () => curves.map(({ name, values }) => `${name()} ${words(values[values.length - 1], unit)}`).join(", ");
    this.marker = svg("line", { class: "marker", y1: TOP - 4, y2: HEIGHT - BOTTOM, x1: LEFT, x2: LEFT });
    this.element = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", class: "curves" });
    put(this.element, () => texts().curve(title(), total, last()), "aria-label");
    for (const value of log ? logTicks(low, top) : linearTicks(low, top, 3)) {
      this.element.append(
        svg("line", { class: "grid", x1: LEFT, x2: WIDTH - RIGHT, y1: y(value), y2: y(value) }),
        svg("text", { x: LEFT - 5, y: y(value) + 3.5, "text-anchor": "end" }, () => words(value, unit)),
      );
    }
    for (const epoch of linearTicks(0, total, MOST_TICKS).filter(Number.isInteger)) {
      this.element.append(svg("text", { x: this.x(epoch), y: HEIGHT - 5, "text-anchor": "middle" }, String(epoch)));
    }
    this.element.append(this.marker);
    for (const { values, kind } of curves) {
      const places = values.flatMap((value, k) => (value === null ? [] : [[this.x(epochs[k]), y(value)]]));
      const points = places.map((place) => place.map((number) => number.toFixed(1)).join(",")).join(" ");
      if (places.length === 1) this.element.append(svg("circle", { class: kind, cx: places[0][0], cy: places[0][1], r: 2.5 }));
      this.element.append(svg("polyline", { class: kind, points }));
    }
    if (onEpoch) this.listen(total, onEpoch);
  }

  /**
   * @param {number} total
   * @param {(epoch: number) => void} onEpoch
   */
  listen(total, onEpoch) {
    this.element.classList.add("chosen");
    this.element.addEventListener("click", (event) => {
      const box = this.element.getBoundingClientRect();
      const at = ((/** @type {MouseEvent} */ (event).clientX - box.left) / box.width) * WIDTH;
      onEpoch(((at - LEFT) / (WIDTH - LEFT - RIGHT)) * total);
    });
  }

  /** @param {number} epoch */
  mark(epoch) {
    for (const name of ["x1", "x2"]) this.marker.setAttribute(name, this.x(epoch).toFixed(1));
  }
}

/**
 * @param {number | null | undefined} value
 * @param {string} unit
 */
function words(value, unit) {
  return value === null || value === undefined ? texts().not_known : `${String(Number(value.toPrecision(3))).replace(".", texts().point)}${unit}`;
}
