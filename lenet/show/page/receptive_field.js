// The part of a layer's input, and of the image, that a unit depends on.

import { inputShape } from "./network.js";

/** @typedef {{top: number, bottom: number, left: number, right: number}} Box bottom and right excluded */

/**
 * What one step needs of its input for a box of its output; beyond the image where there is padding.
 * @param {any} step
 * @param {Box} box
 * @param {number[]} shape of the input
 * @returns {Box}
 */
function needed(step, box, shape) {
  const whole = { top: 0, bottom: shape[1] ?? 1, left: 0, right: shape[2] ?? 1 };
  switch (step.kind) {
    case "affine":
      return box;
    case "activation":
      return step.function === "softmax" ? { ...box, left: whole.left, right: whole.right } : box;
    case "padding":
      return {
        top: box.top - step.top,
        bottom: box.bottom - step.top,
        left: box.left - step.left,
        right: box.right - step.left,
      };
    case "convolution":
    case "pooling": {
      const window = step.window ?? step.kernel.map((/** @type {number} */ k, /** @type {number} */ axis) => (k - 1) * step.dilation[axis] + 1);
      const [down, across] = step.kind === "pooling" ? step.pads : step.pads.map((/** @type {number[]} */ pair) => pair[0]);
      return {
        top: box.top * step.stride[0] - down,
        bottom: (box.bottom - 1) * step.stride[0] - down + window[0],
        left: box.left * step.stride[1] - across,
        right: (box.right - 1) * step.stride[1] - across + window[1],
      };
    }
    case "residual": {
      const branch = neededOfLayers(step.branch, box, shape);
      const direct = neededOfLayers(step.shortcut, box, shape);
      return {
        top: Math.min(branch.top, direct.top),
        bottom: Math.max(branch.bottom, direct.bottom),
        left: Math.min(branch.left, direct.left),
        right: Math.max(branch.right, direct.right),
      };
    }
    default:
      return whole; // what is flat sees all
  }
}

/**
 * @param {any[]} steps
 * @param {Box} box
 * @param {number[]} shape of the input of the first
 */
function neededOfSteps(steps, box, shape) {
  const shapes = [shape, ...steps.map((step) => step.shape)];
  return steps.reduceRight((found, step, k) => needed(step, found, shapes[k]), box);
}

/**
 * @param {{steps: any[]}[]} layers
 * @param {Box} box
 * @param {number[]} shape
 */
function neededOfLayers(layers, box, shape) {
  return neededOfSteps(layers.flatMap((layer) => layer.steps), box, shape);
}

/**
 * What a unit sees of what the layers before it give: of the image first, of its own layer's input last.
 * @param {import("./network.js").Network} network
 * @param {number} layer
 * @param {{row: number, column: number}} unit
 * @returns {Box[]} one for the input of each layer up to its own, cut at the borders
 */
export function receptiveFields(network, layer, unit) {
  let box = { top: unit.row, bottom: unit.row + 1, left: unit.column, right: unit.column + 1 };
  const found = [];
  for (let k = layer; k >= 0; k--) {
    const shape = inputShape(network, k);
    box = neededOfSteps(network.layers[k].steps, box, shape);
    const [, rows = 1, columns = 1] = shape;
    box = {
      top: Math.max(0, box.top),
      bottom: Math.min(rows, box.bottom),
      left: Math.max(0, box.left),
      right: Math.min(columns, box.right),
    };
    found.unshift(box);
  }
  return found;
}
