// Filters and patches, against plain loops; the whole preparation is compared with Python in test_prepare.py.

import assert from "node:assert/strict";
import { test } from "node:test";
import { enlarged, gaussianFilter, medianFilter, rankFilter } from "../../../lenet/show/page/filters.js";
import { areaOf, convexHull, smallestRectangle } from "../../../lenet/show/page/geometry.js";
import { boxesOf, dilated, distances, eroded, filled, labelled, runsAcross } from "../../../lenet/show/page/patches.js";
import { percentile, planeOf, rint, selected, where } from "../../../lenet/show/page/plane.js";
import { numbers } from "./networks.js";

/** A plane of random bytes. */
function noise(rows, columns, seed) {
  const next = numbers(seed);
  return planeOf(rows, columns, Float32Array.from({ length: rows * columns }, () => Math.floor(128 + 127 * next())));
}

/** A mask drawn as text. */
function mask(...lines) {
  return planeOf(lines.length, lines[0].length, Uint8Array.from([...lines.join("")], (letter) => (letter === "#" ? 1 : 0)));
}

function drawn({ rows, columns, data }) {
  return Array.from({ length: rows }, (_, row) => Array.from(data.subarray(row * columns, (row + 1) * columns), (v) => (v ? "#" : ".")).join(""));
}

test("halves are rounded to even, as Python does", () => {
  assert.deepEqual([0.5, 1.5, 2.5, -0.5, -1.5, 2.4, 2.6, -2.4].map((x) => rint(x) + 0), [0, 2, 2, 0, -2, 2, 3, -2]);
});

test("selection and percentiles are those of sorted numbers", () => {
  const { data } = noise(13, 7, 3);
  const sorted = Array.from(data).sort((a, b) => a - b);
  for (const rank of [0, 1, 45, 89, 90]) assert.equal(selected(Float32Array.from(data), rank), sorted[rank]);
  assert.equal(percentile([4, 1, 3, 2], 50), 2.5);
  assert.ok(Math.abs(percentile([0, 10, 20], 95) - 19) < 1e-6);
  assert.equal(percentile([7], 5), 7);
});

test("ranks of small and of large windows are those of sorted neighbours", () => {
  const plane = noise(11, 9, 4);
  for (const [side, rank] of [[3, 4], [7, 20], [11, 48]]) {
    const found = rankFilter(plane, side, rank);
    for (let row = 0; row < 11; row++) {
      for (let column = 0; column < 9; column++) {
        const window = [];
        for (let y = row - (side - 1) / 2; y <= row + (side - 1) / 2; y++) {
          for (let x = column - (side - 1) / 2; x <= column + (side - 1) / 2; x++) {
            window.push(plane.data[Math.min(10, Math.max(0, y)) * 9 + Math.min(8, Math.max(0, x))]);
          }
        }
        assert.equal(found.data[row * 9 + column], window.sort((a, b) => a - b)[rank]);
      }
    }
  }
  assert.deepEqual(medianFilter(plane, 3), rankFilter(plane, 3, 4));
});

test("a blur keeps an even plane, and the sum of a spot", () => {
  const even = gaussianFilter(planeOf(6, 5, new Float32Array(30).fill(3)), 1.5, planeOf(6, 5, new Float32Array(30).fill(1)));
  assert.ok(even.data.every((value) => Math.abs(value - 3) < 1e-6));
  const spot = planeOf(31, 31);
  spot.data[15 * 31 + 15] = 100;
  const blurred = gaussianFilter(spot, 2, where(spot, () => true));
  assert.ok(Math.abs(blurred.data.reduce((a, b) => a + b) - 100) < 1e-3);
  assert.ok(Math.abs(blurred.data[15 * 31 + 17] / blurred.data[15 * 31 + 15] - Math.exp(-0.5)) < 1e-4);
});

test("enlarging interpolates between the middles of pixels", () => {
  const found = enlarged(planeOf(1, 2, Float32Array.of(0, 8)), 1, 4);
  assert.deepEqual(Array.from(found.data), [0, 2, 6, 8]);
});

test("patches touch at corners or not", () => {
  const plane = mask("#..#", ".#..", "...#");
  assert.equal(labelled(plane, false).count, 4);
  const labels = labelled(plane, true);
  assert.equal(labels.count, 3);
  assert.deepEqual(boxesOf(labels)[0], { top: 0, bottom: 2, left: 0, right: 2 });
});

test("patches grow, shrink and are filled", () => {
  const ring = mask(".....", ".###.", ".#.#.", ".###.", ".....");
  assert.deepEqual(drawn(filled(ring)), [".....", ".###.", ".###.", ".###.", "....."]);
  assert.deepEqual(drawn(filled(mask("###", "#.#", "#.#"))), ["###", "#.#", "#.#"]);
  assert.deepEqual(drawn(dilated(mask("...", ".#.", "..."))), [".#.", "###", ".#."]);
  assert.deepEqual(drawn(dilated(mask("...", ".#.", "..."), true)), ["###", "###", "###"]);
  assert.deepEqual(drawn(eroded(mask("###", "###", "###"), false)), ["...", ".#.", "..."]);
  assert.deepEqual(drawn(eroded(mask("###", "###", "###"), true)), ["###", "###", "###"]);
  assert.deepEqual(drawn(runsAcross(mask("##.###", "####.#"), 3)), ["...###", "####.."]);
});

test("distances are those to the nearest pixel beyond a patch, and where it is", () => {
  const plane = where(noise(14, 17, 8), (value) => value > 30);
  const { squares, places } = distances(plane);
  for (let k = 0; k < plane.data.length; k++) {
    let best = Infinity;
    for (let other = 0; other < plane.data.length; other++) {
      if (plane.data[other]) continue;
      const [dy, dx] = [Math.floor(k / 17) - Math.floor(other / 17), (k % 17) - (other % 17)];
      best = Math.min(best, dy * dy + dx * dx);
    }
    assert.equal(squares[k], best);
    const [dy, dx] = [Math.floor(k / 17) - Math.floor(places[k] / 17), (k % 17) - (places[k] % 17)];
    assert.equal(dy * dy + dx * dx, best);
  }
});

test("hulls and rectangles of known patches", () => {
  const bar = mask("......", ".####.", ".####.", "......");
  assert.equal(areaOf(convexHull(bar)), 8);
  const { length, width, turned } = smallestRectangle(bar);
  assert.deepEqual([Math.round(length), Math.round(width), turned + 0], [4, 2, 0]);
  assert.equal(areaOf(convexHull(mask("#....", ".....", "....#"))), 7);
});
