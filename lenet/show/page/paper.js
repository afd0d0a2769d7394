// Ink on paper: where the paper is, how bright it is, what is written on it; as lenet.data.paper, with its constants.

import { enlarged, gaussianFilter, medianFilter, peakOfFour, rankFilter } from "./filters.js";
import { areaOf, convexHull, smallestRectangle } from "./geometry.js";
import { areasOf, dilated, distances, eroded, filled, labelled } from "./patches.js";
import { edgesOf, largest, mapped, median, percentile, planeOf, rint, smallest, total, where } from "./plane.js";
import { resize } from "./resize.js";

/** @typedef {import("./plane.js").Plane} Plane */

const MAX_SIDE = 1024;
const COARSE_SIDE = 128;
const DARKEST_SHADOW = 0.62;
const [MIN_SHEET, MAX_SHEET, MIN_SOLIDITY] = [0.04, 0.98, 0.85];
const MIN_RECTANGLE = 0.82;
const [MAX_WRITTEN, NARROW] = [0.3, 0.45];
const EVEN_BORDER = 0.25;
const [WINDOW, PERCENTILE] = [0.4, 40];
export const FAINTEST_INK = 0.3;
const LEAST_LIGHT = 64;
const [MIN_INK, MIN_DEVIATIONS] = [0.08, 6];

/**
 * @typedef {object} Ink
 * @property {Plane} density 0 for paper, up to 1 for ink that takes all light
 * @property {number} peak of the strongest ink; 0 if nothing is written
 * @property {boolean} inverted whether the ink is dark on light
 * @property {number} scale pixels of the picture for one of `density`
 */

/**
 * Separate ink from paper.
 * @param {Plane} gray bytes
 * @returns {Ink}
 */
export function findInk(gray) {
  const scale = Math.max(1, Math.max(gray.rows, gray.columns) / MAX_SIDE);
  const bytes = reducedTo(gray, MAX_SIDE);
  let coarse = mapped(reducedTo(bytes, COARSE_SIDE), (value) => value);
  const sheet = findSheet(coarse);
  const inverted = sheet !== null || isDarkOnLight(coarse);
  const plane = mapped(bytes, (value) => (inverted ? 255 - value : value));
  if (inverted) coarse = mapped(coarse, (value) => 255 - value);
  const paper = enlarged(backgroundOf(coarse, sheet), plane.rows, plane.columns);
  const density = mapped(plane, (value, k) => (value - paper.data[k]) / Math.max(255 - paper.data[k], LEAST_LIGHT));
  let noise = deviation(density.data);
  if (sheet) {
    const inner = enlarged(mapped(shrunk(sheet, 2), (value) => value), plane.rows, plane.columns);
    noise = deviation(density.data.filter((_, k) => inner.data[k] > 0.5));
    density.data.forEach((_, k) => {
      if (!(inner.data[k] > 0.5)) density.data[k] = 0;
    });
  }
  const peak = peakOfFour(density);
  const ink = mapped(density, (value) => Math.max(value, 0));
  return { density: ink, peak: peak > Math.max(MIN_INK, MIN_DEVIATIONS * noise) ? peak : 0, inverted, scale };
}

/**
 * Find a sheet of paper before something dark; null without one.
 * @param {Plane} coarse
 * @returns {Plane | null}
 */
function findSheet(coarse) {
  const smooth = medianFilter(coarse, 3);
  const threshold = otsu(smooth);
  const light = where(smooth, (value) => value > threshold);
  const patches = labelled(dilated(eroded(light, false)), false);
  if (!patches.count) return null;
  const areas = areasOf(patches);
  areas[0] = 0;
  const most = areas.indexOf(largest(areas));
  const patch = filled(where(patches, (label) => label === most));
  if (total(patch.data) >= MAX_SHEET * patch.data.length) return null; // which closing only enlarges
  // A pen that reaches the rim has cut into the sheet.
  const reach = Math.max(3, rint(0.1 * Math.sqrt(total(patch.data))));
  const sheet = filled(closed(patch, reach));
  const area = total(sheet.data);
  const share = area / sheet.data.length;
  if (share <= MIN_SHEET || share >= MAX_SHEET || area / areaOf(convexHull(sheet)) < MIN_SOLIDITY) return null;
  const within = rim(smooth, sheet);
  const beyond = rim(smooth, where(sheet, (value) => !value));
  if (!within.length || !beyond.length) return null;
  if (median(beyond) > DARKEST_SHADOW * median(within)) return null;
  return isWrittenOn(smooth, sheet) ? sheet : null;
}

/**
 * Whether a light patch is paper, and not a bold stroke on a blackboard.
 * @param {Plane} smooth
 * @param {Plane} sheet
 */
function isWrittenOn(smooth, sheet) {
  const inner = shrunk(sheet, 2);
  const tones = smooth.data.filter((_, k) => inner.data[k]);
  if (!tones.length) return false;
  const dark = 0.7 * median(tones);
  const written = tones.filter((tone) => tone < dark).length / tones.length;
  if (edgesOf(sheet).flat().some((value) => value)) return written < MAX_WRITTEN; // strokes seldom reach the border
  const { length, width } = smallestRectangle(sheet);
  if (total(sheet.data) < MIN_RECTANGLE * length * width) return false;
  return written < MAX_WRITTEN && (written > 0 || width > NARROW * length);
}

/**
 * Tones of pixels of a patch two to four pixels from its edge.
 * @param {Plane} smooth
 * @param {Plane} side
 */
function rim(smooth, side) {
  const n = total(side.data);
  if (n === 0 || n === side.data.length) return new Float32Array(0);
  const { squares } = distances(side);
  return smooth.data.filter((_, k) => squares[k] >= 4 && squares[k] <= 16);
}

/**
 * Fill the gaps of a patch that are up to twice this wide, as if it went on.
 * @param {Plane} patch
 * @param {number} reach
 */
function closed(patch, reach) {
  const [rows, columns] = [patch.rows + 2 * reach, patch.columns + 2 * reach];
  const inside = (/** @type {number} */ k) => {
    const row = Math.min(patch.rows - 1, Math.max(0, Math.floor(k / columns) - reach));
    const column = Math.min(patch.columns - 1, Math.max(0, (k % columns) - reach));
    return row * patch.columns + column;
  };
  const empty = where(planeOf(rows, columns), (_, k) => !patch.data[inside(k)]);
  const away = distances(empty).squares;
  const near = where(empty, (_, k) => away[k] <= reach ** 2);
  const { squares } = distances(near);
  return where(patch, (value, k) => {
    const place = (Math.floor(k / patch.columns) + reach) * columns + (k % patch.columns) + reach;
    return value > 0 || squares[place] > reach ** 2;
  });
}

/**
 * Otsu's threshold between dark and light.
 * @param {Plane} plane
 */
function otsu(plane) {
  const counts = new Float64Array(256);
  for (const value of plane.data) counts[Math.trunc(value)]++;
  const all = plane.data.length;
  const mass = counts.reduce((sum, count, value) => sum + count * value, 0);
  let [below, massBelow, best, threshold] = [0, 0, 0, 0];
  for (let value = 0; value < 256; value++) {
    below += counts[value];
    massBelow += counts[value] * value;
    const between = (mass * below - massBelow * all) ** 2 / (below * (all - below));
    if (Number.isFinite(between) && between > best) [best, threshold] = [between, value];
  }
  return threshold;
}

/**
 * Whether what is written is darker than what it is written on.
 * @param {Plane} coarse
 */
function isDarkOnLight(coarse) {
  const edges = edgesOf(coarse).flat();
  const [lowest, highest] = [smallest(coarse.data), largest(coarse.data)];
  const spread = percentile(edges, 95) - percentile(edges, 5);
  if (spread <= EVEN_BORDER * (highest - lowest)) {
    return (2 * total(edges)) / edges.length > lowest + highest;
  }
  const halves = everySecond(coarse);
  const around = medianFilter(halves, windowOf(halves));
  const differs = mapped(halves, (value, k) => value - around.data[k]);
  const least = FAINTEST_INK * largest(sizesOf(differs.data));
  const light = total(differs.data.filter((value) => value > least));
  return -total(differs.data.filter((value) => value < -least)) > light;
}

/**
 * Brightness of the paper below light ink.
 * @param {Plane} coarse
 * @param {Plane | null} sheet
 * @returns {Plane}
 */
function backgroundOf(coarse, sheet) {
  let tones = coarse;
  if (sheet) {
    // Around the sheet, as at its nearest point.
    const inner = shrunk(sheet, 2);
    const { places } = distances(where(inner, (value) => !value));
    tones = mapped(coarse, (_, k) => coarse.data[places[k]]);
  }
  const halves = everySecond(tones);
  const side = windowOf(halves);
  const rank = Math.trunc((side * side * PERCENTILE) / 100);
  const first = enlarged(rankFilter(halves, side, rank), tones.rows, tones.columns);
  const above = mapped(tones, (value, k) => value - first.data[k]);
  const least = Math.max(0.2 * largest(above.data), 4 * deviation(above.data));
  const ink = dilated(where(above, (value) => value > least));
  const bare = mapped(ink, (value) => (value ? 0 : 1));
  const weight = gaussianFilter(bare, side / 4, ink);
  const around = gaussianFilter(mapped(tones, (value, k) => value * bare.data[k]), side / 4, ink);
  const paper = mapped(tones, (value, k) => {
    if (bare.data[k]) return value;
    return weight.data[k] > 0.02 ? around.data[k] / weight.data[k] : first.data[k];
  });
  return medianFilter(paper, 7);
}

/** @param {Plane} plane */
function everySecond(plane) {
  const [rows, columns] = [Math.ceil(plane.rows / 2), Math.ceil(plane.columns / 2)];
  return mapped(planeOf(rows, columns), (_, k) => {
    return plane.data[2 * Math.floor(k / columns) * plane.columns + 2 * (k % columns)];
  });
}

/** @param {Plane} plane */
function windowOf(plane) {
  return Math.max(3, rint(WINDOW * Math.min(plane.rows, plane.columns)) | 1);
}

/**
 * @param {Plane} mask
 * @param {number} times
 */
function shrunk(mask, times) {
  let result = mask;
  for (let k = 0; k < times; k++) result = eroded(result, true);
  return result;
}

/**
 * Deviation of the noise of values most of which are about 0.
 * @param {Plane["data"]} values
 */
function deviation(values) {
  return values.length ? 1.4826 * median(sizesOf(values)) : 0;
}

/** @param {Plane["data"]} values */
function sizesOf(values) {
  const sizes = new Float32Array(values.length);
  for (let k = 0; k < sizes.length; k++) sizes[k] = Math.abs(values[k]);
  return sizes;
}

/**
 * A plane with its longer side as long as this at most.
 * @param {Plane} plane
 * @param {number} most
 */
function reducedTo(plane, most) {
  const side = Math.max(plane.rows, plane.columns);
  if (side <= most) return plane;
  const [rows, columns] = [plane.rows, plane.columns].map((n) => Math.max(1, Math.floor((n * most) / side)));
  return resize(plane, rows, columns);
}
