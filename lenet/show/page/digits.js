// Digits on paper: found, put into the order of reading, and cut out; as lenet.data.paper_digits, with its constants.

import { centreDigit, isDarkOnLight, isPlaced, placeDigit } from "./mnist_style.js";
import { FAINTEST_INK, findInk } from "./paper.js";
import { boxesOf, boxOf, dilated, distances, labelled } from "./patches.js";
import { PictureError } from "./picture_error.js";
import { PIECE, heightOf, joinPieces, typical, widthOf } from "./pieces.js";
import { cropped, framed, largest, mapped, planeOf, rint, smallest, total, where } from "./plane.js";
import { withoutRules } from "./ruled_lines.js";

/** @typedef {import("./plane.js").Plane} Plane */
/** @typedef {import("./patches.js").Box} Box */
/** @typedef {import("./pieces.js").Patch} Patch */

const STRONG_INK = 0.5;
const SPECK = 0.3;
const [DASH, LINE] = [2.5, 14];
const [SEVERAL, THINNEST_PLACE] = [1.2, 0.2];
const [PART, WIDEST_STROKE] = [0.7, 0.65];
const SLOPES = [-0.5, -0.25, 0, 0.25];
const THINNEST_CROSSING = 0.06;
const [MIN_HEIGHT, SMALL_PICTURE] = [8, 64];
const [SOFTEST_INK, HALF_STRONG, FAINT] = [1.1, 0.6, 0.25];
const [MAX_DIGITS, MIN_RANGE, BOLD_STROKE] = [200, 16, 0.55];

/**
 * @typedef {object} Digit
 * @property {Plane} image bytes, size x size: light on dark, scaled and centred
 * @property {Box | null} box in pixels of the picture; null if it was not cut out
 * @property {"" | import("./picture_error.js").Note} doubt why it may be none, or cut off; empty most often
 * @property {{name: keyof typeof import("./english.js").ENGLISH.steps, plane: Plane}[]} steps on the way, each with a picture
 */

/**
 * Cut out the digits of a picture, line by line from left to right.
 * @param {Plane} gray bytes; one of the network's own size is one digit
 * @param {number} size of the network's images
 * @returns {{digits: Digit[], inverted: boolean}}
 * @throws {PictureError} if there is none
 */
export function readDigits(gray, size) {
  if (gray.rows === size && gray.columns === size) return readyDigit(gray, size);
  const ink = findInk(gray);
  if (!ink.peak) throw new PictureError("nothing");
  const levels = withoutRules(ink.density, ink.peak);
  const strokes = labelled(where(levels, (value) => value > FAINTEST_INK * ink.peak), true);
  const patches = parted(strong(strokes, levels, STRONG_INK * ink.peak), strokes);
  if (softness(levels, strokes, patches, ink.peak) > SOFTEST_INK) {
    if (ink.peak < FAINT) throw new PictureError("nothing");
    throw new PictureError("photograph");
  }
  const found = inOrder(joined(patches, strokes));
  if (!found.length) throw new PictureError("specks");
  if (found.length > MAX_DIGITS) throw new PictureError("many");
  /** @type {Digit["steps"]} */
  const steps = [
    { name: "gray", plane: gray },
    { name: "ink", plane: planeOf(levels.rows, levels.columns, shades(levels, ink.peak)) },
  ];
  return { digits: found.map((patch) => cut(patch, strokes, levels, ink, size, steps)), inverted: ink.inverted };
}

/**
 * A digit of the network's own size, centred if it is off the middle.
 * @param {Plane} gray
 * @param {number} size
 * @returns {{digits: Digit[], inverted: boolean}}
 */
function readyDigit(gray, size) {
  if (largest(gray.data) - smallest(gray.data) < MIN_RANGE) throw new PictureError("nothing");
  const inverted = isDarkOnLight(gray);
  const image = inverted ? planeOf(size, size, Uint8Array.from(gray.data, (value) => 255 - value)) : gray;
  /** @type {Digit["steps"]} */
  const steps = [{ name: "gray", plane: gray }];
  if (inverted) steps.push({ name: "inverted", plane: image });
  if (isPlaced(image)) return { digits: [{ image, box: null, doubt: "", steps }], inverted };
  const placed = centreDigit(image, size);
  if (!placed) throw new PictureError("nothing");
  const box = { top: 0, bottom: size, left: 0, right: size };
  return { digits: [{ image: placed.image, box, doubt: "", steps: [...steps, ...lastSteps(placed)] }], inverted };
}

/** @type {(placed: {crop: Plane, small: Plane}) => Digit["steps"]} */
const lastSteps = ({ crop, small }) => [{ name: "cut", plane: crop }, { name: "scaled", plane: small }];

/**
 * Ink as bytes, to be looked at.
 * @param {Plane} levels
 * @param {number} peak
 */
function shades(levels, peak) {
  const bytes = new Uint8Array(levels.data.length);
  for (let k = 0; k < bytes.length; k++) bytes[k] = Math.round(255 * Math.min(levels.data[k] / peak, 1));
  return bytes;
}

/**
 * Area of half strong ink, of that of strong ink, within patches.
 * @param {Plane} levels
 * @param {Plane} strokes
 * @param {Patch[]} patches
 * @param {number} peak
 */
function softness(levels, strokes, patches, peak) {
  const labels = new Set(patches.flatMap((patch) => patch.labels));
  let [all, strongOnes] = [0, 0];
  strokes.data.forEach((label, k) => {
    if (!labels.has(label)) return;
    all++;
    if (levels.data[k] > HALF_STRONG * peak) strongOnes++;
  });
  return (all - strongOnes) / Math.max(strongOnes, 1);
}

/**
 * The patches that have ink as strong as this.
 * @param {Plane & {count: number}} strokes
 * @param {Plane} levels
 * @param {number} least
 * @returns {Patch[]}
 */
function strong(strokes, levels, least) {
  const peaks = new Float32Array(strokes.count + 1).fill(-Infinity);
  strokes.data.forEach((label, k) => {
    peaks[label] = Math.max(peaks[label], levels.data[k]);
  });
  return boxesOf(strokes).map((box, k) => ({ ...box, labels: [k + 1] })).filter((_, k) => peaks[k + 1] >= least);
}

/**
 * Part digits that touch each other, where the least ink lies between them.
 * @param {Patch[]} patches of one label each
 * @param {Plane & {count: number}} strokes labels; what is parted gets new ones
 * @returns {Patch[]}
 */
function parted(patches, strokes) {
  if (!patches.length) return [];
  const height = typical(patches.map(heightOf));
  const waiting = [...patches];
  const whole = [];
  for (let patch = waiting.pop(); patch; patch = waiting.pop()) {
    const several = widthOf(patch) > SEVERAL * heightOf(patch) && heightOf(patch) > PIECE * height;
    const beyond = several ? beyondCut(maskOf(patch, strokes)) : null;
    if (!beyond) {
      whole.push(patch);
      continue;
    }
    const label = ++strokes.count;
    const { top, left } = patch;
    beyond.data.forEach((value, k) => {
      const place = (top + Math.floor(k / beyond.columns)) * strokes.columns + left + (k % beyond.columns);
      if (value) strokes.data[place] = label;
    });
    const here = cropped(strokes, patch);
    for (const name of [...patch.labels, label]) {
      const box = boxOf(where(here, (value) => value === name));
      if (!box) continue;
      waiting.push({
        labels: [name],
        top: box.top + top,
        bottom: box.bottom + top,
        left: box.left + left,
        right: box.right + left,
      });
    }
  }
  return whole;
}

/**
 * What is to the right of the thinnest place of a patch, if it is thin; else null.
 * @param {Plane} mask
 * @returns {Plane | null}
 */
function beyondCut(mask) {
  const { rows, columns, data } = mask;
  let least = THINNEST_PLACE * rows;
  let found = null;
  for (const slope of SLOPES) {
    let [best, fewest] = [-1, Infinity];
    for (let place = rint(0.25 * columns); place < rint(0.75 * columns); place++) {
      let [crossed, starts, before] = [0, 0, 0];
      for (let row = 0; row < rows; row++) {
        const at = Math.min(columns - 1, Math.max(0, rint(place + slope * (row - rows / 2))));
        const value = data[row * columns + at];
        crossed += value;
        if (value && !before) starts++;
        before = value;
      }
      // More than one start: through a zero, not between two digits.
      if (starts <= 1 && crossed < fewest) [best, fewest] = [place, crossed];
    }
    if (fewest >= least) continue;
    const isBeyond = (/** @type {number} */ k) => k % columns > best + slope * (Math.floor(k / columns) - rows / 2);
    const beyond = where(mask, (value, k) => value > 0 && isBeyond(k));
    const before = where(mask, (value, k) => value > 0 && !isBeyond(k));
    if ([beyond, before].every((half) => rowsOf(half) > PART * rows)) [least, found] = [fewest, beyond];
  }
  return found;
}

/**
 * Number of rows in which there is something.
 * @param {Plane} mask
 */
function rowsOf(mask) {
  let count = 0;
  for (let row = 0; row < mask.rows; row++) {
    if (total(mask.data.subarray(row * mask.columns, (row + 1) * mask.columns))) count++;
  }
  return count;
}

/**
 * Join the pieces of broken digits, and leave out what is none.
 * @param {Patch[]} patches
 * @param {Plane} strokes
 * @returns {Patch[]}
 */
function joined(patches, strokes) {
  const { whole, height } = joinPieces(patches);
  return whole.filter((patch) => isLikeADigit(patch, height, strokes));
}

/**
 * Whether a patch is like a digit among digits of this height.
 * @param {Patch} patch
 * @param {number} height
 * @param {Plane} strokes
 */
function isLikeADigit(patch, height, strokes) {
  const least = Math.max(strokes.rows, strokes.columns) > SMALL_PICTURE ? MIN_HEIGHT : 3;
  const [high, wide] = [heightOf(patch), widthOf(patch)];
  if (Math.max(high, wide) < SPECK * height || high < least) return false;
  if (wide > DASH * high || high > LINE * wide) return false;
  const width = strokeWidth(patch, strokes) / Math.max(high, wide);
  const crosses = high === strokes.rows || wide === strokes.columns;
  return width > (crosses ? THINNEST_CROSSING : 0) && width < WIDEST_STROKE;
}

/**
 * @param {Patch} patch
 * @param {Plane} strokes
 */
function strokeWidth(patch, strokes) {
  return 2 * Math.sqrt(largest(distances(framed(maskOf(patch, strokes), 1, 1)).squares));
}

/**
 * Where the ink of a patch is within its box.
 * @param {Patch} patch
 * @param {Plane} strokes
 */
function maskOf(patch, strokes) {
  return where(cropped(strokes, patch), (label) => patch.labels.includes(label));
}

/**
 * Sort patches as one reads: lines from top to bottom, each from left to right.
 * @param {Patch[]} patches
 * @returns {Patch[]}
 */
function inOrder(patches) {
  /** @type {Patch[][]} */
  const lines = [];
  for (const patch of [...patches].sort((a, b) => a.top + a.bottom - b.top - b.bottom)) {
    const middle = (patch.top + patch.bottom) / 2;
    const line = lines.find((others) => {
      const away = (/** @type {Patch} */ other) => Math.abs(other.left - patch.left);
      const nearest = others.reduce((a, b) => (away(b) < away(a) ? b : a));
      return nearest.top < middle && middle < nearest.bottom;
    });
    if (line) line.push(patch);
    else lines.push([patch]);
  }
  return lines.flatMap((line) => line.sort((a, b) => a.left - b.left));
}

/**
 * Cut a digit out of its surroundings.
 * @param {Patch} patch
 * @param {Plane} strokes
 * @param {Plane} levels
 * @param {import("./paper.js").Ink} ink
 * @param {number} size
 * @param {Digit["steps"]} steps so far
 * @returns {Digit}
 */
function cut(patch, strokes, levels, ink, size, steps) {
  const around = {
    top: Math.max(0, patch.top - 1),
    bottom: Math.min(strokes.rows, patch.bottom + 1),
    left: Math.max(0, patch.left - 1),
    right: Math.min(strokes.columns, patch.right + 1),
  };
  const own = dilated(where(cropped(strokes, around), (label) => patch.labels.includes(label)), true);
  const digit = mapped(cropped(levels, around), (value, k) => (own.data[k] ? Math.min(value / ink.peak, 1) : 0));
  const placed = placeDigit(digit, size);
  const atBorder =
    Math.min(patch.top, patch.left) === 0 || patch.bottom === strokes.rows || patch.right === strokes.columns;
  /** @type {Digit["doubt"]} */
  let doubt = "";
  if (atBorder) doubt = "border";
  else if (strokeWidth(patch, strokes) > BOLD_STROKE * Math.max(heightOf(patch), widthOf(patch))) {
    doubt = "blot";
  }
  const [rows, columns] = [steps[0].plane.rows, steps[0].plane.columns];
  const box = {
    top: rint(patch.top * ink.scale),
    bottom: Math.min(rint(patch.bottom * ink.scale), rows),
    left: rint(patch.left * ink.scale),
    right: Math.min(rint(patch.right * ink.scale), columns),
  };
  return { image: placed.image, box, doubt, steps: [...steps, ...lastSteps(placed)] };
}
