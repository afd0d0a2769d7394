// Colours of numbers: blue below zero, orange above, the page's own at zero.

import { largest } from "./plane.js";

/** @typedef {[number, number, number]} Colour red, green, blue: 0 to 255 */

/** Red, green, blue, gray, cyan, magenta, yellow: the channels of images that have neither one nor three. */
const CHANNELS = [[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1], [0, 1, 1], [1, 0, 1], [1, 1, 0]];
/** Small numbers stay visible. */
const GAMMA = 0.75;

/** @type {{zero: Colour, above: Colour, below: Colour, mark: string, text: string, soft: string}} */
const palette = { zero: [0, 0, 0], above: [0, 0, 0], below: [0, 0, 0], mark: "", text: "", soft: "" };

/** Read the palette of the page's theme, which the style sheet has. */
export function readPalette() {
  const style = getComputedStyle(document.documentElement);
  const triple = (/** @type {string} */ name) => /** @type {Colour} */ (style.getPropertyValue(name).split(" ").filter(Boolean).map(Number));
  palette.zero = triple("--zero");
  palette.above = triple("--above");
  palette.below = triple("--below");
  palette.mark = style.getPropertyValue("--mark").trim();
  palette.text = style.getPropertyValue("--text").trim();
  palette.soft = style.getPropertyValue("--muted").trim();
}

/** The palette of now. */
export function colours() {
  return palette;
}

/**
 * Pixels of numbers.
 * @param {ArrayLike<number>} values
 * @param {number} limit what has the full colour
 * @returns {Uint8ClampedArray} red, green, blue and opacity of each
 */
export function painted(values, limit) {
  const pixels = new Uint8ClampedArray(4 * values.length);
  const { zero, above, below } = palette;
  for (let k = 0; k < values.length; k++) {
    const share = limit > 0 ? Math.min(1, Math.abs(values[k]) / limit) ** GAMMA : 0;
    const full = values[k] < 0 ? below : above;
    for (let c = 0; c < 3; c++) pixels[4 * k + c] = zero[c] + (full[c] - zero[c]) * share;
    pixels[4 * k + 3] = 255;
  }
  return pixels;
}

/**
 * Pixels of a picture of any number of channels.
 * @param {import("./plane.js").Picture} picture
 * @returns {Uint8ClampedArray}
 */
export function pixelsOf({ planes }) {
  const n = planes[0].data.length;
  const pixels = new Uint8ClampedArray(4 * n).fill(255);
  if (planes.length === 1 || planes.length === 3) {
    for (let c = 0; c < 3; c++) {
      const { data } = planes[planes.length === 1 ? 0 : c];
      for (let k = 0; k < n; k++) pixels[4 * k + c] = data[k];
    }
    return pixels;
  }
  for (let k = 0; k < n; k++) {
    for (let c = 0; c < 3; c++) {
      pixels[4 * k + c] = planes.reduce((sum, plane, p) => sum + CHANNELS[p % CHANNELS.length][c] * plane.data[k], 0);
    }
  }
  return pixels;
}

/**
 * The largest size among numbers.
 * @param {ArrayLike<number>} values
 */
export function limitOf(values) {
  return largest(Float32Array.from(values, Math.abs));
}
