// Filters of planes, as those of scipy.ndimage; beyond the border, the nearest number goes on.

import { planeOf, selected } from "./plane.js";

/** @typedef {import("./plane.js").Plane} Plane */

/** Windows of more numbers than this are counted, which takes bytes, rather than sorted. */
const MOST_SORTED = 81;

/**
 * @param {number} k
 * @param {number} n
 */
function clamped(k, n) {
  return k < 0 ? 0 : k >= n ? n - 1 : k;
}

/**
 * The number of a rank among those of a square window around each place.
 * @param {Plane} plane of bytes, if the window is large
 * @param {number} side odd
 * @param {number} rank 0 is the smallest
 * @returns {Plane}
 */
export function rankFilter(plane, side, rank) {
  const data = side * side > MOST_SORTED ? byCounts(plane, side, rank) : bySorting(plane, side, rank);
  return planeOf(plane.rows, plane.columns, data);
}

/**
 * @param {Plane} plane
 * @param {number} side odd
 */
export function medianFilter(plane, side) {
  return rankFilter(plane, side, Math.floor((side * side) / 2));
}

/**
 * @param {Plane} plane
 * @param {number} side
 * @param {number} rank
 */
function bySorting({ rows, columns, data }, side, rank) {
  const result = new Float32Array(data.length);
  const window = new Float32Array(side * side);
  const reach = (side - 1) / 2;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      let n = 0;
      let isEven = true;
      for (let y = row - reach; y <= row + reach; y++) {
        const from = clamped(y, rows) * columns;
        for (let x = column - reach; x <= column + reach; x++) {
          const value = data[from + clamped(x, columns)];
          window[n++] = value;
          if (value !== window[0]) isEven = false;
        }
      }
      result[row * columns + column] = isEven ? window[0] : selected(window, rank);
    }
  }
  return result;
}

/**
 * A histogram that moves along each row.
 * @param {Plane} plane
 * @param {number} side
 * @param {number} rank
 */
function byCounts({ rows, columns, data }, side, rank) {
  const result = new Float32Array(data.length);
  const reach = (side - 1) / 2;
  const counts = new Int32Array(256);
  for (let row = 0; row < rows; row++) {
    counts.fill(0);
    const count = (/** @type {number} */ column, /** @type {number} */ change) => {
      for (let y = row - reach; y <= row + reach; y++) {
        counts[data[clamped(y, rows) * columns + clamped(column, columns)]] += change;
      }
    };
    for (let x = -reach; x <= reach; x++) count(x, 1);
    for (let column = 0; column < columns; column++) {
      let value = 0;
      for (let seen = counts[0]; seen <= rank; ) seen += counts[++value];
      result[row * columns + column] = value;
      count(column - reach, -1);
      count(column + reach + 1, 1);
    }
  }
  return result;
}

/**
 * A Gaussian blur, where it is wanted: elsewhere the result is blurred along rows alone.
 * @param {Plane} plane
 * @param {number} sigma
 * @param {Plane} wanted a mask
 * @returns {Plane}
 */
export function gaussianFilter(plane, sigma, wanted) {
  const reach = Math.trunc(4 * sigma + 0.5);
  const kernel = Float64Array.from({ length: 2 * reach + 1 }, (_, k) => Math.exp(-0.5 * ((k - reach) / sigma) ** 2));
  const sum = kernel.reduce((a, b) => a + b, 0);
  for (let k = 0; k < kernel.length; k++) kernel[k] /= sum;
  const { rows, columns } = plane;
  const along = new Float32Array(plane.data);
  for (let row = 0; row < rows; row++) blurRow(along, row * columns, columns, kernel);
  const result = along.slice();
  for (let place = 0; place < result.length; place++) {
    if (!wanted.data[place]) continue;
    const row = (place / columns) | 0;
    const column = place - row * columns;
    let value = 0;
    for (let k = -reach; k <= reach; k++) value += kernel[k + reach] * along[clamped(row + k, rows) * columns + column];
    result[place] = value;
  }
  return planeOf(rows, columns, result);
}

/**
 * Blur one row of a plane in place.
 * @param {Float32Array} data
 * @param {number} first place of the row
 * @param {number} n
 * @param {Float64Array} kernel
 */
function blurRow(data, first, n, kernel) {
  const reach = (kernel.length - 1) / 2;
  const line = new Float64Array(n + 2 * reach);
  let isEven = true;
  for (let k = 0; k < line.length; k++) {
    line[k] = data[first + clamped(k - reach, n)];
    if (line[k] !== line[0]) isEven = false;
  }
  if (isEven) return;
  for (let place = 0; place < n; place++) {
    let value = 0;
    for (let k = 0; k < kernel.length; k++) value += kernel[k] * line[place + k];
    data[first + place] = value;
  }
}

/**
 * The largest mean of two by two neighbours.
 * @param {Plane} plane
 */
export function peakOfFour({ rows, columns, data }) {
  let peak = -Infinity;
  for (let row = 0; row < rows; row++) {
    const [here, above] = [row * columns, Math.max(0, row - 1) * columns];
    for (let column = 0; column < columns; column++) {
      const before = Math.max(0, column - 1);
      const sum = data[here + column] + data[here + before] + data[above + column] + data[above + before];
      if (sum > peak) peak = sum;
    }
  }
  return peak / 4;
}

/**
 * Interpolate a plane linearly to a size; pixels are areas, not points.
 * @param {Plane} plane
 * @param {number} rows
 * @param {number} columns
 * @returns {Plane}
 */
export function enlarged(plane, rows, columns) {
  if (plane.rows === rows && plane.columns === columns) return plane;
  const data = new Float32Array(rows * columns);
  const across = Array.from({ length: columns }, (_, k) => between(k, columns, plane.columns));
  for (let row = 0; row < rows; row++) {
    const { low: up, high: down, share } = between(row, rows, plane.rows);
    for (let column = 0; column < columns; column++) {
      const { low, high, share: right } = across[column];
      const upper = mixed(plane.data[up * plane.columns + low], plane.data[up * plane.columns + high], right);
      const lower = mixed(plane.data[down * plane.columns + low], plane.data[down * plane.columns + high], right);
      data[row * columns + column] = mixed(upper, lower, share);
    }
  }
  return planeOf(rows, columns, data);
}

/**
 * @param {number} k place of the output
 * @param {number} wanted
 * @param {number} length of the input
 */
function between(k, wanted, length) {
  const place = Math.min(length - 1, Math.max(0, ((k + 0.5) * length) / wanted - 0.5));
  const low = Math.floor(place);
  return { low, high: Math.min(length - 1, low + 1), share: place - low };
}

/**
 * @param {number} a
 * @param {number} b
 * @param {number} share
 */
function mixed(a, b, share) {
  return a * (1 - share) + b * share;
}
