// Grad-CAM: where the maps of a layer speak for a class.
//
// Selvaraju, R. R. et al. (2017). Grad-CAM: visual explanations from deep networks via gradient-based localization. ICCV.

import { gradientOf } from "./network.js";

/**
 * Layers whose output are maps, after the first convolution: those that the method is for.
 * @param {import("./network.js").Network} network
 * @returns {number[]}
 */
export function mapLayers(network) {
  const convolves = (/** @type {any} */ layer) =>
    layer.steps.some((/** @type {any} */ step) => ["convolution", "residual"].includes(step.kind));
  const first = network.layers.findIndex(convolves);
  return network.layers.flatMap(({ shape, steps }, k) => {
    return first >= 0 && k >= first && shape.length === 3 && shape[1] * shape[2] > 1 && steps.length ? [k] : [];
  });
}

/**
 * The layer to begin with: the last with maps of four by four or more, which say more than where half of the image is.
 * @param {import("./network.js").Network} network
 * @returns {number | undefined}
 */
export function usualLayer(network) {
  const layers = mapLayers(network);
  const wide = layers.filter((k) => Math.min(...network.layers[k].shape.slice(1)) >= 4);
  return wide.length ? wide[wide.length - 1] : layers[layers.length - 1];
}

/**
 * Maps of a layer, each weighted by the mean derivative of the class's score; what speaks against it is 0.
 * @param {import("./network.js").Network} network
 * @param {Float32Array} input the image
 * @param {Float32Array[]} outputs of the network for it
 * @param {number} layer
 * @param {number} label of the class
 * @returns {Float32Array} of the size of the maps
 */
export function gradCam(network, input, outputs, layer, label) {
  const [maps, rows, columns] = network.layers[layer].shape;
  const area = rows * columns;
  const chosen = new Float32Array(outputs[outputs.length - 1].length);
  chosen[label] = 1;
  const gradient = gradientOf(network, input, outputs, chosen, layer + 1);
  const sums = new Float64Array(area);
  for (let map = 0; map < maps; map++) {
    let weight = 0;
    for (let k = 0; k < area; k++) weight += gradient[map * area + k];
    for (let k = 0; k < area; k++) sums[k] += (weight / area) * outputs[layer][map * area + k];
  }
  return Float32Array.from(sums, (value) => Math.max(value, 0));
}
