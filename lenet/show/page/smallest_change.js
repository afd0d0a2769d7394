// The smallest change that makes the network see something else.
//
// Moosavi-Dezfooli, S.-M., Fawzi, A. and Frossard, P. (2016). DeepFool: a simple and accurate method to fool deep neural
// networks. CVPR.

import { argmax, gradientOf, run } from "./network.js";

const MOST_STEPS = 30;
/** Beyond the border between two classes, as the paper has it. */
const OVERSHOOT = 0.02;

/**
 * @param {import("./network.js").Network} network
 * @param {Float32Array} input the image, 0 to 1
 * @param {number} [target] a class; by default the nearest, among the most probable four
 * @returns {{image: Float32Array, label: number, size: number} | null} the changed image, what it is taken for, and the
 *   root mean square of the change; null if there is none within some steps
 */
export function smallestChange(network, input, target) {
  const first = run(network, input);
  const scores = first[first.length - 1];
  const label = argmax(scores);
  const others = Array.from(scores.keys()).filter((k) => k !== label).sort((a, b) => scores[b] - scores[a]);
  const rivals = target === undefined || target === label ? others.slice(0, 3) : [target];
  const change = new Float64Array(input.length);
  for (let step = 0; step < MOST_STEPS; step++) {
    const image = input.map((value, k) => Math.min(1, Math.max(0, value + (1 + OVERSHOOT) * change[k])));
    const outputs = run(network, image);
    const now = outputs[outputs.length - 1];
    const found = argmax(now);
    if (found !== label && (target === undefined || target === label || found === target)) {
      const squares = image.reduce((sum, value, k) => sum + (value - input[k]) ** 2, 0);
      return { image, label: found, size: Math.sqrt(squares / input.length) };
    }
    let best = null;
    for (const rival of rivals) {
      const weights = new Float32Array(now.length);
      weights[rival] = 1;
      weights[label] = -1;
      const gradient = gradientOf(network, image, outputs, weights);
      const square = gradient.reduce((sum, value) => sum + value * value, 0);
      const away = Math.abs(now[rival] - now[label]) + 1e-4;
      if (square > 0 && (!best || away / Math.sqrt(square) < best.distance)) {
        best = { gradient, factor: away / square, distance: away / Math.sqrt(square) };
      }
    }
    if (!best) return null;
    for (let k = 0; k < change.length; k++) change[k] += best.factor * best.gradient[k];
  }
  return null;
}
