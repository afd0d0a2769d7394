// Occlusion: how much a probability falls when a part of the image is hidden.
//
// Zeiler, M. and Fergus, R. (2014). Visualizing and understanding convolutional networks. ECCV.

import { probabilities, run } from "./network.js";

/** Of the side of an image: the side of what hides it, and the step from one place to the next. */
const [PATCH, STEP] = [1 / 5, 1 / 14];

/**
 * Hide one place after the other; each is a step of the generator, so that the page stays alive.
 * @param {import("./network.js").Network} network
 * @param {Float32Array} input the image
 * @param {number} label of the class
 * @param {number[]} fill of each channel, where it is hidden
 * @returns {Generator<Float32Array>} what the probability loses, pixel by pixel: the mean over all that hide it, so far
 */
export function* occlusion(network, input, label, fill) {
  const [channels, rows, columns] = network.shape;
  const area = rows * columns;
  const whole = probabilities(run(network, input))[label];
  const [high, wide] = [rows, columns].map((n) => Math.max(1, Math.round(PATCH * n)));
  const [down, across] = [rows, columns].map((n) => Math.max(1, Math.round(STEP * n)));
  const [losses, counts] = [new Float64Array(area), new Int32Array(area)];
  const result = new Float32Array(area);
  for (let top = 1 - high; top < rows; top += down) {
    for (let left = 1 - wide; left < columns; left += across) {
      const hidden = input.slice();
      const places = [];
      for (let row = Math.max(0, top); row < Math.min(rows, top + high); row++) {
        for (let column = Math.max(0, left); column < Math.min(columns, left + wide); column++) {
          places.push(row * columns + column);
        }
      }
      for (let c = 0; c < channels; c++) for (const place of places) hidden[c * area + place] = fill[c];
      const isSame = places.every((place) => {
        for (let c = 0; c < channels; c++) if (hidden[c * area + place] !== input[c * area + place]) return false;
        return true;
      });
      const loss = isSame ? 0 : whole - probabilities(run(network, hidden))[label];
      for (const place of places) {
        losses[place] += loss;
        result[place] = losses[place] / ++counts[place];
      }
    }
    yield result;
  }
}
