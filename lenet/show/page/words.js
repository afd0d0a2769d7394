// Layers and units in words.

import { times } from "./dom.js";
import { texts } from "./languages.js";

/**
 * One step in words; empty if it goes without saying.
 * @param {any} step
 * @returns {string}
 */
function stepWords(step) {
  const say = texts();
  switch (step.kind) {
    case "convolution": {
      const further = [
        step.stride.some((/** @type {number} */ n) => n > 1) ? say.stride(times(step.stride)) : "",
        step.pads.flat().some((/** @type {number} */ n) => n) ? say.padded : "",
        step.dilation.some((/** @type {number} */ n) => n > 1) ? say.dilated(times(step.dilation)) : "",
        step.groups > 1 ? say.groups(step.groups) : "",
        step.connections ? say.partially : "",
      ];
      return [say.filters(step.shape[0], times(step.kernel)), ...further].filter(Boolean).join(", ");
    }
    case "pooling":
      return say.windows(say.pooled[/** @type {"max"} */ (step.mode)], times(step.window));
    case "dense":
      return say.units(step.shape[0]);
    case "activation":
      return step.function.replace("_", " ");
    case "distances":
      return say.distance;
    case "padding":
      return say.framed_to(times(step.shape.slice(1)));
    case "residual":
      return say.residual(step.branch.map((/** @type {any} */ layer) => layer.name).join(", "));
    default:
      return "";
  }
}

/**
 * @param {import("./network.js").Layer} layer
 * @returns {string}
 */
export function layerWords(layer) {
  const say = texts();
  const words = say.layer_words[/** @type {"Dropout"} */ (layer.class)] ?? layer.steps.map(stepWords).filter(Boolean).join(" → ");
  const count = layer.parameters ? say.parameters(layer.parameters) : "";
  return [words, count].filter(Boolean).join(" · ");
}

/**
 * @param {number[]} shape
 * @param {{map: number, row: number, column: number}} unit
 */
export function unitWords(shape, { map, row, column }) {
  return shape.length === 1 ? texts().unit(map + 1) : texts().place(map + 1, row + 1, column + 1);
}
