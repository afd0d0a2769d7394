// Pieces of broken digits, joined; as in lenet.data.paper_digits, with its constants.

import { total } from "./plane.js";

/** @typedef {import("./patches.js").Box} Box */
/** @typedef {Box & {labels: number[]}} Patch labels of pixels that belong together, and the box around them */

const [NEAR, DUST] = [0.3, 0.06];
const [LARGEST, BROKEN, HALVES] = [1.4, 0.12, 2.3];
/** What is lower than this part of a digit's height is a piece. */
export const PIECE = 0.75;

/** @param {Patch | Box} box */
export const heightOf = (box) => box.bottom - box.top;
/** @param {Patch | Box} box */
export const widthOf = (box) => box.right - box.left;

/**
 * Join the pieces of broken digits.
 * @param {Patch[]} patches
 * @returns {{whole: Patch[], height: number}} with the typical height of a digit
 */
export function joinPieces(patches) {
  let [whole, height, before] = [patches, 0, patches.length + 1];
  // Each round may show that digits are higher than pieces of them seemed.
  while (whole.length && whole.length < before) {
    before = whole.length;
    height = typical(whole.map(heightOf));
    whole = joinedOnce(whole, height);
  }
  return { whole, height };
}

/**
 * Join pieces to the digits that they are near, the largest first.
 * @param {Patch[]} patches
 * @param {number} height
 * @returns {Patch[]}
 */
function joinedOnce(patches, height) {
  const pieces = patches.filter((patch) => Math.max(heightOf(patch), widthOf(patch)) > DUST * height);
  /** @type {Patch[]} */
  const whole = [];
  for (const patch of pieces.sort((a, b) => heightOf(b) * widthOf(b) - heightOf(a) * widthOf(a))) {
    let nearest = -1;
    for (const [k, other] of whole.entries()) {
      if (belongs(patch, other, height) && (nearest < 0 || gap(patch, other) < gap(patch, whole[nearest]))) nearest = k;
    }
    if (nearest < 0) whole.push(patch);
    else whole[nearest] = together(patch, whole[nearest]);
  }
  return whole;
}

/**
 * Median of heights, weighted by themselves: specks hardly count.
 * @param {number[]} heights
 */
export function typical(heights) {
  const order = [...heights].sort((a, b) => a - b);
  const half = total(order) / 2;
  let sum = 0;
  return order.find((height) => (sum += height) >= half) ?? 0;
}

/**
 * Distance between two boxes, 0 if they overlap.
 * @param {Patch} one
 * @param {Patch} other
 */
function gap(one, other) {
  const down = Math.max(one.top - other.bottom, other.top - one.bottom, 0);
  return Math.hypot(down, Math.max(one.left - other.right, other.left - one.right, 0));
}

/**
 * Whether a piece is a part of the digit beside it.
 * @param {Patch} piece
 * @param {Patch} other
 * @param {number} height
 */
function belongs(piece, other, height) {
  const both = together(piece, other);
  const away = gap(piece, other);
  if (widthOf(both) > LARGEST * Math.max(height, heightOf(both)) || away > NEAR * height) return false;
  const overlap = Math.min(piece.right, other.right) - Math.max(piece.left, other.left);
  if (overlap > 0.5 * Math.min(widthOf(piece), widthOf(other))) {
    // A digit alone that is broken in the middle is twice as high as its pieces.
    return heightOf(both) <= (away > BROKEN * height ? LARGEST : HALVES) * height;
  }
  const isPiece = Math.min(heightOf(piece), heightOf(other)) < PIECE * height;
  return isPiece && away < BROKEN * height && heightOf(both) <= LARGEST * height;
}

/**
 * @param {Patch} one
 * @param {Patch} other
 * @returns {Patch}
 */
function together(one, other) {
  return {
    labels: [...one.labels, ...other.labels],
    top: Math.min(one.top, other.top),
    bottom: Math.max(one.bottom, other.bottom),
    left: Math.min(one.left, other.left),
    right: Math.max(one.right, other.right),
  };
}
