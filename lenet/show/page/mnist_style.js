// Digits as MNIST has them: light on dark, cropped, scaled and centred; as lenet.data.mnist_style, with its constants.

import { background } from "./fit.js";
import { areasOf, boxOf, labelled } from "./patches.js";
import { cropped, largest, mapped, median, planeOf, rint, smallest, total, where } from "./plane.js";
import { resize } from "./resize.js";

/** @typedef {import("./plane.js").Plane} Plane */

const BOX = 20 / 28;
const FAINTEST_INK = 0.3;
const MIN_PATCH = 0.05;
const MAX_SIDE = 1024;
const FARTHEST_CENTRE = 3.5 / 28;
const [SHORTEST, LONGEST] = [12 / 28, 24 / 28];

/**
 * A digit as it is placed.
 * @typedef {object} Placed
 * @property {Plane} image bytes, size x size
 * @property {Plane} crop the digit alone, before it is scaled
 * @property {Plane} small the same, scaled into the box of 20 x 20
 */

/**
 * Whether a picture's border is nearer to its lightest than to its darkest tone.
 * @param {Plane} gray
 */
export function isDarkOnLight(gray) {
  const [border] = background({ rows: gray.rows, columns: gray.columns, planes: [gray] });
  return 2 * border > smallest(gray.data) + largest(gray.data);
}

/**
 * Whether a digit has the place and size that MNIST gives it.
 * @param {Plane} image size x size, light on dark
 */
export function isPlaced(image) {
  const size = image.rows;
  const ink = aboveBorder(image);
  const peak = largest(ink.data);
  if (peak === 0) return true;
  const strokes = where(ink, (value) => value > FAINTEST_INK * peak);
  const { top, bottom, left, right } = inkBox(strokes);
  const side = Math.max(bottom - top, right - left);
  if (side < SHORTEST * size || side > LONGEST * size) return false;
  const centre = centreOfMass(mapped(ink, (value, k) => (strokes.data[k] ? value : 0)));
  const off = centre.map((at) => Math.abs(at - (size - 1) / 2));
  return Math.max(...off) <= FARTHEST_CENTRE * size;
}

/**
 * Crop, scale and centre a digit that is lighter than its border; null if nothing is.
 * @param {Plane} gray
 * @param {number} size
 * @returns {Placed | null}
 */
export function centreDigit(gray, size) {
  const side = Math.max(gray.rows, gray.columns);
  const [rows, columns] = [gray.rows, gray.columns].map((n) => Math.max(1, Math.floor((n * MAX_SIDE) / side)));
  const ink = aboveBorder(side > MAX_SIDE ? resize(gray, rows, columns) : gray);
  const peak = largest(ink.data);
  return peak === 0 ? null : placeDigit(mapped(ink, (value) => value / peak), size);
}

/**
 * Crop, scale and centre ink.
 * @param {Plane} ink 0 where nothing is written, 1 at most
 * @param {number} size
 * @returns {Placed}
 */
export function placeDigit(ink, size) {
  const box = inkBox(where(ink, (value) => value > FAINTEST_INK));
  const part = cropped(ink, box);
  const crop = planeOf(part.rows, part.columns, Uint8Array.from(part.data, (value) => rint(255 * value)));
  const longest = Math.max(crop.rows, crop.columns);
  const [height, width] = [crop.rows, crop.columns].map((n) => Math.max(1, rint((BOX * size * n) / longest)));
  const scaled = resize(crop, height, width);
  const factor = Math.fround(255 / largest(scaled.data)); // thin lines fade as they shrink
  const small = mapped(scaled, (value) => value * factor);
  const centre = centreOfMass(small);
  const [top, left] = [height, width].map((n, axis) => {
    return Math.min(Math.max(rint(size / 2 - centre[axis]), 0), size - n);
  });
  const bytes = planeOf(height, width, Uint8Array.from(small.data, rint));
  const data = new Uint8Array(size * size);
  for (let row = 0; row < height; row++) {
    data.set(bytes.data.subarray(row * width, (row + 1) * width), (row + top) * size + left);
  }
  return { image: planeOf(size, size, data), crop, small: bytes };
}

/**
 * What is lighter than the paper, whose brightness has a slope, as shadows have.
 * @param {Plane} gray
 * @returns {Plane}
 */
function aboveBorder(gray) {
  const { rows, columns, data } = gray;
  const line = (/** @type {number} */ k) => median(data.subarray(k * columns, (k + 1) * columns));
  const column = (/** @type {number} */ k) => median(data.filter((_, place) => place % columns === k));
  const [top, bottom, left, right] = [line(0), line(rows - 1), column(0), column(columns - 1)];
  const middle = (top + bottom + left + right) / 4;
  const along = (/** @type {number} */ k, /** @type {number} */ n) => (n === 1 ? -0.5 : k / (n - 1) - 0.5);
  return mapped(gray, (value, k) => {
    const down = along(Math.floor(k / columns), rows);
    const paper = middle + (bottom - top) * down + (right - left) * along(k % columns, columns);
    return Math.max(value - paper, 0);
  });
}

/**
 * The box around all ink but dust.
 * @param {Plane} ink
 */
function inkBox(ink) {
  const patches = labelled(ink, true);
  const areas = areasOf(patches);
  areas[0] = 0;
  const least = MIN_PATCH * largest(areas);
  const box = boxOf(where(patches, (label) => areas[label] > 0 && areas[label] >= least));
  if (!box) throw new Error("no ink");
  return box;
}

/**
 * @param {Plane} plane
 * @returns {[number, number]} row and column
 */
function centreOfMass(plane) {
  const sum = total(plane.data);
  let [down, across] = [0, 0];
  plane.data.forEach((value, k) => {
    down += value * Math.floor(k / plane.columns);
    across += value * (k % plane.columns);
  });
  return [down / sum, across / sum];
}
