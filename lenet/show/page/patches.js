// Patches of pixels: labels, growing and shrinking, holes, distances; as in scipy.ndimage.

import { planeOf, where } from "./plane.js";

/** @typedef {import("./plane.js").Plane} Plane */
/** @typedef {{top: number, bottom: number, left: number, right: number}} Box bottom and right excluded */

/** Rows down and columns right to the neighbours of a pixel: first the four that share a side, then those at corners. */
const DOWN = Int8Array.of(-1, 1, 0, 0, -1, -1, 1, 1);
const RIGHT = Int8Array.of(0, 0, -1, 1, -1, 1, -1, 1);
const [SIDES, ALL] = [4, 8];

/**
 * Number the patches of a plane from 1, in the order of reading.
 * @param {Plane} mask
 * @param {boolean} diagonal whether pixels that touch at a corner belong together
 * @returns {Plane & {count: number}} 0 where there is none
 */
export function labelled(mask, diagonal) {
  const { rows, columns } = mask;
  const labels = new Int32Array(rows * columns);
  const neighbours = diagonal ? ALL : SIDES;
  const stack = new Int32Array(rows * columns);
  let count = 0;
  for (let first = 0; first < labels.length; first++) {
    if (!mask.data[first] || labels[first]) continue;
    labels[first] = ++count;
    stack[0] = first;
    for (let waiting = 1; waiting > 0; ) {
      const k = stack[--waiting];
      const row = (k / columns) | 0;
      const column = k - row * columns;
      for (let n = 0; n < neighbours; n++) {
        const y = row + DOWN[n];
        const x = column + RIGHT[n];
        if (y < 0 || x < 0 || y >= rows || x >= columns) continue;
        const next = y * columns + x;
        if (mask.data[next] && !labels[next]) {
          labels[next] = count;
          stack[waiting++] = next;
        }
      }
    }
  }
  return { ...planeOf(rows, columns, labels), count };
}

/**
 * Number of pixels of each label, 0 included.
 * @param {Plane & {count: number}} labels
 */
export function areasOf(labels) {
  const areas = new Int32Array(labels.count + 1);
  for (const label of labels.data) areas[label]++;
  return areas;
}

/**
 * Boxes around the patches of each label; index 0 is that of label 1.
 * @param {Plane & {count: number}} labels
 * @returns {Box[]}
 */
export function boxesOf(labels) {
  const boxes = Array.from({ length: labels.count }, () => ({ top: Infinity, bottom: 0, left: Infinity, right: 0 }));
  for (let row = 0, k = 0; row < labels.rows; row++) {
    for (let column = 0; column < labels.columns; column++, k++) {
      const label = labels.data[k];
      if (!label) continue;
      const box = boxes[label - 1];
      if (row < box.top) box.top = row;
      box.bottom = row + 1;
      if (column < box.left) box.left = column;
      if (column >= box.right) box.right = column + 1;
    }
  }
  return boxes;
}

/**
 * The box around what is not 0; null if there is nothing.
 * @param {Plane} mask
 * @returns {Box | null}
 */
export function boxOf(mask) {
  const [box] = boxesOf({ ...where(mask, (value) => value > 0), count: 1 });
  return box.bottom ? box : null;
}

/**
 * Grow a patch by its neighbours.
 * @param {Plane} mask
 * @param {boolean} [diagonal]
 * @returns {Plane}
 */
export function dilated(mask, diagonal = false) {
  const { rows, columns, data } = mask;
  const result = Uint8Array.from(data);
  const neighbours = diagonal ? ALL : SIDES;
  for (let k = 0; k < data.length; k++) {
    if (!data[k]) continue;
    const row = (k / columns) | 0;
    const column = k - row * columns;
    for (let n = 0; n < neighbours; n++) {
      const y = row + DOWN[n];
      const x = column + RIGHT[n];
      if (y >= 0 && x >= 0 && y < rows && x < columns) result[y * columns + x] = 1;
    }
  }
  return planeOf(rows, columns, result);
}

/**
 * Take off the pixels of a patch that have a neighbour beyond it.
 * @param {Plane} mask
 * @param {boolean} outside whether the patch goes on beyond the border
 * @returns {Plane}
 */
export function eroded(mask, outside) {
  const { rows, columns, data } = mask;
  return where(mask, (value, k) => {
    if (!value) return false;
    const row = (k / columns) | 0;
    const column = k - row * columns;
    for (let n = 0; n < SIDES; n++) {
      const y = row + DOWN[n];
      const x = column + RIGHT[n];
      const isThere = y >= 0 && x >= 0 && y < rows && x < columns ? data[y * columns + x] > 0 : outside;
      if (!isThere) return false;
    }
    return true;
  });
}

/**
 * A patch and what it encloses.
 * @param {Plane} mask
 * @returns {Plane}
 */
export function filled(mask) {
  const holes = labelled(where(mask, (value) => !value), false);
  const open = new Set();
  for (let k = 0; k < holes.rows; k++) {
    open.add(holes.data[k * holes.columns]).add(holes.data[(k + 1) * holes.columns - 1]);
  }
  for (let k = 0; k < holes.columns; k++) {
    open.add(holes.data[k]).add(holes.data[(holes.rows - 1) * holes.columns + k]);
  }
  return where(holes, (label) => label === 0 || !open.has(label));
}

/**
 * What of each row is at least so many pixels long.
 * @param {Plane} mask
 * @param {number} length
 * @returns {Plane}
 */
export function runsAcross(mask, length) {
  const { rows, columns, data } = mask;
  const result = new Uint8Array(data.length);
  for (let row = 0; row < rows; row++) {
    let first = row * columns;
    for (let k = first; k <= (row + 1) * columns; k++) {
      if (k < (row + 1) * columns && data[k]) continue;
      if (k - first >= length) result.fill(1, first, k);
      first = k + 1;
    }
  }
  return planeOf(rows, columns, result);
}

/**
 * Squared distance of each pixel of a patch to the nearest that is not of it, and the place of that.
 * @param {Plane} mask
 * @returns {{squares: Float64Array, places: Int32Array}}
 *
 * Felzenszwalb, P. and Huttenlocher, D. (2012). Distance transforms of sampled functions. Theory of Computing 8.
 */
export function distances(mask) {
  const { rows, columns, data } = mask;
  const FAR = 1e15;
  const squares = new Float64Array(rows * columns).fill(FAR);
  const nearestRow = new Int32Array(rows * columns).fill(-1);
  for (let column = 0; column < columns; column++) {
    for (const [start, end, step] of [[0, rows, 1], [rows - 1, -1, -1]]) {
      let last = -1;
      for (let row = start; row !== end; row += step) {
        const k = row * columns + column;
        if (!data[k]) last = row;
        if (last >= 0 && (row - last) ** 2 < squares[k]) {
          squares[k] = (row - last) ** 2;
          nearestRow[k] = last;
        }
      }
    }
  }
  const places = new Int32Array(rows * columns);
  const hull = new Int32Array(columns);
  const starts = new Float64Array(columns + 1);
  const heights = new Float64Array(columns);
  for (let row = 0; row < rows; row++) {
    const from = row * columns;
    heights.set(squares.subarray(from, from + columns));
    let last = 0;
    hull[0] = 0;
    starts[0] = -Infinity;
    const crossing = (/** @type {number} */ p, /** @type {number} */ q) =>
      (heights[q] + q * q - heights[p] - p * p) / (2 * (q - p));
    for (let q = 1; q < columns; q++) {
      let meets = crossing(hull[last], q);
      while (meets <= starts[last]) meets = crossing(hull[--last], q);
      hull[++last] = q;
      starts[last] = meets;
    }
    for (let column = 0, k = 0; column < columns; column++) {
      while (k < last && starts[k + 1] < column) k++;
      const p = hull[k];
      squares[from + column] = (column - p) ** 2 + heights[p];
      places[from + column] = nearestRow[from + p] * columns + p;
    }
  }
  return { squares, places };
}
