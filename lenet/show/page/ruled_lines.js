// Frames of forms and ruled lines, taken off what is written; as lenet.data.ruled_lines, with its constants.

import { smallestRectangle } from "./geometry.js";
import { boxesOf, filled, labelled, runsAcross } from "./patches.js";
import { cropped, framed, median, planeOf, rint, total, transposed, where } from "./plane.js";
import { FAINTEST_INK } from "./paper.js";

/** @typedef {import("./plane.js").Plane} Plane */

const LONG = 0.1;
const [SMALLEST_CELL, RECTANGLE, SQUARED] = [12, 0.6, 40];
const FILLED = 0.82;
const [FRAME, LINED] = [0.9, 0.8];

/**
 * Take off frames and ruled lines, where digits touch them, too.
 * @param {Plane} density
 * @param {number} peak
 * @returns {Plane}
 */
export function withoutRules(density, peak) {
  const patches = labelled(where(density, (value) => value > FAINTEST_INK * peak), true);
  const cleared = planeOf(density.rows, density.columns, density.data.slice());
  for (const [k, box] of boxesOf(patches).entries()) {
    const [rows, columns] = [box.bottom - box.top, box.right - box.left];
    if (Math.max(rows, columns) < LONG * Math.min(density.rows, density.columns)) continue;
    const patch = where(cropped(patches, box), (label) => label === k + 1);
    const lines = ruled(patch, columns >= LONG * density.columns);
    lines.data.forEach((isRuled, place) => {
      const row = box.top + Math.floor(place / columns);
      if (isRuled) cleared.data[row * density.columns + box.left + (place % columns)] = 0;
    });
  }
  return cleared;
}

/**
 * The lines of a patch, if it is a frame or a ruled line.
 * @param {Plane} patch
 * @param {boolean} isWide
 * @returns {Plane}
 */
function ruled(patch, isWide) {
  const nothing = where(patch, () => false);
  const { length, width, turned } = smallestRectangle(patch);
  if (!isWide && Math.min(patch.rows, patch.columns) < SMALLEST_CELL) return nothing;
  const slope = Math.tan((turned * Math.PI) / 180);
  const cell = total(filled(patch).data) > FILLED * length * width ? cellOf(patch) : null;
  if (cell) {
    const side = rint(FRAME * Math.min(...cell));
    const level = runs(patch, side, slope);
    const upright = transposed(runs(transposed(patch), side, -slope));
    return where(level, (value, k) => value > 0 || upright.data[k] > 0);
  }
  if (isWide && patch.columns > 1.5 * patch.rows) {
    const line = runs(patch, Math.max(3, Math.floor(patch.columns / 4)), slope);
    const covered = new Set();
    line.data.forEach((value, k) => value && covered.add(k % line.columns));
    if (covered.size / line.columns > LINED) return line;
  }
  return nothing;
}

/**
 * Rows and columns of a cell of a frame; null if the patch is none.
 * @param {Plane} patch
 * @returns {number[] | null}
 */
function cellOf(patch) {
  const holes = labelled(where(framed(patch, 1, 1), (value) => !value), false);
  const outside = holes.data[0];
  /** @type {number[][]} */
  const sizes = [];
  for (const [k, box] of boxesOf(holes).entries()) {
    const [rows, columns] = [box.bottom - box.top, box.right - box.left];
    if (k + 1 === outside || Math.min(rows, columns) < SMALLEST_CELL) continue;
    const hole = filled(where(cropped(holes, box), (label) => label === k + 1));
    if (total(hole.data) / hole.data.length > RECTANGLE) sizes.push([rows, columns]);
  }
  if (!sizes.length) return null;
  const least = Math.max(...sizes.map((size) => Math.min(...size))) / 2; // what is smaller is a hole of a digit
  const cells = sizes.filter((size) => Math.min(...size) >= least);
  // Of squared paper: digits are written over the cells, not into them.
  if (sizes.length >= SQUARED) return [patch.rows / 2, patch.columns / 2];
  return [median(cells.map(([rows]) => rows)), median(cells.map(([, columns]) => columns))];
}

/**
 * The thin lines of a patch that go down by a slope; what crosses them is left: a stroke goes on there.
 * @param {Plane} patch
 * @param {number} length
 * @param {number} slope
 * @returns {Plane}
 */
function runs(patch, length, slope) {
  const { columns } = patch;
  const shift = Array.from({ length: columns }, (_, k) => rint(slope * (k - columns / 2)));
  const margin = Math.max(...shift.map(Math.abs)) + 1;
  const padded = framed(patch, margin, 0);
  const last = padded.rows - 1;
  const sheared = (/** @type {Plane} */ plane, /** @type {number} */ sign) =>
    where(plane, (_, k) => {
      const column = k % columns;
      const row = Math.min(last, Math.max(0, Math.floor(k / columns) + sign * shift[column]));
      return plane.data[row * columns + column] > 0;
    });
  const level = sheared(padded, 1);
  const long = runsAcross(framed(thickened(level, 1), 1, 1), length);
  const inside = cropped(long, { top: 1, bottom: long.rows - 1, left: 1, right: long.columns - 1 });
  if (!inside.data.some((value) => value)) return where(patch, () => false);
  const around = Math.max(1, Math.floor(Math.min(length, 90) / 30)); // the slope is not known that well
  const lines = thickened(inside, around);
  const thickness = new Array(columns).fill(0);
  lines.data.forEach((value, k) => {
    if (value && level.data[k]) thickness[k % columns]++;
  });
  const typical = Math.trunc(median(thickness.filter((value) => value > 0)));
  const thickest = Math.min(2 * typical + 2, Math.max(5, Math.floor(length / 10)));
  const crossing = transposed(runsAcross(transposed(level), thickest));
  const found = sheared(where(level, (value, k) => value > 0 && lines.data[k] > 0 && !crossing.data[k]), -1);
  const rows = cropped(found, { top: margin, bottom: margin + patch.rows, left: 0, right: columns });
  return where(rows, (value, k) => value > 0 && patch.data[k] > 0);
}

/**
 * Grow a patch up and down.
 * @param {Plane} mask
 * @param {number} reach
 */
function thickened(mask, reach) {
  const { rows, columns, data } = mask;
  return where(mask, (_, k) => {
    const row = Math.floor(k / columns);
    for (let y = Math.max(0, row - reach); y <= Math.min(rows - 1, row + reach); y++) {
      if (data[y * columns + (k % columns)]) return true;
    }
    return false;
  });
}
