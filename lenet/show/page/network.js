// A network: layers with their numbers, what each gives for an image, and derivatives back through them.

import { softmax } from "./activations.js";
import { bytesOf } from "./base64.js";
import { runSteps, stepsBackward } from "./primitives.js";

/**
 * @typedef {object} Layer
 * @property {string} name
 * @property {string} class of lenet.layers
 * @property {number[]} shape of the output: (channels, rows, columns) or (units)
 * @property {number} parameters
 * @property {any[]} steps see primitives.js
 */

/**
 * @typedef {object} Network
 * @property {number[]} shape channels, rows and columns of an image
 * @property {Layer[]} layers
 * @property {string[]} classes
 * @property {Float32Array} numbers of all layers, which look into them: to change them is to change the network
 */

/** Numbers of a step that are kept beside it: where they begin, and how many they are. */
const ARRAYS = ["filters", "weights", "codes", "shift", "scale", "offset"];

/**
 * @param {any[]} layers
 * @param {Float32Array} numbers
 */
function withNumbers(layers, numbers) {
  for (const layer of layers) {
    for (const step of layer.steps) {
      for (const name of ARRAYS) {
        if (name in step) step[name] = numbers.subarray(step[name][0], step[name][0] + step[name][1]);
      }
      if (step.kind === "residual") {
        withNumbers(step.branch, numbers);
        withNumbers(step.shortcut, numbers);
      }
    }
  }
}

/**
 * Make a network of what Python has written.
 * @param {{shape: number[], classes: string[], layers: any[], numbers: string}} written
 * @returns {Network}
 */
export function networkOf(written) {
  const view = new DataView(bytesOf(written.numbers).buffer);
  const numbers = new Float32Array(view.byteLength / 4);
  for (let k = 0; k < numbers.length; k++) numbers[k] = view.getFloat32(4 * k, true);
  withNumbers(written.layers, numbers);
  return { shape: written.shape, classes: written.classes, layers: written.layers, numbers };
}

/** 1 / 255, with the seven digits that PyTensor's C code has of it. */
const BYTE = 0.003921569;

/**
 * What an image is to the first layer: bytes / 255.
 * @param {Uint8Array} image
 * @returns {Float32Array}
 */
export function scaled(image) {
  return Float32Array.from(image, (byte) => byte * BYTE);
}

/**
 * Shape of what a layer takes; layer 0 takes the image.
 * @param {Network} network
 * @param {number} k
 * @returns {number[]}
 */
export function inputShape(network, k) {
  return k === 0 ? network.shape : network.layers[k - 1].shape;
}

/**
 * Run a network.
 * @param {Network} network
 * @param {Float32Array} input an image, or what layer `first - 1` gives
 * @param {number} [first] the layer that takes it
 * @returns {Float32Array[]} what each layer from `first` on gives
 */
export function run(network, input, first = 0) {
  const outputs = [];
  let value = input;
  for (let k = first; k < network.layers.length; k++) {
    const { values } = runSteps(network.layers[k].steps, value, inputShape(network, k));
    value = values[values.length - 1];
    outputs.push(value);
  }
  return outputs;
}

/**
 * @param {Float32Array[]} outputs of `run`
 * @returns {Float32Array} probability of each class
 */
export function probabilities(outputs) {
  const scores = outputs[outputs.length - 1];
  return softmax(scores, scores.length);
}

/**
 * Derivative of a weighted sum of scores with respect to what a layer takes.
 * @param {Network} network
 * @param {Float32Array} input the image
 * @param {Float32Array[]} outputs of `run` for it
 * @param {Float32Array} weights of the scores
 * @param {number} [first] the layer
 * @returns {Float32Array}
 */
export function gradientOf(network, input, outputs, weights, first = 0) {
  let gradient = weights;
  for (let k = network.layers.length - 1; k >= first; k--) {
    const taken = k === 0 ? input : outputs[k - 1];
    gradient = stepsBackward(network.layers[k].steps, taken, inputShape(network, k), gradient);
  }
  return gradient;
}

/**
 * Index of the largest number.
 * @param {ArrayLike<number>} values
 * @returns {number}
 */
export function argmax(values) {
  let best = 0;
  for (let k = 1; k < values.length; k++) if (values[k] > values[best]) best = k;
  return best;
}
