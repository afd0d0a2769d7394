// Layers and units in words.

import { times } from "./dom.js";

/** @type {Record<string, string>} */
const OF_CLASS = {
  Dropout: "dropout, which acts in training only",
  Normalise: "each channel shifted and scaled, by the training images",
  Rescale: "brightness brought to another range",
  BatchNorm: "each channel normalised by its running mean and deviation",
  Flatten: "maps as one row of numbers",
};
const POOLINGS = { max: "maxima", avg: "means", sum: "sums" };

/**
 * @param {number[]} pair
 */
function size(pair) {
  return times(pair);
}

/**
 * One step in words; empty if it goes without saying.
 * @param {any} step
 * @returns {string}
 */
function stepWords(step) {
  switch (step.kind) {
    case "convolution": {
      const further = [
        step.stride.some((/** @type {number} */ n) => n > 1) ? `, step ${size(step.stride)}` : "",
        step.pads.flat().some((/** @type {number} */ n) => n) ? ", padded" : "",
        step.dilation.some((/** @type {number} */ n) => n > 1) ? `, dilated ${size(step.dilation)}` : "",
        step.groups > 1 ? `, in ${step.groups} groups` : "",
        step.connections ? ", partially connected" : "",
      ];
      return `${step.shape[0]} filters of ${size(step.kernel)}${further.join("")}`;
    }
    case "pooling":
      return `${POOLINGS[/** @type {"max"} */ (step.mode)]} of ${size(step.window)}`;
    case "dense":
      return `${step.shape[0]} units, each connected to all`;
    case "activation":
      return step.function.replace("_", " ");
    case "distances":
      return "distance to the code of each class";
    case "padding":
      return `framed to ${size(step.shape.slice(1))}`;
    case "residual":
      return `residual block: ${step.branch.map((/** @type {any} */ layer) => layer.name).join(", ")}, plus its input`;
    default:
      return "";
  }
}

/**
 * @param {import("./network.js").Layer} layer
 * @returns {string}
 */
export function layerWords(layer) {
  const words = OF_CLASS[layer.class] ?? layer.steps.map(stepWords).filter(Boolean).join(" → ");
  const count = layer.parameters ? `${layer.parameters.toLocaleString("en")} parameters` : "";
  return [words, count].filter(Boolean).join(" · ");
}

/**
 * @param {number[]} shape
 * @param {{map: number, row: number, column: number}} unit
 */
export function unitWords(shape, { map, row, column }) {
  return shape.length === 1 ? `unit ${map + 1}` : `map ${map + 1}, row ${row + 1}, column ${column + 1}`;
}
