// Planes of numbers, such as one channel of a picture, and statistics of them.

/**
 * @typedef {object} Plane
 * @property {number} rows
 * @property {number} columns
 * @property {Uint8Array | Int32Array | Float32Array} data row after row
 */

/**
 * A picture: one plane of bytes for each channel.
 * @typedef {{rows: number, columns: number, planes: Plane[]}} Picture
 */

/**
 * @param {number} rows
 * @param {number} columns
 * @param {Plane["data"]} [data] zeros of float32 by default
 * @returns {Plane}
 */
export function planeOf(rows, columns, data = new Float32Array(rows * columns)) {
  return { rows, columns, data };
}

/**
 * A plane of truth values, 1 where a function of number and place says so.
 * @param {Plane} plane
 * @param {(value: number, k: number) => boolean} test
 * @returns {Plane}
 */
export function where(plane, test) {
  const data = new Uint8Array(plane.data.length);
  for (let k = 0; k < data.length; k++) data[k] = test(plane.data[k], k) ? 1 : 0;
  return planeOf(plane.rows, plane.columns, data);
}

/**
 * A plane of float32, by a function of number and place.
 * @param {Plane} plane
 * @param {(value: number, k: number) => number} change
 * @returns {Plane}
 */
export function mapped(plane, change) {
  const data = new Float32Array(plane.data.length);
  for (let k = 0; k < data.length; k++) data[k] = change(plane.data[k], k);
  return planeOf(plane.rows, plane.columns, data);
}

/**
 * A part of a plane, bottom and right excluded.
 * @param {Plane} plane
 * @param {{top: number, bottom: number, left: number, right: number}} box
 * @returns {Plane}
 */
export function cropped(plane, { top, bottom, left, right }) {
  const data = plane.data.slice(0, (bottom - top) * (right - left));
  for (let row = top; row < bottom; row++) {
    const from = row * plane.columns;
    data.set(plane.data.subarray(from + left, from + right), (row - top) * (right - left));
  }
  return planeOf(bottom - top, right - left, data);
}

/**
 * A plane with a margin of zeros.
 * @param {Plane} plane
 * @param {number} down rows above and below
 * @param {number} across columns on the left and right
 * @returns {Plane}
 */
export function framed(plane, down, across) {
  const [rows, columns] = [plane.rows + 2 * down, plane.columns + 2 * across];
  const data = new Uint8Array(rows * columns);
  for (let row = 0; row < plane.rows; row++) {
    const line = plane.data.subarray(row * plane.columns, (row + 1) * plane.columns);
    data.set(line, (row + down) * columns + across);
  }
  return planeOf(rows, columns, data);
}

/**
 * @param {Plane} plane
 * @returns {Plane} rows as columns
 */
export function transposed(plane) {
  const data = plane.data.slice();
  for (let row = 0; row < plane.rows; row++) {
    for (let column = 0; column < plane.columns; column++) {
      data[column * plane.rows + row] = plane.data[row * plane.columns + column];
    }
  }
  return planeOf(plane.columns, plane.rows, data);
}

/**
 * Round to the nearest integer, halves to the even one, as Python does.
 * @param {number} x
 */
export function rint(x) {
  const floor = Math.floor(x);
  const rest = x - floor;
  if (rest !== 0.5) return rest < 0.5 ? floor : floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}

/** @param {ArrayLike<number>} values */
export function largest(values) {
  let result = -Infinity;
  for (let k = 0; k < values.length; k++) if (values[k] > result) result = values[k];
  return result;
}

/** @param {ArrayLike<number>} values */
export function smallest(values) {
  let result = Infinity;
  for (let k = 0; k < values.length; k++) if (values[k] < result) result = values[k];
  return result;
}

/** @param {ArrayLike<number>} values */
export function total(values) {
  let sum = 0;
  for (let k = 0; k < values.length; k++) sum += values[k];
  return sum;
}

/**
 * The number of a rank; smaller ones are put before it, larger ones behind it. Hoare's quickselect.
 * @param {Float32Array} values are reordered
 * @param {number} rank 0 is the smallest
 */
export function selected(values, rank) {
  let [left, right] = [0, values.length - 1];
  while (left < right) {
    const pivot = values[(left + right) >> 1];
    let [i, j] = [left, right];
    while (i <= j) {
      while (values[i] < pivot) i++;
      while (values[j] > pivot) j--;
      if (i <= j) {
        const swapped = values[i];
        values[i++] = values[j];
        values[j--] = swapped;
      }
    }
    if (rank <= j) right = j;
    else if (rank >= i) left = i;
    else break;
  }
  return values[rank];
}

/**
 * Percentile, interpolated linearly; 50 is the median.
 * @param {ArrayLike<number>} values
 * @param {number} percent
 */
export function percentile(values, percent) {
  const copy = new Float32Array(values);
  const place = ((copy.length - 1) * percent) / 100;
  const below = Math.floor(place);
  const low = selected(copy, below);
  return below === place ? low : low + (smallest(copy.subarray(below + 1)) - low) * (place - below);
}

/** @param {ArrayLike<number>} values */
export function median(values) {
  return percentile(values, 50);
}

/**
 * The numbers of a plane's border: first and last row, first and last column; corners twice.
 * @param {Plane} plane
 * @returns {number[][]}
 */
export function edgesOf(plane) {
  const { rows, columns, data } = plane;
  const row = (/** @type {number} */ k) => Array.from(data.subarray(k * columns, (k + 1) * columns));
  const column = (/** @type {number} */ k) => Array.from({ length: rows }, (_, r) => data[r * columns + k]);
  return [row(0), row(rows - 1), column(0), column(columns - 1)];
}
