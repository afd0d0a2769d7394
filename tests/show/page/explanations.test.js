// Explanations, against definitions written out.

import assert from "node:assert/strict";
import { test } from "node:test";
import { gradCam, mapLayers, usualLayer } from "../../../lenet/show/page/grad_cam.js";
import { Neighbours, features } from "../../../lenet/show/page/nearest.js";
import { argmax, gradientOf, probabilities, run, scaled } from "../../../lenet/show/page/network.js";
import { occlusion } from "../../../lenet/show/page/occlusion.js";
import { receptiveFields } from "../../../lenet/show/page/receptive_field.js";
import { smallestChange } from "../../../lenet/show/page/smallest_change.js";
import { partsOf } from "../../../lenet/show/page/unit_sum.js";
import { floats, linearNetwork, numbers, smallNetwork } from "./networks.js";

const network = smallNetwork();
const image = floats(2 * 9 * 8, numbers(5)).map((value) => (value + 1) / 2);

/** What a layer gives at a unit. */
function valueAt(layer, input, { map, row, column }) {
  const [, rows = 1, columns = 1] = network.layers[layer].shape;
  return run(network, input)[layer][(map * rows + row) * columns + column];
}

test("a receptive field has all pixels that change a unit, and no row or column more than padding explains", () => {
  for (const [layer, unit] of [
    [0, { map: 1, row: 2, column: 1 }],
    [0, { map: 0, row: 0, column: 3 }],
    [1, { map: 2, row: 1, column: 0 }],
    [2, { map: 1, row: 0, column: 0 }],
  ]) {
    const [field] = receptiveFields(network, layer, unit);
    const before = valueAt(layer, image, unit);
    for (let place = 0; place < 72; place++) {
      const changed = image.slice();
      changed[place] += 5;
      const [row, column] = [Math.floor(place / 8), place % 8];
      const inside = row >= field.top && row < field.bottom && column >= field.left && column < field.right;
      if (valueAt(layer, changed, unit) !== before) assert.ok(inside, `layer ${layer}, pixel ${row}, ${column}`);
    }
  }
  const [field] = receptiveFields(network, 0, { row: 2, column: 1 });
  assert.deepEqual(field, { top: 3, bottom: 6, left: 1, right: 4 });
  assert.deepEqual(receptiveFields(network, 0, { row: 0, column: 3 })[0], { top: 0, bottom: 2, left: 5, right: 8 });
});

test("derivatives are those of differences", () => {
  const outputs = run(network, image);
  const weights = Float32Array.of(1, -2, 0.5);
  const found = gradientOf(network, image, outputs, weights);
  const sum = (input) => run(network, input)[2].reduce((total, score, k) => total + score * weights[k], 0);
  for (let k = 0; k < image.length; k += 5) {
    const [up, down] = [image.slice(), image.slice()];
    up[k] += 1e-2;
    down[k] -= 1e-2;
    assert.ok(Math.abs((sum(up) - sum(down)) / 2e-2 - found[k]) < 2e-3, `pixel ${k}`);
  }
});

test("the sum of a unit comes to its value, step by step", () => {
  const outputs = run(network, image);
  const unit = { map: 1, row: 3, column: 2 };
  const parts = partsOf(network.layers[0].steps, image, network.shape, unit);
  assert.deepEqual(parts.map(({ title }) => title), ["sum of products", "plus bias", "tanh"]);
  const [products] = parts;
  const sum = products.pictures[2].values.reduce((a, b) => a + b, 0);
  assert.ok(Math.abs(sum - products.value) < 1e-5);
  assert.equal(parts[2].value, valueAt(0, image, unit));
  const [output] = partsOf(network.layers[2].steps, outputs[1], [3, 2, 2], { map: 2, row: 0, column: 0 });
  const last = output.pictures[2].values.reduce((a, b) => a + b, 0);
  assert.ok(Math.abs(last - outputs[2][2]) < 1e-5);
  const [window] = partsOf(network.layers[1].steps, outputs[0], [3, 5, 4], { map: 0, row: 1, column: 1 });
  assert.equal(Math.max(...window.pictures[0].values), window.value);
});

test("occlusion is the mean loss of all patches over a pixel", () => {
  const weights = floats(2 * 49, numbers(3));
  const linear = linearNetwork([1, 7, 7], weights);
  const input = floats(49, numbers(4)).map(Math.abs);
  let found = new Float32Array(0);
  for (const losses of occlusion(linear, input, 1, [0.25])) found = losses;
  const whole = probabilities(run(linear, input))[1];
  const [losses, counts] = [new Array(49).fill(0), new Array(49).fill(0)];
  // A fifth of seven is one pixel, as is the step.
  for (let k = 0; k < 49; k++) {
    const hidden = input.slice();
    hidden[k] = 0.25;
    losses[k] += whole - probabilities(run(linear, hidden))[1];
    counts[k]++;
  }
  for (let k = 0; k < 49; k++) assert.ok(Math.abs(found[k] - losses[k] / counts[k]) < 1e-6);
});

test("Grad-CAM weights maps by the mean of their derivatives", () => {
  assert.deepEqual(mapLayers(network), [0, 1]);
  assert.equal(usualLayer(network), 0);
  assert.equal(usualLayer(linearNetwork([1, 2, 2], floats(8, numbers(2)))), undefined);
  const outputs = run(network, image);
  const found = gradCam(network, image, outputs, 1, 2);
  // The scores are linear in the maps of the last: derivatives are the weights.
  const { weights } = network.layers[2].steps[0];
  for (let place = 0; place < 4; place++) {
    let sum = 0;
    for (let map = 0; map < 3; map++) {
      const mean = [0, 1, 2, 3].reduce((total, k) => total + weights[2 * 12 + map * 4 + k], 0) / 4;
      sum += mean * outputs[1][map * 4 + place];
    }
    assert.ok(Math.abs(found[place] - Math.max(0, sum)) < 1e-5);
  }
});

test("the smallest change of a linear network is the distance to the border", () => {
  const weights = floats(3 * 16, numbers(9)).map((value) => value / 4);
  const linear = linearNetwork([1, 4, 4], weights);
  const input = new Float32Array(16).fill(0.5);
  const scores = run(linear, input)[0];
  const label = argmax(scores);
  const distances = [0, 1, 2].filter((k) => k !== label).map((k) => {
    let square = 0;
    for (let place = 0; place < 16; place++) square += (weights[k * 16 + place] - weights[label * 16 + place]) ** 2;
    return { k, distance: (scores[label] - scores[k]) / Math.sqrt(square) };
  });
  const nearest = distances.reduce((a, b) => (b.distance < a.distance ? b : a));
  const found = smallestChange(linear, input);
  assert.equal(found.label, nearest.k);
  assert.ok(Math.abs(found.size * 4 - nearest.distance) < 0.05 * nearest.distance + 1e-3);
  assert.equal(argmax(run(linear, found.image)[0]), found.label);
  const other = distances.find(({ k }) => k !== nearest.k);
  assert.equal(smallestChange(linear, input, other.k).label, other.k);
  assert.equal(smallestChange(linearNetwork([1, 2, 2], new Float32Array(8)), new Float32Array(4)), null);
});

test("the nearest picture is itself, the next is in order of distance", () => {
  const images = Array.from({ length: 6 }, (_, k) => Uint8Array.from({ length: 144 }, (__, place) => (place * (k + 3) * 37) % 256));
  const neighbours = new Neighbours(network, images);
  while (neighbours.learnNext());
  const input = scaled(images[4]);
  const found = neighbours.nearest(features(network, input, run(network, input)), 4);
  assert.deepEqual(found[0], { index: 4, distance: 0 });
  for (let k = 1; k < 4; k++) assert.ok(found[k].distance >= found[k - 1].distance);
});
