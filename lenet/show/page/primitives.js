// The steps that layers are made of, by kind: forward, and the derivative with respect to the input.

import { activate, activateBackward } from "./activations.js";
import { convolve, convolveBackward } from "./convolution.js";
import { pool, poolBackward } from "./pooling.js";

/**
 * @typedef {object} Primitive
 * @property {(step: any, input: Float32Array, inputShape: number[]) => Float32Array} forward
 * @property {(step: any, input: Float32Array, inputShape: number[], gradient: Float32Array) => Float32Array} backward
 */

/**
 * (input - shift) * scale + offset, with one number of each for a channel.
 * @param {{shift?: Float32Array, scale?: Float32Array, offset?: Float32Array}} step
 * @param {Float32Array} input
 * @param {number[]} inputShape
 */
function affine(step, input, inputShape) {
  const area = input.length / inputShape[0];
  const output = new Float32Array(input.length);
  for (let channel = 0; channel < inputShape[0]; channel++) {
    const shift = step.shift ? step.shift[channel] : 0;
    const scale = step.scale ? step.scale[channel] : 1;
    const offset = step.offset ? step.offset[channel] : 0;
    for (let k = channel * area; k < (channel + 1) * area; k++) {
      output[k] = (input[k] - shift) * scale + offset;
    }
  }
  return output;
}

/** @type {Primitive["backward"]} */
function affineBackward(step, input, inputShape, gradient) {
  return step.scale ? affine({ scale: step.scale }, gradient, inputShape) : gradient;
}

/** @type {Primitive["forward"]} weights: unit after unit; rounded as a sum of float32, see convolution.js */
function dense(step, input) {
  const units = step.shape[0];
  const output = new Float32Array(units);
  for (let unit = 0; unit < units; unit++) {
    const first = unit * input.length;
    let sum = 0;
    for (let k = 0; k < input.length; k++) sum = Math.fround(sum + step.weights[first + k] * input[k]);
    output[unit] = sum;
  }
  return output;
}

/** @type {Primitive["backward"]} */
function denseBackward(step, input, inputShape, gradient) {
  const sums = new Float64Array(input.length);
  for (let unit = 0; unit < gradient.length; unit++) {
    const first = unit * input.length;
    if (gradient[unit] === 0) continue;
    for (let k = 0; k < input.length; k++) sums[k] += gradient[unit] * step.weights[first + k];
  }
  return new Float32Array(sums);
}

/**
 * Minus the squared distance to each class's code: multiplied out and rounded as in `lenet.layers.RBF`. Of 84
 * squares, float32 has the sum to some 1e-5, as much as a probability may be off.
 * @type {Primitive["forward"]}
 */
function distances(step, input) {
  const output = new Float32Array(step.shape[0]);
  const squares = squaresOf(input);
  for (let code = 0; code < output.length; code++) {
    const [first, last] = [code * input.length, (code + 1) * input.length];
    let products = 0;
    for (let k = 0; k < input.length; k++) products = Math.fround(products + 2 * input[k] * step.codes[first + k]);
    output[code] = Math.fround(products - squaresOf(step.codes.subarray(first, last))) - squares;
  }
  return output;
}

/** @param {Float32Array} values */
function squaresOf(values) {
  let sum = 0;
  for (let k = 0; k < values.length; k++) sum += Math.fround(values[k] * values[k]);
  return Math.fround(sum);
}

/** @type {Primitive["backward"]} */
function distancesBackward(step, input, inputShape, gradient) {
  const sums = new Float64Array(input.length);
  for (let code = 0; code < gradient.length; code++) {
    for (let k = 0; k < input.length; k++) {
      sums[k] -= 2 * gradient[code] * (input[k] - step.codes[code * input.length + k]);
    }
  }
  return new Float32Array(sums);
}

/** @type {Primitive["forward"]} a margin of one value around each image */
function padding(step, input, inputShape) {
  const [channels, height, width] = inputShape;
  const [, rows, columns] = step.shape;
  const output = new Float32Array(channels * rows * columns).fill(step.value);
  for (let line = 0; line < channels * height; line++) {
    const row = Math.floor(line / height) * rows + step.top + (line % height);
    output.set(input.subarray(line * width, (line + 1) * width), row * columns + step.left);
  }
  return output;
}

/** @type {Primitive["backward"]} */
function paddingBackward(step, input, inputShape, gradient) {
  const [channels, height, width] = inputShape;
  const [, rows, columns] = step.shape;
  const result = new Float32Array(input.length);
  for (let line = 0; line < channels * height; line++) {
    const from = (Math.floor(line / height) * rows + step.top + (line % height)) * columns + step.left;
    result.set(gradient.subarray(from, from + width), line * width);
  }
  return result;
}

/** @type {Primitive["forward"]} layers(input) + input, or its shortcut */
function residual(step, input, inputShape) {
  const branch = runLayers(step.branch, input, inputShape);
  const direct = runLayers(step.shortcut, input, inputShape);
  return branch.map((value, k) => value + direct[k]);
}

/** @type {Primitive["backward"]} */
function residualBackward(step, input, inputShape, gradient) {
  const branch = layersBackward(step.branch, input, inputShape, gradient);
  const direct = layersBackward(step.shortcut, input, inputShape, gradient);
  return branch.map((value, k) => value + direct[k]);
}

/** @type {Record<string, Primitive>} */
const PRIMITIVES = {
  activation: {
    forward: activate,
    backward: (step, input, inputShape, gradient) => activateBackward(step, input, gradient),
  },
  affine: { forward: affine, backward: affineBackward },
  convolution: { forward: convolve, backward: convolveBackward },
  dense: { forward: dense, backward: denseBackward },
  distances: { forward: distances, backward: distancesBackward },
  flatten: { forward: (step, input) => input, backward: (step, input, inputShape, gradient) => gradient },
  padding: { forward: padding, backward: paddingBackward },
  pooling: { forward: pool, backward: poolBackward },
  residual: { forward: residual, backward: residualBackward },
};

/**
 * Run steps one after the other.
 * @param {any[]} steps
 * @param {Float32Array} input
 * @param {number[]} inputShape
 * @returns {{values: Float32Array[], shapes: number[][]}} the input first, then what each step gives
 */
export function runSteps(steps, input, inputShape) {
  const values = [input];
  const shapes = [inputShape];
  for (const [k, step] of steps.entries()) {
    values.push(PRIMITIVES[step.kind].forward(step, values[k], shapes[k]));
    shapes.push(step.shape);
  }
  return { values, shapes };
}

/**
 * Derivative with respect to the input of some steps, given that with respect to their output.
 * @param {any[]} steps
 * @param {Float32Array} input
 * @param {number[]} inputShape
 * @param {Float32Array} gradient
 * @returns {Float32Array}
 */
export function stepsBackward(steps, input, inputShape, gradient) {
  const { values, shapes } = runSteps(steps, input, inputShape);
  return steps.reduceRight(
    (found, step, k) => PRIMITIVES[step.kind].backward(step, values[k], shapes[k], found),
    gradient,
  );
}

/**
 * @param {{steps: any[]}[]} layers
 * @returns {any[]} the steps of all of them
 */
function allSteps(layers) {
  return layers.flatMap((layer) => layer.steps);
}

/**
 * @param {{steps: any[]}[]} layers
 * @param {Float32Array} input
 * @param {number[]} inputShape
 */
function runLayers(layers, input, inputShape) {
  const { values } = runSteps(allSteps(layers), input, inputShape);
  return values[values.length - 1];
}

/**
 * @param {{steps: any[]}[]} layers
 * @param {Float32Array} input
 * @param {number[]} inputShape
 * @param {Float32Array} gradient
 */
function layersBackward(layers, input, inputShape, gradient) {
  return stepsBackward(allSteps(layers), input, inputShape, gradient);
}
