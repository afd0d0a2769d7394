// Scaling of pictures by Lanczos' filter, in the whole numbers of the library Pillow.
//
// Rows come first, as in Pillow before 13, which may begin with columns: a few bytes then differ, by 8 at most.

import { planeOf } from "./plane.js";

/** @typedef {import("./plane.js").Plane} Plane */

const LOBES = 3;
const BITS = 22;
/** A picture that shrinks by more than this is averaged over boxes first. */
const REDUCING_GAP = 3;

/** @param {number} x */
function sinc(x) {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/** @param {number} x */
function lanczos(x) {
  return -LOBES <= x && x < LOBES ? sinc(x) * sinc(x / LOBES) : 0;
}

/**
 * Weights of the inputs of each output along an axis, in fixed point.
 * @param {number} length of the input
 * @param {number} end of the part of it that is scaled, perhaps a fraction
 * @param {number} wanted
 * @returns {{first: number, weights: number[]}[]}
 */
function weightsAlong(length, end, wanted) {
  const scale = end / wanted;
  const stretch = Math.max(scale, 1);
  const support = LOBES * stretch;
  return Array.from({ length: wanted }, (_, k) => {
    const centre = (k + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - support + 0.5));
    const last = Math.min(length, Math.trunc(centre + support + 0.5));
    const weights = [];
    let sum = 0;
    for (let place = first; place < last; place++) {
      const weight = lanczos((place - centre + 0.5) / stretch);
      weights.push(weight);
      sum += weight;
    }
    const fixed = weights.map((weight) => {
      const share = (weight / sum) * 2 ** BITS;
      return Math.trunc(share < 0 ? share - 0.5 : share + 0.5);
    });
    return { first, weights: fixed };
  });
}

/**
 * @param {number} sum in fixed point
 * @returns {number} a byte
 */
function byteOf(sum) {
  return Math.min(255, Math.max(0, Math.floor((sum + 2 ** (BITS - 1)) / 2 ** BITS)));
}

/**
 * Means of boxes of pixels; those at the far edges may be smaller.
 * @param {Plane} plane
 * @param {number} down rows of a box
 * @param {number} across columns
 * @returns {Plane}
 */
function reduced(plane, down, across) {
  const [rows, columns] = [Math.ceil(plane.rows / down), Math.ceil(plane.columns / across)];
  const data = new Uint8Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    const bottom = Math.min(plane.rows, (row + 1) * down);
    for (let column = 0; column < columns; column++) {
      const right = Math.min(plane.columns, (column + 1) * across);
      const n = (bottom - row * down) * (right - column * across);
      let sum = n >> 1;
      for (let y = row * down; y < bottom; y++) {
        for (let x = column * across; x < right; x++) sum += plane.data[y * plane.columns + x];
      }
      data[row * columns + column] = Math.floor((sum * Math.floor(2 ** 24 / n)) / 2 ** 24);
    }
  }
  return planeOf(rows, columns, data);
}

/**
 * Scale a plane of bytes.
 * @param {Plane} plane
 * @param {number} rows
 * @param {number} columns
 * @returns {Plane}
 */
export function resize(plane, rows, columns) {
  if (plane.rows === rows && plane.columns === columns) return plane;
  const down = Math.trunc(plane.rows / rows / REDUCING_GAP) || 1;
  const across = Math.trunc(plane.columns / columns / REDUCING_GAP) || 1;
  const source = down > 1 || across > 1 ? reduced(plane, down, across) : plane;
  const [bottom, right] = [plane.rows / down, plane.columns / across];
  const horizontal = columns !== source.columns || right !== columns;
  const vertical = rows !== source.rows || bottom !== rows;
  const wide = horizontal ? scaledAcross(source, right, columns) : source;
  return vertical ? scaledDown(wide, bottom, rows) : wide;
}

/**
 * @param {Plane} plane
 * @param {number} end
 * @param {number} columns
 */
function scaledAcross(plane, end, columns) {
  const along = weightsAlong(plane.columns, end, columns);
  const data = new Uint8Array(plane.rows * columns);
  for (let row = 0; row < plane.rows; row++) {
    for (let column = 0; column < columns; column++) {
      const { first, weights } = along[column];
      const from = row * plane.columns + first;
      let sum = 0;
      for (let k = 0; k < weights.length; k++) sum += weights[k] * plane.data[from + k];
      data[row * columns + column] = byteOf(sum);
    }
  }
  return planeOf(plane.rows, columns, data);
}

/**
 * @param {Plane} plane
 * @param {number} end
 * @param {number} rows
 */
function scaledDown(plane, end, rows) {
  const along = weightsAlong(plane.rows, end, rows);
  const { columns } = plane;
  const data = new Uint8Array(rows * columns);
  const sums = new Float64Array(columns);
  for (let row = 0; row < rows; row++) {
    const { first, weights } = along[row];
    sums.fill(0);
    for (let k = 0; k < weights.length; k++) {
      const from = (first + k) * columns;
      for (let column = 0; column < columns; column++) sums[column] += weights[k] * plane.data[from + column];
    }
    for (let column = 0; column < columns; column++) data[row * columns + column] = byteOf(sums[column]);
  }
  return planeOf(rows, columns, data);
}
